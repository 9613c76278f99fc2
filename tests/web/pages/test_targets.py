"""Targets as pages: bars that open exactly what they count, moves by whoever may make them, evidence one click away."""

import re
from typing import Any

import pytest

from tests.campaign import CAMPAIGN, Tied, tie
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.world import VILLAGE, World

pytestmark = pytest.mark.usefixtures("morning")
JOB = "checklist=five_ones_household&item=job_post"


@pytest.fixture
def tied(world: World) -> Tied:
    """Let 陈委员 be a member who is linked to a household, 罗敏 to another."""
    return tie(world)


def send(browser: Browser, path: str, **changes: Any) -> Any:
    """Fill in the form of a page and send it."""
    bare = path.partition("?")[0]
    page = browser.get(path).text
    action = next((each for each in (path, bare) if f'action="{each.replace("&", "&amp;")}"' in page), bare)
    return browser.post(action, {**form_of(page, action), **changes})


def planned(browser: Browser, tied: Tied) -> str:
    """Plan the year of the household and return the page of its job."""
    answer = send(browser, f"/targets/plan?of=household&object={tied.mine}&campaign={CAMPAIGN}&year=2026")
    assert answer.status_code == 303, answer.text
    return goal_page(browser, f"/households/{tied.mine}", "联系 1 个就业岗位")


def goal_page(browser: Browser, path: str, item: str) -> str:
    found = re.search(rf'href="(/targets/goals/[^"]+)">{item}', browser.get(path).text)
    assert found is not None, item
    return found[1]


def move(browser: Browser, goal: str, to: str, **typed: Any) -> Any:
    return send(browser, f"{goal}/move?to={to}", **typed)


def counted(browser: Browser, where: str) -> int:
    found = re.search(r"共 (\d+)", words_of(browser.get(f"/targets/items?{where}").text))
    assert found is not None
    return int(found[1])


def test_a_target_goes_from_plan_to_verified_by_its_buttons(desk: Desk, tied: Tied) -> None:
    clerk, member, head = desk.browser("he"), desk.browser("chen"), desk.browser("an")
    goal = planned(clerk, tied)
    assert move(member, goal, "in_progress").status_code == 303
    empty = move(member, goal, "claimed", evidence="")
    assert empty.status_code == 422 and 'href="#f-evidence"' in empty.text
    assert move(member, goal, "claimed", evidence="劳动合同").status_code == 303
    assert "已报完成" in words_of(member.get(f"/households/{tied.mine}").text)
    assert "to=verified" not in member.get(goal).text and member.get(f"{goal}/move?to=verified").status_code == 303
    assert move(head, goal, "verified").status_code == 303
    page = words_of(clerk.get(goal).text)
    assert all(told in page for told in ("已核实", "劳动合同", "报完成", "陈委员"))


def test_who_claimed_is_not_offered_to_verify(desk: Desk, tied: Tied) -> None:
    clerk = desk.browser("he")
    goal = planned(clerk, tied)
    assert move(clerk, goal, "claimed", evidence="合同").status_code == 303
    assert "to=verified" not in clerk.get(goal).text
    assert "to=verified" in desk.browser("an").get(goal).text
    assert move(clerk, goal, "lapsed", reason="").status_code == 422
    assert move(clerk, goal, "lapsed", reason="户主外出").status_code == 303
    assert "户主外出" in words_of(clerk.get(goal).text)


def test_every_number_opens_what_it_counts(desk: Desk, tied: Tied) -> None:
    clerk = desk.browser("he")
    goal = planned(clerk, tied)
    move(clerk, goal, "claimed", evidence="合同")
    page = clerk.get("/targets?year=2026").text
    links = re.findall(r'href="/targets/items\?([^"]+)">(\d+)(?:/(\d+))?</a>', page)
    assert len(links) > 20
    for where, n, _whole in links:
        assert counted(clerk, where.replace("&amp;", "&")) == int(n), where
    states = {each: counted(clerk, f"{JOB}&year=2026&state={each}") for each in ("claimed", "unplanned")}
    assert states == {"claimed": 1, "unplanned": 1} and counted(clerk, f"{JOB}&year=2026") == 2
    assert counted(desk.browser("chen"), f"{JOB}&year=2026") == 1


