"""Elements of WordprocessingML, in the order its schema wants them; lengths come in points and leave as twips."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from casework.documents import geometry
from casework.documents.fonts import faces

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

RED = "FF0000"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# How an element names the prefix `w` for itself and all that is in it.
_NAMED = f' xmlns:w="{_W.strip("{}")}"'
_TABLE = "<w:tbl>"
# Stands where the words of a cell will; what is no part of any.
_HERE = "\ue000"
# What breaks the words of a run into pieces, and what beside < > & is written by its number.
_BROKEN, _ESCAPED = frozenset("\n\t"), {"\r": "&#13;"}
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def twips(points: float) -> int:
    """Return a length in twentieths of a point."""
    return round(points * 20)


def element(tag: str, *children: "Element | None", **attributes: object) -> "Element":
    """Make an element; attributes are named without their prefix, children that are None are left out."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 - only who writes a .docx pays for python-docx

    made: Element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(_W + name, str(value))
    made.extend(child for child in children if child is not None)
    return made


def named(tag: str, value: object) -> "Element":
    """Make an element that has nothing but a value."""
    return element(tag, val=value)


def fonts(role: str) -> "Element":
    """Name a font for every script, so that no font of a theme comes in (domain.md §4.1)."""
    name = faces()[role].word
    return element("rFonts", hint="eastAsia", ascii=name, hAnsi=name, eastAsia=name, cs=name)


def run(text: str, *, ink: str = "") -> "Element":
    """Make a run of text, in a colour (#rrggbb) if wanted; line breaks and tabs are kept."""
    made = element("r", element("rPr", named("color", ink.lstrip("#"))) if ink else None)
    for number, line in enumerate(text.split("\n")):
        if number:
            made.append(element("br"))
        for place, part in enumerate(line.split("\t")):
            if place:
                made.append(element("tab"))
            if part:
                words = element("t")
                words.text = part
                words.set(_SPACE, "preserve")
                made.append(words)
    return made


def page_number() -> "Element":
    """Make the field that Word fills with the number of the page."""
    return element("fldSimple", run("1"), instr="PAGE")


def paragraph(
    style: str,
    runs: Iterable["Element"] = (),
    *,
    keep_next: bool = False,
    on_new_page: bool = False,
    under: "Element | None" = None,
    tab: float = 0.0,
    indents: Mapping[str, float] | None = None,
    align: str = "",
) -> "Element":
    """Make a paragraph of a style; `under` is a rule below it, `tab` a right tab stop, `indents` by Word's names."""
    properties = element(
        "pPr",
        named("pStyle", style),
        element("keepNext") if keep_next else None,
        element("pageBreakBefore") if on_new_page else None,
        element("pBdr", under) if under is not None else None,
        element("tabs", element("tab", val="right", pos=twips(tab))) if tab else None,
        element("ind", **{name: twips(length) for name, length in indents.items()}) if indents else None,
        named("jc", align) if align else None,
    )
    return element("p", properties, *runs)


def rule(side: str, points: float, *, color: str = "000000", space: int = 0) -> "Element":
    """Make a border of a thickness in points, `space` points away from the text."""
    return element(side, val="single", sz=round(points * 8), space=space, color=color)


def cell(width: float, content: "Element", *borders: "Element", tint: str = "") -> "Element":
    """Make a cell of a width in points; with borders of its own, or those of its table; on a colour if wanted."""
    properties = element(
        "tcPr",
        element("tcW", w=twips(width), type="dxa"),
        element("tcBorders", *borders) if borders else None,
        element("shd", val="clear", color="auto", fill=tint.lstrip("#")) if tint else None,
        named("vAlign", "center"),
    )
    return element("tc", properties, content)


@cache
def _around(width: float, style: str, *, align: str, keep_next: bool, ink: str, tint: str) -> tuple[str, str]:
    """Return what stands before and behind the words of a cell that has nothing but words, as it is written."""
    words = paragraph(style, [run(_HERE, ink=ink)], align=align, keep_next=keep_next)
    before, _, behind = written(cell(width, words, tint=tint)).partition(_HERE)
    return before, behind


def word_cell(
    text: str, width: float, *, style: str, align: str = "", keep_next: bool = False, ink: str = "", tint: str = ""
) -> str:
    """Write a cell with words, in a colour and on one if wanted.

    A table of tens of thousands of cells is written as text and read at once: to make each of their elements by itself
    takes several times as long.
    """
    if not text or not _BROKEN.isdisjoint(text):
        words = paragraph(style, [run(text, ink=ink)], align=align, keep_next=keep_next)
        return written(cell(width, words, tint=tint))
    before, behind = _around(width, style, align=align, keep_next=keep_next, ink=ink, tint=tint)
    return f"{before}{escape(text, _ESCAPED)}{behind}"


def word_row(cells: Iterable[str], *, may_break: bool = False) -> str:
    """Write a row of cells that are written."""
    return f"{_row_begin(may_break)}{''.join(cells)}</w:tr>"


@cache
def _row_begin(may_break: bool) -> str:
    return written(row((), may_break=may_break)).removesuffix("</w:tr>")


def written(made: "Element") -> str:
    """Return an element as it is written inside a document, which names the prefix for all of it."""
    from lxml import etree  # noqa: PLC0415 - only who writes a .docx pays for lxml

    text: str = etree.tostring(made, encoding="unicode")
    return text.replace(_NAMED, "")


def with_rows(table: "Element", rows: Iterable[str]) -> "Element":
    """Return a table with rows that are written added to those it has."""
    from docx.oxml import parse_xml  # noqa: PLC0415 - only who writes a .docx pays for python-docx

    begun = written(table).removeprefix(_TABLE).removesuffix(f"</{_TABLE[1:]}")
    made: Element = parse_xml(f"<w:tbl{_NAMED}>{begun}{''.join(rows)}</w:tbl>")
    return made


def row(cells: Iterable["Element"], *, is_head: bool = False, may_break: bool = False) -> "Element":
    """Make a row; a head is repeated on every page."""
    properties = element("trPr", None if may_break else element("cantSplit"), element("tblHeader") if is_head else None)
    return element("tr", properties, *cells)


def table(widths: Sequence[float], rows: Iterable["Element"], *, floats_at: float | None = None) -> "Element":
    """Make a table of fixed widths in points, with a hairline around every cell.

    With `floats_at` it has no lines of its own and stands on the bottom edge of the type area, so far from the left
    edge of the paper.
    """
    place = {"vertAnchor": "margin", "horzAnchor": "page", "tblpYSpec": "bottom"}
    floats = floats_at is not None
    inset = geometry.CELL_INSET
    inner = ("top", "left", "bottom", "right", "insideH", "insideV")
    properties = element(
        "tblPr",
        element("tblpPr", **place, tblpX=twips(floats_at)) if floats_at is not None else None,
        element("tblW", w=sum(map(twips, widths)), type="dxa"),
        None if floats else named("jc", "center"),
        None if floats else element("tblBorders", *(rule(side, 0.5) for side in inner)),
        element("tblLayout", type="fixed"),
        element(
            "tblCellMar",
            *(
                element(side, w=twips(0 if floats and side in ("left", "right") else inset), type="dxa")
                for side in ("top", "left", "bottom", "right")
            ),
        ),
    )
    grid = element("tblGrid", *(element("gridCol", w=twips(width)) for width in widths))
    return element("tbl", properties, grid, *rows)
