"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that a phone can make one offline and an index stays in time order."""

import os
import threading
from itertools import groupby
from struct import unpack
from uuid import UUID, SafeUUID

from casework.core import clock

_lock = threading.Lock()
_last = 0
# Chance for the ids to come, eight bytes each: the system is asked for many at once, under the lock.
_CHANCES = 256
_chances: list[int] = []
_62_BITS, _MILLIS = (1 << 62) - 1, -1 << 12
# Version 7 and the variant of RFC 9562, where they stand among the 128 bits.
_KIND = 0x7 << 76 | 0b10 << 62
# A UUID keeps itself from being changed; what makes a new one goes by its places.
_new, _set_int, _set_safe = object.__new__, UUID.__dict__["int"].__set__, UUID.__dict__["is_safe"].__set__
_UNKNOWN = SafeUUID.unknown
# The two bits that say which kind of UUID it is, and two that are chance.
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def new_id() -> UUID:
    """Make a UUIDv7; within a process later calls sort later."""
    global _last  # noqa: PLW0603 - the counter that keeps ids of one process in order
    now = clock.millis() << 12
    with _lock:
        _last = ticks = now if now > _last else _last + 1
        if not _chances:
            drawn = unpack(f">{_CHANCES}Q", os.urandom(8 * _CHANCES))
            _chances.extend([_KIND | each & _62_BITS for each in drawn])
        chance = _chances.pop()
    # As UUID(int=…) makes it, without its look at what it was given: a life is some fifteen rows.
    made = _new(UUID)
    _set_int(made, (ticks & _MILLIS) << 68 | (ticks & 0xFFF) << 64 | chance)
    _set_safe(made, _UNKNOWN)
    return made


def new_id_texts(count: int) -> list[str]:
    """Make so many at once, in their canonical form; each sorts later than the one before."""
    first, chance = _ticks(count), os.urandom(8 * count).hex()
    texts: list[str] = []
    # All but a few of a thousand batches stay within one millisecond's worth of ticks.
    for millis, ticks in groupby(range(first, first + count), key=lambda tick: tick >> 12):
        head = f"{millis >> 16:08x}-{millis & 0xFFFF:04x}-7"
        for tick in ticks:
            drawn = chance[16 * (tick - first) : 16 * (tick - first + 1)]
            texts.append(f"{head}{tick & 0xFFF:03x}-{_VARIANT[drawn[0]]}{drawn[1:4]}-{drawn[4:]}")
    return texts


def _ticks(count: int) -> int:
    """Take so many ticks in a row and return the first of them."""
    global _last  # noqa: PLW0603 - the counter that keeps ids of one process in order
    now = clock.millis() << 12
    with _lock:
        # 48 bits of milliseconds and 12 of sub-order: a burst counts on here too.
        first = max(now, _last + 1)
        _last = first + count - 1
    return first


# A child that was forked would else make ids of the same chance as its parent.
os.register_at_fork(after_in_child=_chances.clear)


def parse_id(text: str) -> UUID | None:
    """Read a UUID in its canonical form; None when it is not one."""
    if len(text) != 36:
        return None
    try:
        value = UUID(text)
    except ValueError:
        return None
    return value if str(value) == text.lower() else None
