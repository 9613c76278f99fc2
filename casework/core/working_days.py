"""Which days an office works, and arithmetic on them (domain.md §7 rules 1 to 3).

Here: the national plan as seed, overrides, counting, receipt after closing. Not here: limits, pauses and due instants
(casework.core.calendars), and the table the days are kept in. Pure: no database, no settings, no clock. Instants come
in aware and go out in UTC; the office's zone is applied inside.

Surprising, and on purpose: a year whose plan is not known is reckoned Monday to Friday, and what touches it is
provisional. The package behind the seed raises instead, which has stopped production systems at the turn of the year.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from casework.core.columns import canonical
from casework.core.due_dates import Step, require_aware
from casework.core.errors import invalid
from casework.core.i18n import catalogue

FIRST_YEAR, LAST_YEAR = 1900, 2199
# Of each so many, some kilobytes: in a service every moment is another one, and nothing asked comes again.
_MOST_KEPT = 500
# Of a ledger: two instants a day of some years, and the limits that begin with them.
_MOST_OF_A_LEDGER = 10_000
_TOLD_BY = ("version", "zone", "closes", "opens", "_confirmed", "_days")

Key = TypeVar("Key")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that differs from Monday to Friday. `name` is what people call it, `source` who said so."""

    day: date
    is_workday: bool
    name: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """Closed days in a row around a holiday, weekends beside it included, and how the arithmetic tells them."""

    first: date
    last: date
    names: tuple[str, ...]
    step: Step


