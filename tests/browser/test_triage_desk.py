"""The desk with keys, merging with a way back, many at once with a look before."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Seat
from tests.browser.test_intake import report
from tests.browser.words import rare_pair


def test_keys_lead_through_the_queue_and_to_every_act(seat: Seat) -> None:
    clerk = seat("yu")
    clerk.open("/triage")
    page = clerk.page
    current = page.locator('#desk-queue [aria-current="true"]')
    first = current.get_attribute("id")
    page.locator(f"#{first}").focus()
    page.keyboard.press("j")
    expect(page.locator("#desk-case")).to_be_visible()
    expect(page.locator(f"#{first}")).not_to_have_attribute("aria-current", "true")
    page.keyboard.press("k")
    expect(page.locator(f"#{first}")).to_have_attribute("aria-current", "true")
    # The desk has come to rest when its fields search again.
    expect(page.locator("#f-org")).to_have_attribute("role", "combobox")
    page.keyboard.press("w")
    expect(page.locator("#f-org")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(f"#{first}")).to_be_focused()
    page.keyboard.press("d")
    expect(page.get_by_role("heading", name="不予受理")).to_be_visible()


def test_a_case_is_declined_with_the_next_address(seat: Seat) -> None:
    clerk, word = seat("yu"), rare_pair()
    clerk.open("/work")
    made = clerk.api("POST", "/cases", report(f"{word}宅基地已在法院"))
    clerk.open(f"/triage/{made['number']}")
    page = clerk.page
    page.keyboard.press("d")
    page.get_by_label("理由，并告知该找谁").fill("已在法院审理，请找县法律援助中心。")
    page.locator("#move").get_by_role("button", name="不予受理").click()
    expect(page.locator("#case-history")).to_contain_text("县法律援助中心")
    assert clerk.api("GET", f"/cases/{made['id']}")["state"] == "declined"


def test_a_second_report_is_linked_or_merged_and_taken_out_again(seat: Seat) -> None:
    clerk, word = seat("yu"), rare_pair()
    clerk.open("/work")
    first = clerk.api("POST", "/cases", report(f"{word}湾水管断了没有水"))
    second = clerk.api("POST", "/cases", report(f"{word}湾水管断了"))
    clerk.open(f"/triage/{second['number']}")
    page = clerk.page
    alike = page.locator("#lookalikes")
    expect(alike).to_contain_text(first["number"])
    alike.locator("li", has_text=first["number"]).get_by_role("link", name="对照").click()
    expect(page.get_by_text(first["number"]).first).to_be_visible()
    clerk.open(f"/cases/{second['number']}/moves/merge")
    clerk.choose("并入哪一件", word, first["title"])
    page.locator("#move").get_by_role("button", name="并案").click()
    expect(page.locator(".toast")).to_contain_text("撤销")
    assert clerk.api("GET", f"/cases/{second['id']}")["state"] == "merged"
    page.locator(".toast").get_by_text("撤销").click()
    expect(page.locator("#case-history")).to_contain_text("撤销并案")
    assert clerk.api("GET", f"/cases/{second['id']}")["state"] == "reported"


def test_the_letter_m_merges_what_looks_alike(seat: Seat) -> None:
    clerk, word = seat("yu"), rare_pair()
    clerk.open("/work")
    first = clerk.api("POST", "/cases", report(f"{word}岭停水停电没人管"))
    second = clerk.api("POST", "/cases", report(f"{word}岭停水停电没人管了"))
    clerk.open(f"/triage/{second['number']}")
    expect(clerk.page.locator("#lookalikes li").first).to_contain_text(first["number"])
    clerk.page.keyboard.press("m")
    expect(clerk.page.locator(".toast, #move").first).to_be_visible()
    if clerk.page.locator("#move").count():
        clerk.page.locator("#move").get_by_role("button", name="并案").click()
    expect(clerk.page.locator(".toast")).to_contain_text("撤销")
    assert clerk.api("GET", f"/cases/{second['id']}")["state"] == "merged"


def test_many_are_urged_at_once_after_a_look_at_what_will_be_refused(seat: Seat) -> None:
    clerk, word = seat("yu"), rare_pair()
    clerk.open("/work")
    made = [clerk.api("POST", "/cases", report(f"{word}社第{n}口井干了")) for n in (1, 2, 3)]
    for each in made[:2]:
        move = {"trigger": "assign", "fields": {"org": "SLJ"}}
        clerk.api("POST", f"/cases/{each['id']}/transitions", move)
    clerk.open(f"/cases?q={word}")
    page = clerk.page
    page.get_by_label("选中本页全部").check()
    expect(page.locator("#batch-say")).to_contain_text(re.compile("催办：2 件可办，1 件不可（.{6} "))
    page.keyboard.press("u")
    expect(page.get_by_text("这些不可，为什么")).to_be_visible()
    expect(page.locator("main")).to_contain_text(made[2]["number"][-6:])
    page.get_by_label("催办的话").fill("请今天回话。")
    page.locator("#batch").get_by_role("button", name="催办").click()
    expect(page.locator("main")).to_contain_text("办了 2 件")
    clerk.open(f"/cases/{made[0]['number']}")
    expect(page.locator("#case-history")).to_contain_text("请今天回话")
