"""Office files put to a matter, judged before they are kept: whoever opens one at their desk is not to regret it.

A .docx or .xlsx is a zip of XML. Nothing of it is written to the disk and no part is read further than it takes to see
its first element, but for the relations, which are read whole: they say what a program fetches when it opens the file.
"""

import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO
from xml.parsers import expat

_CHUNK = 64 * 1024
_ENTRIES = 2_000
_NAME_BYTES = 255
_UNPACKED_BYTES = 512 * 1024 * 1024
# Unpacked to packed, of what unpacks to more than a mebibyte (reliability.md §5.2).
_RATIO, _RATIO_FROM_BYTES = 100, 1024 * 1024
_RELATION_BYTES = 4 * 1024 * 1024
_ENCRYPTED = 0x1
# What Word and its like fetch unasked; templates on a disk of the house are usual, pictures from the web do no harm.
_FETCHED = ("/attachedTemplate", "/oleObject", "/subDocument", "/frame")
_ELSEWHERE = ("http:", "https:", "ftp:", "mhtml:", "//", "\\\\", "file://///", "file://\\\\")


class Hostile(ValueError):
    """What no office program writes; the message is for tests."""


class _Seen(Exception):
    """A part has begun: a document type could only have stood before."""


def judge(package: zipfile.ZipFile) -> None:
    """Look at the directory and the parts.

    Raises:
        Hostile: a bomb, a name that leads out of its folder, a document type, or something fetched from elsewhere.
    """
    entries = package.infolist()
    if len(entries) > _ENTRIES or sum(entry.file_size for entry in entries) > _UNPACKED_BYTES:
        raise Hostile("too much")
    for entry in entries:
        _judge_entry(entry)
    for entry in entries:
        name = entry.filename.lower()
        if name.endswith(".rels"):
            if entry.file_size > _RELATION_BYTES:
                raise Hostile("relations")
            _parse(package, entry, _judge_relation)
        elif name.endswith((".xml", ".vml")):
            with suppress(_Seen):
                _parse(package, entry, _begun)


def _judge_entry(entry: zipfile.ZipInfo) -> None:
    path = entry.filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":" or any(ord(each) < 32 for each in path):
        raise Hostile("name")
    if len(path.encode("utf-8", "replace")) > _NAME_BYTES or stat.S_ISLNK(entry.external_attr >> 16):
        raise Hostile("name")
    if entry.flag_bits & _ENCRYPTED or entry.filename.endswith("vbaProject.bin"):
        raise Hostile("sealed or with macros")
    if entry.file_size > _RATIO_FROM_BYTES and entry.file_size > _RATIO * entry.compress_size:
        raise Hostile("ratio")


def _parse(package: zipfile.ZipFile, entry: zipfile.ZipInfo, start: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    # What is no XML harms nobody: office programs do not open it.
    with suppress(expat.ExpatError):
        for chunk in _chunks(package, entry):
            parser.Parse(chunk, False)


def _chunks(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with package.open(entry) as part:
        yield from iter(_reader(part), b"")


def _reader(part: IO[bytes]) -> Callable[[], bytes]:
    return lambda: part.read(_CHUNK)


def _refuse_doctype(*_told: object) -> None:
    raise Hostile("document type")


def _begun(_name: str, _attributes: dict[str, str]) -> None:
    raise _Seen


def _judge_relation(name: str, attributes: dict[str, str]) -> None:
    if not name.endswith("Relationship") or attributes.get("TargetMode", "").lower() != "external":
        return
    target = attributes.get("Target", "").strip().lower()
    if attributes.get("Type", "").endswith(_FETCHED) and target.startswith(_ELSEWHERE):
        raise Hostile("fetched from elsewhere")
