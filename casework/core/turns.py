"""How long one thread of a process keeps the interpreter from another that waits for it.

Who sends rows waits for the interpreter after each answer of the system, some times a statement. With turns of 5 ms,
as Python has them, a statement takes longer to send than the rows of the next one to make: the thread that makes them
runs into the one that sends, and the database has nothing to do meanwhile.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds; to change turns takes a hundredth of that.
_SHORT = 0.0005
_lock = threading.Lock()
_wanted = 0
_usual = sys.getswitchinterval()


@contextmanager
def short_turns() -> Iterator[None]:
    """Let threads of this process take turns ten times as often while this lasts."""
    global _wanted, _usual  # noqa: PLW0603 - turns are the process's own, and several may ask at once
    with _lock:
        if not _wanted:
            _usual = sys.getswitchinterval()
            sys.setswitchinterval(_SHORT)
        _wanted += 1
    try:
        yield
    finally:
        with _lock:
            _wanted -= 1
            if not _wanted:
                sys.setswitchinterval(_usual)
