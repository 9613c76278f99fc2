"""Free times: when all of some people and one of some venues are free on a working day in working hours."""

from collections.abc import Iterator, Mapping, Sequence
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

_Busy = Mapping[UUID, Sequence[tuple[datetime, datetime]]]


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time, and the venue that is free then (None where none was asked for and there is none)."""

    starts_at: datetime
    ends_at: datetime
    venue: Venue | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: how long, between which days, for whom, where; `now`: nothing begins before it."""

    first: date
    last: date
    length: timedelta
    people: Sequence[UUID]
    venues: Sequence[Venue]
    now: datetime


def free(session: Session, asked: Asked, *, calendar: WorkCalendar, limit: int) -> Sequence[Slot]:
    """Return up to `limit` free times, earliest first; of several venues free at a time each is one."""
    zone = calendar.zone
    since = datetime.combine(asked.first, time(), tzinfo=zone).astimezone(UTC)
    until = datetime.combine(asked.last + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
    busy: dict[UUID, list[tuple[datetime, datetime]]] = {}
    found = bookings.taken(
        session, venues=[each.id for each in asked.venues], people=asked.people, since=since, until=until
    )
    for of, starts_at, ends_at in found:
        busy.setdefault(of, []).append((starts_at, ends_at))
    slots: list[Slot] = []
    day = asked.first
    while day <= asked.last and len(slots) < limit:
        if calendar.is_workday(day):
            slots += _on(day, asked, busy, calendar=calendar)
        day += timedelta(days=1)
    return slots[:limit]


def _on(day: date, asked: Asked, busy: _Busy, *, calendar: WorkCalendar) -> Sequence[Slot]:
    midnight = datetime.combine(day, time(), tzinfo=calendar.zone).astimezone(UTC)
    people = [span for person in asked.people for span in _of_day(busy.get(person, ()), midnight)]
    rooms: Sequence[Venue | None] = asked.venues or [None]
    slots = []
    for room in rooms:
        taken = sorted([*people, *_of_day(busy.get(room.id, ()), midnight)] if room is not None else people)
        for first, last in venues.hours_within(room, opens=calendar.opens, closes=calendar.closes):
            opens, closes = midnight + timedelta(minutes=first), midnight + timedelta(minutes=last)
            for starts_at in _starts((opens, closes), taken, asked.length, asked.now):
                slots.append(Slot(starts_at, starts_at + asked.length, room))
    return sorted(slots, key=lambda each: (each.starts_at, "" if each.venue is None else each.venue.code))


def _of_day(spans: Sequence[tuple[datetime, datetime]], midnight: datetime) -> Iterator[tuple[datetime, datetime]]:
    end = midnight + timedelta(days=1)
    return (span for span in spans if span[0] < end and span[1] > midnight)


def _starts(
    span: tuple[datetime, datetime],
    taken: Sequence[tuple[datetime, datetime]],
    length: timedelta,
    now: datetime,
) -> Iterator[datetime]:
    opens, closes = span
    starts = {opens + n * STEP for n in range((closes - opens) // STEP + 1)}
    # Somebody may come free between two half hours.
    starts |= {ends_at for _starts_at, ends_at in taken if opens <= ends_at}
    for each in sorted(starts):
        ends = each + length
        if each > now and ends <= closes and not any(since < ends and each < until for since, until in taken):
            yield each
