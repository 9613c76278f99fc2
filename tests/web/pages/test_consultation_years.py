"""The plan of a year at the screen: a topic is given its month, the head writes down the approval, it is printed."""

import re
from typing import Any

import pytest

from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.web.pages.test_consultations import Hand, brought, move, venues

pytestmark = pytest.mark.usefixtures("morning")


def test_a_year_is_planned_and_printed(desk: Desk) -> None:
    office, reader = Hand(desk, "an"), Hand(desk, "guan")
    told = {
        "title": "水管怎么修",
        "kind": "youshi",
        "source": "public",
        "region_code": "510822105",
        "reason": "吃水靠挑",
    }
    where = str(office.send("/consultations/new", "/consultations", **told).headers["Location"])
    page = "/consultation-years/2026"
    number = where.rsplit("/", 1)[1]
    assert "草案，还没有审定" in words_of(office.see(page)) and number in office.see(page)
    assert office.send(page, f"{page}/topics", topic=number, month="13").status_code == 422
    assert office.send(page, f"{page}/topics", topic=number, month="11").status_code == 303
    assert "11月" in words_of(office.see(page))
    shown = reader.see(page)
    assert "水管怎么修" in shown and "记下审定" not in shown and 'name="month"' not in shown
    # How good, with both numbers, each opening its records; brought again in the township within a year it is told.
    assert "群众提出的议题 1 /1" in words_of(shown) and "谈得怎么样" in shown
    again = {**told, "title": "三组水管怎么修好", "source": "department"}
    office.send("/consultations/new", "/consultations", **again)
    good = words_of(office.see(page))
    assert "群众提出的议题 1 /2" in good and "一年内又提的议题 1 /2" in good and "共识已转化" not in good
    approval = {"authority": "party_group", "on": "2026-10-14", "plan_no": "青协党〔2026〕5号"}
    assert office.send(page, f"{page}/approval", **{**approval, "on": "2026-10-15"}).status_code == 422
    assert office.send(page, f"{page}/approval", **approval).status_code == 303
    sheet = words_of(office.see(f"{page}/print"))
    assert "水管怎么修" in sheet and "青协党〔2026〕5号" in sheet and "11月" in sheet
    office.see("/consultation-years/1999", status=404)


def test_who_plans_nothing_is_not_told_that_nothing_is_left_and_paper_tells_its_years(desk: Desk) -> None:
    office, reader, unit = Hand(desk, "an"), Hand(desk, "guan"), Hand(desk, "bai")
    venues(office)
    first, dated = brought(office), brought(office, title="路灯装几盏")
    date: dict[str, Any] = {
        "starts_at": "2026-12-04T09:00",
        "ends_at": "2026-12-04T11:00",
        "venue": "HALL",
        "stakeholders": "李小芳",
    }
    move(office, dated, "schedule", **date)
    # The month of its date, else this month, is offered; a topic that has a date is planned for the year of it.
    offered = office.see("/consultation-years/2026")
    chosen = re.findall(r'<option value="(\d+)" selected', offered)
    assert sorted(chosen) == ["10", "12"]
    page = "/consultation-years/2027"
    assert "路灯装几盏" not in office.see(page) and "水管怎么修" in office.see(page)
    assert "还没列入计划的议题" in office.see(page) and "还没列入计划的议题" not in reader.see(page)
    office.send(page, f"{page}/topics", topic=first.rpartition("/")[2], month="3")
    early: dict[str, Any] = {"authority": "party_group", "on": "2026-10-15"}
    refused = words_of(office.send(page, f"{page}/approval", **early).text)
    assert refused.count("这一天还没有到") == 2, "above the form and in it, not a third time without its name"
    assert office.send(page, f"{page}/approval", **{**early, "on": "2026-10-14"}).status_code == 303
    assert "2026年10月14日" in words_of(office.see(f"{page}/print"))
    assert "列入的议题都不在您能看的范围里" in words_of(unit.see(page))
