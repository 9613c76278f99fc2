"""Events of the outbox that were given up after their last try: seen by the administrator, who lets them try again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import NotFound, refused
from casework.matters import audit
from casework.matters.tables import OutboxEvent


def listed(session: Session, *, limit: int = 100) -> Sequence[OutboxEvent]:
    """Return the events given up, the latest first."""
    return session.scalars(
        select(OutboxEvent).where(OutboxEvent.status == "dead").order_by(OutboxEvent.id.desc()).limit(limit)
    ).all()


def count(session: Session) -> int:
    """Count the events given up."""
    return session.scalar(select(func.count()).select_from(OutboxEvent).where(OutboxEvent.status == "dead")) or 0


def retry(session: Session, event_id: UUID, *, actor: Actor, at: datetime) -> OutboxEvent:
    """Give an event its tries back.

    Raises:
        NotFound: there is no such event.
        Refused: it was not given up.
    """
    event = _dead(session, event_id)
    event.status, event.attempts, event.next_try_at, event.done_at = "pending", 0, at, None
    audit.record(
        session, event="event.retried", actor=actor, at=at, facts={"event": str(event.id), "name": event.event}
    )
    session.flush()
    session.has_news()
    return event


def drop(session: Session, event_id: UUID, *, actor: Actor, at: datetime) -> OutboxEvent:
    """Put an event aside: nobody is told of it any more. What it was and why it failed stays.

    Raises:
        NotFound: there is no such event.
        Refused: it was not given up.
    """
    event = _dead(session, event_id)
    event.status, event.done_at = "done", at
    audit.record(
        session, event="event.dropped", actor=actor, at=at, facts={"event": str(event.id), "name": event.event}
    )
    session.flush()
    return event


def _dead(session: Session, event_id: UUID) -> OutboxEvent:
    event = session.get(OutboxEvent, event_id, with_for_update=True)
    if event is None:
        raise NotFound("event")
    if event.status != "dead":
        raise refused("event_not_dead")
    return event
