"""What is on for a person: meetings they are asked to, and what they or their unit have to do by when.

Each kind is one statement and begins with what the person may know of; a calendar of any length costs the same few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_, select

from casework.cases import reporters
from casework.cases import visibility as case_visibility
from casework.cases.filters import open_cases
from casework.cases.tables import Case, CoTask
from casework.consultations import queries as consultations
from casework.consultations import venues
from casework.consultations.tables import Consultation, ConsultationCase, Participant, Venue
from casework.core.actors import TRIAGE_ROLES, UNIT_ROLES, Actor
from casework.core.bulk import among
from casework.core.database import Session
from casework.core.ranges import lies_in_any
from casework.supervisions import queries as supervisions
from casework.supervisions.tables import Supervision

BACK, AHEAD = timedelta(days=90), timedelta(days=365)
# What was called off is told as such for a while; a program that looks seldom would keep it otherwise.
CANCELLED_KEPT = timedelta(days=30)
MOST = 500
# The clocks of a case that run for the office, not for the unit.
_DESK_CLOCKS = ("accept", "follow_up", "review")
# Of a consultation: its meeting stands in the calendar itself.
_MEETING_CLOCK = "meeting"
_STEPS_A_ROUND = 3
_CONSULTATION = "consultation"
# Who comes as one of the village.
_VILLAGERS = ("stakeholder", "guest")
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Meeting:
    """A consultation with a date, where it is, and how often date, place or standing changed.

    `villagers`: whose names may stand in its title, to be masked there.
    """

    row: Consultation
    venue: Venue | None
    sequence: int
    is_off: bool
    villagers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DueDate:
    """Something to be done by an instant. `workflow` and `clock` say what, `words` is a title or a category's code."""

    id: UUID
    workflow: str
    number: str
    clock: str
    due_at: datetime
    version: int
    updated_at: datetime
    words: str
    villagers: frozenset[str] = frozenset()


def is_off(row: Consultation) -> bool:
    """Say whether the date that was set last holds no more; an archived one remembers by its notices."""
    return row.round > 0 and (row.state in ("postponed", "cancelled") or row.notice_on is None)


def sequence_of(row: Consultation) -> int:
    """Return how often date, place or standing of a meeting changed: each date is set, made known, and may fall."""
    standing = 2 if is_off(row) else 0 if row.state == "scheduled" else 1
    return _STEPS_A_ROUND * (row.round - 1) + standing


def meeting_of(session: Session, row: Consultation) -> Meeting:
    """Return a consultation with its date."""
    venue = None if row.venue_id is None else session.get(Venue, row.venue_id)
    return Meeting(row, venue, sequence_of(row), is_off(row), villagers_of(session, row))


def meetings_of(session: Session, actor: Actor, *, at: datetime) -> Sequence[Meeting]:
    """Return the meetings a person convenes or is asked to, from three months ago to a year ahead."""
    named = select(Participant.consultation_id).where(
        Participant.person_id == actor.person_id,
        Participant.round == Consultation.round,
        Participant.consultation_id == Consultation.id,
    )
    rows = session.scalars(
        select(Consultation)
        .where(
            consultations.visible_to(actor),
            or_(Consultation.convenor_id == actor.person_id, named.exists()),
            Consultation.starts_at >= at - BACK,
            Consultation.starts_at < at + AHEAD,
            Consultation.round > 0,
        )
        .order_by(Consultation.starts_at, Consultation.id)
        .limit(MOST)
    ).all()
    rooms = venues.by_id(session, {row.venue_id for row in rows if row.venue_id is not None})
    known = _named(session, rows)
    found = [Meeting(row, _room(rooms, row), sequence_of(row), is_off(row), known.get(row.id, _NOBODY)) for row in rows]
    return [each for each in found if not each.is_off or at - each.row.updated_at <= CANCELLED_KEPT]


def villagers_of(session: Session, row: Consultation) -> frozenset[str]:
    """Return the villagers a consultation is known to be about: they are masked where it is told outside."""
    return _named(session, [row]).get(row.id, _NOBODY)


def _named(session: Session, rows: Sequence[Consultation]) -> Mapping[UUID, frozenset[str]]:
    return _villagers(session, {row.id: row.title for row in rows})


