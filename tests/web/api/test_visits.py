"""Visits and other activities: by a linked member, on a day of the link, with what they brought to light."""

from typing import Any

import pytest
from sqlalchemy import select

from casework.cases.tables import Case
from tests.campaign import HEAD, PHONE, Tied, link, tie
from tests.web.api.conftest import Api
from tests.web.api.recorded import TEA
from tests.web.api.test_manners import fields, problem
from tests.world import COUNTY, MORNING, TOWN, VILLAGE

CLIENT_ID = "0192f0c4-0000-7000-8000-0000000000aa"
NEED = {
    "title": "屋顶漏雨",
    "description": "西屋漏雨，床挪到了堂屋。",
    "category": "housing",
    "kind": "help",
    "urgency": "normal",
}
SURVEY = {"kind": "village_survey", "region_code": VILLAGE, "on_date": "2026-10-13", "title": "看蓄水池"}


@pytest.fixture
def tied(api: Api) -> Tied:
    """Let 陈委员 be a member who is linked to a household."""
    return tie(api.world)


def visit(tied: Tied, **more: Any) -> dict[str, Any]:
    return {"household_id": str(tied.mine), "on_date": "2026-10-13", "findings": "收成还好", **more}


def reasons(answer: Any) -> list[str]:
    return [each["code"] for each in problem(answer, 409)["reasons"]]


def test_a_member_enters_a_visit_with_the_least_words(api: Api, tied: Tied) -> None:
    made = api.ok("chen", "POST", "/visits", visit(tied))
    assert (made["member"], made["household"]) == (
        {"id": str(tied.member), "name": "陈青山"},
        {"id": str(tied.mine), "name": "张*生"},
    )
    assert (made["region_code"], made["warnings"], made["cases"]) == (VILLAGE, [], [])
    path = f"/visits/{made['id']}"
    assert api.ok("chen", "GET", path)["findings"] == "收成还好"
    assert api.ok("guan", "GET", f"/activities/{made['id']}")["kind"] == "household_visit"
    mended = api.ok("chen", "PATCH", path, {"form": "phone"}, headers={"If-Match": '"1"'})
    assert (mended["version"], mended["form"]) == (2, "phone")
    assert [each["trigger"] for each in api.ok("chen", "GET", f"{path}/history")["items"]] == ["make", "mend"]
    text = api("he", "GET", "/visits").get_data(as_text=True)
    assert HEAD not in text and PHONE not in text


def test_a_visit_before_the_link_is_refused_unless_it_says_so(api: Api, tied: Tied) -> None:
    early = visit(tied, on_date="2026-10-10")
    answer = api("he", "POST", "/visits", {**early, "member_id": str(tied.member)})
    assert reasons(answer) == ["visit_before_link"] and "2026-10-12" in answer.get_json()["detail"]
    made = api.ok("chen", "POST", "/visits", {**early, "before_link": True})
    assert made["remark"] == "结对前走访"
    api.ok("chen", "POST", "/visits", {**early, "remark": "结对前走访，随村干部去"})
    assert reasons(api("chen", "PATCH", f"/visits/{made['id']}", {"remark": ""})) == ["visit_before_link"]
    mended = api.ok("chen", "PATCH", f"/visits/{made['id']}", {"remark": "", "before_link": True, "title": "送农资"})
    assert mended["remark"] == "结对前走访"
    assert fields(api("chen", "POST", "/visits", {**early, "before_link": "yes", "on_date": "x"})) == {
        "before_link",
        "on_date",
    }


def test_who_is_not_linked_makes_no_visit(api: Api, tied: Tied) -> None:
    free = {"household_id": str(tied.free), "member_id": str(tied.member), "on_date": "2026-10-13"}
    assert reasons(api("he", "POST", "/visits", free)) == ["visit_without_link"]
    assert fields(api("chen", "POST", "/visits", visit(tied, household_id=str(tied.free)))) == {"household_id"}
    assert fields(api("chen", "POST", "/visits", visit(tied, member_id=str(tied.colleague)))) == {"member_id"}
    assert fields(api("he", "POST", "/visits", {})) == {"household_id", "member_id", "on_date"}
    problem(api("chen", "POST", "/activities", {**SURVEY, "kind": "village_survey"}), 403)
    problem(api("bai", "POST", "/visits", visit(tied)), 403)


