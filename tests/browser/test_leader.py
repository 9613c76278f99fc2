"""The leader's page: every number opens exactly the records it counts."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import Seat
from tests.browser.visitor import Visitor

DOORS = """() => [...document.querySelectorAll("main a.fig, main a.twn, main .hb th a")].map(a => {
  const n = a.classList.contains("twn") ? a.querySelector("b") : a;
  return [a.getAttribute("href"), n.firstChild ? n.firstChild.textContent.trim() : "", a.className];
})"""
_TOTAL = re.compile(r'<span aria-live="polite">([\d,]+) 件</span>')


def doors(page: Page) -> list[tuple[str, int]]:
    """Return where each number leads, and the number."""
    found = page.evaluate(DOORS)
    return [(href, int(text.replace(",", ""))) for href, text, _ in found if text.replace(",", "").isdigit()]


def test_every_number_opens_exactly_its_records(seat: Seat) -> None:
    leader = seat("guan")
    # What others do in this very minute would move the numbers between two looks; yesterday stands still.
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    leader.open(f"/overview?as_of={yesterday}")
    page = leader.page
    found = doors(page)
    assert len(found) > 60, found
    wrong = [line for href, n in sorted(set(found)) for line in [counted(leader, href, n)] if line]
    assert not wrong, "\n".join(wrong)


def counted(leader: Visitor, href: str, n: int) -> str | None:
    """Say where the list behind a number counts otherwise."""
    answer = leader.page.request.get(leader.home + href)
    told = _TOTAL.search(answer.text())
    total = int(told[1].replace(",", "")) if told else 0
    return None if answer.ok and total == n else f"{n} opens {total}: {href}"


def test_the_leader_looks_at_the_page_as_one_does(seat: Seat) -> None:
    leader = seat("guan")
    leader.open("/overview")
    page = leader.page
    expect(page.locator("#chart canvas, #chart svg").first).to_be_visible()
    leader.press("看表")
    expect(page.locator("#chart-table")).to_be_visible()
    figure = page.locator(".figs a.fig").first
    n = figure.locator("xpath=.").inner_text()
    figure.click()
    expect(page.locator(".listbar")).to_contain_text(f"{re.sub(r'[^0-9,]', '', n)} 件")
    page.locator("tbody tr a").first.click()
    expect(page.locator("#case-actions")).to_contain_text("您的身份：")
    assert not page.locator("#case-actions button.main").count()
    phone = seat("guan", width=390)
    phone.open("/overview")
    phone.fits()
