"""What a .docx is set up with before anything is written: styles, paper, page numbers, languages."""

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from casework.documents import geometry
from casework.documents.arranged import Arranged
from casework.documents.geometry import BODY, EM, FINE, MM, PAGE_NUMBER, PITCH, SMALL, TABLE, TABLE_PITCH, TITLE
from casework.documents.model import Official
from casework.documents.word_parts import RED, element, fonts, named, page_number, paragraph, run, twips

if TYPE_CHECKING:
    from docx.document import Document
    from lxml.etree import _Element as Element

_LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
# Of Latin letters and figures, and of Chinese characters. Called Chinese, a figure would be broken over two lines.
_LANGUAGE = {"val": "en-US", "eastAsia": "zh-CN", "bidi": "ar-SA"}
_NOT_OURS = ("/thumbnail", "/numbering", "/stylesWithEffects", "/customXml")
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
_OF_WORD = ("Title", "Body Text")  # styles Word has by itself, beside the headings
_NUMBER_LINE = 16.0  # pt, the line of a page number
_GAP = 8.0  # pt, below a table


def set_up(document: "Document", official: Official, settled: Arranged) -> None:
    """Make an empty document of python-docx one of GB/T 9704-2012."""
    _set_styles(document, settled)
    set_page(document.sections[-1]._sectPr, landscape=False)
    _set_margins_texts(document, settled)
    _set_language(document)
    _set_properties(document, official, settled)


def set_page(section: Any, *, landscape: bool) -> None:
    """Give a section's sectPr its paper and margins; a page on its side has its head at the binding."""
    width, height = map(_mm, geometry.PAGE)
    top, right, bottom, left = map(_mm, (geometry.TOP, geometry.RIGHT, geometry.BOTTOM, geometry.LEFT))
    size: dict[str, object] = {"w": width, "h": height}
    if landscape:
        size = {"w": height, "h": width, "orient": "landscape"}
        top, right, bottom, left = left, top, right, bottom
    # The number stands 7 mm below the type area, measured to its dashes.
    footer = bottom - _mm(geometry.NUMBER_DOWN) - twips(_NUMBER_LINE / 2)
    for child in [child for child in section if child.tag.endswith(("}pgSz", "}pgMar", "}cols", "}docGrid"))]:
        section.remove(child)
    margins = {"top": top, "right": right, "bottom": bottom, "left": left, "header": _mm(20), "footer": footer}
    section.extend([element("pgSz", **size), element("pgMar", **margins, gutter=0), element("cols", space=720)])


def _set_styles(document: "Document", settled: Arranged) -> None:
    styles = document.styles.element
    for child in list(styles):
        if not child.tag.endswith("}latentStyles"):
            styles.remove(child)
    run_defaults = element("rPr", fonts("body"), element("lang", **_LANGUAGE))
    defaults = element("docDefaults", element("rPrDefault", run_defaults), element("pPrDefault", element("pPr")))
    styles.insert(0, defaults)
    first = {"firstLine": twips(2 * EM)}
    head = settled.issuer_size
    styles.extend(
        [
            _style("Normal", "body", BODY, jc="both", default=True),
            _style("Body Text", "body", BODY, ind=first, jc="both"),
            *(
                _style(f"heading {level}", role, BODY, ind=first, jc="both", level=level)
                for level, role in enumerate(("hei", "kai", "body", "body"), start=1)
            ),
            _style("Title", "title", TITLE, jc="center"),
            _style("Red Head", "title", head, line=1.2 * head, before=_down(head), jc="center", color=RED),
            _style("Draft Mark", "hei", SMALL, line=SMALL * 1.3),
            _style("Table Title", "hei", SMALL, jc="center"),
            _style("Table Head", "hei", TABLE, line=TABLE_PITCH, jc="center"),
            _style("Table Text", "body", TABLE, line=TABLE_PITCH),
            _style("Card Text", "body", geometry.BIG, line=geometry.BIG_PITCH, jc="center"),
            _style("Gap", "body", 2, line=_GAP),
            _style("Picture", "body", SMALL, line=0, before=geometry.PICTURE_GAP, jc="center"),
            _style("Fine Print", "body", FINE, line=FINE * 1.5),
            _style("Imprint", "body", SMALL, line=SMALL * 1.5),
            _style("Number of Page", "song", PAGE_NUMBER, line=_NUMBER_LINE),
        ]
    )


