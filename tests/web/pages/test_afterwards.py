"""What comes after a consultation as pages: links made and answered without an account, calls, looks back, my work."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tasks.relay import relay
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of
from tests.web.pages.test_consultations import Hand, brought, move, venues
from tests.world import MORNING, World

pytestmark = pytest.mark.usefixtures("morning")


def test_who_has_no_account_is_called_when_a_date_falls(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    venues(office)
    where = brought(office, case=world.case(world.report()).number)
    when: dict[str, Any] = {"starts_at": "2026-10-20T09:00", "ends_at": "2026-10-20T11:00", "venue": "HALL"}
    move(office, where, "schedule", **when, stakeholders="王大力")
    move(office, where, "notify", research="看过两处断口")
    move(office, where, "postpone", reason="下雨")
    page = f"{where}/after"
    assert page in office.see(where)
    told = office.see(page)
    assert "没有账号，要打电话或上门告诉 1 位" in words_of(told) and "延期了，请先不要来" in words_of(told)
    step = re.search(rf'action="({where}/date-tellings/[0-9]+)"', told)
    assert step and office.send(page, step[1]).status_code == 303
    after = office.see(page)
    assert "安老师告诉了" in words_of(after) and step[1] not in after
    assert "告诉了一位没有账号的人日期变了" in words_of(office.see(where))


def test_what_was_agreed_is_followed_until_everybody_knows(
    desk: Desk, world: World, morning: time_machine.Traveller
) -> None:
    number = world.case(world.report()).number
    office = Hand(desk, "an")
    venues(office)
    where = brought(office, case=number)
    when: dict[str, Any] = {"starts_at": "2026-10-20T09:00", "ends_at": "2026-10-20T11:00", "venue": "HALL"}
    move(office, where, "schedule", **when, stakeholders="王大力")
    move(office, where, "notify", research="看过两处断口")
    move(office, where, "hold", came=["0"])
    item: dict[str, Any] = {"item.1.text": "换管", "item.1.org": "SLJ", "item.1.due_on": "2026-10-31"}
    move(office, where, "minute", minutes="谈成了", **item)
    relay(world.db, at=MORNING + timedelta(hours=1), mails=False)
    mine = words_of(office.see("/work"))
    assert "1 项商定的事还没转化" in mine and "电话告诉反映人 1 位" in mine
    page = f"{where}/after"
    assert page in office.see(where)
    Hand(desk, "chen").see(page, status=404)
    told = office.see(page)
    assert "协商会开过了，纪要出来了" in words_of(told) and "13900000876" not in told
    call = re.search(rf'action="({page.removesuffix("/after")}/calls/[^"]+)"', told)
    assert call and office.send(page, call[1], outcome="told").status_code == 303
    assert "电话告诉反映人" not in words_of(office.see("/work"))
    # The links are there once; the page afterwards has none.
    made = office.send(page, f"{where}/ratings")
    links = re.findall(r"http://[^<]*(/opinion/[^<]+)<", made.text)
    assert len(links) == 2 and made.headers["Cache-Control"] == "no-store"
    assert "/opinion/" not in office.see(page)
    villager = Browser(desk.client())
    seen = villager.get(links[0])
    assert "水管怎么修" in words_of(seen.text) and seen.headers["Referrer-Policy"] == "no-referrer"
    form = form_of(seen.text, links[0])
    assert villager.client.post(links[0], data={**form, "satisfaction": ""}).status_code == 422
    thanks = villager.client.post(links[0], data={**form, "satisfaction": "satisfied", "words": "水通了"})
    assert thanks.status_code == 200 and "收到了" in words_of(thanks.text)
    assert villager.client.post(links[0], data={**form, "satisfaction": "dissatisfied"}).status_code == 409
    assert "一个链接只答一次" in words_of(villager.get(links[0]).text)
    assert villager.get("/opinion/nobody").status_code == 404
    after = office.see(page)
    assert "已答 1 人：满意 1" in words_of(after) and "水通了" in words_of(after)
    entering = re.search(r'action="(/consultations/[^"]+/ratings/[^/"]+)"', after)
    assert entering and office.send(page, entering[1], satisfaction="basically").status_code == 303
    look_back_from_its_day_on(desk, office, where, morning)


def look_back_from_its_day_on(desk: Desk, office: Hand, where: str, morning: time_machine.Traveller) -> None:
    """Try both too early, and write the first on its day."""
    page = f"{where}/after"
    found: dict[str, Any] = {"holds": "yes", "finding": "水一直有"}
    for action in (f"{where}/look-backs/3", f"{where}/look-backs/6"):
        with pytest.raises(AssertionError, match="no form goes to"):
            office.send(page, action, **found)
    token = form_of(office.see(page), f"{where}/ratings")["csrf_token"]
    early = office.browser.client.post(f"{where}/look-backs/3", data={"csrf_token": token, **found})
    assert early.status_code == 422 and "3 个月的回头看从 2027-01-14 起才能写" in words_of(early.text)
    assert words_of(early.text).count("起在这里写") == 2 and "/look-backs/" not in early.text
    morning.move_to(datetime(2027, 1, 14, 1, tzinfo=UTC))
    office = Hand(desk, "an")
    there = office.see(page)
    assert f"{where}/look-backs/3" in there and f"{where}/look-backs/6" not in there and "过期" not in there
    assert office.send(page, f"{where}/look-backs/3", holds="yes").status_code == 422
    assert office.send(page, f"{where}/look-backs/3", **found).status_code == 303
    told = words_of(office.see(where))
    assert "回头看了" in told and "有人评价了" in told
