"""The zip around an .xlsx, judged by its directory before anything is unpacked, then unpacked with a count.

Two readers may disagree about a crooked zip, so whatever they could disagree about is refused: a second directory,
bytes before the first entry, local headers that tell another name, overlapping entries, sizes and sums that lie.
Nothing is ever written to disk. Which parts are worth reading is not known here.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from casework.core import errors
from casework.exchange import limits

_CHUNK = 256 * 1024
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_DESCRIPTOR_BYTES = 12  # the least that may follow the data of an entry whose flag 3 is set


@dataclass(frozen=True, slots=True)
class Entry:
    """One file inside the zip: where its packed bytes stand and what they should become."""

    name: str
    start: int
    packed: int
    unpacked: int
    method: int
    crc: int


def damaged(why: str) -> errors.Refused:
    """Make the refusal of a file whose structure is broken; `why` is for the log and for tests."""
    return errors.refused("file_damaged", why=why)


class Archive:
    """A zip whose directory was found sound.

    Raises:
        Refused: file_damaged, file_encrypted, file_too_many_parts, file_too_big_unpacked, file_ratio, file_unsafe_name.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        infos, directory_at = _directory(stream)
        if sum(info.file_size for info in infos) > limits.UNPACKED_BYTES:
            raise errors.refused("file_too_big_unpacked", limit_mb=limits.UNPACKED_BYTES // limits.MIB)
        for info in infos:
            _judge(info)
        _judge_names([info.orig_filename for info in infos])
        self.entries = {entry.name: entry for entry in _placed(stream, infos, directory_at)}

    def find(self, name: str) -> Entry | None:
        """Return the entry of that name, upper and lower case alike, as spreadsheet programs look it up."""
        wanted = name.casefold()
        return next((entry for key, entry in self.entries.items() if key.casefold() == wanted), None)

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """Yield the unpacked bytes piece by piece, never more than the directory announced.

        Raises:
            Refused: file_damaged if size or checksum differ from the directory.
        """
        done, crc = 0, 0
        for piece in self._stored(entry) if entry.method == zipfile.ZIP_STORED else self._inflated(entry):
            done += len(piece)
            if done > entry.unpacked:
                raise damaged("size")
            crc = zlib.crc32(piece, crc)
            yield piece
        if done != entry.unpacked:
            raise damaged("size")
        if crc != entry.crc:
            raise damaged("checksum")

    def _stored(self, entry: Entry) -> Iterator[bytes]:
        yield from self._packed(entry)

    def _inflated(self, entry: Entry) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for packed in self._packed(entry):
                rest = packed
                while rest:
                    if inflater.eof:
                        raise damaged("bytes after the end")
                    yield inflater.decompress(rest, _CHUNK)
                    rest = inflater.unconsumed_tail or inflater.unused_data
            while not inflater.eof:
                piece = inflater.decompress(b"", _CHUNK)
                if not piece:
                    raise damaged("truncated")
                yield piece
        except zlib.error as broken:
            raise damaged("deflate") from broken

    def _packed(self, entry: Entry) -> Iterator[bytes]:
        position, left = entry.start, entry.packed
        while left:
            self._stream.seek(position)
            piece = self._stream.read(min(left, _CHUNK))
            if not piece:
                raise damaged("truncated")
            position, left = position + len(piece), left - len(piece)
            yield piece


def _directory(stream: BinaryIO) -> tuple[list[zipfile.ZipInfo], int]:
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(max(0, size - 65_535 - _END.size))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise damaged("no directory")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(tail, at)
    if count > limits.ENTRIES or length > limits.DIRECTORY_BYTES:
        raise errors.refused("file_too_many_parts", limit=limits.ENTRIES)
    if tail.count(b"PK\x05\x06") != 1 or at + _END.size + comment != len(tail):
        raise damaged("directory end")
    if disk or first_disk or here != count:
        raise damaged("several disks")
    try:
        with zipfile.ZipFile(stream) as archive:
            infos, begin = archive.infolist(), archive.start_dir
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        UnicodeDecodeError,
        struct.error,
        EOFError,
        ValueError,
    ) as broken:
        raise damaged("directory") from broken
    if len(infos) != count or begin != start:
        raise damaged("two directories")
    return infos, begin


def _judge(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise errors.refused("file_encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged("packing method")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise errors.refused("file_unsafe_name")
    if info.file_size > limits.RATIO_FROM_BYTES and info.file_size > limits.RATIO * info.compress_size:
        raise errors.refused("file_ratio")


def _judge_names(names: list[str]) -> None:
    for name in names:
        path = name.replace("\\", "/")
        if len(name.encode("utf-8", "replace")) > limits.NAME_BYTES:
            raise errors.refused("file_unsafe_name")
        if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":" or any(ord(c) < 32 for c in name):
            raise errors.refused("file_unsafe_name")
    if len({name.casefold() for name in names}) != len(names):
        raise damaged("the same name twice")


def _placed(stream: BinaryIO, infos: list[zipfile.ZipInfo], directory_at: int) -> Iterator[Entry]:
    ordered = sorted(infos, key=lambda info: info.header_offset)
    ends = [info.header_offset for info in ordered[1:]] + [directory_at] * bool(ordered)
    if ordered and ordered[0].header_offset != 0:
        raise damaged("bytes before the first entry")
    for info, end in zip(ordered, ends, strict=True):
        start = _data_start(stream, info)
        reserve = _DESCRIPTOR_BYTES if info.flag_bits & 0x8 else 0
        if start + info.compress_size + reserve > end:
            raise damaged("overlapping entries")
        yield Entry(info.orig_filename, start, info.compress_size, info.file_size, info.compress_type, info.CRC)


def _data_start(stream: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Return where the packed bytes begin, after checking that the local header tells the directory's story."""
    stream.seek(info.header_offset)
    head = stream.read(_LOCAL.size)
    if len(head) != _LOCAL.size:
        raise damaged("truncated")
    signature, _, flags, method, _, _, _, _, _, name_length, extra_length = _LOCAL.unpack(head)
    name = stream.read(name_length)
    told = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_NAME else "cp437", "replace")
    if signature != b"PK\x03\x04" or method != info.compress_type or name != told:
        raise damaged("local header")
    if flags & _ENCRYPTED:
        raise errors.refused("file_encrypted")
    return info.header_offset + _LOCAL.size + int(name_length) + int(extra_length)
