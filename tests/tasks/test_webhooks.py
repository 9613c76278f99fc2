"""Other systems are told: signed, thin, at least once, again and again later, and none of them harms another."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import standardwebhooks
import time_machine
from sqlalchemy import event as events
from sqlalchemy import select

from casework.core.office import Office
from casework.core.outbound import Allowed
from casework.matters.tables import Notice
from casework.webhooks import deliveries, endpoints
from casework.webhooks.deliveries import MOST_ATTEMPTS, WAITS
from casework.webhooks.tables import Webhook, WebhookAttempt, WebhookDelivery
from tasks.relay import relay
from tasks.sending.webhooks import BUNDLE, Dispatcher
from tests.receiver import Receiver, receiving
from tests.tasks.conftest import Post
from tests.world import MORNING, World
from workflows.outside import webhooks

LOCAL = Allowed.read("127.0.0.1")
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Lend another system."""
    with receiving() as running:
        yield running


@pytest.fixture
def here(office: Office) -> Office:
    """Return the office, which may send to this machine."""
    return replace(office, settings=replace(office.settings, webhook_allow=LOCAL))


@pytest.fixture
def dispatcher(here: Office) -> Dispatcher:
    """Lend what sends."""
    return Dispatcher(here, seconds=2.0)


def hook(world: World, url: str, *kinds: str) -> tuple[UUID, str]:
    """Make an endpoint; return its id and its secret."""
    raw = {"url": url, "events": list(kinds) or ["case.*"]}
    with world.db.transaction() as session:
        row, secret = webhooks.make(session, raw, actor=world["guanli"], at=MORNING, allowed=LOCAL)
        return row.id, secret


def tell(world: World, at: datetime = MORNING) -> None:
    relay(world.db, at=at)


def rows(world: World, table: Any = WebhookDelivery) -> list[Any]:
    with world.db.reading() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def the(world: World, webhook_id: UUID) -> Webhook:
    with world.db.reading() as session:
        return endpoints.get(session, webhook_id)


def test_a_move_is_told_signed_and_without_a_word_about_anybody(
    world: World, receiver: Receiver, dispatcher: Dispatcher
) -> None:
    _, secret = hook(world, receiver.url, "case.created", "case.transitioned")
    case_id = world.assigned()
    tell(world)
    assert dispatcher.send_due(at=MORNING) == 2
    told = {}
    with time_machine.travel(MORNING, tick=False):
        for each in receiver.received:
            body = standardwebhooks.Webhook(secret).verify(each.body, dict(each.headers))
            told[body["type"]] = body
    made, moved = told["case.created"], told["case.transitioned"]
    assert (made["data"]["state"], moved["data"]["state"]) == ("reported", "assigned")
    assert "trigger" not in made["data"]
    assert moved["data"]["trigger"] == "assign"
    assert moved["data"]["number"] == world.case(case_id).number
    assert moved["data"]["link"] == f"/api/v1/cases/{case_id}"
    assert datetime.fromisoformat(moved["timestamp"]) == MORNING
    words = b" ".join(each.body for each in receiver.received).decode()
    assert not [each for each in ("李小芳", "139", "水管", "安老师", "SLJ") if each in words]
    assert all("." not in each for each in receiver.ids)
    assert {each["Content-Type"] for each in receiver.received} == {"application/json"}
    with pytest.raises(standardwebhooks.WebhookVerificationError), time_machine.travel(MORNING, tick=False):
        standardwebhooks.Webhook(secret).verify(receiver.received[0].body + b" ", dict(receiver.received[0].headers))


def test_only_what_was_asked_for_is_written_and_once(world: World, receiver: Receiver) -> None:
    hook(world, receiver.url, "case.transitioned")
    hook(world, receiver.url, "supervision.*")
    world.assigned()
    tell(world)
    (row,) = rows(world)
    assert row.event == "case.transitioned"
    with world.db.transaction() as session:
        again = [UUID(int=0), row.webhook_id]
        made = deliveries.write(session, again, event_id=row.event_id, event="x", body="{}", at=MORNING)
    assert len(made) == 1


def test_the_database_holds_no_secret_and_nobody_is_shown_it_again(world: World, receiver: Receiver) -> None:
    webhook_id, secret = hook(world, receiver.url)
    assert secret.startswith("whsec_")
    assert secret.removeprefix("whsec_") not in the(world, webhook_id).secret


def test_for_a_day_a_changed_secret_is_not_needed_yet(world: World, receiver: Receiver, dispatcher: Dispatcher) -> None:
    webhook_id, old = hook(world, receiver.url)
    with world.db.transaction() as session:
        _, new = webhooks.rotate(session, webhook_id, actor=world["guanli"], at=MORNING)
    world.report()
    tell(world)
    dispatcher.send_due(at=MORNING)
    world.report(at=MORNING + DAY)
    tell(world, MORNING + DAY)
    dispatcher.send_due(at=MORNING + DAY)
    first, second = receiver.received
    with time_machine.travel(MORNING, tick=False):
        for secret in (old, new):
            assert standardwebhooks.Webhook(secret).verify(first.body, dict(first.headers))
    with time_machine.travel(MORNING + DAY, tick=False):
        assert standardwebhooks.Webhook(new).verify(second.body, dict(second.headers))
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(old).verify(second.body, dict(second.headers))


