"""A template filled for one matter or for a stack of them. Runs in the child; values are text, never markup.

All papers of a stack share one package: its styles, its headers and footers. So these may carry only what is the same
on each of them, and each paper after the first begins on a new page.
"""

import base64
import copy
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError
from jinja2.exceptions import SecurityError
from lxml import etree

from casework.core import errors
from casework.core.neutral import printable
from casework.templates import colours, laying, tags
from casework.templates.tags import Known

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY = frozenset(
    _W + name for name in ("p", "tbl", "sdt", "sectPr", "bookmarkStart", "bookmarkEnd", "proofErr", "customXml")
)
_TEXT = frozenset(_W + name for name in ("t", "delText", "instrText", "delInstrText"))
_QR_MM = 24


class Form:
    """An opened template whose package has been checked."""

    def __init__(self, content: bytes, *, known: Known, common: Known) -> None:
        self._word = DocxTemplate(BytesIO(content))
        self._word.init_docx()
        self._word.render_init()
        self._source = tags.in_lines(self._word.patch_xml(self._word.get_xml()))
        tags.check(self._source, known)
        self._edges = [
            (key, part, tags.in_lines(self._word.patch_xml(self._word.get_part_xml(part))))
            for uri in (DocxTemplate.HEADER_URI, DocxTemplate.FOOTER_URI)
            for key, part in self._word.get_headers_footers(uri)
        ]
        for _key, _part, source in self._edges:
            self._check_edge(source, known, common)
        self._environment = tags.environment()

    @staticmethod
    def _check_edge(source: str, known: Known, common: Known) -> None:
        tags.check(source, known)
        try:
            tags.check(source, common)
        except errors.Refused as refused:
            if refused.refusals[0].code == "template_unknown_tags":
                raise errors.refused("template_tag_in_header", **refused.refusals[0].params) from refused
            raise

    def fill(self, stack: Sequence[Mapping[str, Any]], *, pictures: Sequence[str]) -> bytes:
        """Return the papers of a stack as one .docx; `pictures` are the names that stand for pictures.

        Raises:
            Refused: template_tag_place, template_construct.
        """
        try:
            filled = [self._body(values, pictures) for values in stack]
            edges = [(key, self._rendered(source, part, stack[0], ())) for key, part, source in self._edges]
        except (SecurityError, TemplateError) as broken:
            raise errors.refused("template_construct", what=type(broken).__name__, near="") from broken
        whole = filled[0]
        last = whole[-1] if len(whole) and whole[-1].tag == f"{_W}sectPr" else None
        for body in filled[1:]:
            for child in _on_new_page(body):
                if last is None:
                    whole.append(child)
                else:
                    last.addprevious(child)
        self._word.fix_docpr_ids(whole)
        self._word.map_tree(whole)
        for key, xml in edges:
            self._word.map_headers_footers_xml(key, xml.encode())
        out = BytesIO()
        self._word.docx.save(out)
        return out.getvalue()

    def _body(self, values: Mapping[str, Any], pictures: Sequence[str]) -> Any:
        xml = self._rendered(self._source, self._word.docx._part, values, pictures, line=laying.LINE)
        _check_places(xml)
        body = self._word.fix_tables(xml)
        colours.colour(body, values.get(colours.COLOURS, {}))
        laying.lay_out(body)
        return body

    def _rendered(
        self, source: str, part: Any, values: Mapping[str, Any], pictures: Sequence[str], *, line: str = "\n"
    ) -> str:
        self._word.current_rendering_part = part
        told = values.get(colours.COLOURS, {})
        given = {name: _clean(value, line) for name, value in values.items() if name != colours.COLOURS}
        given = colours.mark(given, told)
        for name in pictures:
            image = values.get(name)
            given[name] = InlineImage(self._word, BytesIO(base64.b64decode(image)), width=Mm(_QR_MM)) if image else ""
        written = self._environment.from_string(source).render(given)
        resolved: str = self._word.resolve_listing(tags.out_of_lines(written))
        return resolved


def _clean(value: Any, line: str) -> Any:
    """Return a value as a paper can hold it: what no XML may hold becomes a visible mark, lines stay lines."""
    if isinstance(value, str):
        lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return line.join(printable(each.replace("\t", " ")) for each in lines)
    if isinstance(value, list):
        return [{name: _clean(each, line) for name, each in row.items()} for row in value]
    return value


def _check_places(xml: str) -> None:
    """Refuse a tag that stands where a document has no text, such as {{p …}} that swallows its paragraph."""
    try:
        body = etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as broken:
        raise errors.refused("template_tag_place") from broken
    if any(child.tag not in _BODY for child in body) or any(_is_astray(each) for each in body.iter()):
        raise errors.refused("template_tag_place")


def _is_astray(element: Any) -> bool:
    if element.tail and element.tail.strip():
        return True
    is_text = not isinstance(element.tag, str) or element.tag in _TEXT or not element.tag.startswith(_W)
    return not is_text and bool(element.text and element.text.strip())


def _on_new_page(body: Any) -> Iterator[Any]:
    """Yield what a further paper is made of, without its last section, beginning on a new page."""
    children = [child for child in body if child.tag != f"{_W}sectPr"]
    first = children[0] if children else None
    if first is None or first.tag != f"{_W}p":
        first = etree.SubElement(body, f"{_W}p")
        children.insert(0, first)
    properties = first.find(f"{_W}pPr")
    if properties is None:
        properties = etree.Element(f"{_W}pPr")
        first.insert(0, properties)
    style = properties.find(f"{_W}pStyle")
    for each in ("keepNext", "keepLines"):
        found = properties.find(_W + each)
        style = found if found is not None else style
    if properties.find(f"{_W}pageBreakBefore") is None:
        properties.insert(0 if style is None else properties.index(style) + 1, etree.Element(f"{_W}pageBreakBefore"))
    yield from (copy.deepcopy(child) for child in children)
