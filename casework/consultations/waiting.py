"""What waits for the office in its consultations: clocks that run out, looks back, and people to be telephoned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from casework.consultations.outcome_tables import PhoneTelling
from casework.consultations.queries import within
from casework.consultations.tables import Consultation
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.matters.tables import Deadline

_MOST = 50
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


def of_office(session: Session, actor: Actor, *, at: datetime) -> Sequence[Waiting]:
    """Return what runs out soon where the actor works, earliest first, then whom to telephone."""
    regions = actor.regions(TRIAGE_ROLES)
    if not regions:
        return ()
    here = or_(*(within(prefix) for prefix in regions))
    clocks = (
        select(Consultation, Deadline.kind, func.min(Deadline.due_at), func.count(Deadline.id))
        .join(Deadline, Deadline.matter_id == Consultation.id)
        .where(
            here,
            Deadline.status == "running",
            or_(Deadline.kind == CONVERT, Deadline.due_at <= at + _AHEAD),
        )
        .group_by(Consultation.id, Deadline.kind)
        .order_by(func.min(Deadline.due_at), Consultation.id)
        .limit(_MOST)
    )
    calls = (
        select(Consultation, func.count(PhoneTelling.case_id.distinct()))
        .join(PhoneTelling, PhoneTelling.consultation_id == Consultation.id)
        .where(here, PhoneTelling.fate == "waiting")
        .group_by(Consultation.id)
        .order_by(Consultation.created_at, Consultation.id)
        .limit(_MOST)
    )
    due = [Waiting(row, kind, due_at, count) for row, kind, due_at, count in session.execute(clocks)]
    return [*due, *(Waiting(row, CALL, None, count) for row, count in session.execute(calls))]
