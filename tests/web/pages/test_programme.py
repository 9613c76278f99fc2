"""Projects, industries and activities as pages: money by stage, households once, what was decided becomes cases."""

from typing import Any

import pytest

from casework.activities.tables import Attendance
from casework.campaign import forms, records
from casework.campaign.forms import Form
from casework.cases.tables import Case
from tests.campaign import tie
from tests.web.api.test_own_funds import LINE
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.web.pages.test_links import send, where
from tests.world import MORNING, VILLAGE

pytestmark = pytest.mark.usefixtures("morning")
PROJECT = {"name": "方石村茶园", "kind": "agri_industry", "region_code": VILLAGE, "households_told": "12"}
MEETING = {
    "kind": "onsite_office",
    "on_date": "2026-10-13",
    "title": "饮水现场办公",
    "region_code": VILLAGE,
    "org": "SLJ",
    "measures": "当天定了换管",
}


def enter(desk: Desk, form: Form, body: dict[str, Any]) -> str:
    """Enter a record as the office does through the API."""
    with desk.office.db.transaction() as session:
        row = forms.enter(session, form, body, actor=desk.world["he"], at=MORNING)
        return str(row.id)


def test_a_project_shows_its_money_its_households_and_who_is_credited(desk: Desk) -> None:
    tied = tie(desk.world)
    clerk = desk.browser("he")
    project = where(send(clerk, "/projects/new", **PROJECT))
    line = where(send(clerk, f"/funds/new?project={PROJECT['name']}", **{**LINE, "region_code": ""}))
    where(send(clerk, f"{line}/share", member=str(tied.member), share="60"))
    home = {"project_id": project.rpartition("/")[2], "household_id": str(tied.mine), "on_date": "2026-10-01"}
    enter(desk, records.BENEFICIARY, home)
    page = words_of(clerk.get(project).text)
    assert all(told in page for told in ("批复 30.00 万元", "带动的户（一户只数一次）（1）", "60.00 %", "农业产业"))
    assert "/funds?region=510822&amp;project=" in clerk.get(project).text
    where(send(clerk, f"{project}/edit", progress="已开工", begun_on="2026-10-01"))
    page = words_of(clerk.get(project).text)
    assert "已开工" in page and "何干事 修改" in page
    assert "方石村茶园" in clerk.get("/projects?kind=agri_industry").text
    assert "方石村茶园" not in clerk.get("/projects?kind=other").text
    assert desk.browser("chen").get(project).status_code in (403, 404)
    answer = send(clerk, "/projects/new", **{**PROJECT, "households_told": "一些"})
    assert answer.status_code == 422 and 'value="方石村茶园"' in answer.text


def test_an_industry_shows_what_belongs_to_it(desk: Desk) -> None:
    tie(desk.world)
    tea = enter(desk, records.INDUSTRY, {"region_code": "510822", "name": "茶叶", "tags": "三个三"})
    garden = {"industry_id": tea, "region_code": VILLAGE, "name": "方石茶园", "on_date": "2026-01-01"}
    enter(desk, records.PARK, garden)
    enter(desk, records.ENTITY, {**garden, "name": "方石合作社", "kind": "cooperative"})
    clerk = desk.browser("he")
    where(send(clerk, "/projects/new", **PROJECT, industry_id=tea))
    survey = {**MEETING, "kind": "industry_survey", "title": "看茶园", "industry_id": tea}
    where(send(clerk, "/activities/new", **survey))
    page = words_of(clerk.get(f"/industries/{tea}").text)
    assert all(told in page for told in ("方石茶园", "方石合作社", "合作社", "方石村茶园", "看茶园", "三个三"))
    assert "茶叶" in desk.browser("chen").get("/industries").text
    seen = desk.browser("chen").get(f"/industries/{tea}").text
    assert "方石合作社" in seen and "方石村茶园" not in seen