def test_a_village_has_a_page_and_a_plan(desk: Desk, tied: Tied) -> None:
    clerk = desk.browser("he")
    path = f"/targets/plan?of=region&object={VILLAGE}&campaign={CAMPAIGN}&year=2026"
    wrong = send(clerk, path, due_on="x")
    assert wrong.status_code == 422 and wrong.text.count('href="#f-due_on"') == 1
    assert send(clerk, path, due_on="2026-11-30").status_code == 303
    page = words_of(clerk.get(f"/targets/villages/{VILLAGE}").text)
    assert "联村五个一（2026年）" in page and page.count("已列计划") == 5 and "2026-11-30 前完成" in page
    assert counted(clerk, "checklist=five_ones_village&item=research&year=2026") == 1
    assert desk.browser("chen").get(f"/targets/villages/{VILLAGE}").status_code == 404


def test_a_household_has_one_plan_a_year_and_it_prints_with_what_is_done(desk: Desk, tied: Tied) -> None:
    clerk = desk.browser("he")
    path = f"/targets/plan?of=household&object={tied.mine}&campaign={CAMPAIGN}&year=2026"
    assert send(clerk, path, situation="四口人，缺技术", measures="学茶园管护").status_code == 303
    assert send(clerk, path, measures="学茶园管护，送种苗").status_code == 303
    move(clerk, goal_page(clerk, f"/households/{tied.mine}", "培育 1 个增收项目"), "claimed", evidence="茶苗验收单")
    sheet = path.replace("/plan?", "/plan/print?")
    for who in ("he", "chen", "guan"):
        told = words_of(desk.browser(who).get(sheet).text)
        assert all(each in told for each in ("四口人，缺技术", "送种苗", "茶苗验收单", "完成 1/9 项", "张*生")), who
    assert desk.browser("chen").get(sheet.replace(str(tied.mine), str(tied.other))).status_code == 404
    assert desk.browser("chen").get(path).status_code == 403
    rows: Any = desk.client().get(f"/api/v1/plans?object={tied.mine}", headers=desk.bearer("chen")).json
    assert [each["measures"] for each in rows["items"]] == ["学茶园管护，送种苗"]


def test_the_wall_chart_holds_every_object_with_every_item(desk: Desk, tied: Tied) -> None:
    clerk = desk.browser("he")
    move(clerk, planned(clerk, tied), "claimed", evidence="合同")
    page = clerk.get("/targets/wall?of=household&year=2026").text
    assert page.count('<th scope="row">') == 3 and page.count('class="mark claimed"') == 2
    assert "1/2" in page and "50%" in page
    assert clerk.get("/targets/wall?of=nothing").status_code == 422


def test_an_estimate_of_income_is_shown_as_one_and_backs_a_target(desk: Desk, tied: Tied) -> None:
    member, clerk = desk.browser("chen"), desk.browser("he")
    home = f"/households/{tied.mine}"
    wrong = send(member, f"{home}/incomes/new", method="calendar_year_1", wage="", people="0", year="2030")
    assert wrong.status_code == 422 and 'href="#f-people"' in wrong.text
    for year, wage in (("2025", "40000"), ("2026", "48000.50")):
        told = {"method": "calendar_year_1", "wage": wage, "people": "4", "year": year}
        assert send(member, f"{home}/incomes/new", **told).status_code == 303
    page = words_of(member.get(home).text)
    assert "2026年测算人均 12,000 元" in page and "比2025年多 2,000 元" in page and "不是官方收入认定" in page
    assert "测算人均收入逐年增长" in page
    assert "测算人均" not in words_of(desk.browser("guan").get(home).text)
    goal = planned(clerk, tied) and goal_page(clerk, home, "有持续稳定增长的收入")
    offered = re.search(r'<option value="([0-9a-f-]{36})"[^>]*>2026年测算', member.get(f"{goal}/move?to=claimed").text)
    assert offered is not None
    assert move(member, goal, "claimed", evidence_id=offered[1]).status_code == 303
    shown = re.search(r'href="(/targets/evidence/[^"]+)"', member.get(home).text)
    assert shown is not None and "不是官方收入认定" in member.get(shown[1]).text
    row: Any = desk.client().get(f"/api/v1/incomes/{offered[1]}", headers=desk.bearer("chen")).json
    assert (row["per_person"], row["is_official"], row["wage"]) == ("12000.12", False, "48000.50")
