"""What waits to be told, sent or done, and what is stuck, over all matters: for idle workers and for monitoring."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select

from casework.core.database import Base, Session
from casework.matters import jobs
from casework.matters.notices import APP, MAIL, SMS
from casework.matters.tables import Deadline, Job, Notice, OutboxEvent
from casework.robots.tables import RobotMessage


@dataclass(frozen=True, slots=True)
class Waiting:
    """What there is to do now."""

    events: bool
    notices: bool
    mail: bool
    texts: bool
    robots: bool
    jobs: bool


def waiting(session: Session, *, at: datetime) -> Waiting:
    """Look what is due, in a single statement: an idle worker asks it all the time."""
    row = session.execute(
        select(
            exists().where(OutboxEvent.status == "pending", OutboxEvent.next_try_at <= at),
            exists().where(Notice.fate == "waiting", Notice.hold_until <= at, Notice.channel == APP),
            exists().where(Notice.fate == "waiting", Notice.hold_until <= at, Notice.channel == MAIL),
            exists().where(Notice.fate == "waiting", Notice.hold_until <= at, Notice.channel == SMS),
            exists().where(RobotMessage.fate == "waiting", RobotMessage.hold_until <= at),
            exists().where(jobs.is_waiting(at)).select_from(Job),
        )
    ).one()
    return Waiting(*(bool(each) for each in row))


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits or is stuck at one moment: numbers only, no content."""

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
