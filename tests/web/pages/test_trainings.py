"""A training: planned, called to, its sheet printed, leave entered before and attendance on the day, its materials."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from tests.web.api.tied import MEMBER
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import MORNING, World

PLAN = {"kind": "training", "on_date": "2026-10-20", "title": "走访记录培训", "region_code": "510822"}


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    """Let it be the morning of the county, and let the test move on."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ids(desk: Desk, world: World, morning: Any) -> dict[str, str]:
    """Let 陈委员 be the member 陈青山; 罗敏 and 王刚 have no account."""
    found = {}
    for name, who in (("陈青山", "chen"), ("罗敏", None), ("王刚", None)):
        person = {} if who is None else {"person_id": str(world[who].person_id)}
        body = {**MEMBER, **person, "name": name}
        answer = desk.client().post("/api/v1/members", json=body, headers=desk.bearer("he"))
        found[name] = answer.get_json()["id"]
    return found


def planned(desk: Desk) -> str:
    answer = desk.client().post("/api/v1/activities", json=PLAN, headers=desk.bearer("he"))
    assert answer.status_code == 201, answer.text
    return f"/activities/{answer.get_json()['id']}"


def send(browser: Browser, path: str, **changes: Any) -> Any:
    where = path.partition("?")[0]
    return browser.post(where, {**form_of(browser.get(path).text, where), **changes})


def names_on(page: str) -> list[str]:
    return [name for name in re.findall(r'<td class="who">([^<]*)</td>', page) if name]


def test_who_is_called_stands_on_the_sheet_and_in_the_list(desk: Desk, ids: dict[str, str], morning: Any) -> None:
    clerk, chen = desk.browser("he"), desk.browser("chen")
    url = planned(desk)
    # Nobody is called yet: the sheet is for all members in office.
    assert names_on(clerk.get(f"{url}/sheet").text) == ["陈青山", "罗敏", "王刚"]
    assert chen.get(url).status_code == 404
    path = f"/announcements/new?activity_id={url.rpartition('/')[2]}"
    assert 'value="请参加走访记录培训' in clerk.get(path).text
    called = {"content": "请带一份记录", "audience": "named", "members": ids["陈青山"], "orgs": "SLJ"}
    assert send(clerk, path, **called).status_code == 303
    page = clerk.get(f"{url}/sheet").text
    assert names_on(page) == ["陈青山"] and "县水利局" in page
    assert "王刚" in clerk.get(f"{url}/sheet?who=members").text
    assert chen.get(url).status_code == 200 and "/attendance" not in chen.get(url).text
    assert chen.get(f"{url}/attendance").status_code == 403 and chen.get(f"{url}/sheet").status_code == 403
    # Before the day leave alone is entered.
    early = send(clerk, f"{url}/attendance", **{f"s-{ids['陈青山']}": "present"})
    assert early.status_code == 422 and "到那天再登记" in early.text
    assert send(clerk, f"{url}/attendance", **{f"s-{ids['陈青山']}": "leave"}).status_code == 303
    morning.move_to(datetime(2026, 10, 20, 9, tzinfo=UTC))
    clerk, chen = desk.browser("he"), desk.browser("chen")
    told = {f"s-{ids['陈青山']}": "late", f"s-{ids['王刚']}": "absent"}
    assert send(clerk, f"{url}/attendance", **told).status_code == 303
    assert "到会 1，应到 2" in clerk.get("/trainings").text and "走访记录培训" in chen.get("/trainings").text
    assert send(clerk, f"{url}/attendance", **{f"s-{ids['罗敏']}": "nowhere"}).status_code == 422
    assert "迟到" in words_of(clerk.get(url).text)


def test_whoever_has_nothing_ticked_was_there(desk: Desk, ids: dict[str, str], morning: Any) -> None:
    url = planned(desk)
    morning.move_to(datetime(2026, 10, 20, 9, tzinfo=UTC))
    clerk = desk.browser("he")
    assert send(clerk, f"{url}/attendance", rest="1", **{f"s-{ids['罗敏']}": "absent"}).status_code == 303
    api = desk.client()
    path, headers = f"/api/v1{url}/attendance", desk.bearer("he")
    again = api.post(path, json={"members": {ids["罗敏"]: "leave", ids["王刚"]: "present"}}, headers=headers)
    assert again.json == {"changed": 1, "came": {"present": 2, "leave": 1}}
    left = api.post(path, json={"members": {ids["罗敏"]: "leave"}, "leaves": {ids["罗敏"]: "sick"}}, headers=headers)
    assert left.get_json()["changed"] == 1 and "病假" in words_of(clerk.get(url).text)
    form = form_of(clerk.get(f"{url}/attendance").text, f"{url}/attendance")
    assert form[f"l-{ids['罗敏']}"] == "sick"
    assert (
        send(clerk, f"{url}/attendance", **{f"s-{ids['罗敏']}": "leave", f"l-{ids['罗敏']}": "personal"}).status_code
        == 303
    )
    assert "事假" in words_of(clerk.get(url).text)
    bodies: tuple[dict[str, Any], ...] = (
        {"members": {}},
        {"members": {"x": "present"}},
        {"members": {ids["罗敏"]: "gone"}},
        {"members": {ids["罗敏"]: "present"}, "leaves": {ids["罗敏"]: "sick"}},
        {"members": {ids["罗敏"]: "leave"}, "leaves": {ids["罗敏"]: "tired"}},
        {"z": 1},
    )
    for body in bodies:
        assert api.post(path, json=body, headers=headers).status_code == 422, body
    chen = api.post(path, json={"members": {ids["罗敏"]: "present"}}, headers=desk.bearer("chen"))
    assert chen.status_code == 403


def test_materials_are_put_to_it_and_fetched_by_who_was_called(desk: Desk, ids: dict[str, str]) -> None:
    clerk, chen, url = desk.browser("he"), desk.browser("chen"), planned(desk)
    api, path = desk.client(), f"/announcements/new?activity_id={url.rpartition('/')[2]}"
    assert send(clerk, path, content="来", audience="named", members=ids["陈青山"]).status_code == 303
    clerk.get(url)
    text = (io.BytesIO("八条要点".encode()), "要点.txt")
    assert clerk.post(f"{url}/files", {"file": text}, content_type="multipart/form-data").status_code == 303
    (link,) = re.findall(rf'href="({url}/files/[^"]+)"', chen.get(url).text)
    answer = chen.client.get(link, buffered=True)
    assert answer.data.decode() == "八条要点" and "sandbox" in answer.headers["Content-Security-Policy"]
    chen.get(url)
    text = (io.BytesIO(b"x"), "x.txt")
    assert chen.post(f"{url}/files", {"file": text}, content_type="multipart/form-data").status_code == 403
    sent = {"file": (io.BytesIO("答案".encode()), "答案.txt")}
    made = api.post(f"/api/v1{url}/attachments", data=sent, headers=desk.bearer("he"))
    assert made.status_code == 201
    fetched = api.get(made.get_json()["content"], headers=desk.bearer("chen"), buffered=True)
    assert fetched.data.decode() == "答案"
    assert len(api.get(f"/api/v1{url}/attachments", headers=desk.bearer("chen")).get_json()["items"]) == 2
    assert send(clerk, f"{url}/edit", on_date="2026-10-21", reason="改期").status_code == 303
    assert "2026-10-21" in clerk.get(url).text
