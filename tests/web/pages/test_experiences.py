"""Experiences: published by the office, read by every member, taken into the bulletin of their quarter."""

from typing import Any

import pytest

from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")
TOLD = {"title": "老茶园改造", "findings": "先台刈，再补肥。", "region_code": "方石村", "org": "SLJ"}


def send(browser: Browser, path: str, **changes: Any) -> Any:
    return browser.post(path, {**form_of(browser.get(path).text, path), **changes})


def test_what_the_office_publishes_members_read_and_the_bulletin_takes_in(desk: Desk) -> None:
    clerk, chen = desk.browser("he"), desk.browser("chen")
    wrong = send(clerk, "/experiences/new", title="", on_date="2026-12-01")
    assert wrong.status_code == 422 and 'href="#f-title"' in wrong.text
    answer = send(clerk, "/experiences/new", **TOLD)
    assert answer.status_code == 303, answer.text
    url = str(answer.headers["Location"])
    page = words_of(chen.get(url).text)
    assert "先台刈，再补肥。" in page and "县水利局" in page and "/edit" not in chen.get(url).text
    assert "老茶园改造" in chen.get("/experiences").text
    assert desk.browser("bai").get("/experiences").status_code == 403
    assert chen.get("/experiences/new").status_code == 403 and chen.get(f"{url}/edit").status_code == 403
    asked = {"campaign": "SLSC-2022", "quarter": "2026Q4"}
    drafted = desk.client().post("/api/v1/bulletins", json=asked, headers=desk.bearer("he")).get_json()
    assert "老茶园改造" in clerk.get(f"/bulletins/{drafted['id']}").text
    assert send(clerk, f"{url}/edit", findings="台刈以后补肥。").status_code == 303
    assert "台刈以后补肥。" in chen.get(url).text
    assert send(clerk, f"{url}/withdraw").status_code == 422
    assert send(clerk, f"{url}/withdraw", reason="数字没核实").status_code == 303
    assert "老茶园改造" not in chen.get("/experiences").text
    assert "老茶园改造" not in clerk.get(f"/bulletins/{drafted['id']}").text


def test_an_experience_names_cases_and_projects_to_those_who_may_know_of_them(desk: Desk, world: World) -> None:
    clerk, chen, api = desk.browser("he"), desk.browser("chen"), desk.client()
    url = str(send(clerk, "/experiences/new", **TOLD).headers["Location"])
    case = world.case(world.report())
    body = {"name": "茶园提质", "kind": "agri_industry", "region_code": VILLAGE}
    project = api.post("/api/v1/projects", json=body, headers=desk.bearer("he")).get_json()["id"]
    form = f"{url}/mentions"
    for wrong in ({"case": "QC-AJ-2026-999999"}, {"project": "one"}):
        assert send(clerk, form, **wrong).status_code == 422
    assert send(clerk, form, case=case.number, project=project).status_code == 303
    # The office and who oversees it see both as links; a member, who may know of neither, sees no trace of them.
    for browser in (clerk, desk.browser("guan")):
        told = browser.get(url).text
        assert f'href="/cases/{case.number}"' in told and f'href="/projects/{project}"' in told
        assert "农业产业" in words_of(told)
    told = chen.get(url).text
    assert not [each for each in (case.number, case.title, project, "茶园提质", "写到的困难件") if each in told]
    assert chen.get(form).status_code == 403
    path = f"/api/v1/activities/{url.rpartition('/')[2]}/mentions"
    seen = {who: api.get(path, headers=desk.bearer(who)).get_json()["items"] for who in ("he", "chen")}
    assert [each["name"] for each in seen["he"]] == [case.title, "茶园提质"] and seen["chen"] == []
    more = {"kind": "case", "record": str(case.id)}
    assert api.post(path, json=more, headers=desk.bearer("chen")).status_code == 403
    assert api.post(path, json=more, headers=desk.bearer("he")).get_json() == {"changed": False}
    # The bulletin prints both as words.
    asked = {"campaign": "SLSC-2022", "quarter": "2026Q4"}
    drafted = api.post("/api/v1/bulletins", json=asked, headers=desk.bearer("he")).get_json()
    printed = clerk.get(f"/bulletins/{drafted['id']}").text
    assert f"文中的实例：困难件“{case.title}”、项目“茶园提质”。" in words_of(printed)
    assert f"/cases/{case.number}" not in printed
    # What is no longer ticked is named no more.
    assert send(clerk, form, kept=project).status_code == 303
    told = clerk.get(url).text
    assert f"/cases/{case.number}" not in told and "茶园提质" in told