def test_what_fails_comes_again_under_the_same_id_after_five_seconds_and_is_dead_after_its_last_try(
    world: World, receiver: Receiver, dispatcher: Dispatcher, post: Post
) -> None:
    webhook_id, _ = hook(world, receiver.url, "case.created")
    world.report()
    tell(world)
    receiver.statuses = [500] * MOST_ATTEMPTS
    assert dispatcher.send_due(at=MORNING) == 1
    assert dispatcher.send_due(at=MORNING + 4 * SECOND) == 0
    at = MORNING + 6 * SECOND
    assert dispatcher.send_due(at=at) == 1
    for wait in WAITS[1:]:
        assert dispatcher.send_due(at=at + wait / 2) == 0
        at += wait * 1.2
        assert dispatcher.send_due(at=at) == 1
    assert dispatcher.send_due(at=at + 30 * DAY) == 0
    (row,) = rows(world)
    assert (row.status, row.attempts, row.last_error) == ("dead", MOST_ATTEMPTS, "HTTP 500")
    assert len(rows(world, WebhookAttempt)) == MOST_ATTEMPTS
    assert len(set(receiver.ids)) == 1
    assert len({each["webhook-timestamp"] for each in receiver.received}) == MOST_ATTEMPTS
    # Days without one that got through: it is paused, and its administrator is told.
    assert the(world, webhook_id).paused_for == "failing"
    later = MORNING + 14 * DAY
    post.tell(at=later)
    assert post.told("webhook_failing") == {"guanli"}
    with world.db.transaction() as session:
        webhooks.mend(session, webhook_id, {"active": True}, actor=world["guanli"], at=later, allowed=LOCAL)
        webhooks.replay(session, webhook_id, row.id, actor=world["guanli"], at=later)
    assert dispatcher.send_due(at=later) == 1
    assert rows(world)[0].status == "delivered"
    assert len(set(receiver.ids)) == 1


def test_one_that_says_it_is_gone_is_switched_off_and_what_waits_goes_out_when_it_is_back(
    world: World, receiver: Receiver, dispatcher: Dispatcher
) -> None:
    webhook_id, _ = hook(world, receiver.url, "case.created")
    world.report()
    tell(world)
    receiver.statuses = [410]
    dispatcher.send_due(at=MORNING)
    assert the(world, webhook_id).paused_for == "gone"
    world.report()
    tell(world)
    assert dispatcher.send_due(at=MORNING + MINUTE) == 0
    with world.db.transaction() as session:
        webhooks.mend(session, webhook_id, {"active": True}, actor=world["guanli"], at=MORNING, allowed=LOCAL)
    assert dispatcher.send_due(at=MORNING + MINUTE) == 1
    assert [row.status for row in rows(world)] == ["dead", "delivered"]


@pytest.mark.parametrize(("asked", "seconds"), [("120", 120), ("Wed, 14 Oct 2026 01:05:00 GMT", 300)])
def test_who_asks_for_patience_is_given_it_by_all_its_deliveries(
    asked: str, seconds: int, world: World, receiver: Receiver, dispatcher: Dispatcher
) -> None:
    hook(world, receiver.url, "case.created")
    receiver.statuses, receiver.headers = [429], {"Retry-After": asked}
    world.report()
    tell(world)
    dispatcher.send_due(at=MORNING)
    world.report()
    tell(world)
    assert dispatcher.send_due(at=MORNING + timedelta(seconds=seconds - 1)) == 0
    assert dispatcher.send_due(at=MORNING + timedelta(seconds=seconds + 1)) == 2


@pytest.mark.parametrize("to", ["http://127.0.0.1:{port}/inside", "http://169.254.169.254/latest", "//10.0.0.1/"])
def test_a_redirect_is_a_failure_and_never_followed(
    to: str, world: World, receiver: Receiver, dispatcher: Dispatcher
) -> None:
    hook(world, receiver.url, "case.created")
    receiver.statuses, receiver.headers = [307], {"Location": to.format(port=receiver.port)}
    world.report()
    tell(world)
    dispatcher.send_due(at=MORNING)
    assert [each.path for each in receiver.received] == ["/hook"]
    assert rows(world)[0].last_error == "HTTP 307"


