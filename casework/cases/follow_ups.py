"""Calls back to reporters, as rows: who tried when, what was said. Who may call: workflows/cases/calling.py.

Three attempts on two days are made before a reporter counts as unreachable, never by whoever handled the case; manner
and result are rated apart (domain.md §3a row 10). Class B comes back on its review date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from casework.cases.listing import lists
from casework.cases.rows import CaseRow
from casework.cases.tables import Case, FollowUpCall
from casework.cases.under import within
from casework.cases.visibility import visible_to
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.ids import new_id
from casework.registry.tables import Person

ATTEMPTS, DAYS = 3, 2
MOST = 200


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call: when, by whom, whether somebody answered, and what was said."""

    at: datetime
    by: str
    reached: bool
    solved: str | None
    satisfaction: str | None
    attitude: str | None
    words: str | None


def add(
    session: Session,
    case: Case,
    *,
    reached: bool,
    solved: str | None,
    satisfaction: str | None,
    attitude: str | None,
    words: str | None,
    actor: Actor,
    at: datetime,
) -> FollowUpCall:
    """Write an attempt down."""
    call = FollowUpCall(
        id=new_id(),
        case_id=case.id,
        at=at,
        called_by=actor.person_id,
        reached=reached,
        solved=solved,
        satisfaction=satisfaction,
        attitude=attitude,
        words=words,
    )
    session.add(call)
    return call


def of_case(session: Session, case: Case) -> Sequence[Attempt]:
    """Return the attempts made since the case was last resolved, oldest first."""
    rows = session.execute(
        select(FollowUpCall, Person.name)
        .outerjoin(Person, Person.id == FollowUpCall.called_by)
        .where(FollowUpCall.case_id == case.id)
        .order_by(FollowUpCall.at, FollowUpCall.id)
    )
    since = case.resolved_at
    return [
        Attempt(call.at, name or "", call.reached, call.solved, call.satisfaction, call.attitude, call.words)
        for call, name in rows
        if since is None or call.at >= since
    ]


def days_of(attempts: Sequence[Attempt], *, session: Session) -> int:
    """Return on how many of the office's days attempts were made."""
    zone = session.info["zone"]
    return len({attempt.at.astimezone(zone).date() for attempt in attempts})


def counts(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how often each case was called about."""
    if not case_ids:
        return {}
    rows = session.execute(
        select(FollowUpCall.case_id, func.count())
        .where(FollowUpCall.case_id.in_(case_ids))
        .group_by(FollowUpCall.case_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def to_call(session: Session, actor: Actor, *, at: datetime) -> Sequence[CaseRow]:
    """Return the resolved cases of the actor's places that wait for a call, the soonest due first."""
    places = _places(actor)
    if places is None:
        return ()
    where = (visible_to(actor, at=at), Case.state == "resolved", places)
    return lists.select_rows(session, *where, order=(Case.due_at, Case.id), limit=MOST)


def to_review(session: Session, actor: Actor, *, at: datetime, until: date) -> Sequence[tuple[CaseRow, date]]:
    """Return the closed cases (of class B, as a rule) whose review date comes by `until`, with that date."""
    places = _places(actor)
    if places is None:
        return ()
    where: tuple[ColumnElement[bool], ...] = (
        visible_to(actor, at=at),
        Case.state == "closed",
        Case.review_on.is_not(None),
        Case.review_on <= until,
        places,
    )
    dates = session.execute(
        select(Case.id, Case.review_on).where(*where).order_by(Case.review_on, Case.id).limit(MOST)
    ).all()
    rows = lists.select_rows(session, Case.id.in_([row[0] for row in dates]), order=(Case.id,)) if dates else ()
    known = {row.id: row for row in rows}
    return [(known[case_id], review_on) for case_id, review_on in dates if case_id in known and review_on is not None]


def _places(actor: Actor) -> ColumnElement[bool] | None:
    regions = actor.regions(TRIAGE_ROLES)
    if not regions:
        return None
    return within(regions)