def test_decisions_on_the_spot_become_cases_in_the_same_save(desk: Desk) -> None:
    tied = tie(desk.world)
    clerk = desk.browser("he")
    decided = {
        "cases.1.title": "换三公里水管",
        "cases.1.category": "drinking_water",
        "cases.1.reporter_name": "李小芳",
        "attendees": str(tied.member),
    }
    answer = send(clerk, "/activities/new", **{**MEETING, **decided, "cases.1.category": ""})
    assert answer.status_code == 422 and 'id="e-cases.1.category"' in answer.text and "换三公里水管" in answer.text
    with desk.world.db.reading() as session:
        assert session.query(Attendance).count() == 0, "nothing is partly written"
        before = session.query(Case).count()
    shown = where(send(clerk, "/activities/new", **MEETING, **decided))
    page = words_of(clerk.get(shown).text)
    assert all(told in page for told in ("饮水现场办公", "换三公里水管", "谁参加（1）", "当天定了换管", "现场办公"))
    with desk.world.db.reading() as session:
        assert session.query(Case).count() == before + 1
        assert [each.part for each in session.query(Attendance)] == ["attendee"]
    assert "饮水现场办公" in clerk.get("/activities?kind=onsite_office&quarter=2026Q4").text
    assert "饮水现场办公" not in clerk.get("/activities?kind=onsite_office&quarter=2026Q3").text
    assert desk.browser("chen").get("/activities/new").status_code == 403
    nobody = send(clerk, "/activities/new", **{**MEETING, "attendees": "没有这个人"})
    assert nobody.status_code == 422 and 'id="e-attendees"' in nobody.text


def test_small_records_of_industries_and_projects_are_entered_mended_and_taken_back(desk: Desk) -> None:
    tied = tie(desk.world)
    clerk = desk.browser("he")
    tea = where(send(clerk, "/industries/new", name="天麻", tags="三个三"))
    assert "天麻" in clerk.get("/industries").text and "/industries/new" in clerk.get("/industries").text
    where(send(clerk, f"{tea}/edit", name="青川天麻"))
    assert "青川天麻" in words_of(clerk.get(tea).text)
    told = {"industry_id": tea.rpartition("/")[2], "region_code": VILLAGE, "on_date": "2026-10-01"}
    park = where(send(clerk, "/parks/new", **told, name="方石天麻园"))
    grower = where(send(clerk, "/entities/new", **told, name="方石合作社", kind="cooperative"))
    page = words_of(clerk.get(tea).text)
    assert "方石天麻园" in page and "方石合作社" in page and "合作社" in words_of(clerk.get(grower).text)
    bare = send(clerk, f"{park}/edit", withdrawn="true")
    assert bare.status_code == 422 and 'href="#f-reason"' in bare.text
    where(send(clerk, f"{park}/edit", withdrawn="true", reason="录重了"))
    assert "已撤回" in words_of(clerk.get(park).text) and "方石天麻园" not in words_of(clerk.get(tea).text)
    project = where(send(clerk, "/projects/new", **PROJECT))
    new = f"/beneficiaries/new?project_id={project.rpartition('/')[2]}"
    home = where(send(clerk, new, household_id=str(tied.mine), on_date="2026-10-01"))
    assert "带动的户（一户只数一次）（1）" in words_of(clerk.get(project).text)
    where(send(clerk, f"{home}/edit", on_date="2026-09-30", remark="务工"))
    assert "2026-09-30" in words_of(clerk.get(home).text) and "务工" in words_of(clerk.get(home).text)
    assert clerk.get("/beneficiaries/new").status_code == 404
    assert send(clerk, new, household_id="无此户").status_code == 422
    assert desk.browser("chen").get("/parks/new").status_code == 403


def test_an_activity_is_mended_by_page(desk: Desk) -> None:
    clerk = desk.browser("he")
    meeting = where(send(clerk, "/activities/new", **MEETING))
    assert "修改" in clerk.get(meeting).text
    where(send(clerk, f"{meeting}/edit", title="饮水安全现场办公", people="12", reason="题目写错"))
    page = words_of(clerk.get(meeting).text)
    assert "饮水安全现场办公" in page and "当天定了换管" in page and "12" in page and "题目写错" in page
    answer = send(clerk, f"{meeting}/edit", people="十几个")
    assert answer.status_code == 422 and 'value="十几个"' in answer.text
    assert desk.browser("chen").get(f"{meeting}/edit").status_code in (403, 404)
