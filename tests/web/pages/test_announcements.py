"""Announcements as pages: the office sends, an addressee answers with one press, the office reminds the others."""

import re
from typing import Any

import pytest

from tests.web.api.tied import MEMBER
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


@pytest.fixture
def members(desk: Desk, world: World) -> None:
    """Let 陈委员 be the member 陈青山, and 罗敏 one without an account."""
    for name, who in (("陈青山", "chen"), ("罗敏", None)):
        person = {} if who is None else {"person_id": str(world[who].person_id)}
        answer = desk.client().post(
            "/api/v1/members", json={**MEMBER, **person, "name": name}, headers=desk.bearer("he")
        )
        assert answer.status_code == 201, answer.text


def send(browser: Browser, path: str, **changes: Any) -> Any:
    form = form_of(browser.get(path).text, path)
    return browser.post(path, {**form, **changes})


def announced(clerk: Browser, **changes: Any) -> str:
    told = {"title": "三季度培训", "content": "请带笔记本。", "audience": "members", "orgs": "SLJ"}
    answer = send(clerk, "/announcements/new", **{**told, "asks": "attendance", "answer_by": "2026-10-20", **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def presses(page: str) -> list[str]:
    return re.findall(r'action="(/announcements/[^"]+/answer/[^"]+)"', page)


def test_an_announcement_is_sent_answered_with_one_press_and_reminded_of(desk: Desk, members: None) -> None:
    clerk, chen, bai = desk.browser("he"), desk.browser("chen"), desk.browser("bai")
    url = announced(clerk)
    told = words_of(clerk.get(url).text)
    assert "回执 0 / 发出 3" in told and "没有账号，请打电话" in told
    assert "三季度培训" in words_of(chen.get("/mine").text)
    page = chen.get(url).text
    (path,) = presses(page)
    assert "10月20日" in words_of(page) and "还没回的" not in page and "/remind" not in page
    refused = chen.post(path, {"answer": "unable"})
    assert refused.status_code == 422 and 'href="#f-remark"' in refused.text
    assert chen.post(path, {"answer": "attending"}).status_code == 303
    assert "您的回执：参加" in words_of(chen.get(url).text) and "要回的通知" not in chen.get("/mine").text
    (path,) = presses(bai.get(url).text)
    assert bai.post(path, {"answer": "unable", "remark": "防汛值班"}).status_code == 303
    told = words_of(clerk.get(url).text)
    assert "回执 2 / 发出 3" in told and "防汛值班" in told
    clerk.get(url)
    assert clerk.post(f"{url}/remind").status_code == 303
    again = clerk.post(f"{url}/remind")
    assert again.status_code == 409 and "同一个工作日只提醒一次" in again.text
    (path,) = re.findall(r'href="([^"]+/answer/[^"]+)">代登回执', clerk.get(url).text)
    assert send(clerk, path, answer="attending", remark="电话里说来").status_code == 303
    assert "都回了" in clerk.get(url).text and "/remind" not in clerk.get(url).text
    assert "3/3" in clerk.get("/announcements").text


def test_mistakes_stand_at_their_fields_and_who_did_not_get_it_sees_nothing(desk: Desk, members: None) -> None:
    clerk = desk.browser("he")
    wrong = send(clerk, "/announcements/new", title="", content="", audience="named", orgs="无此局", answer_by="x")
    assert wrong.status_code == 422
    assert all(f'href="#f-{name}"' in wrong.text for name in ("title", "content", "orgs", "answer_by"))
    url = announced(clerk, audience="named", members="罗敏", orgs="")
    assert desk.browser("chen").get(url).status_code == 404 and desk.browser("bai").get(url).status_code == 404
    assert "三季度培训" not in desk.browser("chen").get("/announcements").text
    assert send(clerk, f"{url}/more", orgs="SLJ").status_code == 303
    assert send(clerk, f"{url}/edit", title="培训改到下周").status_code == 303
    assert desk.browser("bai").get(f"{url}/edit").status_code == 403
    assert send(clerk, f"{url}/withdraw").status_code == 422
    assert send(clerk, f"{url}/withdraw", reason="改期").status_code == 303
    bai = desk.browser("bai").get(url)
    assert "已撤回" in bai.text and "培训改到下周" in bai.text and presses(bai.text) == []
