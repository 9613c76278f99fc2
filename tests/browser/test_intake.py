"""Taking a difficulty in: nothing typed is lost, what looks alike is shown first, pressing twice keeps one."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Seat
from tests.browser.visitor import Visitor
from tests.browser.words import rare_pair


def fill(clerk: Visitor, title: str, words: str) -> None:
    """Fill in what must be there."""
    page = clerk.page
    page.get_by_label("什么事", exact=True).fill(words)
    page.get_by_label("一句话事由").fill(title)
    clerk.choose("在哪个村", "qzz", "乔庄镇")
    page.get_by_label("怎么称呼").fill("蔺春生")


def test_a_draft_survives_loading_the_page_again(seat: Seat) -> None:
    clerk, word = seat("he"), rare_pair()
    clerk.open("/cases/new")
    page = clerk.page
    fill(clerk, f"{word}桥头的护栏断了", "桥头护栏断了两米，学生上学怕掉下去。")
    page.locator('input[name="category"][value="infrastructure"]').check(force=True)
    expect(page.locator("#intake [data-saved]")).to_have_text(re.compile("已存"))
    page.reload()
    expect(page.get_by_label("一句话事由")).to_have_value(f"{word}桥头的护栏断了")
    expect(page.locator('#intake input[type="hidden"][name="region_code"]')).to_have_value("510822100")
    expect(page.locator('input[name="category"][value="infrastructure"]')).to_be_checked()
    clerk.open("/work?tab=drafts")
    draft = page.get_by_role("listitem").filter(has_text=word)
    draft.get_by_role("link", name="接着写").click()
    clerk.press("登记，送分办")
    expect(page.get_by_role("heading", name=f"{word}桥头的护栏断了")).to_be_visible()
    clerk.open("/work?tab=drafts")
    expect(page.locator("main")).not_to_contain_text(word)


def test_what_looks_alike_is_shown_before_anything_is_kept(seat: Seat) -> None:
    clerk, word = seat("he"), rare_pair()
    clerk.open("/work")
    first = clerk.api("POST", "/cases", report(f"{word}坝的饮水井干了"))
    clerk.open("/cases/new")
    fill(clerk, f"{word}坝饮水井没有水", f"{word}坝的饮水井干了，四十户人没有水吃。")
    alike = clerk.page.locator("#lookalikes")
    expect(alike).to_contain_text(first["number"])
    expect(alike).to_contain_text("同一个地方")


def test_two_presses_keep_one_record(seat: Seat) -> None:
    clerk, word = seat("he"), rare_pair()
    clerk.open("/cases/new")
    fill(clerk, f"{word}组的路灯坏了", "路灯坏了一个月，老人晚上出门看不见。")
    button = clerk.page.get_by_role("button", name="登记，送分办").first
    button.evaluate("button => { button.click(); button.click(); button.form.submit(); }")
    expect(clerk.page.get_by_role("heading", name=f"{word}组的路灯坏了")).to_be_visible()
    assert clerk.api("GET", f"/cases?q={word}&count=true")["total"] == 1


def test_a_message_of_a_chat_group_becomes_a_report(seat: Seat) -> None:
    clerk, word = seat("he"), rare_pair()
    clerk.open("/cases/new")
    page = clerk.page
    page.get_by_label("群消息原文").fill(
        f"【竹园镇】{word}组张大姐 13800007711：我们组的水管又断了，三天没有水，老人挑不动水，麻烦帮忙看看"
    )
    clerk.press("填进表里")
    expect(page.get_by_label("电话", exact=False).first).to_have_value(re.compile("138 ?0000 ?7711"))
    expect(page.get_by_label("什么事", exact=True)).to_have_value(re.compile(f"{word}组"))
    expect(page.locator('input[name="category"][value="drinking_water"]')).to_be_checked()


def report(title: str, **more: object) -> dict[str, object]:
    """Return a report as the API takes it."""
    return {
        "title": title,
        "description": f"{title}，请帮忙看看。",
        "category": "drinking_water",
        "kind": "help",
        "urgency": "normal",
        "region_code": "510822100",
        "channel": "phone",
        "reporter": {"name": "蔺春生", "phone": "13800006612"},
        **more,
    }
