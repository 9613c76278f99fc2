"""The page of the minutes: a draft comes back, two editors see both texts, versions are compared and brought back."""

from typing import Any

import pytest

from tests.web.desk import Desk
from tests.web.pages.reading import form_of, words_of
from tests.web.pages.test_consultations import Hand, brought, move, venues
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


def notified(hand: Hand) -> str:
    venues(hand)
    where = brought(hand)
    when: dict[str, Any] = {"starts_at": "2026-10-20T09:00", "ends_at": "2026-10-20T11:00", "venue": "HALL"}
    move(hand, where, "schedule", **when, stakeholders="李小芳")
    move(hand, where, "notify", research="看过两处断口")
    return where


def test_two_editors_see_both_texts_and_an_old_version_comes_back(desk: Desk, world: World) -> None:
    one, other = Hand(desk, "an"), Hand(desk, "he")
    where = notified(one)
    page = f"{where}/minutes"
    assert "边开边写纪要" in one.see(where)
    seen = one.see(page)
    mine, theirs = form_of(seen, page), form_of(other.see(page), page)
    # Kept by itself while it is written, and there again after the page was closed.
    draft = seen.split('data-draft="')[1].split('"')[0]
    kept = {"csrf_token": mine["csrf_token"], "text": "先修", "based_on": "0"}
    assert one.browser.client.post(draft, data=kept).status_code == 200
    assert "先修</textarea>" in one.see(page)
    assert one.browser.client.post(page, data={**mine, "text": "先修后补"}).status_code == 303
    late = other.browser.client.post(page, data={**theirs, "text": "先定水费"})
    told = words_of(late.text)
    assert late.status_code == 409 and "存过一版。两份都在" in told and "修后补" in told and "定水费" in told
    again = form_of(late.text, page)
    assert other.browser.client.post(page, data={**again, "text": "先修后补，再定水费"}).status_code == 303
    compared = words_of(one.see(f"{page}?from=1&to=2"))
    assert "两个版本对照" in compared and "再定水费" in compared
    back = {**form_of(one.see(page), page), "text": "先修后补", "based_on": "2", "restores": "1"}
    assert one.browser.client.post(page, data=back).status_code == 303
    assert "恢复自第 1 版" in words_of(one.see(page))
    # Who only comes to the meeting reads what was agreed, not what was written on the way to it.
    Hand(desk, "chen").see(page, status=404)
    # The form of the step begins with the text, and says so when somebody saved after it was opened.
    move(one, where, "hold", came=["0"])
    action = f"{where}/moves/minute"
    form = form_of(one.see(action), action)
    assert form["minutes"].strip() == "先修后补"
    assert other.send(page, page, text="先修后补，水费另议").status_code == 303
    stale = one.browser.client.post(action, data={**form, "minutes": "先修"})
    assert stale.status_code == 409 and "有人存过新的一版纪要" in words_of(stale.text)
    assert one.browser.client.post(action, data={**form_of(stale.text, action), "minutes": "先修"}).status_code == 303
    assert "第 5 版" in words_of(one.see(page))


def test_what_stays_open_is_asked_a_point_a_line_and_weeks_left_out_show_no_days(desk: Desk, world: World) -> None:
    office = Hand(desk, "an")
    where = notified(office)
    move(office, where, "hold", came=["0"])
    asked = words_of(office.see(f"{where}/moves/minute"))
    assert "一行一件" in asked and "一行一个姓名" not in asked
    agreed: dict[str, Any] = {"item.1.text": "换两处断管", "item.1.org": "SLJ", "item.1.due_on": "2026-10-31"}
    move(office, where, "minute", minutes="谈成了", **agreed)
    office.send(where, f"{where}/consensus/1/convert", into="case")
    office.send(where, f"{where}/moves/implement")
    page = office.see(where)
    # Three months are shown by their ends; what lies between is one row that says how many weeks it stands for.
    assert "略" in page and '<td class="over">0' not in page
