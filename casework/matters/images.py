"""The process that opens a picture somebody sent: `python -m casework.matters.images < picture > clean picture`.

It limits its own memory and time before the first byte is read, decodes the picture, and writes the bare pixels anew:
no EXIF, no place where it was taken, no second file hidden behind the first (reliability.md §5.2). The only module
that knows Pillow; the parent (`attachments`) calls any bad end a refusal.
"""

import resource
import signal
import sys
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from casework.matters import picture_limits as limits

_QUALITY = 88
_FORMATS = ("JPEG", "PNG")


def main() -> int:
    """Read standard input, write a clean picture to standard output, return the exit code."""
    _limit_myself()
    # Pillow only warns between one and two times its limit; here the limit is the limit.
    Image.MAX_IMAGE_PIXELS = limits.PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with open(0, "rb", closefd=False) as source, open(1, "wb", closefd=False) as out:
        try:
            _rewrite(source, out)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            return limits.TOO_MANY_PIXELS
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
            return limits.UNREADABLE
    return 0


def _limit_myself() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.MEMORY_BYTES, limits.MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.CPU_SECONDS, limits.CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.OUTPUT_BYTES, limits.OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(limits.WALL_SECONDS)  # also ends a child whose parent has died


def _rewrite(source: BinaryIO, out: BinaryIO) -> None:
    with Image.open(source, formats=_FORMATS) as picture:
        kind = picture.format
        # The camera's note which side is up goes with the rest, so the pixels are turned first.
        upright = ImageOps.exif_transpose(picture)
        if kind == "JPEG":
            plain = upright if upright.mode in ("L", "RGB") else upright.convert("RGB")
            bare = Image.frombytes(plain.mode, plain.size, plain.tobytes())
            bare.save(out, "JPEG", quality=_QUALITY, optimize=True)
        else:
            # Palettes and 16-bit greys are evened out; what is transparent stays so.
            mode = "L" if upright.mode in ("1", "L") else "RGBA" if upright.has_transparency_data else "RGB"
            plain = upright if upright.mode == mode else upright.convert(mode)
            Image.frombytes(plain.mode, plain.size, plain.tobytes()).save(out, "PNG")


if __name__ == "__main__":
    sys.exit(main())
