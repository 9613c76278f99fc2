"""The week in which a meeting is looked for: what takes its venue and its people, and in which rows of the day.

What is shown as taken is what the clash check would answer (`bookings.kept` serves both), told once for each meeting
however many of those looked for it takes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from casework.consultations import bookings
from casework.consultations.bookings import Clash
from casework.consultations.slots import NOON_MINUTES
from casework.core.calendars import WorkCalendar
from casework.core.database import Session

# The rows of a day are quarters of an hour; noon, while nothing begins or ends in it, is folded into so many.
ROW, FOLDED = 15, 2
DAYS = 7
_WHOLE_DAY = 24 * 60

Span = tuple[datetime, datetime]
Moment = TypeVar("Moment", int, datetime)


@dataclass(frozen=True, slots=True)
class Taken:
    """One other meeting, and which of those looked for (venue or person) it takes, with what each would be."""

    clash: Clash
    takes: Mapping[UUID, str]

    @property
    def span(self) -> Span:
        """From when to when they are taken."""
        return self.clash.starts_at, self.clash.ends_at


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of all days of a week: from and to in minutes of the day, and whether noon is folded."""

    opens: int
    closes: int
    folds: bool

    def line(self, minute: int, *, up: bool = False) -> int:
        """Return the line, from 1 on, at which a row begins; `up`: of the row after, where it lies within one."""
        at = min(max(minute, self.opens), self.closes)
        gone = _rows(at - self.opens, up=up)
        if self.folds and at > NOON_MINUTES[0]:
            since = _rows(NOON_MINUTES[0] - self.opens)
            inside = _rows(NOON_MINUTES[1] - NOON_MINUTES[0])
            gone = since + FOLDED + max(0, gone - since - inside) if at >= NOON_MINUTES[1] else since
        return gone + 1


def overlap(one: tuple[Moment, Moment], other: tuple[Moment, Moment]) -> bool:
    """Say whether two spans, or two parts of a day, share a moment, as the clash check reckons."""
    return one[0] < other[1] and other[0] < one[1]


def monday(day: date) -> date:
    """Return the first day of the week of a day."""
    return day - timedelta(days=day.weekday())


def span_of(first: date, *, calendar: WorkCalendar, days: int = DAYS) -> Span:
    """Return from when to when some days last."""
    ends = [datetime.combine(day, time(), tzinfo=calendar.zone) for day in (first, first + timedelta(days=days))]
    return ends[0], ends[1]


def taken(
    session: Session,
    rooms: Collection[UUID],
    people: Mapping[UUID, str],
    span: Span,
    *,
    but_for: Collection[UUID] = (),
) -> Sequence[Taken]:
    """Return the other meetings in a span that take one of the venues or people, earliest first."""
    found: dict[tuple[UUID, Span], tuple[Clash, dict[UUID, str]]] = {}
    for each in bookings.kept(session, rooms, people, span, but_for=but_for):
        first, takes = found.setdefault((each.consultation_id, (each.starts_at, each.ends_at)), (each, {}))
        takes[each.of] = each.what
        # A meeting is told by its venue, if that is what it takes: that cannot be overridden.
        if each.what == bookings.VENUE and first.what != bookings.VENUE:
            found[each.consultation_id, (each.starts_at, each.ends_at)] = (each, takes)
    return [Taken(clash, takes) for clash, takes in found.values()]


def within(span: Span, day: date, *, calendar: WorkCalendar) -> tuple[int, int] | None:
    """Return the part of a span that lies on a day, in minutes of the day; None where none does."""
    midnight, ends = span_of(day, calendar=calendar, days=1)
    since, until = max(span[0], midnight), min(span[1], ends)
    if since >= until:
        return None
    # By the clock on the wall, as everything on the page is; no office of ours moves its clocks.
    return int((since - midnight).total_seconds()) // 60, int((until - midnight).total_seconds()) // 60


def rows_of(parts: Collection[tuple[int, int]], *, calendar: WorkCalendar) -> Rows:
    """Return the rows that show the office's hours and all of these parts of days."""
    opens, closes = (clock.hour * 60 + clock.minute for clock in (calendar.opens, calendar.closes))
    opens = min([opens, *(since for since, _until in parts)]) // ROW * ROW
    closes = min(_WHOLE_DAY, _rows(max([closes, *(until for _since, until in parts)]), up=True) * ROW)
    begun = {minute for part in parts for minute in part}
    folds = (
        opens < NOON_MINUTES[0]
        and closes > NOON_MINUTES[1]
        and not any(NOON_MINUTES[0] < each < NOON_MINUTES[1] for each in begun)
    )
    return Rows(opens, closes, folds)


def _rows(minutes: int, *, up: bool = False) -> int:
    return -(-minutes // ROW) if up else minutes // ROW


def together(parts: Sequence[tuple[int, int]]) -> Sequence[Sequence[int]]:
    """Return which parts of a day, given in order of their beginning, overlap in one go: their places, together."""
    made: list[list[int]] = []
    ends = 0
    for place, (since, until) in enumerate(parts):
        if not made or since >= ends:
            made.append([])
        made[-1].append(place)
        ends = max(ends, until)
    return made
