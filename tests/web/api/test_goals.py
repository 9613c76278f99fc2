"""Goals: an item of a checklist for one object in one year, step by step, with evidence and a second pair of eyes."""

from typing import Any

import pytest

from tests.campaign import CAMPAIGN, Tied, tie
from tests.web.api.conftest import Api
from tests.web.api.recorded import TEA
from tests.web.api.test_manners import fields, problem
from tests.world import TOWN, VILLAGE

YEAR = {"campaign": CAMPAIGN, "year": 2026}
JOB = {**YEAR, "checklist": "five_ones_household", "item": "job_post"}
PLAN = {**YEAR, "checklist": "five_ones_village", "item": "year_plan", "region_code": VILLAGE}
ENTITIES = {**YEAR, "checklist": "seven_goods", "item": "entities"}


@pytest.fixture
def tied(api: Api) -> Tied:
    """Let 陈委员 be a member who is linked to a household."""
    return tie(api.world)


def reasons(answer: Any, status: int = 409) -> list[str]:
    return [each["code"] for each in problem(answer, status)["reasons"]]


def test_a_goal_goes_step_by_step_and_somebody_else_verifies_it(api: Api, tied: Tied) -> None:
    made = api.ok("he", "POST", "/goals", {**JOB, "object_id": str(tied.mine)})
    assert (made["state"], made["region_code"], made["count"]) == ("planned", VILLAGE, 0)
    assert made["object"] == {"id": str(tied.mine), "name": "张*生"} and "withdrawn" not in made
    path = f"/goals/{made['id']}"
    early = api("he", "PATCH", path, {"state": "verified"})
    assert reasons(early) == ["goal_move", "goal_not_reached"]
    assert "从“已列计划”到不了“已核实”" in problem(early, 409)["detail"]
    api.ok("he", "PATCH", path, {"state": "in_progress", "due_on": "2026-12-01"})
    assert fields(api("he", "PATCH", path, {"state": "claimed"})) == {"evidence"}
    claimed = api.ok("he", "PATCH", path, {"state": "claimed", "evidence": "劳动合同"})
    assert (claimed["count"], claimed["reached_on"]) == (1, "2026-10-14")
    assert reasons(api("he", "PATCH", path, {"state": "verified"}), 403) == ["claimer_cannot_verify"]
    assert api.ok("an", "PATCH", path, {"state": "verified"})["state"] == "verified"
    assert fields(api("he", "PATCH", path, {"state": "lapsed"})) == {"reason"}
    assert reasons(api("he", "PATCH", path, {"state": "planned"})) == ["goal_move"]
    api.ok("he", "PATCH", path, {"state": "lapsed", "reason": "不干了"})
    changes = api.ok("guan", "GET", f"{path}/history")["items"]
    moves = [each["fields"]["state"]["to"] for each in changes[1:]]
    assert moves == ["in_progress", "claimed", "verified", "lapsed"] and changes[-1]["reason"] == "不干了"
    assert fields(api("he", "PATCH", path, {"item": "environment", "withdrawn": True})) == {"item", "withdrawn"}


