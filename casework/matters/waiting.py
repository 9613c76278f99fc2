"""One glance at all that waits to be told, sent or done: what an idle worker asks, in a single statement."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from casework.core.database import Session
from casework.matters import jobs
from casework.matters.notices import APP, MAIL, SMS
from casework.matters.tables import Job, Notice, OutboxEvent
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
    """Look what is due."""
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