def test_two_visits_within_a_week_are_both_kept_and_told_of(api: Api, tied: Tied) -> None:
    first = api.ok("chen", "POST", "/visits", visit(tied))
    second = api.ok("chen", "POST", "/visits", visit(tied, on_date="2026-10-14"))
    assert [(each["code"], each["id"]) for each in second["warnings"]] == [("visit_close", first["id"])]
    assert "2026-10-13" in second["warnings"][0]["message"]
    api.ok("chen", "PATCH", f"/visits/{first['id']}", {"withdrawn": True, "reason": "记重了"})
    assert len(api.ok("chen", "GET", "/visits")["items"]) == 1
    third = api.ok("chen", "POST", "/visits", visit(tied, title="送种子"))
    assert [each["id"] for each in third["warnings"]] == [second["id"]]
    apart = visit(tied, title="送化肥", apart=True, before_link=True, remark="同行三人")
    fourth = api.ok("chen", "POST", "/visits", apart)
    assert (fourth["warnings"], fourth["remark"]) == ([], "同行三人\n结对前走访\n一周内另一次走访")
    said = api.ok("chen", "PATCH", f"/visits/{third['id']}", {"apart": True})
    assert said["remark"] == "一周内另一次走访"
    assert fields(api("chen", "POST", "/visits", visit(tied, apart="yes", before_link=1))) == {"apart", "before_link"}


def test_a_need_becomes_a_case_of_the_household_in_one_go(api: Api, tied: Tied) -> None:
    body = visit(tied, need=NEED, id=CLIENT_ID)
    made = api.ok("chen", "POST", "/visits", body)
    (told,) = made["cases"]
    case = api.ok("chen", "GET", f"/cases/{told['number']}")
    assert (case["title"], case["channel"], case["region_code"]) == (NEED["title"], "visit", VILLAGE)
    assert case["reporter"]["name"] == "张*生" and case["reporter"]["phone"] == "139****3333"
    with api.office.db.reading() as session:
        row = session.scalars(select(Case)).one()
        assert (row.household_id, str(row.activity_id)) == (tied.mine, CLIENT_ID)
    again = api("chen", "POST", "/visits", body)
    assert again.status_code == 200 and again.get_json() == made
    assert reasons(api("chen", "POST", "/visits", visit(tied, id=CLIENT_ID))) == ["id_taken"]
    assert reasons(api("chen", "POST", "/visits", {**body, "findings": "别的"})) == ["id_taken"]


def test_a_wrong_need_keeps_the_visit_out_too_and_all_mistakes_are_told(api: Api, tied: Tied) -> None:
    wrong = {**NEED, "title": "", "category": "none", "reporter": {"name": "某"}}
    told = fields(api("chen", "POST", "/visits", visit(tied, form="sms", need=wrong)))
    assert told == {"form", "need.title", "need.category", "need.reporter"}
    assert fields(api("chen", "POST", "/visits", visit(tied, need="漏雨"))) == {"need"}
    # A mistake is told before what the business has against a visit.
    assert fields(api("chen", "POST", "/visits", visit(tied, on_date="2026-10-01", need=wrong))) >= {"need.title"}
    assert api.ok("chen", "GET", "/visits")["items"] == [] == api.ok("he", "GET", "/cases")["items"]


