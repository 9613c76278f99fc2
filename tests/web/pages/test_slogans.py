"""Slogans: edited by the head, put on activities, projects and cases, narrowed to, ended and never deleted."""

import re
from typing import Any

import pytest

from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import COUNTY, VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")


def send(browser: Browser, path: str, **changes: Any) -> Any:
    return browser.post(path, {**form_of(browser.get(path).text, path), **changes})


def entered(head: Browser, label: str = "四个一") -> str:
    answer = send(head, "/slogans/new", label=label, explanation="四件事")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def made(desk: Desk, kinds: str, **body: Any) -> str:
    answer = desk.client().post(f"/api/v1/{kinds}", json=body, headers=desk.bearer("he"))
    assert answer.status_code == 201, answer.text
    return f"/{kinds}/{answer.get_json()['id']}"


def test_the_head_edits_the_office_puts_and_lists_narrow(desk: Desk, world: World) -> None:
    head, clerk = desk.browser("an"), desk.browser("he")
    url, other = entered(head), entered(head, "三个三")
    activity = made(
        desk, "activities", kind="village_survey", region_code=VILLAGE, on_date="2026-10-13", title="看茶园"
    )
    project = made(desk, "projects", name="茶园提质", kind="agri_industry", region_code=VILLAGE)
    bare = made(desk, "projects", name="水池", kind="livelihood", region_code=VILLAGE)
    ident = url.rpartition("/")[2]
    for path in (activity, project):
        assert send(clerk, f"{path}/slogans", slogan=ident).status_code == 303
        assert "四个一" in clerk.get(path).text
    listed = clerk.get(f"/projects?slogan={ident}").text
    assert project in listed and bare not in listed and "口号：四个一" in listed
    case_id = world.report()
    number = world.case(case_id).number
    assert send(clerk, f"{url}/cases", case="QC-AJ-2026-999999").status_code == 422
    assert send(clerk, f"{url}/cases", case=number).status_code == 303
    other_case = world.case(world.report()).number
    narrowed = clerk.get(f"/cases?slogan={ident}").text
    assert number in narrowed and other_case not in narrowed and "口号：四个一" in words_of(narrowed)
    told = words_of(clerk.get(url).text)
    assert "看茶园" in told and "茶园提质" in told and "挂在困难件上（1）" in told
    # Taken off, it stands there no more; the other one is put in its place.
    assert send(clerk, f"{activity}/slogans", slogan=other.rpartition("/")[2]).status_code == 303
    assert "四个一" not in clerk.get(activity).text and "三个三" in clerk.get(activity).text
    # Ended, it stays where it is and is put on nothing more.
    assert send(head, f"{url}/edit", valid_to="2026-10-13").status_code == 422
    assert send(head, f"{url}/edit", valid_from="2026-10-01", valid_to="2026-10-13").status_code == 303
    assert "四个一" in clerk.get(project).text and "已停用" in clerk.get(url).text
    offered = clerk.get(f"{bare}/slogans").text
    assert "<span>三个三</span>" in offered and "<span>四个一</span>" not in offered
    late = clerk.post(
        f"{bare}/slogans", {**form_of(clerk.get(f"{bare}/slogans").text, f"{bare}/slogans"), "slogan": ident}
    )
    assert late.status_code == 409 and "不能再挂" in late.text


def test_who_may_not_edit_or_put_is_refused(desk: Desk) -> None:
    url = entered(desk.browser("an"))
    clerk, chen = desk.browser("he"), desk.browser("chen")
    project = made(desk, "projects", name="茶园提质", kind="agri_industry", region_code=VILLAGE)
    assert clerk.get("/slogans/new").status_code == clerk.get(f"{url}/edit").status_code == 403
    assert chen.get(url).status_code == 200 and chen.get(f"{url}/cases").status_code == 403
    assert chen.get(f"{project}/slogans").status_code in (403, 404)
    api, path = desk.client(), f"/api/v1{url}/marks"
    body = {"kind": "project", "record": project.rpartition("/")[2]}
    assert api.post(path, json=body, headers=desk.bearer("chen")).status_code == 403
    assert api.post(path, json={"kind": "x", "record": "y"}, headers=desk.bearer("he")).status_code == 422
    for off, changed in ((False, True), (False, False), (True, True), (True, False)):
        answer = api.post(path, json={**body, "off": off}, headers=desk.bearer("he"))
        assert answer.json == {"changed": changed}
    twice = api.post("/api/v1/slogans", json={"region_code": COUNTY, "label": "四个一"}, headers=desk.bearer("an"))
    assert twice.status_code == 409 and re.search("recorded_already", twice.text)
