"""Without a mouse: a difficulty from report to reply, the menus, the way past the navigation, and a focus one can see."""

from playwright.sync_api import expect

from tests.browser.conftest import Seat
from tests.browser.keys import tab_to, walk
from tests.browser.test_spine import assign_with_keys, report_by_keyboard
from tests.browser.visitor import Visitor
from tests.browser.words import rare_pair


def test_a_difficulty_is_reported_assigned_and_answered_by_keys_alone(seat: Seat) -> None:
    word = rare_pair()
    clerk = seat("yu")
    number = report_by_keyboard(clerk, f"{word}沟的水管冻裂了")
    assign_with_keys(clerk, number)
    handler = seat("bai")
    page = handler.page
    find_by_keys(handler, word)
    tab_to(page, "#case-actions form button")
    expect(page.locator("#case-actions form button:focus")).to_contain_text("签收")
    page.keyboard.press("Enter")
    expect(page.locator("#case-history")).to_contain_text("签收")
    tab_to(page, '#case-actions a[href$="/moves/resolve"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="办结").first).to_be_visible()
    tab_to(page, '#move input[type="radio"]')
    page.keyboard.press("Space")
    tab_to(page, "#f-reply")
    page.keyboard.type(f"{word}沟的引水管换好了，水通到了每一户。")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#case-state .now b")).to_have_text("已办结")


def find_by_keys(visitor: Visitor, word: str) -> None:
    """Search with the slash and open what is found."""
    page = visitor.page
    visitor.open("/work")
    page.keyboard.press("/")
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases?q=*")
    tab_to(page, "main tbody a")
    page.keyboard.press("Enter")
    expect(page.locator("#case-actions")).to_be_visible()


def test_menus_open_with_enter_shut_with_escape_and_lead_on(seat: Seat) -> None:
    clerk = seat("yu")
    page = clerk.page
    clerk.open("/cases")
    page.keyboard.press("Tab")
    expect(page.locator(".skip:focus")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    tab_to(page, ".fmenu > summary")
    page.keyboard.press("Enter")
    expect(page.locator(".fmenu[open]")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator(".fmenu[open]")).to_have_count(0)
    expect(page.locator(".fmenu > summary:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".listbar .fchip").last).to_be_visible()
    clerk.open("/work")
    tab_to(page, "summary.me")
    page.keyboard.press("Enter")
    tab_to(page, '.menu[open] a[href="/profile"]')
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{clerk.home}/profile")


def test_what_has_the_focus_is_seen_and_never_under_a_bar(seat: Seat) -> None:
    unit = seat("shui")
    unit.open("/work")
    number = unit.api("GET", "/cases?state=assigned&limit=1")["items"][0]["number"]
    clerk = seat("yu")
    faults = []
    for visitor, path, width in (
        (unit, f"/cases/{number}", 390),
        (unit, f"/cases/{number}/moves/resolve", 390),
        (clerk, "/triage", 1280),
        (clerk, "/cases", 390),
        (clerk, "/cases/new", 390),
    ):
        visitor.open(path)
        visitor.widen(width)
        faults += [f"{path} at {width}: {fault}" for fault in walk(visitor.page, most=80)]
    assert not faults, "\n".join(faults)
