"""The relay: what happened is told further, from the outbox, at least once, whoever was down meanwhile.

A batch of events is claimed (`SKIP LOCKED` on PostgreSQL, the writer's place on SQLite), each handler runs in a
savepoint of its own, and the event is settled, or postponed with doubling delay and parked in sight after
`outbox.PARK_AFTER` tries (design.md "One move", step 7).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from structlog import get_logger
from structlog.contextvars import bound_contextvars

from casework.core.database import Database
from casework.core.logs import REQUEST
from casework.matters import outbox
from casework.matters.tables import OutboxEvent
from tasks import telling as tellings
from tasks.faults import FAULTS, is_for_everybody, told
from tasks.handlers import HANDLERS, Handler
from tasks.telling import Telling

BATCH = 100
# On SQLite there is one writer's place and no queue for it: whoever waits asks again every tenth of a second. So a
# backlog is told in small lots, with a pause in which everybody who waits gets a turn.
_LOT_ON_SQLITE = 25
_PAUSE_ON_SQLITE_SECONDS = 0.11
Table = Mapping[str, tuple[Handler, ...]]


@dataclass(slots=True)
class Relayed:
    """What a run of the relay did."""

    settled: int = 0
    postponed: int = 0

    @property
    def total(self) -> int:
        """How many events were taken."""
        return self.settled + self.postponed


def relay(
    db: Database, *, at: datetime, mails: bool = False, texts: bool = False, handlers: Table = HANDLERS
) -> Relayed:
    """Tell of all events that are due at `at`. `mails`, `texts`: whether this office sends such."""
    relayed = Relayed()
    lot = BATCH if db.is_postgresql else _LOT_ON_SQLITE
    while True:
        with db.transaction() as session:
            events = outbox.claim(session, at=at, limit=lot)
            if events:
                telling = tellings.begin_events(session, events, at=at, mails=mails, texts=texts)
                _tell_all(telling, events, handlers, relayed)
        if len(events) < lot:
            return relayed
        if not db.is_postgresql:
            time.sleep(_PAUSE_ON_SQLITE_SECONDS)


def _tell_all(telling: Telling, events: Sequence[OutboxEvent], handlers: Table, relayed: Relayed) -> None:
    for event in events:
        # One id from the request through its event to the lines of the task.
        known = {REQUEST: event.facts[REQUEST]} if REQUEST in event.facts else {}
        with bound_contextvars(**known):
            _tell_one(telling, event, handlers, relayed)


def _tell_one(telling: Telling, event: OutboxEvent, handlers: Table, relayed: Relayed) -> None:
    fault = _tell(telling, event, handlers)
    if fault is None:
        outbox.settle(event, at=telling.at)
        relayed.settled += 1
        if REQUEST in event.facts:
            # What no request set going (the demo, an import) would bury the few lines of a first start.
            get_logger().info("event_told", id=str(event.id), name=event.event)
    else:
        outbox.postpone(event, at=telling.at, error=fault)
        relayed.postponed += 1
        get_logger().error("event_not_told", id=str(event.id), name=event.event, fault=fault)


def _tell(telling: Telling, event: OutboxEvent, handlers: Table) -> str | None:
    if event.event not in handlers:
        return f"no handler for {event.event}"
    faults = []
    for handler in handlers[event.event]:
        try:
            with telling.session.savepoint():
                handler(telling, event)
        except FAULTS as fault:
            if is_for_everybody(fault):
                raise
            faults.append(told(fault))
    return "; ".join(faults) or None
