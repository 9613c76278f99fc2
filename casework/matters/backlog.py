"""How much waits or is stuck, over all matters: what monitoring asks. Numbers only, no content."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from casework.core.database import Base, Session
from casework.matters.tables import Deadline, Job, OutboxEvent


@dataclass(frozen=True, slots=True)
class Backlog:
    """The numbers of one moment."""

    outbox_pending: int
    outbox_dead: int
    jobs_ready: int
    jobs_dead: int
    deadlines_overdue: int


def backlog(session: Session, *, at: datetime) -> Backlog:
    """Count what waits: events not yet told, work not yet done, clocks that run past their due instant."""
    return Backlog(
        outbox_pending=_count(session, OutboxEvent, OutboxEvent.status == "pending"),
        outbox_dead=_count(session, OutboxEvent, OutboxEvent.status == "dead"),
        jobs_ready=_count(session, Job, Job.status == "ready"),
        jobs_dead=_count(session, Job, Job.status == "dead"),
        deadlines_overdue=_count(session, Deadline, (Deadline.status == "running") & (Deadline.due_at < at)),
    )


def _count(session: Session, table: type[Base], condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(condition)) or 0
