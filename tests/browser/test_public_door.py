"""The villagers' page: off until the administrator turns it on; a report, its receipt, and where it stands."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seat
from tests.browser.visitor import Visitor
from tests.browser.words import rare_pair


def switch_on(admin: Visitor) -> None:
    """Turn the villagers' page on; whoever comes first. One test at a time has the administrator's seat."""
    admin.open("/admin/settings")
    box = admin.page.get_by_label("打开公众网页")
    if box.is_checked():
        return
    visitor_sees_nothing(admin)
    admin.open("/admin/settings")
    box.check()
    admin.page.get_by_label("公众看到的电话").fill("0839-7201234")
    admin.press("存下")
    expect(admin.page.get_by_text("公众网页打开着")).to_be_visible()


def visitor_sees_nothing(admin: Visitor) -> None:
    """As long as it is off there is no such page."""
    assert admin.page.request.get(f"{admin.home}/report").status == 404


@pytest.mark.parametrize("width", [390, 1280])
def test_a_villager_reports_and_looks_it_up(seat: Seat, width: int) -> None:
    switch_on(seat("admin"))
    villager, clerk, word = seat(width=width), seat("he"), rare_pair()
    page = villager.page
    villager.open("/report")
    villager.fits()
    villager.press("反映一件困难")
    page.locator(".tile", has_text="饮水").click()
    expect(page.locator("#stop")).to_contain_text("先看一眼")
    page.get_by_label("什么事").fill(f"{word}组三天没有水，家里两个老人挑不动。")
    villager.choose("在哪个村", "fangshi", "方石")
    page.get_by_label("怎么称呼", exact=True).fill("柏三娘")
    page.get_by_label("电话", exact=True).fill("13800003377")
    villager.fits()
    villager.press("报上去")
    expect(page.get_by_role("heading", name="收到了，谢谢您")).to_be_visible()
    villager.fits()
    code = page.locator(".code").inner_text()
    turn_into_case(clerk, word)
    page.get_by_role("link", name="查进度").click()
    page.get_by_label("查询码").fill(code.lower().replace("-", ""))
    villager.press("看进度")
    expect(page.locator(".road .now")).to_contain_text("确定谁来办")
    expect(page.locator("body")).not_to_contain_text("柏三娘")
    villager.fits()


def turn_into_case(clerk: Visitor, word: str) -> None:
    """Find it in the inbox of the desk and make a case of it."""
    page = clerk.page
    clerk.open("/triage/public")
    # The queue tells subject and place; whose words they are is seen when one is open.
    for path in page.locator("nav.queue a").evaluate_all("all => all.map(a => a.getAttribute('href'))"):
        clerk.open(path)
        if word in page.locator("#desk-case").inner_text():
            break
    expect(page.locator("#desk-case")).to_contain_text(word)
    page.get_by_label("标题").fill(f"{word}组三天没有水")
    clerk.press("转成困难件")
    expect(page.locator(".toast")).to_contain_text("已转成")
