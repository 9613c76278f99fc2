"""Whether the zip of a template may be opened at all. Runs in the child, before any reader of documents.

A template is text and pictures. What runs (macros), what is another program's (OLE, ActiveX, linked and embedded
files) and what is fetched from elsewhere when somebody opens the paper is refused, each by its name.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING

from casework.core import errors
from casework.exchange.archive import Archive, Entry
from casework.exchange.limits import MIB
from casework.exchange.scan import walk

if TYPE_CHECKING:
    from lxml import etree

FILE_BYTES = 2 * MIB
UNPACKED_BYTES = 24 * MIB
PART_BYTES = 4 * MIB  # of one part that is XML; python-docx makes trees of them
PARTS = 300
DOCUMENT = "word/document.xml"
_TYPES = "[Content_Types].xml"
_OLE = b"\xd0\xcf\x11\xe0"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FOREIGN = frozenset({"oleObject", "package", "aFChunk", "subDocument", "frame", "control", "attachedTemplate"})
_FOREIGN_ELEMENTS = frozenset({"object", "OLEObject", "altChunk", "control", "subDoc", "mailMerge"})
_FOREIGN_FOLDERS = ("word/embeddings/", "word/activex/")
_MACROS = ("macroenabled", "vbaproject", "vbadata")
_LINKS = ("http://", "https://", "mailto:")
# Fields that only tell what the paper itself holds. Everything else that Word would work out is refused by name:
# DDE starts programs, INCLUDEPICTURE and LINK fetch, QUOTE and IF can hide another field.
_FIELDS = frozenset(
    [
        "PAGE",
        "NUMPAGES",
        "SECTION",
        "SECTIONPAGES",
        "PAGEREF",
        "REF",
        "NOTEREF",
        "HYPERLINK",
        "TOC",
        "TC",
        "SEQ",
        "STYLEREF",
        "DATE",
        "TIME",
        "CREATEDATE",
        "PRINTDATE",
        "SYMBOL",
        "EQ",
        "=",
        "TITLE",
        "AUTHOR",
        "FILENAME",
    ]
)


def check(content: bytes) -> None:
    """Judge the package of a template.

    Raises:
        Refused: one of template_… and file_….
    """
    if len(content) > FILE_BYTES:
        raise errors.refused("template_too_large", limit_mb=FILE_BYTES // MIB)
    if content.startswith(_OLE):
        raise errors.refused("template_old_word")
    if not content.startswith(b"PK"):
        raise errors.refused("template_not_word")
    archive = Archive(BytesIO(content))
    entries = archive.entries
    if len(entries) > PARTS or sum(each.unpacked for each in entries.values()) > UNPACKED_BYTES:
        raise errors.refused("template_too_full", parts=PARTS, limit_mb=UNPACKED_BYTES // MIB)
    if archive.find(DOCUMENT) is None or archive.find(_TYPES) is None:
        raise errors.refused("template_not_word")
    for name, entry in entries.items():
        _check_part(archive, name.casefold().replace("\\", "/"), entry)


def _check_part(archive: Archive, name: str, entry: Entry) -> None:
    if any(each in name for each in _MACROS):
        raise errors.refused("template_macros")
    if name.startswith(_FOREIGN_FOLDERS):
        raise errors.refused("template_foreign", what=entry.name)
    if not name.endswith((".xml", ".rels")):
        return
    if entry.unpacked > PART_BYTES:
        raise errors.refused("template_too_full", parts=PARTS, limit_mb=UNPACKED_BYTES // MIB)
    walk(archive.chunks(entry), _check_types if name == _TYPES.casefold() else _check_element)
    if name.startswith("word/") and name.endswith(".xml"):
        _check_text(name, b"".join(archive.chunks(entry)))


def _check_types(_element: str, attributes: Mapping[str, str]) -> None:
    told = attributes.get("ContentType", "").casefold()
    if any(each in told for each in _MACROS):
        raise errors.refused("template_macros")


def _check_element(element: str, attributes: Mapping[str, str]) -> None:
    name = element.rpartition(":")[2]
    if name in _FOREIGN_ELEMENTS:
        raise errors.refused("template_foreign", what=name)
    if name != "Relationship":
        return
    kind, target = attributes.get("Type", "").rpartition("/")[2], attributes.get("Target", "")
    is_link = kind == "hyperlink" and target.casefold().startswith(_LINKS)
    if attributes.get("TargetMode", "").casefold() == "external" and not is_link:
        raise errors.refused("template_outside", what=kind, target=target[:100])
    if kind in _FOREIGN:
        raise errors.refused("template_foreign", what=kind)


def _check_text(name: str, content: bytes) -> None:
    from lxml import etree  # noqa: PLC0415 - only the child that looks through a template reads XML

    tree = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    for code in _field_codes(tree):
        first = (code.split() or [""])[0].upper()
        if not first.startswith("=") and first not in _FIELDS:
            raise errors.refused("template_field", field=first[:40] or "?")
    if "notes" in name or "comments" in name:
        text = "".join(tree.itertext())
        if "{{" in text or "{%" in text:
            raise errors.refused("template_tag_in_note")


def _field_codes(tree: "etree._Element") -> Iterator[str]:
    """Yield the code of every field, put together from the runs it is cut into; nested ones each for themselves."""
    open_fields: list[list[str]] = []
    loose: list[str] = []
    for element in tree.iter(f"{_W}fldSimple", f"{_W}fldChar", f"{_W}instrText", f"{_W}delInstrText"):
        if element.tag == f"{_W}fldSimple":
            yield element.get(f"{_W}instr", "")
        elif element.tag != f"{_W}fldChar":
            (open_fields[-1] if open_fields else loose).append(element.text or "")
        elif element.get(f"{_W}fldCharType") == "begin":
            open_fields.append([])
        elif element.get(f"{_W}fldCharType") == "end" and open_fields:
            yield "".join(open_fields.pop())
    yield from ("".join(each) for each in [*open_fields, loose] if each)