def _villagers(session: Session, titles: Mapping[UUID, str]) -> Mapping[UUID, frozenset[str]]:
    """Return by consultation who stands behind it or comes to it as a villager and may be named in its title."""
    if not titles:
        return {}
    found: dict[UUID, set[str]] = {}
    invited = select(Participant.consultation_id, Participant.name).where(
        among(session, Participant.consultation_id, list(titles)),
        Participant.person_id.is_(None),
        Participant.part.in_(_VILLAGERS),
    )
    for consultation_id, name in session.execute(invited):
        found.setdefault(consultation_id, set()).add(name)
    told = (
        select(ConsultationCase.consultation_id, Case.id, Case.reporter_name, Case.reporter_name_cipher)
        .join(Case, Case.id == ConsultationCase.case_id)
        .where(among(session, ConsultationCase.consultation_id, list(titles)))
    )
    for case in session.execute(told):
        reporter = reporters.named_in(session, titles[case.consultation_id], case)
        if reporter is not None:
            found.setdefault(case.consultation_id, set()).add(reporter)
    return {consultation_id: frozenset(names) for consultation_id, names in found.items()}


def _room(rooms: Mapping[UUID, Venue], row: Consultation) -> Venue | None:
    return None if row.venue_id is None else rooms.get(row.venue_id)


def due_dates_of(session: Session, actor: Actor, *, at: datetime) -> Sequence[DueDate]:
    """Return what a person or their unit has to do, what is late included, the earliest first."""
    units, places = sorted(actor.org_ids(UNIT_ROLES)), actor.regions(TRIAGE_ROLES)
    found = [
        *_cases(session, actor, units, places, at=at),
        *_questions(session, actor, units, at=at),
        *_supervisions(session, actor, units, at=at),
        *_consultations(session, actor, places, at=at),
    ]
    found = sorted(found, key=lambda each: (each.due_at, each.id))[:MOST]
    known = _villagers(session, {each.id: each.words for each in found if each.workflow == _CONSULTATION})
    return [replace(each, villagers=known[each.id]) if each.id in known else each for each in found]


def _between(column: Any, at: datetime) -> tuple[SQLColumnExpression[bool], ...]:
    return column >= at - BACK, column < at + AHEAD


def _cases(
    session: Session, actor: Actor, units: Sequence[UUID], places: Sequence[str], *, at: datetime
) -> Sequence[DueDate]:
    mine: list[ColumnElement[bool]] = [Case.assignee_id == actor.person_id]
    if units:
        mine.append(and_(Case.lead_org_id.in_(units), Case.due_kind.not_in(_DESK_CLOCKS)))
    if places:
        mine.append(and_(lies_in_any(Case.region_code, places), Case.due_kind.in_(_DESK_CLOCKS)))
    visible = case_visibility.visible_to(actor, at=at)
    return _found(session, Case, Case.category, visible, open_cases(), or_(*mine), *_between(Case.due_at, at))


def _questions(session: Session, actor: Actor, units: Sequence[UUID], *, at: datetime) -> Sequence[DueDate]:
    if not units:
        return ()
    zone = session.info["zone"]
    first, last = ((at + span).astimezone(zone).date() for span in (-BACK, AHEAD))
    rows = session.execute(
        select(CoTask.id, Case.workflow, Case.number, CoTask.due_on, Case.version, Case.updated_at, Case.category)
        .join(Case, Case.id == CoTask.case_id)
        .where(
            case_visibility.visible_to(actor, at=at),
            CoTask.org_id.in_(units),
            CoTask.status == "open",
            CoTask.due_on.between(first, last),
        )
        .order_by(CoTask.due_on, CoTask.id)
        .limit(MOST)
    )
    return [
        DueDate(of, kind, number, "co_task", _midday(day, zone), version, updated_at, words)
        for of, kind, number, day, version, updated_at, words in rows
    ]


def _midday(day: Any, zone: Any) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone)


def _supervisions(session: Session, actor: Actor, units: Sequence[UUID], *, at: datetime) -> Sequence[DueDate]:
    mine = [Supervision.assignee_id == actor.person_id]
    if units:
        mine.append(Supervision.lead_org_id.in_(units))
    asked = (supervisions.visible_to(actor), Supervision.is_open, or_(*mine), *_between(Supervision.due_at, at))
    return _found(session, Supervision, Supervision.title, *asked)


def _consultations(session: Session, actor: Actor, places: Sequence[str], *, at: datetime) -> Sequence[DueDate]:
    if not places:
        return ()
    return _found(
        session,
        Consultation,
        Consultation.title,
        consultations.visible_to(actor),
        lies_in_any(Consultation.region_code, places),
        Consultation.is_open,
        Consultation.due_kind != _MEETING_CLOCK,
        *_between(Consultation.due_at, at),
    )


def _found(session: Session, table: Any, words: Any, *where: SQLColumnExpression[bool]) -> Sequence[DueDate]:
    columns = (table.id, table.workflow, table.number, table.due_kind, table.due_at, table.version, table.updated_at)
    asked = select(*columns, words).where(*where, table.due_kind.is_not(None)).order_by(table.due_at, table.id)
    return [DueDate(*row) for row in session.execute(asked.limit(MOST))]
