"""Spot checks as pages: committed to, drawn, asked on a phone, and drawn again by anybody with other tools."""

import hashlib
import hmac
import re
from datetime import timedelta
from typing import Any

import pytest

from casework.core.ids import new_id
from tests.web.api.tied import HOUSEHOLD, LINK, MEMBER
from tests.web.desk import Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import VILLAGE

pytestmark = pytest.mark.usefixtures("morning")

SEED = "sealed-in-the-safe-of-room-3"


def committed(desk: Desk) -> str:
    clerk = desk.browser("he")
    form = form_of(clerk.get("/spot-checks/new").text, "/spot-checks/new")
    assert len(form["seed"]) == 64 and form["quarter"] == "2026Q4"
    assert clerk.post("/spot-checks/new", {**form, "seed": SEED}).status_code == 422, "it was not copied down"
    short = clerk.post("/spot-checks/new", {**form, "seed": "short", "copied": "1"})
    assert short.status_code == 422 and 'href="#f-seed"' in short.text
    made = clerk.post("/spot-checks/new", {**form, "seed": SEED, "copied": "1"})
    assert made.status_code == 303, made.text
    return str(made.headers["Location"])


def visited(desk: Desk, n: int) -> tuple[str, list[str]]:
    """Enter a member, a household and visits of the quarter; return the member and the ids of the visits."""
    client, headers = desk.client(), desk.bearer("he")

    def post(path: str, body: dict[str, Any]) -> str:
        answer = client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str((answer.json or {})["id"])

    member, household = post("/members", MEMBER), post("/households", HOUSEHOLD)
    post("/links", {**LINK, "holder": member, "object": household})
    visit = {"member_id": member, "household_id": household, "region_code": VILLAGE, "form": "on_site"}
    days = [{"on_date": f"2026-10-{day:02}", "findings": f"第 {day} 天"} for day in range(1, n + 1)]
    return member, [post("/visits", {**visit, **each}) for each in days]


def test_a_check_is_committed_to_drawn_asked_and_drawn_again(desk: Desk, morning: Any) -> None:
    member, visits = visited(desk, 11)
    url = committed(desk)
    clerk = desk.browser("he")
    page = clerk.get(url).text
    assert hashlib.sha256(SEED.encode()).hexdigest() in page and SEED not in page
    assert "12月31日" in words_of(page) and "过后才能抽" in page
    draw = {"form_id": str(new_id()), "seed": SEED}
    assert clerk.post(f"{url}/draw", draw).status_code == 409, "the quarter is not over"
    morning.shift(timedelta(days=90))
    clerk = desk.browser("he")
    clerk.get(url)
    wrong = clerk.post(f"{url}/draw", {"seed": SEED + "x"})
    assert wrong.status_code == 422 and "SHA-256" in wrong.text
    assert clerk.post(f"{url}/draw", {"seed": SEED}).status_code == 303
    page = clerk.get(url).text
    ids = clerk.get(f"{url}/ids.txt").text.split()
    assert sorted(ids) == sorted(visits)
    # The first tenth, rounded up, by other means than the program's own.
    drawn = sorted(ids, key=lambda each: hmac.new(SEED.encode(), each.encode(), hashlib.sha256).hexdigest())[:2]
    assert re.findall(rf'href="{url}/visits/([0-9a-f-]+)">张\*生', page) == drawn
    assert "一致" in page and "head -n 2" in page
    # The household does not know of it: words are needed, and the way to the sheet stands there.
    form = form_of(clerk.get(f"{url}/visits/{drawn[0]}").text, f"{url}/visits/{drawn[0]}")
    answer = clerk.post(f"{url}/visits/{drawn[0]}", {**form, "outcome": "not_confirmed"})
    assert answer.status_code == 422 and 'href="#f-words"' in answer.text
    told = {**form, "outcome": "not_confirmed", "words": "没见过人来"}
    assert clerk.post(f"{url}/visits/{drawn[0]}", told).status_code == 303
    assert clerk.post(f"{url}/visits/{drawn[0]}", {**told, "form_id": str(new_id())}).status_code == 409, "stale"
    body = {"campaign": "SLSC-2022", "year": 2026, "member": member}
    made = desk.client().post("/api/v1/assessments", json=body, headers=desk.bearer("he")).json or {}
    page = words_of(clerk.get(url).text)
    assert "没见过人来" in page and "已计入考核表" in page and "还有 1 次没问" in page
    assert "台账失实" in clerk.get(f"/assessments/{made['id']}").text
    begun = clerk.post("/bulletins", {"form_id": str(new_id()), "campaign": "SLSC-2022", "quarter": "2026Q4"})
    bulletin = str(begun.headers["Location"])
    page = clerk.get(bulletin).text
    assert f"抽查进行中：2026年四季度入户走访11次，已抽2次，已回访1次。种子为 {SEED}。" in page
    assert f'href="{url}">2026Q4 走访抽查</a><br><small>11 次里抽 2 次，问过 1 次' in page
    morning.shift(timedelta(hours=1))
    clerk = desk.browser("he")
    other = form_of(clerk.get(f"{url}/visits/{drawn[1]}").text, f"{url}/visits/{drawn[1]}")
    other |= {"outcome": "not_confirmed", "words": "不记得"}
    assert clerk.post(f"{url}/visits/{drawn[1]}", other).status_code == 303
    assert "考核表重新计算后计入" in clerk.get(url).text
    assert "全部回访，证实0次，没有证实2次，没联系上0次。" in clerk.get(bulletin).text


def test_who_may_hold_a_check_and_who_looks_on(desk: Desk) -> None:
    visited(desk, 1)
    url = committed(desk)
    assert "2026Q4" in desk.browser("guan").get("/spot-checks").text
    page = desk.browser("guan").get(url).text
    assert "/draw" not in page
    assert desk.browser("guan").get("/spot-checks/new").status_code == 403
    assert desk.browser("guan").post(f"{url}/draw", {"seed": SEED}).status_code == 403
    for who in ("chen", "bai"):
        assert desk.browser(who).get("/spot-checks").status_code == 403
        assert desk.browser(who).get(url).status_code == 404
