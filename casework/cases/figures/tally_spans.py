"""Days of reporting, cut into what sums are kept of: whole months, and single days at the edges."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Part:
    """Some months (YYYY-MM) or days (YYYY-MM-DD) that follow one another, both ends included; open where None.

    `is_taken_away`: they are in another part and do not belong to what was asked for.
    """

    grain: str
    first: str | None
    last: str | None
    is_taken_away: bool = False


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
        """Cut into the fewest parts: a month that is nearly whole is its sum without the few days that are missing."""
        months = self.whole_months()
        if months is None:
            yield Part("day", *self.days())
            return
        first, last = months.first, months.last
        if self.first is not None and first is not None and first != self.first:
            begin = _month(self.first)
            part = _shorter((self.first, _day_before(first)), (begin, _day_before(self.first)))
            first = begin if part.is_taken_away else first
            yield part
        if self.last is not None and last is not None and last != self.last:
            end = _day_before(_next_month(self.last))
            part = _shorter((_next_day(last), self.last), (_next_day(self.last), end))
            last = end if part.is_taken_away else last
            yield part
        ends = [None if day is None else day.strftime("%Y-%m") for day in (first, last)]
        yield Part("month", ends[0], ends[1])

    def days(self) -> tuple[str | None, str | None]:
        """Return its ends as they are written."""
        return _told(self.first), _told(self.last)


def _shorter(here: tuple[date, date], missing: tuple[date, date]) -> Part:
    """Return the days that are asked for of a month, or to be taken away from it those that are not."""
    is_taken_away = missing[1] - missing[0] < here[1] - here[0]
    first, last = missing if is_taken_away else here
    return Part("day", first.isoformat(), last.isoformat(), is_taken_away)


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
