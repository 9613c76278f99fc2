"""Quarters to be planned, kept: what was asked, the problem made of it from what is booked, and the proposal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.consultations import bookings, distances, notice, queries, venues
from casework.consultations.planning import Plan, Problem, Span, Topic
from casework.consultations.tables import Booking, Consultation, QuarterPlan
from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, invalid
from casework.core.ids import new_id, parse_id
from casework.matters.tables import Job
from casework.permissions import permits
from casework.registry.tables import Org, RoleGrant

ASKED, DONE = "asked", "done"
FIELDS = ("first", "last", "halves", "weekdays", "venues", "minutes", "topics")
# When meetings begin in each part of a day, and by when they are over.
HALVES: Mapping[str, tuple[time, time]] = {
    "morning": (time(9), time(12)),
    "afternoon": (time(14, 30), time(17, 30)),
    "evening": (time(19), time(21, 30)),
}
MOST_DAYS, MOST_TOPICS, MOST_PEOPLE, MOST_SIZE = 124, 60, 20, 1_000
LEAST_MINUTES, MOST_MINUTES = 30, 180
_PERMISSION = "consultation.run"
_MOST_LISTED, _MOST_READ = 20, 60


def read(session: Session, raw: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """Read what is to be planned.

    Raises:
        Invalid: every mistake.
    """
    values = reading.fields(
        raw,
        {
            "first": reading.day("first"),
            "last": reading.day("last"),
            "halves": lambda value: _some("halves", value, tuple(HALVES)),
            "weekdays": lambda value: _some("weekdays", value, tuple("12345")),
            "venues": lambda value: _rooms(session, value),
            "minutes": lambda value: texts.parse_int(
                value, field="minutes", minimum=LEAST_MINUTES, maximum=MOST_MINUTES
            ),
            "topics": _topics,
        },
        required=FIELDS,
    )
    if values["first"] <= today:
        raise invalid("first", "day_not_ahead")
    reading.require_days(values["first"], values["last"], most=MOST_DAYS, field="last")
    return {**values, "first": values["first"].isoformat(), "last": values["last"].isoformat()}


def _some(field: str, value: object, known: Sequence[str]) -> list[str]:
    if value == []:
        raise invalid(field, "choose_some")
    if not isinstance(value, list) or any(each not in known for each in value):
        raise invalid(field, "not_a_choice", choices=", ".join(known))
    return [each for each in known if each in value]


def _rooms(session: Session, value: object) -> list[str]:
    codes = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    if not codes:
        raise invalid("venues", "choose_some")
    known = venues.by_code(session, codes)
    missing = [code for code in codes if code not in known]
    if missing:
        raise invalid("venues", "no_such_venue", value=missing[0][:64])
    return sorted(known)


def _topics(value: object) -> list[dict[str, Any]]:
    rows = value if isinstance(value, list) else []
    if value == []:
        raise invalid("topics", "choose_some")
    if not 0 < len(rows) <= MOST_TOPICS:
        raise invalid("topics", "not_a_list", most=MOST_TOPICS)
    made, mistakes = [], []
    for index, row in enumerate(rows):
        try:
            made.append(_topic(row if isinstance(row, Mapping) else {}))
        except Invalid as mistake:
            mistakes += [FieldError(f"topics[{index}].{e.field}", e.code, e.params) for e in mistake.errors]
    if mistakes:
        raise Invalid(mistakes)
    return made


def _topic(row: Mapping[str, Any]) -> dict[str, Any]:
    return reading.fields(
        row,
        {
            "id": str,
            "people": _people,
            "size": lambda value: texts.parse_int(value, field="size", minimum=1, maximum=MOST_SIZE),
        },
        required=("id", "people", "size"),
    )


def _people(value: object) -> list[str]:
    if value == [] or value is None:
        raise invalid("people", "required")
    people = [parse_id(str(each)) for each in value] if isinstance(value, list) else []
    if not people or len(people) > MOST_PEOPLE or any(each is None for each in people):
        raise invalid("people", "no_such_person")
    return [str(each) for each in dict.fromkeys(people)]


def ask(session: Session, values: Mapping[str, Any], *, by: UUID, at: datetime) -> QuarterPlan:
    """Keep what is to be planned."""
    row = QuarterPlan(id=new_id(), asked=dict(values), status=ASKED, result={}, created_by=by, created_at=at)
    session.put(row, keep=True)
    session.flush()
    return row


def settle(row: QuarterPlan, found: Plan, *, seconds: float, at: datetime) -> None:
    """Keep what was found."""
    row.result = {
        "items": [
            {
                "topic": str(each.topic),
                "venue": each.room.code,
                "starts_at": each.starts_at.isoformat(),
                "ends_at": each.ends_at.isoformat(),
                "km": each.km,
            }
            for each in found.placed
        ],
        "left": [str(each) for each in found.left],
        "gap": round(found.gap, 4),
        "blocking": dict(found.blocking),
        "alone": {str(of): list(why) for of, why in found.alone.items()},
        "seconds": round(seconds, 2),
    }
    row.status, row.done_at = DONE, at


def settle_stopped(row: QuarterPlan, *, at: datetime) -> None:
    """Keep that whoever asked has stopped it: nothing was found."""
    row.result = {"items": [], "left": [], "gap": 0, "blocking": {}, "alone": {}, "seconds": 0, "stopped": True}
    row.status, row.done_at = DONE, at


def problem(session: Session, asked: Mapping[str, Any], *, today: date, calendar: WorkCalendar) -> Problem:
    """Make the problem of what was asked, from what is booked now."""
    first, last = date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"])
    rooms = [room for _code, room in sorted(venues.by_code(session, asked["venues"]).items())]
    wanted = {parse_id(each["id"]): each for each in asked["topics"]}
    rows = session.scalars(select(Consultation).where(Consultation.id.in_([each for each in wanted if each]))).all()
    length = timedelta(minutes=asked["minutes"])
    topics = []
    for row in sorted(rows, key=lambda each: each.number):
        of = wanted[row.id]
        people = frozenset(found for each in of["people"] if (found := parse_id(each)) is not None)
        opens = notice.earliest(row.kind, today=today, calendar=calendar)
        not_before = datetime.combine(opens, time(), tzinfo=calendar.zone)
        topics.append(Topic(row.id, row.region_code, people, of["size"], length, not_before))
    everybody = sorted({each for topic in topics for each in topic.people})
    since, until = (datetime.combine(day, time(), tzinfo=calendar.zone) for day in (first, last + timedelta(days=1)))
    return Problem(
        topics,
        rooms,
        list(_windows(first, last, asked["halves"], {int(each) for each in asked["weekdays"]}, calendar)),
        list(_windows(first, last, tuple(HALVES), set(range(1, 8)), calendar)),
        _busy_people(session, everybody, since, until),
        _busy_rooms(session, [each.id for each in rooms], since, until),
        _homes(session, everybody),
        distances.load(session),
        calendar.zone,
    )


def _windows(
    first: date, last: date, halves: Sequence[str], weekdays: set[int], calendar: WorkCalendar
) -> Iterator[Span]:
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        # A worked weekend is worked like the day it makes up for.
        if not calendar.is_workday(day) or (day.isoweekday() < 6 and day.isoweekday() not in weekdays):
            continue
        for half in halves:
            opens, closes = (datetime.combine(day, clock, tzinfo=calendar.zone) for clock in HALVES[half])
            yield opens, closes


def _busy_people(
    session: Session, people: Sequence[UUID], since: datetime, until: datetime
) -> Mapping[UUID, Sequence[Span]]:
    asked = select(Booking.person_id, Booking.starts_at, Booking.ends_at).where(
        Booking.person_id.in_(people), *bookings.between(since, until)
    )
    found: dict[UUID, list[Span]] = {}
    for person, starts_at, ends_at in session.execute(asked):
        if person is not None:
            found.setdefault(person, []).append((starts_at, ends_at))
    return found


def _busy_rooms(
    session: Session, rooms: Sequence[UUID], since: datetime, until: datetime
) -> Mapping[UUID, Sequence[Span]]:
    found: dict[UUID, list[Span]] = {}
    for of, starts_at, ends_at in bookings.taken_in(session, rooms, since=since, until=until):
        found.setdefault(of, []).append((starts_at, ends_at))
    return found


def _homes(session: Session, people: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return where people come from: the place of their unit, else the place over which they hold a role."""
    asked = (
        select(RoleGrant.person_id, RoleGrant.region, Org.region_code)
        .outerjoin(Org, Org.id == RoleGrant.org_id)
        .where(RoleGrant.person_id.in_(people))
        .order_by(RoleGrant.id)
    )
    found: dict[UUID, str] = {}
    for person, region, of_unit in session.execute(asked):
        place = of_unit or region
        if place is not None:
            found.setdefault(person, place)
    return found


