"""The one door to outbox rows: what happened is written in the transaction of the change, told later by the relay.

A reader selects rows not yet done, never "ids after the last one seen": a later id can commit first
(reliability.md §2.3.2).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from casework.core import logs
from casework.core.actors import Actor
from casework.core.columns import Told, canonical
from casework.core.database import Session
from casework.core.errors import NotFound, refused
from casework.core.ids import new_id
from casework.matters.tables import OutboxEvent
from casework.registry import audit

PARK_AFTER = 5
_FIRST_DELAY = timedelta(minutes=1)
_LONGEST_DELAY = timedelta(hours=6)


def publish(
    session: Session,
    *,
    event: str,
    at: datetime,
    matter_id: UUID | None = None,
    seq: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> OutboxEvent:
    """Write one event: a past-tense name, ids and facts known now, no prose, no personal data.

    The id of the request it comes from is one of the facts, so that the log lines of telling it carry that id too.
    """
    known = dict(facts or {})
    if (request_id := logs.request_id()) is not None:
        known[logs.REQUEST] = request_id
    row = session.make(
        OutboxEvent,
        id=new_id(),
        event=event,
        matter_id=matter_id,
        seq=seq,
        facts=known,
        created_at=at,
        status="pending",
        attempts=0,
        next_try_at=at,
    )
    if type(row) is not OutboxEvent:
        # Nobody works with it any more; a thousand lives of a ledger tell of the same few moves.
        row.__dict__["facts"] = _told(known)
    session.put(row)
    session.has_news()
    return row


def _told(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    words = (*facts, *facts.values())
    # Of values of other kinds two may be alike that are written differently.
    return _kept(words) if {*map(type, words)} == {str} else facts


@lru_cache(500)
def _kept(words: tuple[str, ...]) -> Told:
    half = len(words) // 2
    return Told(canonical(dict(zip(words[:half], words[half:], strict=True))))


def claim(session: Session, *, at: datetime, limit: int = 100) -> Sequence[OutboxEvent]:
    """Take up to `limit` events that are due, oldest first, passing over those another worker holds."""
    return session.scalars(
        select(OutboxEvent)
        .where(OutboxEvent.status == "pending", OutboxEvent.next_try_at <= at)
        .order_by(OutboxEvent.next_try_at, OutboxEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def take_back(session: Session, matter_id: UUID, *, seq: int, at: datetime) -> OutboxEvent | None:
    """Return the event of a row of a matter's history, and let nobody be told of it from now on."""
    session.flush()
    asked = select(OutboxEvent).where(OutboxEvent.matter_id == matter_id, OutboxEvent.seq == seq).with_for_update()
    event = session.scalars(asked.execution_options(populate_existing=True)).first()
    if event is not None and event.status == "pending":
        event.status, event.done_at = "done", at
        session.flush()
    return event


def settle(event: OutboxEvent, *, at: datetime) -> None:
    """Mark an event as told."""
    event.status = "done"
    event.done_at = at
    event.attempts += 1


def postpone(event: OutboxEvent, *, at: datetime, error: str) -> None:
    """Try again later, twice as late each time; after `PARK_AFTER` tries the event is parked as dead."""
    event.attempts += 1
    event.last_error = error[:500]
    if event.attempts >= PARK_AFTER:
        event.status = "dead"
        event.done_at = at
    else:
        event.next_try_at = at + min(_FIRST_DELAY * 2 ** (event.attempts - 1), _LONGEST_DELAY)


def count_pending(session: Session) -> int:
    """Count the events not yet told."""
    return session.scalar(select(func.count()).select_from(OutboxEvent).where(OutboxEvent.status == "pending")) or 0


# ------------------------------------------------------------------ given up after the last try
def dead(session: Session, *, limit: int = 100) -> Sequence[OutboxEvent]:
    """Return the events given up, the latest first."""
    return session.scalars(
        select(OutboxEvent).where(OutboxEvent.status == "dead").order_by(OutboxEvent.id.desc()).limit(limit)
    ).all()


def count_dead(session: Session) -> int:
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
