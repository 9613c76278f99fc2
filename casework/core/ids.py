"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that a phone can make one offline and an index stays in time order."""

import os
import threading
from uuid import UUID

from casework.core import clock

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """Make a UUIDv7; within a process later calls sort later."""
    global _last  # noqa: PLW0603 - the counter that keeps ids of one process in order
    random = int.from_bytes(os.urandom(10), "big")
    millis = int(clock.now().timestamp() * 1000)
    with _lock:
        # 48 bits of milliseconds and 12 of sub-order: a burst within one millisecond counts on.
        ticks = max(millis << 12, _last + 1)
        _last = ticks
    value = (ticks >> 12) << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    return UUID(int=value)


def parse_id(text: str) -> UUID | None:
    """Read a UUID in its canonical form; None when it is not one."""
    if len(text) != 36:
        return None
    try:
        value = UUID(text)
    except ValueError:
        return None
    return value if str(value) == text.lower() else None
