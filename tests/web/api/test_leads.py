"""A risk that a visit found: told to the town once, answered by it, seen by whom it may be seen; no status follows."""

from typing import Any

import pytest
from sqlalchemy import select

from casework.households.tables import HouseholdStatus
from casework.matters.tables import Notice
from casework.registry.tables import AuditEvent, Org
from tasks.relay import relay
from tasks.sending import releasing
from tests.campaign import HEAD, PHONE, Tied, tie
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem
from tests.world import MORNING, VILLAGE

CLIENT_ID = "0192f0c4-0000-7000-8000-0000000000ac"
RISK = {"risks": ["schooling", "illness"], "findings": "户主住院一个月，自付两万多"}


@pytest.fixture
def tied(api: Api) -> Tied:
    """Let 陈委员 be a member who is linked to a household."""
    return tie(api.world)


def visit(tied: Tied, **more: Any) -> dict[str, Any]:
    return {"household_id": str(tied.mine), "on_date": "2026-10-13", "findings": "收成还好", **more}


def told(api: Api) -> list[tuple[str, str]]:
    """Relay what happened, and return who was told what."""
    relay(api.office.db, at=MORNING)
    releasing.release(api.office.db, at=MORNING)
    names = {actor.person_id: name for name, actor in api.world.actors.items()}
    with api.office.db.reading() as session:
        return sorted((names.get(row.person_id, ""), row.code) for row in session.scalars(select(Notice)))


def test_a_visit_tells_the_town_of_a_risk_in_the_same_save_and_once(api: Api, tied: Tied) -> None:
    body = visit(tied, id=CLIENT_ID, lead=RISK)
    made = api.ok("chen", "POST", "/visits", body)
    again = api("chen", "POST", "/visits", body)
    assert again.status_code == 200 and again.get_json()["lead"] == made["lead"]
    lead = api.ok("zhen", "GET", f"/leads/{made['lead']}")
    assert lead["risks"] == ["illness", "schooling"] and lead["state"] == "open" and lead["answer"] == ""
    assert (lead["household"]["name"], lead["org"]["code"], lead["region_code"], lead["on_date"]) == (
        *("张*生", "ZYZ", VILLAGE),
        "2026-10-13",
    )
    assert told(api) == [("zhen", "lead_told")]
    # Without the lead it is another visit under the same number; a second lead of one visit there is not.
    problem(api("chen", "POST", "/visits", visit(tied, id=CLIENT_ID)), 409)
    problem(api("chen", "POST", "/leads", {**RISK, "activity_id": made["id"]}), 409)
    wrong = {"risks": ["poverty"], "findings": " ", "status": "watched"}
    answer = api("chen", "POST", "/visits", visit(tied, on_date="2026-10-12", lead=wrong))
    assert fields(answer) == {"lead.risks", "lead.findings", "lead.status"}
    assert len(api.ok("chen", "GET", "/visits")["items"]) == len(api.ok("chen", "GET", "/leads")["items"]) == 1


def test_who_may_know_of_a_lead_sees_it_and_the_town_finds_the_household(api: Api, tied: Tied) -> None:
    lead = api.ok("chen", "POST", "/visits", visit(tied, lead={**RISK, "findings": f"电话 {PHONE}"}))["lead"]
    path = f"/leads/{lead}"
    for who in ("chen", "he", "an", "lu", "cun", "zhen", "guan", "shen"):
        page = api(who, "GET", "/leads").get_data(as_text=True)
        assert lead in page and HEAD not in page and (PHONE in page) == (who in ("chen", "he", "an", "lu")), who
    for who in ("bai", "jin"):
        problem(api(who, "GET", path), 404)
    assert api.ok("bai", "GET", "/leads")["items"] == []
    asked = {"field": "head_name", "reason": "上门核查"}
    assert api.ok("zhen", "POST", f"{path}/reveal", asked)["value"] == HEAD
    assert fields(api("zhen", "POST", f"{path}/reveal", {**asked, "field": "head_id_number"})) == {"field"}
    problem(api("cun", "POST", f"{path}/reveal", asked), 403)
    with api.office.db.reading() as session:
        facts = [row.facts for row in session.scalars(select(AuditEvent)) if "lead" in row.facts]
    assert [(each["lead"], each["field"]) for each in facts] == [(lead, "head_name")]
    for asking, n in (
        ("state=open", 1),
        ("state=checking&state=answered", 0),
        ("risk=illness", 1),
        ("risk=housing", 0),
    ):
        assert len(api.ok("he", "GET", f"/leads?{asking}")["items"]) == n, asking


