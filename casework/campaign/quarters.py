"""Quarters of a year, such as 2022Q4: their days, and what follows what."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from casework.core.errors import invalid

_FORM = re.compile(r"(2[0-9]{3})Q([1-4])")
_MONTHS = 3


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """One quarter; `number` is 1 to 4."""

    year: int
    number: int

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, _MONTHS * self.number - 2, 1)

    @property
    def last(self) -> date:
        """The last day."""
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def quarter_of(day: date) -> Quarter:
    """Return the quarter a day lies in."""
    return Quarter(day.year, (day.month - 1) // _MONTHS + 1)


def read_quarter(value: object, *, field: str = "quarter") -> Quarter:
    """Read a quarter written `2022Q4`.

    Raises:
        Invalid: quarter_form.
    """
    found = _FORM.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise invalid(field, "quarter_form")
    return Quarter(int(found[1]), int(found[2]))


def between(first: date, last: date) -> list[Quarter]:
    """Return every quarter that has a day between two days, the earliest first."""
    found = []
    quarter = quarter_of(first)
    while quarter.first <= last:
        found.append(quarter)
        quarter = quarter.next
    return found
