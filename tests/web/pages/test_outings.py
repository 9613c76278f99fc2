"""One outing to several households, and what was decided on the spot and given to a unit."""

from typing import Any

import pytest
from sqlalchemy import select

from casework.cases.tables import Case
from casework.supervisions.tables import Supervision
from tests.campaign import link, tie
from tests.web.desk import Desk
from tests.web.pages.reading import form_of, words_of
from tests.web.pages.test_visits import send, visits
from tests.world import MORNING, VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")


def test_an_outing_is_told_once_and_kept_as_a_visit_a_household(desk: Desk, world: World) -> None:
    tied, chen = tie(world), desk.browser("chen")
    with world.db.transaction() as session:
        link(session, tied.member, tied.free, actor=world["he"], at=MORNING)
    need = {"has_need": "yes", "need.title": "屋顶漏雨", "need.category": "housing", "need.urgency": "normal"}
    assert "同一趟还去了别的户" in chen.get("/visits/new").text
    answer = send(chen, tied.mine, also=str(tied.free), **need)
    assert answer.status_code == 303, answer.text
    kept = visits(world)
    assert {each.household_id for each in kept} == {tied.mine, tied.free}
    assert {(each.findings, each.member_id) for each in kept} == {("收成还好", tied.member)}
    with world.db.reading() as session:
        assert session.scalars(select(Case.household_id)).all() == [tied.mine]
    assert "同一趟的另外 1 户也各记了一次" in words_of(chen.get("/mine").text)

    api, headers = desk.client(), desk.bearer("chen")
    body = {"household_id": str(tied.mine), "on_date": "2026-10-13", "findings": "又去了"}
    again = api.post("/api/v1/visits", json={**body, "also": [str(tied.free)]}, headers=headers)
    assert (again.status_code, len(again.get_json()["also"])) == (201, 1)
    twice = api.post("/api/v1/visits", json={**body, "also": [str(tied.mine)]}, headers=headers)
    assert [each["field"] for each in twice.get_json()["errors"]] == ["also.0"]
    early = {**body, "on_date": "2026-10-11", "before_link": True, "also": [str(tied.free)]}
    assert api.post("/api/v1/visits", json=early, headers=headers).status_code == 201
    assert len(visits(world)) == 6


def test_a_decision_on_the_spot_becomes_a_matter_of_a_unit(desk: Desk, world: World) -> None:
    he = desk.browser("he")
    form = form_of(he.get("/activities/new?kind=onsite_office").text, "/activities/new")
    told: dict[str, str] = {
        **form, "kind": "onsite_office", "on_date": "2026-10-13", "title": "饮水现场办公", "region_code": VILLAGE,
        "cases.0.way": "task", "cases.0.title": "修蓄水池", "cases.0.org": "SLJ", "cases.0.due_on": "2026-11-20",
    }  # fmt: skip
    wrong = he.post("/activities/new", {**told, "cases.0.due_on": "2026-10-01"})
    assert wrong.status_code == 422 and 'id="e-cases.0.due_on"' in wrong.text
    he.get("/activities/new")
    answer: Any = he.post("/activities/new", told)
    assert answer.status_code == 303, words_of(answer.text)
    with world.db.reading() as session:
        [matter] = session.scalars(select(Supervision)).all()
        assert not session.scalars(select(Case.id)).all()
    assert (matter.title, matter.requirement, matter.source, matter.level) == ("修蓄水池", "修蓄水池", "meeting", 2)
    assert answer.headers["Location"] == f"/activities/{matter.source_id}"
    shown = he.get(answer.headers["Location"]).text
    assert f'href="/supervision/{matter.id}"' in shown and "县水利局，2026-11-20 前办完" in words_of(shown)
    sent = {"kind": "onsite_office", "on_date": "2026-10-13", "title": "现场办公", "region_code": VILLAGE}
    bad = desk.client().post(
        "/api/v1/activities", json={**sent, "tasks": [{"title": "", "org": "NIX"}]}, headers=desk.bearer("he")
    )
    fields = {each["field"] for each in bad.get_json()["errors"]}
    assert fields == {"tasks.0.title", "tasks.0.requirement", "tasks.0.org", "tasks.0.due_on"}
