"""How the C library keeps memory: what was large for a moment goes back to the system at once.

A log-in takes 19 MiB for an instant (argon2id). After the first the library would keep as much for the next one, in
every process and for every thread that ever checked a password.
"""

import ctypes
import sys

# <malloc.h> of the GNU library; mallopt(3).
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_LARGE = 1024 * 1024
_ARENAS = 2


def give_back_large_blocks() -> None:
    """Map blocks of a mebibyte or more one by one, and let all threads share two heaps; elsewhere than on Linux, no-op.

    Blocks and heaps are set before threads begin. Other C libraries than GNU's have nothing to set.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_ARENA_MAX, _ARENAS)
