"""Leaving a case out of the rates of satisfaction, as rows: asked with a reason, decided by another, never hidden."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from casework.cases.ratings.rating_tables import RateExclusion
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.ids import new_id

# Why: more than policy gives, in another procedure already, not as told, or said in words alone.
CODES = ("beyond_policy", "in_procedure", "not_as_told", "other")
# What stands in place of a code where somebody asks that a case left out is counted again.
LIFT = "lift"
ASKED, GRANTED, REFUSED = "asked", "granted", "refused"
# What the case itself says: left out, also while it is being asked that it counts again.
LIFTING = "lifting"
OUT = (GRANTED, LIFTING)
REASON_LENGTH = 1000


def of_case(session: Session, case_id: UUID) -> Sequence[RateExclusion]:
    """Return what was asked and decided of a case, oldest first."""
    asked = select(RateExclusion).where(RateExclusion.case_id == case_id)
    return session.scalars(asked.order_by(RateExclusion.asked_at, RateExclusion.id)).all()


def add(session: Session, case: Case, *, code: str, reason: str, actor: Actor, at: datetime) -> RateExclusion:
    """Write down that somebody asks."""
    row = RateExclusion(
        id=new_id(), case_id=case.id, code=code, reason=reason, asked_by=actor.person_id, asked_at=at, status=ASKED
    )
    session.add(row)
    case.exclusion = LIFTING if code == LIFT else ASKED
    return row


def decide(case: Case, row: RateExclusion, *, grant: bool, reason: str, actor: Actor, at: datetime) -> None:
    """Write down the decision: a granted lift lets the case count again, a refused one leaves it out as before."""
    row.status = GRANTED if grant else REFUSED
    row.decided_by, row.decided_at, row.decision_reason = actor.person_id, at, reason
    case.exclusion = GRANTED if grant is (row.code != LIFT) else ""


def unhappy(session: Session, *, limit: int) -> Sequence[Case]:
    """Return closed cases whose reporters are not content and of which nothing was asked yet, by number."""
    asked = select(Case).where(Case.state == "closed", Case.satisfaction == "dissatisfied", Case.exclusion == "")
    return session.scalars(asked.order_by(Case.number).limit(limit)).all()
