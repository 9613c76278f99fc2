"""Webhooks as an administrator and another system know them."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import standardwebhooks
import time_machine

from casework.core.outbound import Allowed
from tasks.relay import relay
from tasks.sending.webhooks import Dispatcher
from tests.receiver import Receiver, receiving
from tests.web.api.conftest import Api
from tests.world import MORNING

EVENTS = ["case.created", "case.transitioned"]


@pytest.fixture
def receiver(api: Api) -> Iterator[Receiver]:
    """Lend another system that this office may send to."""
    api.app.extensions["casework"] = api.office = replace(
        api.office, settings=replace(api.office.settings, webhook_allow=Allowed.read("127.0.0.1"))
    )
    with receiving() as running:
        yield running


def make(api: Api, url: str, **more: Any) -> Any:
    return api.ok("guanli", "POST", "/webhooks", {"url": url, "events": EVENTS, **more})


def deliver(api: Api) -> None:
    relay(api.world.db, at=MORNING)
    Dispatcher(api.office).send_due(at=MORNING)


def test_an_endpoint_is_made_told_looked_at_and_ended(api: Api, receiver: Receiver) -> None:
    made = make(api, receiver.url)
    api.world.assigned()
    deliver(api)
    with time_machine.travel(MORNING, tick=False):
        for each in receiver.received:
            standardwebhooks.Webhook(made["secret"]).verify(each.body, dict(each.headers))
    path = f"/webhooks/{made['id']}"
    page = api.ok("guanli", "GET", f"{path}/deliveries?limit=1")
    (latest,) = page["items"]
    assert (latest["event"], latest["status"], latest["attempts"]) == ("case.transitioned", "delivered", 1)
    assert latest["tries"][0]["status"] == 200
    assert latest["webhook_id"] in receiver.ids
    assert json.loads(latest["body"])["data"]["trigger"] == "assign"
    rest = api.ok("guanli", "GET", f"{path}/deliveries?limit=1&cursor={page['next']}")
    assert [each["event"] for each in rest["items"]] == ["case.created"]
    again = api.ok("guanli", "POST", f"{path}/deliveries/{latest['id']}/replay")
    assert again["status"] == "pending"
    deliver(api)
    assert receiver.ids.count(latest["webhook_id"]) == 2
    assert "secret" not in api.ok("guanli", "GET", path)
    assert "whsec_" not in api("guanli", "GET", "/webhooks").text
    assert api("guanli", "DELETE", path).status_code == 204
    assert api("guanli", "GET", path).status_code == 404
    assert api.ok("guanli", "GET", "/webhooks")["items"] == []


def test_an_endpoint_is_changed_paused_and_tried(api: Api, receiver: Receiver) -> None:
    made = make(api, receiver.url)
    path = f"/webhooks/{made['id']}"
    stale = api("guanli", "PATCH", path, {"active": False}, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    paused = api.ok("guanli", "PATCH", path, {"active": False, "events": ["supervision.*"]})
    assert (paused["status"], paused["paused_for"], paused["events"]) == ("paused", "asked", ["supervision.*"])
    assert api("guanli", "POST", f"{path}/test").status_code == 409
    api.ok("guanli", "PATCH", path, {"active": True})
    assert api.ok("guanli", "POST", f"{path}/test")["event"] == "webhook.test"
    deliver(api)
    assert json.loads(receiver.received[0].body)["type"] == "webhook.test"
    other = api.ok("guanli", "POST", f"{path}/rotate")
    assert other["secret"] != made["secret"]


@pytest.mark.parametrize(
    "url",
    [
        *("http://8.8.8.8/", "https://8.8.8.8:8443/", "https://me@8.8.8.8/", "ftp://8.8.8.8/", "https://8.8.8.8/#x"),
        *("https://localhost/", "https://x.localhost./", "https://10.1.2.3/", "https://192.168.0.1/"),
        *("https://169.254.169.254/latest/meta-data", "https://100.64.1.1/", "https://0.0.0.0/", "https://127.1/"),
        *("https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://１２７.0.0.1/"),
        *("https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/"),
        *("https://[fd00::1]/", "https://[fe80::1]/", "https://[ff02::1]/", "https://224.0.0.1/"),
        *("https://192.0.0.8/", "https://8.8.8.8\\@10.0.0.1/", "https:///x", "javascript:alert(1)", "", "https://a b/"),
    ],
)
def test_an_address_that_nothing_may_be_sent_to_is_refused_at_once(url: str, api: Api) -> None:
    answer = api("guanli", "POST", "/webhooks", {"url": url, "events": EVENTS})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.get_json()["errors"]] == ["url"]


@pytest.mark.parametrize(
    ("addresses", "status"),
    [(["8.8.8.8"], 201), (["8.8.8.8", "10.0.0.1"], 422), (["::ffff:127.0.0.1"], 422), ([], 422)],
)
def test_every_address_of_a_name_has_to_pass(
    addresses: list[str], status: int, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolver(host: str, port: int, **_: Any) -> list[Any]:
        if not addresses:
            raise socket.gaierror
        return [(0, 0, 0, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    answer = api("guanli", "POST", "/webhooks", {"url": "https://hooks.example.com/a", "events": EVENTS})
    assert answer.status_code == status


def test_a_name_that_changes_its_address_between_typing_and_sending_gains_nothing(
    api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["8.8.8.8", "127.0.0.1"]

    def resolver(host: str, port: int, **_: Any) -> list[Any]:
        return [(0, 0, 0, "", (answers.pop(0), port))]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", resolver)
        made = make(api, "https://hooks.example.com/a")
        api.world.report()
        deliver(api)
    (row,) = api.ok("guanli", "GET", f"/webhooks/{made['id']}/deliveries")["items"]
    assert row["last_error"] == "url_private"
    assert answers == []


def test_mistakes_are_told_together_and_only_an_administrator_may(api: Api) -> None:
    answer = api("guanli", "POST", "/webhooks", {"url": "https://10.0.0.1/", "events": ["case.closed"], "x": 1})
    assert {each["field"] for each in answer.get_json()["errors"]} == {"url", "events.0", "x"}
    assert api("an", "POST", "/webhooks", {}).status_code == 403
    assert api(None, "GET", "/webhooks").status_code == 401
    assert api("guanli", "GET", "/webhooks/01a137ec-0000-7000-8000-00000000000f/deliveries").status_code == 404