def test_the_town_answers_and_no_status_follows(api: Api, tied: Tied) -> None:
    path = f"/leads/{api.ok('chen', 'POST', '/visits', visit(tied, lead=RISK))['lead']}"
    watched = {"answer": "watched", "reply": "已入户核实"}
    for who in ("chen", "guan", "cun"):
        problem(api(who, "POST", f"{path}/answer", watched), 403)
    assert fields(api("chen", "PATCH", path, {"answer": "watched"})) == {"answer"}
    problem(api("zhen", "PATCH", path, {"findings": "改"}), 403)
    assert fields(api("zhen", "POST", f"{path}/answer", {"reply": "核实", "risks": []})) == {"answer", "risks"}
    early = {**watched, "answered_on": "2026-10-01"}
    assert fields(api("zhen", "POST", f"{path}/answer", early)) == {"answered_on"}
    assert api.ok("zhen", "POST", f"{path}/answer", {"answer": "checking"})["state"] == "checking"
    answered = api.ok("zhen", "POST", f"{path}/answer", watched, headers={"If-Match": '"2"'})
    assert (answered["state"], answered["answered_on"], answered["version"]) == ("answered", "2026-10-14", 3)
    # Word for word once more is no answer of its own.
    api.ok("zhen", "POST", f"{path}/answer", watched)
    assert told(api) == [("chen", "lead_answered"), ("chen", "lead_answered"), ("zhen", "lead_told")]
    with api.office.db.reading() as session:
        assert session.scalars(select(HouseholdStatus)).all() == []
    changes = api.ok("he", "GET", f"/households/{tied.mine}/history")["items"]
    assert [each["trigger"] for each in changes if each["record"] == "leads"] == ["make", "mend", "mend"]
    assert HEAD not in str(changes)
    api.ok("he", "PATCH", path, {"withdrawn": True, "reason": "记错户"})
    problem(api("zhen", "POST", f"{path}/answer", watched), 409)


def test_a_lead_comes_from_a_visit_and_goes_to_the_office_where_no_town_is_at_work(api: Api, tied: Tied) -> None:
    survey = {"kind": "village_survey", "region_code": VILLAGE, "on_date": "2026-10-13", "title": "看路"}
    other = api.ok("he", "POST", "/activities", survey)["id"]
    assert fields(api("he", "POST", "/leads", {**RISK, "activity_id": other})) == {"activity_id"}
    by_office = visit(tied, household_id=str(tied.other), member_id=str(tied.colleague))
    made = api.ok("he", "POST", "/visits", by_office)["id"]
    assert fields(api("chen", "POST", "/leads", {**RISK, "activity_id": made})) == {"activity_id"}
    mine = api.ok("chen", "POST", "/visits", visit(tied))["id"]
    sent = {**RISK, "activity_id": mine, "org": "SLJ", "household_id": str(tied.free)}
    assert fields(api("chen", "POST", "/leads", sent)) == {"household_id"}
    assert fields(api("chen", "POST", "/leads", {**RISK, "activity_id": mine, "org": "SLJ"})) == {"org"}
    lead = api.ok("he", "POST", "/leads", {**RISK, "activity_id": made, "org": "JYJ"})
    assert lead["member"]["name"] == "罗敏" and api.ok("jiao", "GET", f"/leads/{lead['id']}")["state"] == "open"
    with api.office.db.transaction() as session:
        session.scalars(select(Org).where(Org.code == "ZYZ")).one().valid_to = MORNING.date()
    alone = api.ok("chen", "POST", "/leads", {**RISK, "activity_id": mine})
    assert alone["org"] is None
    assert {each for each in told(api) if each[0]} == {
        *{("jiao", "lead_told"), ("he", "lead_without_town"), ("an", "lead_without_town")}
    }