def test_an_address_that_has_become_private_since_it_was_typed_is_not_connected_to(
    world: World, receiver: Receiver, office: Office
) -> None:
    hook(world, receiver.url, "case.created")
    world.report()
    tell(world)
    # The list was shortened meanwhile; to the connection that is what another answer of the resolver is.
    assert Dispatcher(office).send_due(at=MORNING) == 1
    assert receiver.received == []
    assert rows(world)[0].last_error == "url_not_https"


def test_an_answer_that_drips_or_never_ends_costs_no_more_than_the_time_allowed(
    world: World, receiver: Receiver, here: Office
) -> None:
    hook(world, receiver.url, "case.created")
    receiver.body, receiver.drips = b"x" * 200, 0.05
    world.report()
    tell(world)
    Dispatcher(here, seconds=0.5).send_due(at=MORNING)
    assert rows(world)[0].last_error == "timed_out"
    receiver.drips, receiver.body = 0.0, b"x" * 1_000_000
    Dispatcher(here).send_due(at=MORNING + 6 * SECOND)
    assert rows(world)[0].status == "delivered"


def test_two_workers_at_once_deliver_each_once(world: World, receiver: Receiver, here: Office) -> None:
    hook(world, receiver.url, "case.created")
    for _ in range(2 * BUNDLE + 3):
        world.report()
    tell(world)
    workers = [threading.Thread(target=Dispatcher(here).send_due, kwargs={"at": MORNING}) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert len(receiver.ids) == len(set(receiver.ids)) == 2 * BUNDLE + 3
    assert {row.status for row in rows(world)} == {"delivered"}


def test_who_is_killed_between_sending_and_recording_sends_again_under_the_same_id(
    world: World, receiver: Receiver, here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(world, receiver.url, "case.created")
    world.report()
    tell(world)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "record", die)
        with pytest.raises(KeyboardInterrupt):
            Dispatcher(here).send_due(at=MORNING)
    (row,) = rows(world)
    assert (row.status, row.attempts) == ("pending", 1)
    # Another worker waits for the lease to run out.
    assert Dispatcher(here).send_due(at=MORNING + 20 * SECOND) == 0
    assert Dispatcher(here).send_due(at=MORNING + 31 * SECOND) == 1
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


def test_one_that_hangs_holds_nobody_else_up(world: World, here: Office) -> None:
    with receiving() as slow, receiving() as quick:
        slow.open_gate.clear()
        for receiver in (slow, quick):
            hook(world, receiver.url, "case.created")
        for _ in range(BUNDLE + 5):
            world.report()
        tell(world)
        over = threading.Semaphore(0)
        dispatcher = Dispatcher(here, ring=over.release, seconds=20.0)
        at = datetime.now(UTC)
        while dispatcher.dispatch(at=at):
            pass
        while len(quick.received) < BUNDLE + 5:
            assert over.acquire(timeout=20)
            dispatcher.dispatch(at=at)
        # A few threads stand at the slow one, the others are free.
        assert len(slow.received) <= 3
        slow.open_gate.set()
        dispatcher.stop()


def test_many_deliveries_take_few_statements_and_connections(world: World, receiver: Receiver, here: Office) -> None:
    many = 6 * BUNDLE
    webhook_id, _ = hook(world, receiver.url, "case.created")
    with world.db.transaction() as session:
        for n in range(many):
            deliveries.write(session, [webhook_id], event_id=UUID(int=n), event="case.created", body="{}", at=MORNING)
    asked = []
    events.listen(world.db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert Dispatcher(here).send_due(at=MORNING) == many
    assert receiver.connections == many // BUNDLE
    assert len(asked) < many / BUNDLE * 12
    assert json.loads(receiver.received[0].body) == {}


def test_notices_of_nobody_else_come_of_it(world: World, receiver: Receiver, dispatcher: Dispatcher) -> None:
    hook(world, receiver.url, "case.created")
    world.report()
    tell(world)
    dispatcher.send_due(at=MORNING)
    assert rows(world, Notice) == []


def test_the_verifier_of_the_documentation_takes_ours_and_refuses_others(
    world: World, receiver: Receiver, dispatcher: Dispatcher
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "interoperability.md").read_text("utf-8")
    section = page[page.index("## Webhooks") :]
    code = section[section.index("```python\n") + len("```python\n") :]
    known: dict[str, Any] = {}
    exec(code[: code.index("```")], known)  # noqa: S102 - the example of our own documentation
    _, secret = hook(world, receiver.url, "case.created")
    world.report()
    tell(world)
    dispatcher.send_due(at=MORNING)
    (sent,) = receiver.received
    with time_machine.travel(MORNING, tick=False):
        assert known["verify"](secret, sent.headers, sent.body)["type"] == "case.created"
        with pytest.raises(ValueError, match="not signed"):
            known["verify"](secret, sent.headers, sent.body + b" ")
    with time_machine.travel(MORNING + 6 * MINUTE, tick=False), pytest.raises(ValueError, match="too old"):
        known["verify"](secret, sent.headers, sent.body)
