"""Suspended cases whose day has come: told once a suspension, so that somebody decides whether to resume."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, select

from casework.cases.tables import Case
from casework.core.database import Session
from casework.matters import outbox
from casework.matters.tables import OutboxEvent

EVENT = "case.suspension_over"


def tell_of_those_over(session: Session, *, today: date, at: datetime) -> int:
    """Publish `case.suspension_over` for each case whose suspension ends today or ended before; return how many."""
    told = exists().where(
        OutboxEvent.matter_id == Case.id, OutboxEvent.event == EVENT, OutboxEvent.created_at >= Case.state_since
    )
    chosen = select(Case.id, Case.suspended_until).where(
        Case.state == "suspended", Case.suspended_until <= today, ~told
    )
    rows: list[tuple[UUID, date | None]] = [(case_id, until) for case_id, until in session.execute(chosen)]
    for case_id, until in rows:
        facts = {"until": None if until is None else until.isoformat()}
        # No step of the history: a day has come, nobody did anything.
        outbox.publish(session, event=EVENT, at=at, matter_id=case_id, facts=facts)
    session.flush()
    return len(rows)
