"""The cap of lifted masks: how many a person may see in plain on a day, and who has seen so many.

The lifting itself is workflows/revealing.py; each is a row of the audit log, so nothing else is counted.
"""

from datetime import datetime, time

from sqlalchemy import func, select

from casework.core.database import Session
from casework.registry.tables import AuditEvent

MOST_A_DAY = 50
EVENT = "reveal"


def midnight(session: Session, at: datetime) -> datetime:
    """Return when the office's day of an instant began."""
    local = at.astimezone(session.info["zone"])
    return datetime.combine(local.date(), time(0), tzinfo=local.tzinfo)


def capped(session: Session, *, at: datetime) -> int:
    """Count the people who have used up the cap of the day."""
    seen = (
        select(AuditEvent.person_id)
        .where(AuditEvent.event == EVENT, AuditEvent.at >= midnight(session, at))
        .group_by(AuditEvent.person_id)
        .having(func.count() >= MOST_A_DAY)
    )
    return session.scalar(select(func.count()).select_from(seen.subquery())) or 0
