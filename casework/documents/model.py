"""What an official document is made of, whatever it is written as. Text is plain text; nobody's markup is read.

A line break in a title, a paragraph or a cell is kept, elsewhere it is a blank. Whoever makes these by mistake with
rows of other lengths or foreign links gets a ValueError: that is a fault of the program, never of a reader.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Align = Literal["left", "center", "right"]

_COLOUR = re.compile("#[0-9a-f]{6}")
_LEVELS = (1, 2, 3, 4)
_PATH = re.compile(r"(?:/(?:[^/\\\s\x00-\x1f][^\\\s\x00-\x1f]{0,1023})?)?")


@dataclass(frozen=True, slots=True)
class FigureRun:
    """The words of a figure within a text. `href` is the path of its records on the office's own site, or empty.

    `label` names a figure that has no line in the annex.
    """

    text: str
    key: str
    href: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        _check_path(self.href)


@dataclass(frozen=True, slots=True)
class Marked:
    """Words in a cell that bear colours where a form has them: in Word. The words alone say all of it."""

    text: str
    ink: str
    tint: str

    def __post_init__(self) -> None:
        if not self.text or not all(_COLOUR.fullmatch(each) for each in (self.ink, self.tint)):
            raise ValueError("what is marked has words, and colours like #0a3b6c")


Run = str | FigureRun
Cell = str | int | Decimal | FigureRun | Marked


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading without its number, which is counted; level 1 is the highest, 4 the lowest."""

    level: int
    text: str

    def __post_init__(self) -> None:
        if self.level not in _LEVELS:
            raise ValueError(f"{self.level} is no level of heading")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of the text."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `widths` are shares of any size, or empty to follow the contents; `align` is per column, or empty.

    `links` has the path behind each cell of each row, or is empty; in the workbook and on a page they lead.

    Its head is repeated on every page, and a row is not broken over two pages unless it is longer than half a page.
    `big`: the rows are cards to be cut out and read from across the room. `name`: what its sheet of the workbook is
    called where no title stands above it. `flows`: nobody knows yet how many rows there will be, and they go on over
    the page wherever they come to its end; else a low table stays whole.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...] = ()
    align: tuple[Align, ...] = ()
    landscape: bool = False
    links: tuple[tuple[str, ...], ...] = ()
    big: bool = False
    name: str = ""
    flows: bool = False

    def __post_init__(self) -> None:
        count = len(self.headings)
        if self.links and [len(row) for row in self.links] != [len(row) for row in self.rows]:
            raise ValueError("there is a link for every cell of a table, or for none")
        for path in (path for row in self.links for path in row if path):
            _check_path(path)
        if not count or any(len(row) != count for row in self.rows):
            raise ValueError("every row of a table has a cell for every heading")
        if any(given and len(given) != count for given in (self.widths, self.align)):
            raise ValueError("widths and align speak of every column or of none")
        if any(width <= 0 for width in self.widths):
            raise ValueError("a column has some width")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that has been decoded and written anew before (casework/matters/images.py): PNG or JPEG.

    It is as large as fits, or `widest` mm wide.
    """

    content: bytes
    media_type: Literal["image/png", "image/jpeg"]
    caption: str
    widest: float | None = None


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Table | Picture | PageBreak


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexFigure:
    """One figure of the annex: the exact number (money in yuan), how the text words it, and what it counts."""

    key: str
    label: str
    exact: int | Decimal
    text: str
    unit: str
    scope: str
    as_of: date
    counts: str
    leaves_out: str
    href: str = ""

    def __post_init__(self) -> None:
        _check_path(self.href)


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """A document of an office. Without `issuer` it has no red head and no number line: a press draft.

    issuer: the words of the red head (发文机关标志). number: 文号, empty until it is signed. attachments_note: the
    names of the attachments, without numbers. footer_lines: small print above the imprint, such as an anchor.
    """

    title: str
    blocks: tuple[Block, ...]
    issuer: str = ""
    number: str = ""
    is_draft: bool = False
    addressee: str = ""
    attachments_note: tuple[str, ...] = ()
    signed_by: str = ""
    signed_on: date | None = None
    note: str = ""
    copies_to: str = ""
    printed_by: str = ""
    printed_on: date | None = None
    footer_lines: tuple[str, ...] = ()
    figures: tuple[AnnexFigure, ...] = ()
    language: Literal["zh", "en"] = "zh"


def tables(document: Official) -> Sequence[Table]:
    """Return the tables of a document in their order."""
    return [block for block in document.blocks if isinstance(block, Table)]


def figure_runs(document: Official) -> Sequence[FigureRun]:
    """Return every figure that stands in a paragraph or in a cell, in the order of reading."""
    found: list[FigureRun] = []
    for block in document.blocks:
        if isinstance(block, Paragraph):
            found += [run for run in block.runs if isinstance(run, FigureRun)]
        elif isinstance(block, Table):
            found += [cell for row in block.rows for cell in row if isinstance(cell, FigureRun)]
    return found


def _check_path(href: str) -> None:
    if not _PATH.fullmatch(href):
        raise ValueError(f"{href!r} is no path of this site")
