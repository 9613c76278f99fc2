"""How often Python looks for garbage while much is written."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 50_000
_lock = threading.Lock()
_wanted = 0
_usual = gc.get_threshold()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector of this process look every 50,000 objects rather than every 700 while this lasts.

    What a chunk of rows makes lives until it is written; to look through it again and again took a fourth of the time.
    """
    global _wanted, _usual  # noqa: PLW0603 - the collector is the process's own, and several may ask at once
    with _lock:
        if not _wanted:
            _usual = gc.get_threshold()
            gc.set_threshold(_SELDOM, *_usual[1:])
        _wanted += 1
    try:
        yield
    finally:
        with _lock:
            _wanted -= 1
            if not _wanted:
                gc.set_threshold(*_usual)
