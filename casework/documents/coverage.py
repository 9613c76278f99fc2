"""Which characters a font file has a shape for, read from its table `cmap` (OpenType specification)."""

import struct
from functools import lru_cache
from pathlib import Path

_COLLECTION = b"ttcf"


@lru_cache(maxsize=32)
def covered(path: str, index: int, _changed: int) -> frozenset[int]:
    """Return the code points that the font of this number in the file has; none when the file cannot be understood."""
    content = Path(path).read_bytes()
    try:
        start = struct.unpack_from(">I", content, 12 + 4 * index)[0] if content.startswith(_COLLECTION) else 0
        return frozenset(_code_points(content, _table(content, start, b"cmap")))
    except struct.error:
        return frozenset()


def _table(content: bytes, start: int, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", content, start + 4)
    for place in range(start + 12, start + 12 + 16 * count, 16):
        if content[place : place + 4] == tag:
            (offset,) = struct.unpack_from(">I", content, place + 8)
            return int(offset)
    raise struct.error("no such table")


def _code_points(content: bytes, cmap: int) -> set[int]:
    """Gather what the subtables of Unicode map: format 12 all of it, format 4 its first 65,536 characters."""
    found: set[int] = set()
    (count,) = struct.unpack_from(">H", content, cmap + 2)
    for number in range(count):
        platform, _, offset = struct.unpack_from(">HHI", content, cmap + 4 + 8 * number)
        at = cmap + offset
        (form,) = struct.unpack_from(">H", content, at)
        if platform not in (0, 3):
            continue
        if form == 12:
            (groups,) = struct.unpack_from(">I", content, at + 12)
            for group in range(groups):
                first, last, _ = struct.unpack_from(">III", content, at + 16 + 12 * group)
                found.update(range(first, min(last, 0x10FFFF) + 1))
        elif form == 4:
            (twice,) = struct.unpack_from(">H", content, at + 6)
            ends = struct.unpack_from(f">{twice // 2}H", content, at + 14)
            starts = struct.unpack_from(f">{twice // 2}H", content, at + 16 + twice)
            for first, last in zip(starts, ends, strict=True):
                found.update(range(first, last + 1))
    return found - {0xFFFF}
