"""What stands behind the rates of triage: every proposal that was noted, with its case as somebody may know of it.

The rates are of the whole office. A case that was assigned twice was proposed for twice, and stands here twice.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from casework.cases.tables import Case
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.database import Session
from casework.triage.outcomes import Counted
from casework.triage.tables import TriageOutcome


def page(
    session: Session,
    actor: Actor,
    counted: Counted,
    *,
    since: datetime,
    at: datetime,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> Sequence[TriageOutcome]:
    """Return what a number counts of the cases an actor may know of, the newest first."""
    asked = select(TriageOutcome).join(Case, Case.id == TriageOutcome.case_id)
    asked = asked.where(*counted.conditions(since=since), visible_to(actor, at=at))
    if after is not None:
        noted_at, last = after
        behind = and_(TriageOutcome.at == noted_at, TriageOutcome.id < last)
        asked = asked.where(or_(TriageOutcome.at < noted_at, behind))
    return session.scalars(asked.order_by(TriageOutcome.at.desc(), TriageOutcome.id.desc()).limit(limit)).all()


def seen(session: Session, actor: Actor, counted: Counted, *, since: datetime, at: datetime) -> int:
    """Count how much of a number is of cases an actor may know of."""
    asked = select(func.count()).select_from(TriageOutcome).join(Case, Case.id == TriageOutcome.case_id)
    return session.scalar(asked.where(*counted.conditions(since=since), visible_to(actor, at=at))) or 0
