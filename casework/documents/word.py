"""A document as .docx by the measures of GB/T 9704-2012, without a character grid (domain.md §4.1).

Fonts are named, never shipped: the computers of an office have them.
"""

import copy
import io
import zipfile
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from casework.documents import geometry
from casework.documents.arranged import Arranged, arranged, cleaned, is_told_before
from casework.documents.geometry import EM, HEIGHT, MM, RULE_DOWN, SMALL, WIDTH, cell_text
from casework.documents.model import (
    Align,
    Block,
    Cell,
    FigureRun,
    Heading,
    Marked,
    Official,
    PageBreak,
    Paragraph,
    Picture,
    Run,
    Table,
)
from casework.documents.pictures import size_mm
from casework.documents.word_parts import (
    RED,
    cell,
    element,
    paragraph,
    row,
    rule,
    run,
    table,
    with_rows,
    word_cell,
    word_row,
)
from casework.documents.word_styles import set_page, set_up

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MADE = (1980, 1, 1, 0, 0, 0)  # the same document makes the same file, whenever it is written
_EMU = 36_000  # in a mm
_THICK, _THIN = 0.35 * MM, 0.25 * MM  # rules of the imprint
# Below an exact line lies about so much room that belongs to it, of the 4 mm between number and red rule.
_LINE_FOOT = 4.0


def to_docx(document: Official) -> bytes:
    """Write a document for Word and WPS.

    Raises:
        Refused: document_picture when a picture cannot be read.
    """
    from docx import Document  # noqa: PLC0415 - a third of a second that a starting service does not pay

    clean = cleaned(document)
    settled = arranged(clean)
    made = Document()
    set_up(made, clean, settled)
    _Writer(made).write(settled)
    out = io.BytesIO()
    made.save(out)
    return _dated(out)