def test_each_checklist_has_its_own_object(api: Api, tied: Tied) -> None:
    industry = api.ok("he", "POST", "/industries", TEA)["id"]
    made = api.ok("he", "POST", "/goals", {**ENTITIES, "object_id": industry})
    assert made["object"] == {"id": industry, "name": "茶叶"}
    unit = api.ok("he", "GET", "/orgs/ZYZ")["id"]
    six = api.ok("he", "POST", "/goals", {**YEAR, "checklist": "six_haves", "item": "leader", "object_id": unit})
    assert six["object"]["name"] == "竹园镇人民政府" and six["region_code"] == TOWN
    village = api.ok("he", "POST", "/goals", PLAN)
    assert village["object"] is None
    assert reasons(api("he", "POST", "/goals", PLAN)) == ["recorded_already"]
    api.ok("he", "POST", "/goals", {**PLAN, "year": 2025})
    for wrong, where in (
        ({**JOB, "object_id": industry}, {"object_id"}),
        (JOB, {"object_id"}),
        ({**PLAN, "object_id": industry}, {"object_id"}),
        ({**PLAN, "region_code": None}, {"region_code"}),
        ({**JOB, "object_id": str(tied.mine), "region_code": TOWN}, {"region_code"}),
        ({**PLAN, "item": "job_post", "year": 2021}, {"item", "year"}),
        ({**PLAN, "checklist": "x"}, {"checklist"}),
        ({**PLAN, "campaign": "x", "state": "verified", "count": -1}, {"campaign", "count"}),
        ({**PLAN, "state": "verified"}, {"state"}),
        ({**PLAN, "evidence_id": str(tied.mine)}, {"evidence_id"}),
        ({}, {"campaign", "checklist", "item", "year"}),
    ):
        assert fields(api("he", "POST", "/goals", wrong)) == where, wrong
    for asked, found in (
        ("checklist=six_haves", [six["id"]]),
        (f"object={industry}", [made["id"]]),
        (f"year=2026&region={VILLAGE}", [village["id"]]),
        ("item=entities&item=leader&state=planned", [six["id"], made["id"]]),
        ("state=claimed", []),
    ):
        assert [each["id"] for each in api.ok("he", "GET", f"/goals?{asked}")["items"]] == found, asked
    assert fields(api("he", "GET", f"/goals?object={made['id']}&year=x&item=y&withdrawn=true")) == {
        *("object", "year", "item", "withdrawn"),
    }


def test_five_of_five_are_claimed_and_not_three(api: Api, tied: Tied) -> None:
    industry = api.ok("he", "POST", "/industries", TEA)["id"]
    project = {"name": "茶园", "kind": "agri_industry", "region_code": VILLAGE}
    shown_by = api.ok("he", "POST", "/projects", project)["id"]
    path = f"/goals/{api.ok('he', 'POST', '/goals', {**ENTITIES, 'object_id': industry})['id']}"
    assert reasons(api("he", "PATCH", path, {"state": "claimed", "count": 3, "evidence_id": shown_by})) == [
        "goal_not_reached"
    ]
    claimed = api.ok("he", "PATCH", path, {"state": "claimed", "evidence_id": shown_by})
    assert (claimed["count"], claimed["evidence_id"]) == (5, shown_by)
    # Neither is it claimed with three when it is entered, nor put right to three afterwards: it would count as five.
    assert reasons(api("he", "PATCH", path, {"count": 3})) == ["goal_not_reached"]
    other = api.ok("he", "POST", "/industries", {**TEA, "name": "中蜂"})["id"]
    three = {**ENTITIES, "object_id": other, "state": "claimed", "count": 3, "evidence_id": shown_by}
    assert reasons(api("he", "POST", "/goals", three)) == ["goal_not_reached"]
    assert api.ok("he", "POST", "/goals", {**three, "count": 5})["count"] == 5


def test_a_member_claims_for_their_household_and_settles_nothing(api: Api, tied: Tied) -> None:
    mine = api.ok("he", "POST", "/goals", {**JOB, "object_id": str(tied.mine)})["id"]
    other = api.ok("he", "POST", "/goals", {**JOB, "object_id": str(tied.other)})["id"]
    assert [each["id"] for each in api.ok("chen", "GET", "/goals")["items"]] == [mine]
    problem(api("chen", "PATCH", f"/goals/{other}", {"count": 1}), 404)
    problem(api("chen", "POST", "/goals", {**JOB, "item": "environment", "object_id": str(tied.mine)}), 403)
    api.ok("chen", "PATCH", f"/goals/{mine}", {})
    assert fields(api("chen", "PATCH", f"/goals/{mine}", {"due_on": "2026-12-01"})) == {"due_on"}
    api.ok("chen", "PATCH", f"/goals/{mine}", {"state": "claimed", "evidence": "合同"})
    for state in ("verified", "lapsed"):
        problem(api("chen", "PATCH", f"/goals/{mine}", {"state": state, "reason": "某"}), 403)
    api.ok("he", "PATCH", f"/goals/{mine}", {"state": "verified"})
    problem(api("chen", "PATCH", f"/goals/{mine}", {"remark": "x"}), 403)
    problem(api("guan", "PATCH", f"/goals/{mine}", {"remark": "x"}), 403)
