"""What kind of file this is, and whether it may be read at all. Runs in the child, before any reader.

The kind is told by the first bytes, never by the name: office programs save web pages as .xls and tables as .et.
Limits stand in `limits`, the zip is judged in `archive`, the XML in `scan`.
"""

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from casework.core import errors
from casework.exchange import limits
from casework.exchange.archive import Archive, damaged
from casework.exchange.scan import SheetFacts, scan_part, scan_sheet, sheet_parts

_CHUNK = 256 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, .et, and every office file with a password
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# A workbook as XML, and a page with its pictures in one file.
_OTHER_PAGE = (b"<?xml", b"mime-version")
# Documents, pictures and archives: their first bytes may pass for text.
_NO_TABLE = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_WEB_PAGE = (
    b"<!doctype",
    b"<html",
    b"<head",
    b"<meta",
    b"<style",
    b"<body",
    b"<table",
    b"<div",
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be read: its kind and what the check learned on the way."""

    kind: Literal["xlsx", "xls", "text", "page"]
    encoding: str = ""
    sheets: Mapping[str, SheetFacts] = field(default_factory=dict)


def precheck(stream: BinaryIO) -> Checked:
    """Judge the file from its first byte on, holding no more of it than a piece at a time (reliability.md §5.2).

    Raises:
        Refused: one of the file_… and too_… codes.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(4096)
    if not size:
        raise errors.refused("file_empty")
    packed = head.startswith((b"PK", _OLE))
    limit = limits.FILE_BYTES if packed else limits.TEXT_FILE_BYTES
    if size > limit:
        raise errors.refused("file_too_large", limit_mb=limit // limits.MIB)
    if head.startswith(b"PK"):
        return Checked("xlsx", sheets=_check_workbook(stream))
    if head.startswith(_OLE):
        _check_ole(stream)
        return Checked("xls")
    if head.startswith(_NO_TABLE):
        raise errors.refused("file_kind_unknown")
    bare = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if bare.startswith(_OTHER_PAGE):
        raise errors.refused("file_is_web_page")
    kind: Literal["text", "page"] = "page" if bare.startswith(_WEB_PAGE) else "text"
    return Checked(kind, encoding=_encoding(stream, marked=_UTF16.get(head[:2])))


def _check_workbook(stream: BinaryIO) -> dict[str, SheetFacts]:
    archive = Archive(stream)
    workbook = archive.find("xl/workbook.xml")
    relations = archive.find("xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        raise errors.refused("file_kind_unknown")
    strings = archive.find("xl/sharedStrings.xml")
    if strings is not None and strings.unpacked > limits.SHARED_STRING_BYTES:
        raise errors.refused("too_much_text", limit_mb=limits.SHARED_STRING_BYTES // limits.MIB)
    parts = sheet_parts(workbook=archive.chunks(workbook), relations=archive.chunks(relations))
    read_by_name = {name.casefold() for name in parts.values()}
    for entry in archive.entries.values():
        name = entry.name.casefold().replace("\\", "/")
        if name.startswith("xl/") and name.endswith((".xml", ".rels")) and name not in read_by_name:
            scan_part(archive.chunks(entry))
    return _check_sheets(archive, parts)


def _check_sheets(archive: Archive, parts: Mapping[str, str]) -> dict[str, SheetFacts]:
    sheets: dict[str, SheetFacts] = {}
    for name, part in parts.items():
        entry = archive.find(part)
        if entry is None:
            raise damaged("sheet missing")
        sheets[name] = scan_sheet(archive.chunks(entry))
        if sum(facts.filled_cells for facts in sheets.values()) > limits.FILLED_CELLS:
            raise errors.refused("too_many_cells", limit=limits.FILLED_CELLS)
    return sheets


def _check_ole(stream: BinaryIO) -> None:
    before = b""
    for piece in _pieces(stream):
        if _ENCRYPTED_STREAM in before + piece:
            raise errors.refused("file_encrypted")
        before = piece[-len(_ENCRYPTED_STREAM) :]


def _encoding(stream: BinaryIO, *, marked: str | None) -> str:
    """Return the encoding of a text file: by its mark, else UTF-8 or GB 18030 if every byte fits."""
    for encoding in [marked] if marked else ["utf-8-sig", "gb18030"]:
        if _decodes(stream, encoding):
            return encoding
    raise errors.refused("file_encoding_unknown")


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for piece in _pieces(stream):
            if "\0" in decoder.decode(piece):
                raise errors.refused("file_kind_unknown")
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while piece := stream.read(_CHUNK):
        yield piece
