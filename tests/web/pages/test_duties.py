"""The members' home: put on duty in turn, seen on the own page and on paper, recorded with a case in the same save."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from casework.cases.tables import Case
from tests.web.api.tied import MEMBER
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


@pytest.fixture
def ids(desk: Desk, world: World) -> dict[str, str]:
    """Let 陈委员 be the member 陈青山; 罗敏 is one without an account."""
    found = {}
    for name, who in (("陈青山", "chen"), ("罗敏", None)):
        person = {} if who is None else {"person_id": str(world[who].person_id)}
        body = {**MEMBER, **person, "name": name}
        found[name] = desk.client().post("/api/v1/members", json=body, headers=desk.bearer("he")).get_json()["id"]
    return found


def send(browser: Browser, path: str, **changes: Any) -> Any:
    return browser.post(path, {**form_of(browser.get(path).text, path), **changes})


def on_the_roster(clerk: Browser, *members: str, first: str = "2026-10-14") -> list[str]:
    home = send(clerk, "/member-homes/new", name="县政协委员之家", hours="每周三 9:00—11:30")
    assert home.status_code in (303, 409), home.text
    form = form_of(clerk.get("/duties/new").text, "/duties/new")
    answer = clerk.post("/duties/new", {**form, "on_date": first, "members": list(members)})
    assert answer.status_code == 303, answer.text
    return list(dict.fromkeys(re.findall(r'href="(/duties/[0-9a-f-]{36})"', clerk.get("/duties").text)))


def test_members_are_on_duty_in_turn_and_a_need_becomes_a_case(desk: Desk, ids: dict[str, str], world: World) -> None:
    clerk, chen = desk.browser("he"), desk.browser("chen")
    later, today = on_the_roster(clerk, ids["陈青山"], ids["罗敏"])
    assert "10月21日" in words_of(clerk.get(later).text) and "/record" not in clerk.get(later).text
    mine = words_of(chen.get("/mine").text)
    assert "县政协委员之家值班" in mine and "每周三 9:00—11:30" in mine
    paper = words_of(chen.get("/duties/roster").text)
    assert "陈青山" in paper and "罗敏" in paper and "2026-10" in paper
    empty = send(chen, f"{today}/record")
    assert empty.status_code == 422 and 'href="#f-findings"' in empty.text
    told = {"findings": "来了三位街坊", "people": "3", "cases.0.title": "路灯不亮", "cases.0.category": "drinking_water",
            "cases.0.reporter_name": "李小芳", "cases.0.reporter_phone": "13900000876"}  # fmt: skip
    assert send(chen, f"{today}/record", **told).status_code == 303
    page = words_of(chen.get(today).text)
    assert "来了三位街坊" in page and "路灯不亮" in page and "来了 3 人" in page
    with world.db.reading() as session:
        case = session.scalars(select(Case).where(Case.title == "路灯不亮")).one()
    assert case.activity_id is not None
    assert "县政协委员之家值班" not in chen.get("/mine").text
    # What is recorded stays as it is on the roster.
    assert send(clerk, f"{today}/record", **told).status_code == 409
    assert send(clerk, f"{today}/edit", on_date="2026-10-13").status_code == 409
    assert send(clerk, f"{later}/record", findings="早了").status_code == 409
    assert chen.post(f"{later}/record", {"findings": "替人记"}).status_code == 403
    assert send(clerk, f"{later}/edit", on_date="2026-10-22", member_id=ids["陈青山"]).status_code == 303
    assert send(clerk, f"{later}/withdraw", reason="换人").status_code == 303
    assert later not in clerk.get("/duties").text


def test_only_the_office_plans_and_nobody_records_for_another(desk: Desk, ids: dict[str, str]) -> None:
    clerk, chen = desk.browser("he"), desk.browser("chen")
    (other,) = on_the_roster(clerk, ids["罗敏"], first="2026-10-13")
    for path in ("/duties/new", "/member-homes/new", f"{other}/edit", f"{other}/withdraw"):
        assert chen.get(path).status_code == 403, path
    assert chen.get(f"{other}/record").status_code == chen.post(f"{other}/record", {"findings": "x"}).status_code == 403
    wrong = send(clerk, "/duties/new", members="无此人", on_date="x", every="999")
    assert wrong.status_code == 422
    assert desk.browser("bai").get("/duties").status_code == 403
    api, body = (
        desk.client(),
        {"home_id": ids["罗敏"], "member_id": ids["罗敏"], "on_date": "2026-10-14", "activity_id": None},
    )
    answer = api.post("/api/v1/duties", json=body, headers=desk.bearer("he"))
    assert {each["field"] for each in answer.get_json()["errors"]} == {"home_id", "activity_id"}
    twice = clerk.post("/duties/new", {**form_of(clerk.get("/duties/new").text, "/duties/new"),
                                       "on_date": "2026-10-13", "members": ids["罗敏"]})  # fmt: skip
    assert twice.status_code == 409
