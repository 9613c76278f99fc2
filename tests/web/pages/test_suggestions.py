"""Suggestions as pages: entered by office or member, answered by the office, signed along by further members."""

import re
from typing import Any

import pytest

from casework.core.ids import new_id
from tests.web.api.tied import MEMBER
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


def members(desk: Desk, world: World) -> None:
    for name, who in (("陈青山", "chen"), ("罗敏", None)):
        person = {} if who is None else {"person_id": str(world[who].person_id)}
        body = {**MEMBER, **person, "name": name}
        answer = desk.client().post("/api/v1/members", json=body, headers=desk.bearer("he"))
        assert answer.status_code == 201, answer.text


def send(browser: Browser, path: str, **changes: Any) -> Any:
    form = form_of(browser.get(path).text, path)
    return browser.post(path, {**form, **changes})


def entered(desk: Desk, who: str, **changes: Any) -> str:
    told = {"content": "在方石村建烘干房", "region_code": "方石村", "addressed_to": "县农业农村局", **changes}
    answer = send(desk.browser(who), "/suggestions/new", **told)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_the_office_enters_answers_and_adds_who_signed_along(desk: Desk, world: World) -> None:
    members(desk, world)
    url = entered(desk, "he", member_id="罗敏")
    clerk, chen = desk.browser("he"), desk.browser("chen")
    assert "罗敏的意见建议" in words_of(clerk.get(url).text)
    assert chen.get(url).status_code == 404, "not theirs yet"
    # Nobody signs along with themselves, nor twice.
    assert send(clerk, f"{url}/sign", member_id="罗敏").status_code == 409
    assert send(clerk, f"{url}/sign", member_id="无此人").status_code == 422
    assert send(clerk, f"{url}/sign", member_id="陈青山").status_code == 303
    assert send(clerk, f"{url}/sign", member_id="陈青山").status_code == 409
    page = chen.get(url)
    assert page.status_code == 200 and "陈青山" in page.text and "/answer" not in page.text
    assert chen.get(f"{url}/answer").status_code == 403
    bare = send(clerk, f"{url}/answer", adoption="", reply="列入计划")
    assert bare.status_code == 303, "a reply may come before the decision"
    form = form_of(clerk.get(f"{url}/answer").text, f"{url}/answer")
    told = {**form, "adoption": "partly", "reply": "先建一间"}
    assert clerk.post(f"{url}/answer", told).status_code == 303
    stale = clerk.post(f"{url}/answer", {**told, "form_id": str(new_id()), "adoption": "declined"})
    assert stale.status_code == 409 and "别人改过" in stale.text
    told_to = words_of(chen.get(url).text)
    assert "部分采纳" in told_to and "先建一间" in told_to and "答复了" in told_to
    assert "在方石村建烘干房" in clerk.get("/suggestions?adoption=partly").text
    assert "没有这样的意见建议" in clerk.get("/suggestions?adoption=declined").text
    # A signature by mistake is taken back with a reason.
    (path,) = re.findall(r'href="([^"]+/signers/[^"]+)"', clerk.get(url).text)
    assert send(clerk, path).status_code == 422
    assert send(clerk, path, reason="弄错了").status_code == 303
    assert "没有联名的委员" in clerk.get(url).text and chen.get(url).status_code == 404


def test_a_member_enters_their_own_and_mistakes_stand_at_their_fields(desk: Desk, world: World) -> None:
    members(desk, world)
    chen = desk.browser("chen")
    wrong = send(chen, "/suggestions/new", content="", region_code="无此村")
    assert wrong.status_code == 422
    assert all(f'href="#f-{name}"' in wrong.text for name in ("content", "region_code"))
    assert 'name="member_id"' not in wrong.text
    url = entered(desk, "chen")
    assert "陈青山的意见建议" in words_of(chen.get(url).text)
    assert desk.browser("guan").get(url).status_code == 200
    assert desk.browser("guan").get("/suggestions/new").status_code == 403
    assert desk.browser("bai").get("/suggestions").status_code == 403
