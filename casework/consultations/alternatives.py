"""What to do instead where a date clashes: another free venue at that time, near first, or the next time with the same.

Asked only once something has clashed. A venue is offered where only the venue is taken: where people are, none helps.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from casework.consultations import bookings, distances, slots, venues
from casework.consultations.bookings import VENUE, Clash, Wanted
from casework.consultations.tables import Consultation, Venue
from casework.core.calendars import WorkCalendar
from casework.core.database import Session

_DAYS_AHEAD = 60
_MOST_VENUES = 4


@dataclass(frozen=True, slots=True)
class Instead:
    """A way out of a clash. `what` says what differs from what was asked: the `venue` or the `time`."""

    what: str
    slot: slots.Slot
    km: int


def instead(
    session: Session,
    row: Consultation,
    wanted: Wanted,
    clashing: Sequence[Clash],
    *,
    people: int,
    calendar: WorkCalendar,
) -> Sequence[Instead]:
    """Return ways out of a clash of a meeting of so many people: venues near first, then the next free time."""
    ways = distances.near(session, row.region_code, venues.every(session), seats=people)
    rooms, near = [room for room, _km in ways.values()], {of: km for of, (_room, km) in ways.items()}
    found = []
    if all(each.what == VENUE for each in clashing):
        for room in _free_then(session, rooms, wanted, but_for=bookings.own(row), calendar=calendar)[:_MOST_VENUES]:
            found.append(Instead("venue", slots.Slot(wanted.starts_at, wanted.ends_at, room), near[room.id]))
    same = [each for each in rooms if each.id == wanted.venue_id]
    slot = _next(session, row, wanted, same, calendar) or _next(session, row, wanted, rooms, calendar)
    if slot is not None and slot.venue is not None:
        found.append(Instead("time", slot, near[slot.venue.id]))
    return found


def _free_then(
    session: Session, rooms: Sequence[Venue], wanted: Wanted, *, but_for: Collection[UUID], calendar: WorkCalendar
) -> Sequence[Venue]:
    span = {"since": wanted.starts_at, "until": wanted.ends_at}
    taken = {of for of, *_ in bookings.taken_in(session, [each.id for each in rooms], **span, but_for=but_for)}
    return [
        each
        for each in rooms
        if each.id not in taken
        and each.id != wanted.venue_id
        and venues.is_open(each, wanted.starts_at, wanted.ends_at, zone=calendar.zone)
    ]


def _next(
    session: Session, row: Consultation, wanted: Wanted, rooms: Sequence[Venue], calendar: WorkCalendar
) -> slots.Slot | None:
    if not rooms:
        return None
    first = wanted.starts_at.astimezone(calendar.zone).date()
    asked = slots.Asked(
        first,
        first + timedelta(days=_DAYS_AHEAD),
        wanted.ends_at - wanted.starts_at,
        list(wanted.people),
        rooms,
        now=wanted.starts_at,
        but_for=bookings.own(row),
        spares_noon=True,
    )
    return next(iter(slots.free(session, asked, calendar=calendar, limit=1)), None)
