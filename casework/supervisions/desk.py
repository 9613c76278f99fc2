"""What of supervised matters waits for one person: steps of the line, what was asked, what a unit still owes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, false, func, literal_column, or_, select, text, true, union

from casework.core.actors import UNIT_ROLES, Actor
from casework.core.database import Session
from casework.matters.tables import Deadline
from casework.supervisions import actions, queries
from casework.supervisions.tables import ASKS, Supervision, SupervisionUnit

_OPEN = Supervision.is_open == true()
_HANDLED = "in_progress"
LEADERLESS = and_(Supervision.level == actions.LISTED, Supervision.leader.is_(None))


# What the rules of the steps look at beside the places and units of who asks.
_LIKE = (
    *("state", "region_code", "lead_org_id", "level", "progress_review", "result_class", "proposed_by", "asked_by"),
    *("extensions", "due_kind", "workflow_version"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """Matters that are alike in all that says who can take which step: one of them, and how many there are."""

    row: Supervision
    waits: bool
    owes: bool
    unled: bool
    count: int


def waiting(
    session: Session, actor: Actor, states: Collection[str], *, limit: int, offset: int = 0
) -> Sequence[Supervision]:
    """Return the open matters in these states, or with more time or a progress report to be judged, due first first."""
    parts = _parts(states)
    if not parts:
        return ()
    # A part at a time, so that each is walked in order out of an index of its own.
    taken = []
    for condition in parts:
        asked = select(Supervision.id).where(condition, _OPEN, queries.visible_to(actor))
        first = asked.order_by(Supervision.due_at, Supervision.id).limit(offset + limit)
        taken.append(select(first.subquery().c.id))
    found = select(Supervision).where(Supervision.id.in_(union(*taken)))
    return session.scalars(found.order_by(Supervision.due_at, Supervision.id).offset(offset).limit(limit)).all()


def _parts(states: Collection[str]) -> list[Any]:
    parts: list[Any] = [Supervision.state == state for state in sorted(states)]
    return [*parts, text(ASKS)] if parts else []


def owed(
    session: Session, actor: Actor, *, at: datetime, until: datetime, limit: int, offset: int = 0
) -> Sequence[Supervision]:
    """Return what the units of an actor have in hand that is due before an instant, or whose progress is not told."""
    condition = _owed(actor, at=at, until=until)
    if condition is None:
        return ()
    asked = select(Supervision).where(queries.visible_to(actor), _OPEN, condition)
    return session.scalars(asked.order_by(Supervision.due_at, Supervision.id).offset(offset).limit(limit)).all()


def leaderless(session: Session, actor: Actor, *, limit: int, offset: int = 0) -> Sequence[Supervision]:
    """Return the open listed matters without a leader in charge."""
    asked = select(Supervision).where(queries.visible_to(actor), _OPEN, LEADERLESS)
    return session.scalars(asked.order_by(Supervision.due_at, Supervision.id).offset(offset).limit(limit)).all()


def naming_due(session: Session, ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """Return until when the leader in charge of each of these has to be named."""
    asked = select(Deadline.matter_id, Deadline.due_at).where(
        Deadline.matter_id.in_(ids), Deadline.kind == actions.LEADER_CLOCK, Deadline.status == "running"
    )
    return {row[0]: row[1] for row in session.execute(asked)} if ids else {}


def _owed(actor: Actor, *, at: datetime, until: datetime) -> ColumnElement[bool] | None:
    orgs = sorted(actor.org_ids(UNIT_ROLES))
    if not orgs:
        return None
    handled = [Supervision.lead_org_id.in_(orgs), Supervision.state == _HANDLED]
    due = [*handled, Supervision.due_kind == "handle", Supervision.due_at < until]
    silent = [*handled, Supervision.id.in_(queries.owing_progress(at))]
    return or_(and_(*due), and_(*silent))


def kinds(session: Session, actor: Actor, states: Collection[str], *, at: datetime, until: datetime) -> Sequence[Kind]:
    """Return all that `waiting`, `owed` and `leaderless` hold, each kind once: what holds of one holds of all."""
    waits, owes = or_(false(), *_parts(states)), _owed(actor, at=at, until=until)
    owes = false() if owes is None else owes
    own = sorted(actor.org_ids(UNIT_ROLES))
    helped = Supervision.id.in_(select(SupervisionUnit.supervision_id).where(SupervisionUnit.org_id.in_(own)))
    today = at.astimezone(session.info["zone"]).date()
    told = {
        "waits": waits,
        "owes": owes,
        "unled": LEADERLESS,
        "helped": helped,
        "asked": Supervision.asked_until.is_not(None),
        "past": Supervision.due_on < today,
        "late": Supervision.due_at < at,
    }
    columns = [
        *(getattr(Supervision, name) for name in _LIKE),
        *(_flag(each).label(name) for name, each in told.items()),
    ]
    found = (
        select(Supervision.number, *columns)
        .where(queries.visible_to(actor), _OPEN, or_(waits, owes, LEADERLESS))
        .subquery()
    )
    keys = [column for column in found.c if column.key != "number"]
    asked = select(func.min(found.c.number), func.count(), found.c.waits, found.c.owes, found.c.unled).group_by(*keys)
    counted = {number: told for number, *told in session.execute(asked)}
    rows = session.scalars(select(Supervision).where(Supervision.number.in_(list(counted))))
    return [_kind(row, *counted[row.number]) for row in rows]


def _kind(row: Supervision, count: int, waits: int, owes: int, unled: int) -> Kind:
    return Kind(row, bool(waits), bool(owes), bool(unled), count)


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, literal_column("1")), else_=literal_column("0"))
