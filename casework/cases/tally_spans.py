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

    def parts(self) -> Iterator[Part]:
        """Cut into the fewest parts."""
        begins = self.first if self.first is None or self.first.day == 1 else _next_month(self.first)
        ends = self.last if self.last is None or _next_day(self.last).day == 1 else _day_before(_month(self.last))
        if begins is not None and ends is not None and begins > ends:
            yield Part("day", _told(self.first), _told(self.last))
            return
        yield Part("month", *(None if day is None else day.strftime("%Y-%m") for day in (begins, ends)))
        if self.first is not None and begins is not None and self.first != begins:
            yield Part("day", _told(self.first), _told(_day_before(begins)))
        if self.last is not None and self.last != ends:
            yield Part("day", _told(_month(self.last)), _told(self.last))

    def whole_months(self) -> "Span | None":
        """Return the months that lie in it whole; None when there is none."""
        part = next(self.parts())
        if part.grain == "day":
            return None
        first = None if part.first is None else date.fromisoformat(f"{part.first}-01")
        last = None if part.last is None else _day_before(_next_month(date.fromisoformat(f"{part.last}-01")))
        return Span(first, last)

    def edges(self) -> Iterator["Span"]:
        """Yield the days that lie in no whole month of it."""
        for part in self.parts():
            if part.grain == "day" and part.first is not None and part.last is not None:
                yield Span(date.fromisoformat(part.first), date.fromisoformat(part.last))

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
