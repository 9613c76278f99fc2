"""Bookings: a venue, the convenor and whoever has to be there are kept for a meeting, and never twice at a time.

Two schedulers who save at the same instant wait for each other: the venue and the people are locked, in one order,
before it is asked what they have. On SQLite there is one writer anyhow.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true, update

from casework.consultations.tables import Booking, Consultation, RegularDay, RegularDays, Venue
from casework.core.database import Session
from casework.core.ids import new_id
from casework.registry.tables import Person

# A meeting is no longer than this: whoever looks for what overlaps need not look further back.
LONGEST = timedelta(hours=24)
VENUE, CONVENOR, PARTICIPANT = _ORDER = ("venue", "convenor", "participant")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be kept for a meeting: the venue, and people by what they are in it."""

    venue_id: UUID
    people: Mapping[UUID, str]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing that is kept for another meeting at that time. `what` is what it would be in the meeting asked for.

    A regular day has no number: `consultation_id` is its own id then, and its title what it is called.
    """

    what: str
    # Of the venue or the person.
    of: UUID
    consultation_id: UUID
    number: str
    title: str
    region_code: str
    starts_at: datetime
    ends_at: datetime


def own(row: Consultation) -> Collection[UUID]:
    """Return what is no obstacle to a meeting: itself, and the regular day it is put on."""
    return [each for each in (row.id, row.day_id) if each is not None]


def lock(session: Session, wanted: Wanted) -> None:
    """Let nobody else keep the same venue or people until the end of this transaction."""
    session.execute(select(Venue.id).where(Venue.id == wanted.venue_id).with_for_update(key_share=True))
    people = select(Person.id).where(Person.id.in_(sorted(wanted.people))).order_by(Person.id)
    session.execute(people.with_for_update(key_share=True)).all()


def clashes(session: Session, wanted: Wanted, *, but_for: Collection[UUID] = ()) -> Sequence[Clash]:
    """Return what is kept for other meetings at that time: venue, convenor, then participants, each earliest first;
    `but_for` is the meeting itself, and the regular day it belongs to.
    """
    span = (wanted.starts_at, wanted.ends_at)
    found = kept(session, [wanted.venue_id], wanted.people, span, but_for=but_for)
    return sorted(found, key=lambda each: _ORDER.index(each.what))


def kept(
    session: Session,
    rooms: Collection[UUID],
    people: Mapping[UUID, str],
    span: tuple[datetime, datetime],
    *,
    but_for: Collection[UUID] = (),
) -> Sequence[Clash]:
    """Return what these venues and people (each with what they would be) are kept for in a span, earliest first."""
    if not rooms and not people:
        return ()
    told: tuple[Any, ...] = (
        *(Booking.venue_id, Booking.person_id, Booking.starts_at, Booking.ends_at, Booking.day_id),
        *(Consultation.id, Consultation.number, Consultation.title, Consultation.region_code),
    )
    asked = (
        select(*told)
        .outerjoin(Consultation, Consultation.id == Booking.consultation_id)
        .where(or_(Booking.venue_id.in_(rooms), Booking.person_id.in_(people)), *between(*span), *_others(but_for))
        .order_by(Booking.starts_at, Booking.id)
    )
    rows = session.execute(asked).all()
    days = _of_days(session, {row.day_id for row in rows if row.day_id is not None})
    found = []
    for room_id, person_id, starts_at, ends_at, day_id, *meeting in rows:
        what = VENUE if person_id is None else people[person_id]
        id, number, title, place = meeting if day_id is None else days[day_id]
        found.append(Clash(what, person_id or room_id, id, number, title, place, starts_at, ends_at))
    return found


def _of_days(session: Session, days: Collection[UUID]) -> Mapping[UUID, tuple[UUID, str, str, str]]:
    """Return what regular days are told as: their id, no number, what they are called, and where their venue is."""
    if not days:
        return {}
    asked = (
        select(RegularDay.id, RegularDays.name, Venue.region_code)
        .join(RegularDays, RegularDay.regular_id == RegularDays.id)
        .join(Venue, Venue.id == RegularDays.venue_id)
        .where(RegularDay.id.in_(days))
    )
    return {day_id: (day_id, "", name, region_code) for day_id, name, region_code in session.execute(asked)}


def _others(but_for: Collection[UUID]) -> Sequence[ColumnElement[bool]]:
    return [func.coalesce(Booking.consultation_id, Booking.day_id).not_in(but_for)] if but_for else []


def keep_day(session: Session, day_id: UUID, venue_id: UUID, span: tuple[datetime, datetime]) -> None:
    """Keep a venue for a regular day."""
    starts_at, ends_at = span
    session.put(
        Booking(id=new_id(), day_id=day_id, what=VENUE, venue_id=venue_id, starts_at=starts_at, ends_at=ends_at)
    )


def release_day(session: Session, day_id: UUID) -> None:
    """Give free what a regular day kept."""
    session.flush()
    session.execute(update(Booking).where(Booking.day_id == day_id, Booking.is_live == true()).values(is_live=False))


def keep(session: Session, consultation_id: UUID, wanted: Wanted, *, overridden: Collection[UUID] = ()) -> None:
    """Keep venue and people for a meeting; of people who were asked in spite of another meeting it is noted."""
    times = {"starts_at": wanted.starts_at, "ends_at": wanted.ends_at}
    session.put(Booking(id=new_id(), consultation_id=consultation_id, what=VENUE, venue_id=wanted.venue_id, **times))
    for person_id, what in wanted.people.items():
        session.put(
            Booking(
                id=new_id(),
                consultation_id=consultation_id,
                what=what,
                person_id=person_id,
                is_override=person_id in overridden,
                **times,
            )
        )


def release(session: Session, consultation_id: UUID) -> None:
    """Give free what a meeting kept."""
    session.flush()
    session.execute(
        update(Booking)
        .where(Booking.consultation_id == consultation_id, Booking.is_live == true())
        .values(is_live=False)
    )


def taken_of(
    session: Session, people: Collection[UUID], *, since: datetime, until: datetime, but_for: Collection[UUID] = ()
) -> Sequence[tuple[datetime, datetime]]:
    """Return when any of these people is kept between two instants: a meeting that several share is told once."""
    asked = select(Booking.starts_at, Booking.ends_at).where(
        Booking.person_id.in_(people), *between(since, until), *_others(but_for)
    )
    return [(each[0], each[1]) for each in session.execute(asked.distinct())] if people else []


def taken_in(
    session: Session, venues: Collection[UUID], *, since: datetime, until: datetime, but_for: Collection[UUID] = ()
) -> Sequence[tuple[UUID, datetime, datetime]]:
    """Return when these venues are kept between two instants, each by its id."""
    columns = (Booking.venue_id, Booking.starts_at, Booking.ends_at)
    asked = select(*columns).where(Booking.venue_id.in_(venues), *between(since, until), *_others(but_for))
    rows = session.execute(asked) if venues else ()
    return [(of, starts_at, ends_at) for of, starts_at, ends_at in rows if of is not None]


def between(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on what is kept between two instants."""
    return (
        Booking.starts_at > since - LONGEST,
        Booking.starts_at < until,
        Booking.ends_at > since,
        Booking.is_live == true(),
    )


def name_of(session: Session, clash: Clash) -> str:
    """Return the name of the venue or person that is kept."""
    table = Venue if clash.what == VENUE else Person
    return session.scalar(select(table.name).where(table.id == clash.of)) or ""
