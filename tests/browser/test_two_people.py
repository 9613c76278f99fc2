"""Two people on one case; and what is masked."""

from playwright.sync_api import expect

from tests.browser.conftest import Seat
from tests.browser.test_intake import report
from tests.browser.words import rare_pair


def test_the_second_sees_what_the_first_changed(seat: Seat) -> None:
    first, second, word = seat("he"), seat("yu"), rare_pair()
    first.open("/work")
    made = first.api("POST", "/cases", report(f"{word}塘漏水"))
    for each in (first, second):
        each.open(f"/cases/{made['number']}/moves/assign")
        each.choose("主办单位", "slj", "县水利局")
    first.page.locator("#move").get_by_role("button", name="交办").click()
    expect(first.page.locator("#case-state .now b")).to_have_text("已交办")
    second.meant.add(409)
    second.page.get_by_label("交办意见").fill("请先去看。")
    second.page.locator("#move").get_by_role("button", name="交办").click()
    page = second.page
    expect(page.locator("main")).to_contain_text("别人动过这件")
    expect(page.locator("main")).to_contain_text("何干事")
    expect(page.get_by_label("交办意见")).to_have_value("请先去看。")
    assert first.api("GET", f"/cases/{made['id']}")["version"] == made["version"] + 1


def test_each_sees_who_else_has_it_open(seat: Seat) -> None:
    first, second, word = seat("he"), seat("yu"), rare_pair()
    first.open("/work")
    made = first.api("POST", "/cases", report(f"{word}坡滑坡了"))
    first.open(f"/cases/{made['number']}")
    expect(first.page.locator("[data-presence-here]").first).to_contain_text("只有您")
    second.open(f"/cases/{made['number']}")
    expect(second.page.locator("[data-presence-here]").first).to_contain_text("何干事")


def test_a_telephone_is_shown_for_a_reason_and_masked_again(seat: Seat) -> None:
    clerk, word = seat("he"), rare_pair()
    clerk.open("/work")
    made = clerk.api("POST", "/cases", report(f"{word}井水变浑"))
    page = clerk.page
    page.clock.install()
    clerk.open(f"/cases/{made['number']}")
    phone = page.locator("main .mask", has_text="138****6612")
    expect(page.locator("main")).not_to_contain_text("13800006612")
    phone.get_by_role("link", name="查看").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("今天还能看")
    dialog.get_by_text("核对是不是本人").click()
    dialog.get_by_role("button", name="查看").click()
    expect(page.locator("main")).to_contain_text("13800006612")
    page.clock.fast_forward(61_000)
    expect(page.locator("main")).not_to_contain_text("13800006612")
    expect(page.locator("main")).to_contain_text("138****6612")
    auditor = seat("shen")
    auditor.open("/admin/audit")
    row = auditor.page.locator("main tr", has_text="何干事").filter(has_text="核对是不是本人")
    expect(row.first).to_be_visible()


def test_what_the_unit_head_must_sign_the_handler_can_not_end(seat: Seat) -> None:
    office, handler, head, word = seat("an"), seat("gongdian"), seat("gongdian.ke"), rare_pair()
    office.open("/work")
    office.api("PATCH", "/orgs/GDGS", {"signs_results": True})
    made = office.api("POST", "/cases", report(f"{word}台区电压低", category="infrastructure"))
    office.api("POST", f"/cases/{made['id']}/transitions", {"trigger": "assign", "fields": {"org": "GDGS"}})
    handler.open(f"/cases/{made['number']}")
    expect(handler.page.locator("#why-resolve")).to_contain_text("负责人")
    head.open(f"/cases/{made['number']}/moves/resolve")
    page = head.page
    page.get_by_text("A 已解决", exact=True).click()
    page.get_by_label("给反映人的答复").fill("变压器已经换了，电压正常。")
    page.locator("#move").get_by_role("button", name="办结").click()
    expect(page.locator("#case-state .now b")).to_have_text("已办结")
