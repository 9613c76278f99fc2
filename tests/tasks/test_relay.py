"""The relay: at least once, each handler by itself, parked in sight after its last try, whoever else is at it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event as listening
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from structlog.contextvars import bound_contextvars, clear_contextvars, get_contextvars

from casework.core.database import Database
from casework.matters import outbox
from casework.matters.tables import Notice, OutboxEvent
from casework.registry.tables import OfficeSetting
from tasks.handlers import Handler
from tasks.relay import BATCH, relay
from tasks.telling import Telling
from tests.world import MORNING, World


def publish(db: Database, count: int = 1, event: str = "a.happened") -> None:
    with db.transaction() as session:
        for n in range(count):
            outbox.publish(session, event=event, at=MORNING, facts={"n": n})


def events(db: Database) -> list[OutboxEvent]:
    with db.reading() as session:
        return list(session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)))


def keep(telling: Telling, event: OutboxEvent) -> None:
    """Write one row an event: doing it twice would break its key."""
    telling.session.put(OfficeSetting(key=str(event.id), value=event.facts, updated_at=telling.at))


def kept(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(OfficeSetting)) or 0


def break_down(_telling: Telling, _event: OutboxEvent) -> None:
    raise ValueError("broken")


def spoil(telling: Telling, event: OutboxEvent) -> None:
    """Write something and then fail, by way of the database."""
    keep(telling, event)
    keep(telling, event)
    telling.session.flush()


def test_every_event_is_told_once_and_settled(db: Database) -> None:
    publish(db, BATCH + 5)
    relayed = relay(db, at=MORNING, handlers={"a.happened": (keep,)})
    assert (relayed.settled, relayed.postponed, kept(db)) == (BATCH + 5, 0, BATCH + 5)
    assert {(event.status, event.done_at, event.attempts) for event in events(db)} == {("done", MORNING, 1)}
    assert relay(db, at=MORNING, handlers={"a.happened": (keep,)}).total == 0


def test_what_a_request_set_going_is_told_under_the_id_of_that_request(db: Database) -> None:
    # Whatever another test of this process left bound is none of this one's.
    clear_contextvars()
    known: list[object] = []
    with bound_contextvars(request="018f-request"):
        publish(db)
    publish(db)
    relay(db, at=MORNING, handlers={"a.happened": (lambda _telling, _event: known.append(get_contextvars()),)})
    assert known == [{"request": "018f-request"}, {}]


@pytest.mark.parametrize("bad", [break_down, spoil], ids=["raises", "breaks the transaction"])
def test_a_handler_that_fails_takes_back_its_own_and_nothing_else(db: Database, bad: Handler) -> None:
    publish(db, 1)
    publish(db, 1, event="b.happened")
    relayed = relay(db, at=MORNING, handlers={"a.happened": (bad,), "b.happened": (keep,)})
    assert (relayed.settled, relayed.postponed, kept(db)) == (1, 1, 1)
    first, second = events(db)
    assert (first.status, first.attempts, second.status) == ("pending", 1, "done")
    assert first.last_error is not None
    assert first.next_try_at == MORNING + timedelta(minutes=1)


def test_the_other_handlers_of_the_event_keep_what_they_did(db: Database) -> None:
    publish(db)
    relay(db, at=MORNING, handlers={"a.happened": (break_down, keep)})
    assert (kept(db), events(db)[0].status) == (1, "pending")


def test_after_the_last_try_the_event_is_parked_in_sight(db: Database) -> None:
    publish(db)
    at = MORNING
    for _ in range(outbox.PARK_AFTER):
        relay(db, at=at, handlers={"a.happened": (break_down,)})
        at = max(at, events(db)[0].next_try_at)
    (event,) = events(db)
    assert (event.status, event.attempts, event.last_error) == ("dead", outbox.PARK_AFTER, "ValueError: broken")
    assert relay(db, at=at + timedelta(days=1), handlers={"a.happened": (keep,)}).total == 0


def test_an_event_without_a_handler_is_no_success(db: Database) -> None:
    publish(db)
    assert relay(db, at=MORNING, handlers={}).postponed == 1
    assert events(db)[0].last_error == "no handler for a.happened"


def test_a_database_that_goes_away_leaves_the_whole_batch_as_it_was(db: Database) -> None:
    publish(db, 3)

    def go_away(_telling: Telling, event: OutboxEvent) -> None:
        if event.facts["n"] == 1:
            raise OperationalError("SELECT 1", {}, ConnectionError("gone"))

    with pytest.raises(OperationalError):
        relay(db, at=MORNING, handlers={"a.happened": (keep, go_away)})
    assert kept(db) == 0
    assert {(event.status, event.attempts) for event in events(db)} == {("pending", 0)}


def test_several_relays_at_once_tell_each_event_once(db: Database) -> None:
    publish(db, 250)
    counts: list[int] = []

    def run() -> None:
        counts.append(relay(db, at=MORNING, handlers={"a.happened": (keep,)}).settled)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(counts), kept(db)) == (250, 250)


def statements_of(db: Database, run: Callable[[], object]) -> int:
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    listening.listen(db.engine, "before_cursor_execute", note)
    run()
    listening.remove(db.engine, "before_cursor_execute", note)
    return count


def test_a_batch_asks_for_cases_units_and_people_once(world: World) -> None:
    relay(world.db, at=MORNING)
    for _ in range(2):
        world.assigned()
    few = statements_of(world.db, lambda: relay(world.db, at=MORNING))
    for _ in range(6):
        world.assigned()
    many = statements_of(world.db, lambda: relay(world.db, at=MORNING))
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == 16
    # What grows is a savepoint and its end for each event, one insert for each that is told, and what an assignment asks
    # anew to learn whether category, unit and urgency were taken as proposed (fifteen statements for each of the six).
    assert many - few <= 6 * 15