def test_what_a_survey_finds_becomes_cases_of_the_industry(api: Api, tied: Tied) -> None:
    industry = api.ok("he", "POST", "/industries", TEA)["id"]
    found = {**NEED, "category": "industry", "reporter": {"name": "李小芳"}}
    body = {
        "kind": "industry_survey",
        "region_code": COUNTY,
        "on_date": "2026-10-13",
        "industry_id": industry,
        "org": "SLJ",
    }
    made = api.ok("he", "POST", "/activities", {**body, "cases": [found, {**found, "region_code": VILLAGE}]})
    assert len(made["cases"]) == 2 and made["industry"]["name"] == "茶叶"
    with api.office.db.reading() as session:
        rows = session.scalars(select(Case).order_by(Case.number)).all()
        assert {str(row.industry_id) for row in rows} == {industry}
        assert [row.region_code for row in rows] == [COUNTY, VILLAGE]
    assert fields(api("he", "POST", "/activities", {**body, "industry_id": None})) == {"industry_id"}
    assert fields(api("he", "POST", "/activities", {**body, "cases": [NEED, "x"]})) == {"cases.0.reporter", "cases.1"}
    assert fields(api("he", "POST", "/activities", {**body, "cases": {}})) == {"cases"}
    assert fields(api("he", "POST", "/activities", {**body, "cases": [found] * 11})) == {"cases"}
    assert fields(api("he", "POST", "/activities", {**body, "need": NEED})) == {"need"}


def test_lists_of_activities_narrow_by_what_they_are_about(api: Api, tied: Tied) -> None:
    survey = api.ok("he", "POST", "/activities", SURVEY)["id"]
    meeting = api.ok(
        "he", "POST", "/activities", {**SURVEY, "kind": "training", "region_code": TOWN, "on_date": "2026-06-30"}
    )["id"]
    seen = api.ok("chen", "POST", "/visits", visit(tied, form="on_site"))["id"]
    along = {"activity_id": survey, "member_id": str(tied.member), "part": "companion", "status": "present"}
    attendance = api.ok("he", "POST", "/attendances", along)
    assert attendance["activity"] == {"id": survey, "name": "看蓄水池"} and attendance["member"]["name"] == "陈青山"
    for asked, found in (
        ("", {survey, meeting, seen}),
        ("?kind=training&kind=village_survey", {survey, meeting}),
        (f"?member={tied.member}", {survey, seen}),
        (f"?member={tied.colleague}", set()),
        (f"?household={tied.mine}", {seen}),
        ("?quarter=2026Q4", {survey, seen}),
        ("?quarter=2026Q2", {meeting}),
        ("?quarter=2026Q3", set()),
        ("?form=on_site", {seen}),
        ("?q=蓄水", {survey, meeting}),
        (f"?region={VILLAGE}", {survey, seen}),
    ):
        assert {each["id"] for each in api.ok("he", "GET", f"/activities{asked}")["items"]} == found, asked
    assert [each["id"] for each in api.ok("he", "GET", "/visits")["items"]] == [seen]
    problem(api("he", "GET", f"/visits/{survey}"), 404)
    assert fields(api("he", "GET", "/activities?quarter=2026Q5&kind=x&member=y")) == {"quarter", "kind", "member"}
    assert fields(api("he", "GET", "/visits?kind=training")) == {"kind"}
    mine = {each["id"] for each in api.ok("chen", "GET", "/activities")["items"]}
    assert mine == {survey, seen}, "what they came along to is theirs to read"
    problem(api("chen", "PATCH", f"/activities/{survey}", {"title": "x"}), 403)
    assert [each["id"] for each in api.ok("chen", "GET", f"/attendances?activity={survey}")["items"]] == [
        attendance["id"]
    ]


def test_a_member_sees_the_visits_of_others_to_their_household_alone(api: Api, tied: Tied) -> None:
    with api.office.db.transaction() as session:
        link(session, tied.colleague, tied.mine, actor=api.world["he"], at=MORNING)
    to_mine = visit(tied, member_id=str(tied.colleague))
    shared = api.ok("he", "POST", "/visits", to_mine)["id"]
    hidden = api.ok("he", "POST", "/visits", {**to_mine, "household_id": str(tied.other)})["id"]
    assert [each["id"] for each in api.ok("chen", "GET", "/visits")["items"]] == [shared]
    problem(api("chen", "GET", f"/visits/{hidden}"), 404)
    problem(api("chen", "PATCH", f"/visits/{shared}", {"title": "x"}), 403)
    problem(api("chen", "PATCH", f"/visits/{hidden}", {"title": "x"}), 404)
