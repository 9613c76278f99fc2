"""What waits for the office in its consultations: clocks that run out, looks back, and people to be telephoned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from casework.consultations.outcome_tables import PhoneTelling
from casework.consultations.queries import within
from casework.consultations.tables import Consultation
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.matters.tables import Deadline

# So many of each are read at a time.
MOST = 50
# What was agreed and became no record yet shows at once, all else so long before it is due.
CONVERT, CALL = "convert", "tell"
_AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One clock of a consultation that runs out, or (without `due_at`) so many people to be telephoned."""

    consultation: Consultation
    kind: str
    due_at: datetime | None
    count: int = 1


def clocks(session: Session, actor: Actor, *, at: datetime, first: int = 0, most: int = MOST) -> Sequence[Waiting]:
    """Return a piece of what runs out soon where the actor works, earliest first."""
    found = _clocks(actor, at, Consultation, Deadline.kind, func.min(Deadline.due_at), func.count(Deadline.id))
    if found is None:
        return ()
    found = found.order_by(func.min(Deadline.due_at), Consultation.id, Deadline.kind).limit(most).offset(first)
    return [Waiting(row, kind, due_at, count) for row, kind, due_at, count in session.execute(found)]


def calls(session: Session, actor: Actor, *, first: int = 0, most: int = MOST) -> Sequence[Waiting]:
    """Return a piece of the consultations whose people are to be telephoned, the oldest first."""
    found = _calls(actor, Consultation, func.count(PhoneTelling.case_id.distinct()))
    if found is None:
        return ()
    found = found.order_by(Consultation.created_at, Consultation.id).limit(most).offset(first)
    return [Waiting(row, CALL, None, count) for row, count in session.execute(found)]


def asked(actor: Actor, *, at: datetime) -> Mapping[str, Select[Any] | None]:
    """Return what finds all clocks and all calls, to be counted; None: nothing can wait for such an actor."""
    of_clocks = _clocks(actor, at, Consultation.id.label("id"), Deadline.kind.label("kind"))
    return {"clocks": of_clocks, "calls": _calls(actor, Consultation.id.label("id"))}


def _clocks(actor: Actor, at: datetime, *columns: Any) -> Select[Any] | None:
    here = _where_they_work(actor)
    if here is None:
        return None
    soon = or_(Deadline.kind == CONVERT, Deadline.due_at <= at + _AHEAD)
    found = select(*columns).join(Deadline, Deadline.matter_id == Consultation.id)
    return found.where(here, Deadline.status == "running", soon).group_by(Consultation.id, Deadline.kind)


def _calls(actor: Actor, *columns: Any) -> Select[Any] | None:
    here = _where_they_work(actor)
    if here is None:
        return None
    found = select(*columns).join(PhoneTelling, PhoneTelling.consultation_id == Consultation.id)
    return found.where(here, PhoneTelling.fate == "waiting").group_by(Consultation.id)


def _where_they_work(actor: Actor) -> ColumnElement[bool] | None:
    regions = actor.regions(TRIAGE_ROLES)
    return or_(*(within(prefix) for prefix in regions)) if regions else None
