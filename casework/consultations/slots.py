"""Free times: when all of some people and one of some venues are free on a working day in working hours."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from casework.consultations import bookings, venues
from casework.consultations.tables import Venue
from casework.core.calendars import WorkCalendar
from casework.core.database import Session

# Meetings begin at a full or half hour, or when somebody comes free.
STEP = timedelta(minutes=30)
MOST_DAYS = 366
# Nobody is asked to come while people eat and rest, unless somebody asks for it.
NOON = (time(12), time(14))
NOON_MINUTES = tuple(clock.hour * 60 + clock.minute for clock in NOON)
_AT_A_TIME = 31

_Span = tuple[datetime, datetime]
# What is taken, by venue (None: any of the people) and day.
_Busy = Mapping[tuple[UUID | None, date], Sequence[_Span]]


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time, and the venue that is free then (None where none was asked for and there is none)."""

    starts_at: datetime
    ends_at: datetime
    venue: Venue | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: how long, between which days, for whom, where; `now`: nothing begins before it.

    Of venues free at the same time the one that stands first in `venues` is told first.

    `but_for`: the meeting it is looked for and its regular day, whose own bookings are no obstacle. `spares_noon`: what
    fits into a morning or an afternoon is not offered over noon.
    """

    first: date
    last: date
    length: timedelta
    people: Sequence[UUID]
    venues: Sequence[Venue]
    now: datetime
    but_for: Collection[UUID] = ()
    spares_noon: bool = False


def free(session: Session, asked: Asked, *, calendar: WorkCalendar, limit: int) -> Sequence[Slot]:
    """Return up to `limit` free times, earliest first; of several venues free at a time each is one."""
    slots: list[Slot] = []
    first = asked.first
    while first <= asked.last and len(slots) < limit:
        # A month at a time: the earliest are wanted, and they are near as a rule.
        last = min(first + timedelta(days=_AT_A_TIME - 1), asked.last)
        busy = _busy(session, asked, first, last, calendar=calendar)
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        for day in filter(calendar.is_workday, days):
            slots += _on(day, asked, busy, calendar=calendar)
        first = last + timedelta(days=1)
    return slots[:limit]


def _busy(session: Session, asked: Asked, first: date, last: date, *, calendar: WorkCalendar) -> _Busy:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    # An instant finds its day among these; to ask the zone for each of thousands takes longer than all the rest.
    midnights = [datetime.combine(day, time(), tzinfo=calendar.zone).astimezone(UTC) for day in days]
    until = midnights[-1] + timedelta(days=1)
    busy: dict[tuple[UUID | None, date], list[_Span]] = {}

    def note(of: UUID | None, span: _Span) -> None:
        begun = max(bisect_right(midnights, span[0]) - 1, 0)
        for n in range(begun, bisect_left(midnights, span[1])):
            busy.setdefault((of, days[n]), []).append(span)

    for span in bookings.taken_of(session, asked.people, since=midnights[0], until=until, but_for=asked.but_for):
        note(None, span)
    rooms = [each.id for each in asked.venues]
    for of, starts_at, ends_at in bookings.taken_in(
        session, rooms, since=midnights[0], until=until, but_for=asked.but_for
    ):
        note(of, (starts_at, ends_at))
    return busy


def _on(day: date, asked: Asked, busy: _Busy, *, calendar: WorkCalendar) -> Sequence[Slot]:
    midnight = datetime.combine(day, time(), tzinfo=calendar.zone).astimezone(UTC)
    people = busy.get((None, day), ())
    rooms: Sequence[Venue | None] = asked.venues or [None]
    slots = []
    order = {None if room is None else room.id: place for place, room in enumerate(rooms)}
    for room in rooms:
        taken = _merged([*people, *(busy.get((room.id, day), ()) if room is not None else ())])
        for first, last in _spans(room, asked, calendar=calendar):
            opens, closes = midnight + timedelta(minutes=first), midnight + timedelta(minutes=last)
            for starts_at in _starts((opens, closes), taken, asked.length, asked.now):
                slots.append(Slot(starts_at, starts_at + asked.length, room))
    return sorted(slots, key=lambda each: (each.starts_at, order[None if each.venue is None else each.venue.id]))


def _spans(room: Venue | None, asked: Asked, *, calendar: WorkCalendar) -> Iterator[venues.Span]:
    """Yield when a meeting may be in a venue, in minutes of the day."""
    begins, ends = NOON_MINUTES
    for first, last in venues.hours_within(room, opens=calendar.opens, closes=calendar.closes):
        parts = [(first, min(last, begins)), (max(first, ends), last)]
        if asked.spares_noon and any(asked.length <= timedelta(minutes=until - since) for since, until in parts):
            yield from (part for part in parts if part[0] < part[1])
        else:
            yield first, last


def _merged(spans: Sequence[_Span]) -> list[_Span]:
    """Return spans in order, those that touch as one."""
    found: list[_Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def _starts(span: _Span, taken: Sequence[_Span], length: timedelta, now: datetime) -> Iterator[datetime]:
    opens, closes = span
    starts = {opens + n * STEP for n in range((closes - opens) // STEP + 1)}
    # Somebody may come free between two half hours.
    starts |= {until for _since, until in taken if opens <= until}
    for each in sorted(starts):
        ends = each + length
        if each > now and ends <= closes and not any(since < ends and each < until for since, until in taken):
            yield each