def _dated(written: io.BytesIO) -> bytes:
    """Pack the parts again without the time of packing."""
    out = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _MADE), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _Writer:
    """Appends to the body of a document of python-docx, whose last child is the last section."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._body = document.element.body
        self._section = document.sections[-1]._sectPr
        self._on_new_page = False
        self._landscape = False

    def write(self, settled: Arranged) -> None:
        """Write everything from the red head to the imprint."""
        self._write_top(settled)
        is_signed = bool(settled.signed_by or settled.day)
        for block, next_one in zip(settled.blocks, (*settled.blocks[1:], None), strict=True):
            self._write_block(block, keep_next=is_told_before(next_one) or (is_signed and next_one is None))
        self._write_end(settled)
        self._write_imprint(settled)

    def _add(self, style: str, texts: Iterable[str] = (), **properties: Any) -> None:
        self._turn(landscape=False)
        made = paragraph(style, map(run, texts), on_new_page=self._on_new_page, **properties)
        self._on_new_page = False
        self._append(made)

    def _append(self, made: "Element") -> None:
        self._section.addprevious(made)

    def _blank(self, count: int = 1, *, keep_next: bool = False) -> None:
        for _ in range(count):
            self._add("Normal", keep_next=keep_next)

    def _write_top(self, settled: Arranged) -> None:
        if settled.issuer:
            self._add("RedHead", [settled.issuer])
            self._blank(2)
            space = round(RULE_DOWN * MM - _LINE_FOOT)
            self._add("Normal", [settled.number], align="center", under=rule("bottom", 2, color=RED, space=space))
            self._blank(2)
        self._add("Title", ["\n".join(settled.title)])
        self._blank()
        if settled.addressee:
            self._add("Normal", [settled.addressee])

    def _write_block(self, block: Block, *, keep_next: bool) -> None:
        match block:
            case Heading():
                self._add(f"Heading{block.level}", [block.text])
            case Paragraph():
                self._add("BodyText", map(_words, block.runs), keep_next=keep_next)
            case Table():
                self._write_table(block)
            case Picture():
                self._write_picture(block)
            case PageBreak():
                self._on_new_page = True

    def _write_end(self, settled: Arranged) -> None:
        for number, each in enumerate(settled.attachments):
            if not number:
                self._blank(keep_next=True)
            hanging = {"left": (each.indent + each.width) * EM, "hanging": each.width * EM}
            self._add("Normal", [f"{each.lead}\t{each.name}"], indents=hanging, keep_next=True)
        if settled.signed_by or settled.day:
            self._blank(keep_next=True)
        if settled.signed_by:
            indents = {"right": settled.signed_by_indent * EM}
            self._add("Normal", [settled.signed_by], indents=indents, align="right", keep_next=bool(settled.day))
        if settled.day:
            self._add("Normal", [settled.day], indents={"right": settled.day_indent * EM}, align="right")
        if settled.note:
            self._add("BodyText", [settled.note])
        for line in settled.footer_lines:
            self._add("FinePrint", [line])

    def _write_table(self, made: Table) -> None:
        self._turn(landscape=made.landscape)
        if made.title:
            self._append(paragraph("TableTitle", [run(made.title)], on_new_page=self._on_new_page, keep_next=True))
        elif self._on_new_page:
            self._append(paragraph("Gap", on_new_page=True))
        self._on_new_page = False
        across = (HEIGHT if made.landscape else WIDTH) * MM
        widths = [share * across for share in geometry.shares(made)]
        heights = geometry.row_heights(made)
        whole = geometry.stays_whole(made)
        left: Align = "left"
        aligns = made.align or (left,) * len(widths)
        heads = (
            cell(width, paragraph("TableHead", [run(text)], keep_next=True))
            for width, text in zip(widths, made.headings, strict=True)
        )
        head = row(heads, is_head=True, may_break=geometry.may_break(heights[0]))
        style, rows = "CardText" if made.big else "TableText", []
        for number, (values, height) in enumerate(zip(made.rows, heights[1:], strict=True), start=1):
            keep_next = whole and number < len(made.rows)
            cells = (
                _table_cell(value, width, align=align, keep_next=keep_next, style=style)
                for width, value, align in zip(widths, values, aligns, strict=True)
            )
            rows.append(word_row(cells, may_break=geometry.may_break(height)))
        self._append(with_rows(table(widths, [head]), rows))
        # Two tables without a paragraph between them would become one.
        self._append(paragraph("Gap"))

    def _write_picture(self, picture: Picture) -> None:
        width, height = size_mm(picture)
        inline = self._document.part.new_pic_inline(
            io.BytesIO(picture.content), round(width * _EMU), round(height * _EMU)
        )
        inline.docPr.set("descr", picture.caption)
        self._add("Picture", keep_next=bool(picture.caption))
        self._section.getprevious().append(element("r", element("drawing", inline)))
        if picture.caption:
            self._add("Normal", [picture.caption], align="center")

    def _turn(self, *, landscape: bool) -> None:
        """Begin a new section when the paper is to be turned."""
        if landscape == self._landscape:
            return
        last = self._section.getprevious()
        if last is None or not last.tag.endswith("}p"):
            last = paragraph("Gap")
            self._append(last)
        last.find("{*}pPr").append(copy.deepcopy(self._section))
        # Headers and footers go on from the section before.
        for reference in [child for child in self._section if child.tag.endswith("Reference")]:
            self._section.remove(reference)
        set_page(self._section, landscape=landscape)
        self._landscape = landscape
        self._on_new_page = False

    def _write_imprint(self, settled: Arranged) -> None:
        """Put the imprint on the bottom edge of the type area of the last page (GB/T 9704-2012 §7.4).

        It is a table that floats, placed from the edge of the paper: placed from the margin and as wide as the text,
        LibreOffice would leave it where it is anchored.
        """
        lines: list[Element] = []
        width = WIDTH * MM
        if settled.copies:
            lead = geometry.ems(settled.copies_lead) * SMALL
            hanging = {"left": SMALL + lead, "right": SMALL, "hanging": lead}
            lines.append(paragraph("Imprint", [run(settled.copies_lead + settled.copies)], indents=hanging))
        if settled.printed_by or settled.printed:
            text = f"{settled.printed_by}\t{settled.printed}"
            edges = {"left": SMALL, "right": SMALL}
            lines.append(paragraph("Imprint", [run(text)], indents=edges, tab=width - SMALL))
        if not lines:
            return
        self._turn(landscape=False)
        rows = []
        for number, line in enumerate(lines, start=1):
            above = rule("top", _THICK if number == 1 else _THIN)
            below = rule("bottom", _THICK if number == len(lines) else _THIN)
            rows.append(row([cell(width, line, above, below)]))
        made = table([width], rows, floats_at=geometry.LEFT * MM)
        # It is anchored to the paragraph that follows it, which is the last of the document.
        last = self._section.getprevious()
        before = last.getprevious()
        if not last.tag.endswith("}p") or (before is not None and before.tag.endswith("}tbl")):
            self._append(last := paragraph("Gap"))
        last.addprevious(made)


def _table_cell(value: Cell, width: float, *, align: Align, keep_next: bool, style: str) -> str:
    """Write a cell of a table; what is marked bears its colours, its words as well."""
    ink, tint = (value.ink, value.tint) if isinstance(value, Marked) else ("", "")
    return word_cell(cell_text(value), width, style=style, align=align, keep_next=keep_next, ink=ink, tint=tint)


def _words(piece: Run) -> str:
    return piece.text if isinstance(piece, FigureRun) else piece
