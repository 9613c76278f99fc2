"""Group robots: a unit's morning, what cannot wait, alarms; nothing twice, nothing personal, never more than they take."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from casework.core.fates import UNCERTAIN
from casework.core.office import Office
from casework.core.outbound import Allowed
from casework.matters import outbox
from casework.robots import actions
from casework.robots.actions import MOST_A_MINUTE
from casework.robots.tables import Robot, RobotMessage
from tasks.sending.posting import Answer
from tasks.sending.robots import Crier, judged
from tests.receiver import Receiver, receiving
from tests.tasks.conftest import Post
from tests.tasks.test_digest import NEXT_MORNING, send
from tests.world import MORNING, World
from workflows.outside import robots

TAKEN = b'{"errcode":0,"errmsg":"ok"}'
MINUTE = timedelta(minutes=1)
SECRET = "SEC-of-this-group"


@pytest.fixture
def group() -> Iterator[Receiver]:
    """Lend the other end of a robot."""
    with receiving(body=TAKEN) as receiver:
        yield receiver


@pytest.fixture
def here(office: Office) -> Office:
    """Let the office send to this machine."""
    return replace(office, settings=replace(office.settings, webhook_allow=Allowed.read("127.0.0.1")))


def robot_of(world: World, here: Office, url: str, kind: str = "wecom", **more: object) -> Robot:
    """Make a robot of the water bureau's group, or (`org` empty) of the office's."""
    with here.db.transaction() as session:
        raw = {"kind": kind, "label": "水利局群", "url": url, "org": "SLJ", "digests": True, **more}
        allowed = here.settings.webhook_allow
        return robots.make(session, raw, actor=world["guanli"], at=MORNING, allowed=allowed)


def said(office: Office) -> list[tuple[str, str | None]]:
    with office.db.reading() as session:
        rows = session.scalars(select(RobotMessage).order_by(RobotMessage.created_at, RobotMessage.id))
        return [(row.fate, row.fate_reason) for row in rows]


def contents(group: Receiver) -> list[str]:
    return [json.loads(each.body)["text"]["content"] for each in group.received]


def test_a_unit_s_morning_is_said_once_in_its_group_without_anybody_s_name(
    here: Office, world: World, post: Post, group: Receiver
) -> None:
    robot_of(world, here, group.url)
    stays, closes = world.assigned(), world.assigned()
    post.tell(at=MORNING)
    send(here)
    send(here)
    # Closed between the writing and the sending: it is left out then.
    world.move(closes, "resolve", "bai", result_class="A", reply="已换好", at=NEXT_MORNING)
    assert Crier(here).send_due(at=NEXT_MORNING) == 1
    assert Crier(here).send_due(at=NEXT_MORNING + timedelta(days=1)) == 0
    (text,) = contents(group)
    assert world.case(stays).number in text and world.case(closes).number not in text
    assert "李小芳" not in text and "水管" not in text and "白" not in text
    assert said(here) == [("sent", None)]


def test_when_nothing_is_left_nothing_is_said(here: Office, world: World, post: Post, group: Receiver) -> None:
    robot_of(world, here, group.url)
    case_id = world.assigned()
    post.tell(at=MORNING)
    send(here)
    world.move(case_id, "resolve", "bai", result_class="A", reply="已换好", at=NEXT_MORNING)
    Crier(here).send_due(at=NEXT_MORNING)
    assert group.received == [] and said(here) == [("dropped", "nothing_left")]


def test_what_is_critical_is_said_at_once_and_signed_for_dingtalk(
    here: Office, world: World, post: Post, group: Receiver
) -> None:
    robot_of(world, here, f"{group.url}?access_token=abc", "dingtalk", secret=SECRET)
    world.assigned(urgency="critical")
    post.tell(at=MORNING)
    Crier(here).send_due(at=MORNING)
    (received,) = group.received
    asked = parse_qs(urlsplit(received.path).query)
    stamp = str(int(MORNING.timestamp() * 1000))
    mark = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert asked == {"access_token": ["abc"], "timestamp": [stamp], "sign": [base64.b64encode(mark).decode()]}
    assert contents(group)[0].startswith("特急\n- QC-AJ-2026-000001")


def test_what_was_said_at_once_is_not_said_again_in_the_morning(
    here: Office, world: World, post: Post, group: Receiver
) -> None:
    robot_of(world, here, group.url)
    at_once, waits = world.assigned(urgency="critical"), world.assigned()
    post.tell(at=MORNING)
    Crier(here).send_due(at=MORNING)
    send(here)
    Crier(here).send_due(at=NEXT_MORNING)
    shouted, morning = contents(group)
    assert world.case(at_once).number in shouted and world.case(at_once).number not in morning
    assert world.case(waits).number in morning


def test_an_alarm_goes_to_the_groups_that_want_alarms_when_the_office_opens(
    here: Office, world: World, post: Post, group: Receiver
) -> None:
    robot_of(world, here, group.url, org="", digests=False, alarms=True)
    robot_of(world, here, group.url)
    night = MORNING - timedelta(hours=6)
    with here.db.transaction() as session:
        outbox.publish(session, event="system.ailing", at=night, facts={"checks": ["jobs"]})
    post.tell(at=night)
    assert Crier(here).send_due(at=night) == 0
    assert Crier(here).send_due(at=MORNING) == 1
    assert contents(group)[0].startswith("系统报警\n系统有 1 项不正常")


def test_a_robot_never_says_more_than_twenty_a_minute_and_then_the_rest(
    here: Office, world: World, group: Receiver
) -> None:
    row = robot_of(world, here, group.url)
    with here.db.transaction() as session:
        for n in range(MOST_A_MINUTE + 3):
            actions.write(session, row, key=str(n), code=robots.TRIAL, facts={}, at=MORNING, hold_until=MORNING)
    one, two = Crier(here), Crier(here)
    assert one.send_due(at=MORNING) == MOST_A_MINUTE
    assert two.send_due(at=MORNING + timedelta(seconds=59)) == 0
    assert two.send_due(at=MORNING + 2 * MINUTE) == 3
    assert len(group.received) == MOST_A_MINUTE + 3
    assert {fate for fate, _ in said(here)} == {"sent"}


def test_what_may_have_got_through_is_not_said_again_and_what_did_not_is(
    here: Office, world: World, group: Receiver
) -> None:
    row = robot_of(world, here, group.url)
    robots_end = robot_of(world, here, "http://127.0.0.1:9/away")

    def say(robot: Robot, key: str) -> None:
        with here.db.transaction() as session:
            actions.write(session, robot, key=key, code=robots.TRIAL, facts={}, at=MORNING, hold_until=MORNING)

    say(row, "one")
    group.statuses, group.body = [502], b""
    Crier(here).send_due(at=MORNING)
    assert said(here) == [("failed", UNCERTAIN)]
    say(row, "two")
    group.statuses = [503]
    Crier(here).send_due(at=MORNING)
    assert said(here)[-1] == ("waiting", "HTTP 503")
    group.body = TAKEN
    Crier(here).send_due(at=MORNING + 2 * MINUTE)
    assert said(here)[-1] == ("sent", None)
    say(robots_end, "three")
    Crier(here).send_due(at=MORNING)
    assert said(here)[-1] == ("waiting", "no_connection")
    # Killed between sending and noting: nobody knows, so it is not said again.
    say(row, "four")
    Crier(here)._take(MORNING)
    before = len(group.received)
    Crier(here).send_due(at=MORNING + 5 * MINUTE)
    assert said(here)[-1] == ("failed", UNCERTAIN) and len(group.received) == before


def test_what_a_robot_answers_is_read_as_its_maker_means_it() -> None:
    def fate(kind: str, body: bytes, status: int = 200) -> tuple[str, timedelta | None]:
        found = judged(kind, Answer(status, None, body))
        return found.fate, found.rest

    assert fate("wecom", TAKEN) == ("sent", None)
    assert fate("wecom", b'{"errcode":45009}') == ("again", timedelta(minutes=1))
    assert fate("dingtalk", b'{"errcode":130101}') == ("again", timedelta(minutes=10))
    assert fate("wecom", b'{"errcode":93000}') == fate("dingtalk", b'{"errcode":310000}') == ("failed", None)
    assert fate("wecom", b'{"errcode":-1}') == ("again", None)
    assert fate("wecom", b"<html>") == fate("wecom", b"[]") == fate("wecom", b"", 404) == ("failed", None)
