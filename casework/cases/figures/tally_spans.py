"""Days of reporting, cut into what sums are kept of: whole months, and single days at the edges."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Part:
    """Some months (YYYY-MM) or days (YYYY-MM-DD) that follow one another, both ends included; open where None."""

    grain: str
    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` until `last`, both included; ever since, or from then on, where None."""

    first: date | None = None
    last: date | None = None

    def whole_months(self) -> "Span | None":
        """Return the months that lie in it whole; None when there is none."""
        begins = self.first if self.first is None or self.first.day == 1 else _next_month(self.first)
        ends = self.last if self.last is None or _next_day(self.last).day == 1 else _day_before(_month(self.last))
        return None if begins is not None and ends is not None and begins > ends else Span(begins, ends)

    def edges(self) -> Iterator["Span"]:
        """Yield the days that lie in no whole month of it."""
        months = self.whole_months()
        if months is None:
            yield self
            return
        if months.first is not None and months.first != self.first:
            yield Span(self.first, _day_before(months.first))
        if months.last is not None and months.last != self.last:
            yield Span(_next_day(months.last), self.last)

    def parts(self) -> Iterator[Part]:
        """Cut into the fewest parts."""
        months = self.whole_months()
        if months is not None:
            yield Part(
                "month", *(None if day is None else day.strftime("%Y-%m") for day in (months.first, months.last))
            )
        for edge in self.edges():
            yield Part("day", *edge.days())

    def days(self) -> tuple[str | None, str | None]:
        """Return its ends as they are written."""
        return _told(self.first), _told(self.last)


def _told(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _day_before(day: date) -> date:
    return day - timedelta(days=1)


def _month(day: date) -> date:
    return day.replace(day=1)


def _next_month(day: date) -> date:
    return (_month(day) + timedelta(days=32)).replace(day=1)
