"""Stretches of days, newest first: so the newest hits of a common word are found without all the others (PostgreSQL).

The index of words keeps two numbers of each matter beside its pairs: its day, and the sixteen days that this is one of.
A stretch is a few such numbers. Each is about as long as all before it together, so that what is not met soon costs
little more than to look for it everywhere, and what is met is at most about half of what was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_LONG = 16
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_STRETCHES_OF_DAYS, _STRETCHES_OF_LONG_ONES = (4, 8), (1, 2, 4, 8, 16)


def numbers_of(instant: str) -> str:
    """Return the expression over a column of instants that gives its two numbers; those of sixteen days are negative.

    An index serves who asks with the very same expression.
    """
    day = f"({instant} AT TIME ZONE 'UTC')::date - DATE '0001-01-01'"
    return f"ARRAY[{day}, -1 - ({day}) / {_LONG}]"


@dataclass(frozen=True, slots=True)
class Stretches:
    """The numbers of each stretch, newest first, and before which instant none of them lies."""

    numbers: Sequence[Sequence[int]]
    begin: datetime

    @property
    def told(self) -> str:
        """Return the numbers as PostgreSQL writes arrays of them, one after another behind semicolons."""
        return ";".join("{" + ",".join(map(str, stretch)) + "}" for stretch in self.numbers)


def back_from(newest: datetime) -> Stretches:
    """Return the stretches of somewhat more than a year, the first of which ends with the day of `newest`."""
    # The next one to be taken.
    day = _day(newest)
    found = []
    for size in _STRETCHES_OF_DAYS:
        found.append(range(day, day - size, -1))
        day -= size
    # Down to where sixteen days begin.
    found.append(range(day, day - day % _LONG - 1, -1))
    long = day // _LONG - 1
    for size in _STRETCHES_OF_LONG_ONES:
        found.append(range(-1 - long, -1 - long + size))
        long -= size
    return Stretches(found, _EPOCH + timedelta(days=(long + 1) * _LONG))


def end_of(instant: datetime) -> datetime:
    """Return when the day of an instant is over."""
    return _EPOCH + timedelta(days=_day(instant) + 1)


def _day(instant: datetime) -> int:
    return (instant.astimezone(UTC) - _EPOCH).days
