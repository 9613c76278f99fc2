"""Topics that the office's own cases propose: several open and alike, told by different people, in no topic yet."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select

from casework.cases.tables import Case
from casework.cases.topics import hot_topics, kept_topics
from casework.cases.topics.hot_topics import LEAST_PEOPLE, HotTopic
from casework.cases.topics.kept_topics import Kept
from casework.consultations.tables import ConsultationCase
from casework.core.actors import Actor
from casework.core.database import Session

# What was told longer ago has been decided one way or the other.
SINCE = timedelta(days=180)
MOST = 5
NAME = "proposed"


def untold() -> ColumnElement[bool]:
    """Return the condition on a case that still proposes something: open, and no topic is about it."""
    return and_(Case.is_open, Case.id.not_in(select(ConsultationCase.case_id)))


def find(session: Session, actor: Actor, *, at: datetime, limit: int = MOST) -> tuple[HotTopic, ...]:
    """Return what several open cases an actor may know of have in common, what most people told first."""
    asked = hot_topics.chosen(actor, at=at, since=at - SINCE).where(untold())
    rows = session.execute(asked).all()
    found = [each for each in hot_topics.gathered(session, rows, at=at) if each.people >= LEAST_PEOPLE]
    found.sort(key=lambda topic: (-topic.people, -len(topic.cases), topic.title))
    return tuple(found[:limit])


def shown(session: Session, actor: Actor, *, at: datetime) -> Kept:
    """Return what is proposed, put together within the last ten minutes: what became a topic since is out of it."""
    return kept_topics.of(session, actor, NAME, find, at=at, still=untold)
