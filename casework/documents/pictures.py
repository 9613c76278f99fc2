"""How large a picture stands on a page; only its head is read, since it was decoded and written anew before."""

import struct

from casework.core import errors
from casework.documents.model import Picture

_WIDEST, _HIGHEST = 130.0, 90.0  # mm
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# The markers of a JPEG that carry its size: start of frame, but not the tables among them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def size_mm(picture: Picture) -> tuple[float, float]:
    """Return width and height in mm, as large as fits and as it may be.

    Raises:
        Refused: document_picture, when the bytes are not what the media type says.
    """
    try:
        width, height = _pixels(picture)
    except (struct.error, IndexError):
        width = height = 0
    if not (width and height):
        raise unreadable(picture)
    scale = min((picture.widest or _WIDEST) / width, _HIGHEST / height)
    return width * scale, height * scale


def unreadable(picture: Picture) -> errors.Refused:
    """Make the refusal of a picture that cannot be read."""
    return errors.refused("document_picture", caption=picture.caption[:64])


def _pixels(picture: Picture) -> tuple[int, int]:
    content = picture.content
    if picture.media_type == "image/png" and content.startswith(_PNG):
        width, height = struct.unpack_from(">II", content, 16)
        return width, height
    if picture.media_type == "image/jpeg" and content.startswith(_JPEG):
        place = 2
        while content[place] == 0xFF:
            marker, length = struct.unpack_from(">BH", content, place + 1)
            if marker in _FRAMES:
                height, width = struct.unpack_from(">HH", content, place + 5)
                return width, height
            place += 2 + length
    return 0, 0
