"""Whether proposals were taken: one outcome each time a case is assigned, and the rate by category."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, cast, func, select

from casework.core.database import Session
from casework.core.ids import new_id
from casework.triage.tables import TriageOutcome


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a category was proposed, and how often the office took it."""

    proposed: int
    taken: int


def note(
    session: Session,
    *,
    event_id: UUID,
    case_id: UUID,
    model_id: UUID | None,
    proposed: str,
    share: float,
    chosen: str,
    at: datetime,
) -> None:
    """Note what became of a proposal; the same event notes nothing twice."""
    known = select(TriageOutcome.id).where(TriageOutcome.event_id == event_id)
    if session.scalars(known).first() is not None:
        return
    session.add(
        TriageOutcome(
            id=new_id(),
            event_id=event_id,
            case_id=case_id,
            model_id=model_id,
            at=at,
            proposed=proposed,
            chosen=chosen,
            share=round(share * 100),
            taken=proposed == chosen,
        )
    )


def rates(session: Session, *, since: datetime) -> Mapping[str, Rate]:
    """Return the rate of every category proposed since an instant."""
    rows = session.execute(
        select(TriageOutcome.proposed, func.count(), func.sum(cast(TriageOutcome.taken, Integer)))
        .where(TriageOutcome.at >= since)
        .group_by(TriageOutcome.proposed)
    )
    return {code: Rate(proposed, int(taken or 0)) for code, proposed, taken in rows}


def rate_of(session: Session, code: str, *, since: datetime) -> Rate:
    """Return the rate of one category since an instant."""
    proposed, taken = session.execute(
        select(func.count(), func.sum(cast(TriageOutcome.taken, Integer))).where(
            TriageOutcome.at >= since, TriageOutcome.proposed == code
        )
    ).one()
    return Rate(proposed, int(taken or 0))
