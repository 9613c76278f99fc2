"""English from the first page to the last button; and what a case looks like on paper."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Seat
from tests.browser.pages import STATES
from tests.browser.visitor import Visitor
from tests.web.test_previews import OVER

# What the page itself says; names of places, people and units stay Chinese.
SAID = """() => [...document.querySelectorAll(
  "button, label, legend, h2, summary, th[scope=col], .rail a, .hint, .seg a, .crumbs a, .counts, title, .acts > p, .chip"
)].filter(e => !e.closest(".pill, .fmenu > div, .sg, [lang='zh-CN'], .combo, .town, .saved, .seal, .me")).map(e => e.textContent.trim())"""
HAN = re.compile("[\u4e00-\u9fff]")
# The name of the language itself, and how units write their own names on a chip.
OWN = re.compile("中文|县|局|镇|乡|村|公司")
# Of the map, what stands on something else.
STANDS_ON_ANOTHER = """() => [...document.querySelectorAll("a.twn")].filter(e => {
  const [n, over] = [e.querySelector("b"), e.querySelector("em")].map(p => p && p.getBoundingClientRect());
  return over && n.left < over.right && over.left < n.right && n.top < over.bottom && over.top < n.bottom;
}).map(e => e.textContent)"""
PAGES = (
    "/work",
    "/cases",
    "/cases/new",
    "/triage",
    "/followups",
    "/overview",
    "/help",
    "/ledgers",
    "/profile",
    "/notices",
)


def _too_wide(chair: Visitor) -> list[str]:
    """Look at three cards full of figures, whose names are longer in English, on a phone and at 400 %."""
    found: list[str] = []
    for path in ("/campaign", "/campaign?campaign=SLSC-2022&as_of=2026-09-30"):
        chair.open(path)
        for large, width in ((False, 320), (True, 390)):
            chair.page.evaluate("large => document.documentElement.classList.toggle('large', large)", large)
            chair.widen(width)
            over = chair.page.evaluate(OVER)
            found += [f"{path} at {width}{', large' if large else ''}: scrolls {over} px sideways"] if over > 0 else []
    chair.widen(1280)
    return found


def test_the_switch_to_english_is_complete(seat: Seat) -> None:
    chair = seat("lu")
    chair.open("/work")
    chair.page.locator(".person summary, header details.menu summary").last.click()
    chair.page.get_by_role("link", name="English").first.click()
    expect(chair.page.locator("html")).to_have_attribute("lang", "en")
    left: list[str] = []
    paths = list(PAGES)
    for state in STATES:
        found = chair.api("GET", f"/cases?state={state}&limit=1")["items"]
        paths += [f"/cases/{each['number']}" for each in found]
    for path in paths:
        chair.open(path)
        said = chair.page.evaluate(SAID)
        left += [f"{path}: {text[:80]}" for text in said if HAN.search(text) and not OWN.search(text)]
    left += _too_wide(chair)
    chair.open("/language/zh?next=/work")
    expect(chair.page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert not left, "\n".join(left)


def test_a_case_prints_whole_for_the_office_and_masked_for_the_public(seat: Seat, tmp_path: Path) -> None:
    clerk = seat("he")
    clerk.open("/work")
    closed = clerk.api("GET", "/cases?state=closed&limit=1&sort=reported")["items"][0]
    assigned = clerk.api("GET", "/cases?state=assigned&limit=1")["items"][0]
    page = clerk.page
    clerk.open(f"/cases/{closed['number']}/print")
    expect(page.locator("body")).to_contain_text(closed["number"])
    expect(page.locator("body")).to_contain_text(closed["title"])
    page.emulate_media(media="print")
    expect(page.locator("nav.rail, .bottombar, .btn").first).not_to_be_visible()
    printed = page.pdf(path=str(tmp_path / "whole.pdf"), prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page[^s]", printed)) <= 3
    clerk.open(f"/cases/{assigned['number']}/slip")
    printed = page.pdf(path=str(tmp_path / "slip.pdf"), prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1


def test_the_page_of_the_campaign_prints_on_one_sheet(seat: Seat, tmp_path: Path) -> None:
    leader = seat("lu")
    page = leader.page
    leader.open("/campaign?as_of=2023-01-11")
    expect(page.locator("#chart svg").first).to_be_visible()
    expect(page.locator(".print-foot")).to_contain_text("三联三促")
    printed = page.pdf(path=str(tmp_path / "campaign.pdf"), prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1


def test_the_page_of_all_cases_prints_on_one_sheet_and_no_count_stands_on_another(seat: Seat, tmp_path: Path) -> None:
    leader = seat("guan")
    page = leader.page
    leader.open("/overview")
    expect(page.locator("#chart svg").first).to_be_visible()
    printed = page.pdf(path=str(tmp_path / "overview.pdf"), prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1
    leader.open("/campaign")
    page.emulate_media(media="print")
    # As wide as the sheet is between its margins.
    page.set_viewport_size({"width": 1047, "height": 760})
    assert page.evaluate(STANDS_ON_ANOTHER) == []


def test_the_campaign_of_today_is_whole_on_the_wall(seat: Seat) -> None:
    leader = seat("lu")
    leader.page.set_viewport_size({"width": 1920, "height": 1080})
    leader.open("/campaign")
    expect(leader.page.locator("#chart svg").first).to_be_visible()
    assert leader.page.evaluate("document.documentElement.scrollHeight") <= 1080


def test_a_wall_chart_of_few_rows_is_read_from_where_people_stand(seat: Seat, tmp_path: Path) -> None:
    head = seat("an")
    head.open("/targets/wall?campaign=SLSC-2022&year=2022&of=region")
    head.page.emulate_media(media="print")
    size = "getComputedStyle(document.querySelector('.wall tbody th')).fontSize"
    assert float(head.page.evaluate(size).removesuffix("px")) >= 20
    printed = head.page.pdf(path=str(tmp_path / "wall.pdf"), prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1