class WorkDays:
    """Which days one office works. Immutable once made, safe to share between threads.

    A day in `overrides` wins (the last word on it, if there are several), else Monday to Friday are worked. What
    touches a year outside `confirmed_years` is provisional. `closes` is the cut-off for receipt and ends each day.
    A naive instant raises ValueError everywhere; a day or instant outside the years 1900 to 2199 raises Invalid.
    """

    __slots__ = (
        *("closes", "opens", "version", "zone"),
        *("_confirmed", "_days", "_makeups", "_rest_starts", "_rests", "_years"),
        *("_dues", "_most_kept", "_shifts"),
        # What they hold, in the words of JSON: as often said as they lie in the way of a limit.
        *("_rest_words", "_version_in_words"),
    )

    def __init__(
        self,
        overrides: Iterable[CalendarDay],
        confirmed_years: Iterable[int],
        zone: ZoneInfo,
        closes: time = time(17, 30),
        opens: time = time(8, 30),
        *,
        version: str,
    ) -> None:
        self.zone: Final = zone
        self.closes: Final = closes
        self.opens: Final = opens
        self.version: Final = version
        self._confirmed: Final = frozenset(confirmed_years)
        self._days: Final = {each.day.toordinal(): each for each in overrides}
        self._makeups: Final = sorted(o for o, day in self._days.items() if day.is_workday and _is_weekend(o))
        self._rests: Final = tuple(self._find_rests())
        self._rest_starts: Final = [rest.first.toordinal() for rest in self._rests]
        # Filled as years are asked for. Two threads may both make the same list; either is right, one stays.
        self._years: Final[dict[int, list[int]]] = {}
        # What was reckoned without pauses: in a ledger a thousand lives begin on the same day.
        self._dues: Final[dict[tuple[datetime, str, int], Any]] = {}
        self._shifts: Final[dict[tuple[datetime, int], datetime]] = {}
        self._most_kept = _MOST_KEPT
        self._rest_words: Final[dict[date, str]] = {}
        self._version_in_words: Final = canonical(version)

    def says_the_same(self, other: "WorkDays") -> bool:
        """Say whether another calendar reckons as this one does."""
        return all(getattr(self, name) == getattr(other, name) for name in _TOLD_BY)

    @contextmanager
    def keeping_more(self) -> Iterator[None]:
        """Keep what is reckoned inside for the thousands of lives of a ledger; afterwards as much as a service does."""
        self._most_kept = _MOST_OF_A_LEDGER
        try:
            yield
        finally:
            self._most_kept = _MOST_KEPT

    # Days

    def is_workday(self, day: date) -> bool:
        """Whether the office works on `day`."""
        return self._is_worked(day.toordinal())

    def next_workday(self, day: date) -> date:
        """Return the first working day after `day`, never `day` itself."""
        return self.add_workdays(day, 1)

    def workday_from(self, day: date) -> date:
        """Return `day` if it is worked, else the next that is: a date that falls on a closed day runs on to it."""
        return day if self.is_workday(day) else self.next_workday(day)

    def add_workdays(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`, before it for a negative n; 0 is `day` itself, closed or not."""
        if n == 0:
            return day
        year, ordinal = day.year, day.toordinal()
        worked = self._worked(year)
        if n > 0:
            index = bisect_right(worked, ordinal) + n - 1
            while index >= len(worked):
                index -= len(worked)
                year += 1
                worked = self._worked(year)
        else:
            index = bisect_left(worked, ordinal) + n
            while index < 0:
                year -= 1
                worked = self._worked(year)
                index += len(worked)
        return date.fromordinal(worked[index])

    def count_workdays(self, after: date, until: date) -> int:
        """Count the working days later than `after`, up to and including `until`; 0 if there is nothing between."""
        if until <= after:
            return 0
        whole = sum(len(self._worked(year)) for year in range(after.year, until.year))
        upto = bisect_right(self._worked(until.year), until.toordinal())
        return whole + upto - bisect_right(self._worked(after.year), after.toordinal())

    def rest_around(self, day: date) -> Rest | None:
        """Return the holiday, weekends beside it included, that `day` lies in."""
        index = bisect_right(self._rest_starts, day.toordinal()) - 1
        return self._rests[index] if index >= 0 and self._rests[index].last >= day else None

    def holiday_beginning(self, day: date) -> str:
        """Return the name of the holiday whose first closed day is `day`; "" on its other days and on any other day."""
        rest = self.rest_around(day)
        if rest is None or day.toordinal() not in self._days:
            return ""
        name = self._days[day.toordinal()].name
        before = range(rest.first.toordinal(), day.toordinal())
        return "" if any(o in self._days and self._days[o].name == name for o in before) else name

    def rests_between(self, after: date, until: date) -> Sequence[Rest]:
        """Return the holidays that begin later than `after`, up to and including `until`, in order."""
        starts = self._rest_starts
        return self._rests[bisect_right(starts, after.toordinal()) : bisect_right(starts, until.toordinal())]

    def unknown_years(self, first: date, last: date) -> tuple[int, ...]:
        """Return the years between two days whose holiday plan is not known: what touches them is provisional."""
        return tuple(year for year in range(first.year, last.year + 1) if year not in self._confirmed)

    def makeups_between(self, after: date, until: date) -> list[date]:
        """Return the worked weekend days later than `after`, up to and including `until`, in order."""
        worked = self._makeups
        chosen = worked[bisect_right(worked, after.toordinal()) : bisect_right(worked, until.toordinal())]
        return [date.fromordinal(ordinal) for ordinal in chosen]

    # Instants

    def received_on(self, instant: datetime) -> date:
        """Return the working day on which something counts as received (domain.md §7 rule 3).

        What comes at the very second of closing is still of that day.
        """
        return self._receipt_day(self._local(instant))

    def next_opening(self, instant: datetime) -> datetime:
        """Return `instant` itself in working hours, else the next opening of the office."""
        local = self._local(instant)
        day, clock = local.date(), local.time()
        if self.is_workday(day) and clock < self.closes:
            return instant.astimezone(UTC) if clock >= self.opens else self._at(day, self.opens)
        return self._at(self.next_workday(day), self.opens)

    def working_days_between(self, now: datetime, due_at: datetime) -> int:
        """Return the working days left, 0 on the due day, or minus the working days late, at least 1 once past."""
        today, last = self._local(now).date(), self._local(due_at).date()
        if now <= due_at:
            return self.count_workdays(today, last)
        return -max(1, self.count_workdays(last, today))

    def shift(self, due_at: datetime, workdays: int) -> datetime:
        """Return the same time of day that many working days later, or earlier if negative; 0 is `due_at`."""
        key = (due_at, workdays)
        found = self._shifts.get(key)
        if found is None:
            local = self._local(due_at)
            day = local.date() if workdays == 0 else self.add_workdays(local.date(), workdays)
            found = self._kept(self._shifts, key, self._at(day, local.time()))
        return found

    # Days, inside

    def _is_worked(self, ordinal: int) -> bool:
        day = self._days.get(ordinal)
        return not _is_weekend(ordinal) if day is None else day.is_workday

    def _worked(self, year: int) -> list[int]:
        worked = self._years.get(year)
        if worked is None:
            require_year(year)
            days = range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
            worked = self._years[year] = [ordinal for ordinal in days if self._is_worked(ordinal)]
        return worked

    def _find_rests(self) -> Iterator[Rest]:
        last = 0
        for ordinal in sorted(o for o, day in self._days.items() if not day.is_workday):
            if ordinal <= last:
                continue
            first = last = ordinal
            while not self._is_worked(first - 1):
                first -= 1
            while not self._is_worked(last + 1):
                last += 1
            named = (self._days[o].name for o in range(first, last + 1) if o in self._days)
            names = tuple(dict.fromkeys(name for name in named if name))
            yield _rest(date.fromordinal(first), date.fromordinal(last), names)

    # Instants, inside

    def _local(self, instant: datetime) -> datetime:
        require_aware(instant)
        require_year(instant.year)  # before the conversion, which can overflow
        return instant.astimezone(self.zone)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)

    def _told(self, instant: datetime) -> str:
        return self._local(instant).isoformat(timespec="seconds")

    def _receipt_day(self, local: datetime) -> date:
        day = local.date()
        return day if self.is_workday(day) and local.time() <= self.closes else self.next_workday(day)

    def _kept(self, room: dict[Key, Found], key: Key, found: Found) -> Found:
        """Keep what was reckoned, in a room that is emptied when it is full; return it."""
        if len(room) >= self._most_kept:
            room.clear()
        room[key] = found
        return found


def require_year(year: int) -> None:
    """Refuse a year that the calendar does not reckon.

    Raises:
        Invalid: `year` is not within 1900 to 2199.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise invalid("date", "out_of_calendar", first=FIRST_YEAR, last=LAST_YEAR)


def half(n: int) -> int:
    """Return half of `n` days, rounded up: the limit of what is urgent or done again."""
    return -(-n // 2)


def known_years() -> range:
    """Return the years whose national plan the installed package knows."""
    years = {day.year for day in _plan().holidays}
    return range(min(years), max(years) + 1)


def seed_days(first_year: int, last_year: int) -> tuple[CalendarDay, ...]:
    """Return the closed weekdays and worked weekends of the national plan, both years included, in order.

    A year the package does not know yields nothing: it is Monday to Friday until its plan is published.
    """
    plan = _plan()
    seeds = []
    for day in sorted({*plan.holidays, *plan.workdays}):
        if not first_year <= day.year <= last_year:
            continue
        # The name is that of the holiday on make-up days too, so only the boolean tells them apart.
        is_closed, name = plan.get_holiday_detail(day)
        if is_closed == (day.weekday() < 5):
            told = _chinese(plan.Holiday(name)) if is_closed else catalogue()["holiday.makeup"]["zh"]
            seeds.append(CalendarDay(day, is_workday=not is_closed, name=told, source="chinesecalendar"))
    return tuple(seeds)


@cache
def _plan() -> ModuleType:
    # Imported when first asked for: 20 ms that only seeding needs.
    return import_module("chinese_calendar")


def _chinese(holiday: Any) -> str:
    texts = catalogue().get(f"holiday.{holiday.name}")
    return str(holiday.chinese) if texts is None else texts["zh"]


def _rest(first: date, last: date, names: tuple[str, ...]) -> Rest:
    if first == last:
        return Rest(first, last, names, Step("skip_day", {"on": first.isoformat(), "names": names}))
    ends = {"first": first.isoformat(), "last": last.isoformat()}
    return Rest(first, last, names, Step("skip", ends | {"names": names}))


def _is_weekend(ordinal: int) -> bool:
    return (ordinal + 6) % 7 > 4