def _down(size: float) -> float:
    """Return how far the red head's line stands below the type area, so that its characters stand 35 mm below."""
    return geometry.HEAD_DOWN * MM - 0.14 * size


def _style(
    name: str,
    role: str,
    size: float,
    *,
    line: float = PITCH,
    before: float = 0.0,
    ind: dict[str, int] | None = None,
    jc: str = "left",
    level: int = 0,
    color: str = "",
    default: bool = False,
) -> "Element":
    """Make a paragraph style; lines have an exact pitch, or with `line` 0 that of what stands in them."""
    spacing = {"line": twips(line), "lineRule": "exact"} if line else {"line": 240, "lineRule": "auto"}
    tracking = geometry.TRACKING if size == BODY else 0.0
    about_paragraph = element(
        "pPr",
        element("keepNext") if level or name == "Table Title" else None,
        # Otherwise a page would have 21 lines whenever a paragraph's end stood alone.
        named("widowControl", 0),
        # No room between Chinese characters and figures: a line is to hold its 28.
        named("autoSpaceDE", 0),
        named("autoSpaceDN", 0),
        named("snapToGrid", 0),
        element("spacing", before=twips(before), after=0, **spacing),
        element("ind", **ind) if ind else None,
        named("jc", jc),
        named("outlineLvl", level - 1) if level else None,
    )
    about_run = element(
        "rPr",
        fonts(role),
        named("color", color) if color else None,
        named("spacing", twips(tracking)) if tracking else None,
        named("sz", round(size * 2)),
        named("szCs", round(size * 2)),
    )
    parts = [named("name", name), None if default else named("basedOn", "Normal"), element("qFormat")]
    marks = {"default": 1} if default else {} if level or name in _OF_WORD else {"customStyle": 1}
    return element("style", *parts, about_paragraph, about_run, type="paragraph", styleId=style_id(name), **marks)


def style_id(name: str) -> str:
    """Return the id by which paragraphs call a style."""
    return name.title().replace(" ", "")


def _set_margins_texts(document: "Document", settled: Arranged) -> None:
    """Number the pages outside, odd right and even left, and mark a draft at the top of every page."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[-1]
    before, after = settled.page.split("{page}")
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        number = [run(before), page_number(), run(after)]
        made = paragraph("NumberOfPage", number, indents={side: PAGE_NUMBER}, align=side)
        footer._element[:] = [made]
    for header in (section.header, section.even_page_header):
        header._element[:] = [paragraph("DraftMark", [run(settled.draft)] if settled.draft else [])]


def _set_language(document: "Document") -> None:
    settings = document.settings.element
    for child in list(settings):
        if child.tag.endswith(("}savePreviewPicture", "}rsids", "}themeFontLang")):
            settings.remove(child)
    settings.insert_element_before(
        element("themeFontLang", **_LANGUAGE),
        *("w:clrSchemeMapping", "w:shapeDefaults", "w:decimalSymbol", "w:listSeparator"),
    )
    for mode in settings.iter("{*}compatSetting"):
        if "compatibilityMode" in mode.values():
            # The mode of Word 2013 and later; an older one is announced in the title bar.
            mode.set(next(name for name in mode.keys() if name.endswith("}val")), "15")  # noqa: SIM118 - of lxml
    # Of the template of python-docx: its picture, its lists, its other set of styles.
    for owner in (document.part, document.part.package):
        for key in [key for key, each in owner.rels.items() if each.reltype.endswith(_NOT_OURS)]:
            del owner.rels[key]


def _set_properties(document: "Document", official: Official, settled: Arranged) -> None:
    properties = document.core_properties
    signed = datetime.combine(official.signed_on, time(), UTC) if official.signed_on else _UNDATED
    properties.title = settled.name[:255]
    properties.author = properties.last_modified_by = (official.signed_by or official.issuer)[:255]
    properties.comments = ""
    properties.language = _LANGUAGES[official.language]
    properties.created = properties.modified = signed.replace(tzinfo=None)
    properties.revision = 1


def _mm(length: float) -> int:
    return twips(length * MM)