def every(session: Session, actor: Actor) -> Sequence[QuarterPlan]:
    """Return the latest plans an actor may know of."""
    asked = select(QuarterPlan).order_by(QuarterPlan.created_at.desc()).limit(_MOST_READ)
    return _theirs(session, actor, session.scalars(asked).all())[:_MOST_LISTED]


def _theirs(session: Session, actor: Actor, rows: Sequence[QuarterPlan]) -> Sequence[QuarterPlan]:
    """Return of plans those that somebody asked for, or whose every topic is theirs to schedule.

    A plan tells who is to be where and when: another county's, or a county's to a township, is none of theirs.
    """
    wanted = {row.id: [parse_id(each["id"]) for each in row.asked["topics"]] for row in rows}
    asked = select(Consultation.id, Consultation.region_code).where(
        Consultation.id.in_({topic for topics in wanted.values() for topic in topics})
    )
    places = session.execute(asked).all()
    within = {topic for topic, place in places if permits(actor, _PERMISSION, queries.place_of(place))}
    own = (actor.person_id, actor.for_id)
    return [row for row in rows if row.created_by in own or all(topic in within for topic in wanted[row.id])]


def steps_done(session: Session, row: QuarterPlan) -> int:
    """Return how many steps of a plan under way are done."""
    progress = None if row.job_id is None else session.scalar(select(Job.progress).where(Job.id == row.job_id))
    return int((progress or {}).get("done", 0))


def take(session: Session, plan_id: UUID | None, *, actor: Actor | None = None, lock: bool = False) -> QuarterPlan:
    """Return a plan by id; without an actor for the software itself.

    Raises:
        NotFound: there is none, or none the actor may know of.
    """
    asked = select(QuarterPlan).where(QuarterPlan.id == plan_id)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(asked).one_or_none()
    if row is None or (actor is not None and not _theirs(session, actor, [row])):
        raise NotFound("quarter_plan")
    return row
