"""The week beside the form of a date in a browser: keys and the mouse move the meeting, and only its parts come anew."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.previews.pages import PAGES
from tests.web.previews.photographer import new_page
from tests.web.previews.stage import build_app, open_stage

NAME = "meeting-date"


@pytest.fixture(scope="module")
def stage() -> Iterator[str]:
    with open_stage(build_app({NAME: PAGES[NAME]})) as address:
        yield address


@pytest.fixture
def page(browser: Browser, stage: str) -> Iterator[Page]:
    opened = new_page(browser, 1280, sharp=False)
    opened.set_default_timeout(4000)
    opened.goto(f"{stage}/p/{NAME}")
    yield opened
    opened.context.close()


def answered(page: Page) -> list[dict[str, list[str]]]:
    """Answer what the form sends with the page, its date an hour later; return what was sent."""
    sent: list[dict[str, list[str]]] = []
    body = page.context.request.get(page.url).text().replace("2026-10-20T09:00", "2026-10-20T10:00")

    def answer(route: Route) -> None:
        text = route.request.post_data or ""
        parts = [each.split('name="', 1)[1] for each in text.split("------") if 'name="' in each]
        found = {each.split('"', 1)[0]: [each.split("\r\n\r\n", 1)[1].strip()] for each in parts}
        sent.append(found or parse_qs(text))
        route.fulfill(body=body.replace("冲突 2 处", "冲突 3 处"), content_type="text/html; charset=utf-8")

    page.route("**/moves/schedule", answer)
    return sent


def test_arrow_keys_move_the_meeting_and_the_focus_stays(page: Page) -> None:
    sent = answered(page)
    page.locator("#move-left").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".b.clashing")).to_contain_text("冲突 3 处")
    assert sent[0]["slot"] == ["g|h|HALL"] and sent[0]["stakeholders"] != [""]
    expect(page.locator("#move-down")).to_be_focused()
    expect(page.locator("#f-starts_at")).to_have_value("2026-10-20T10:00")
    expect(page.locator("#week-told")).to_contain_text("冲突")


def test_the_meeting_is_dragged_by_half_hours_onto_another_day(page: Page) -> None:
    sent = answered(page)
    block, onto = page.locator("[data-held]"), page.locator(".day").nth(3)
    block.scroll_into_view_if_needed()
    box, day = block.bounding_box(), onto.bounding_box()
    assert box is not None and day is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    # Two rows of a quarter of an hour down, and a little more.
    page.mouse.move(day["x"] + day["width"] / 2, box["y"] + 10 + 36 + 4, steps=5)
    page.mouse.up()
    expect(page.locator(".b.clashing")).to_contain_text("冲突 3 处")
    assert sent[0]["look"] == ["1"]
    assert (sent[0]["starts_at"], sent[0]["ends_at"]) == (["2026-10-22T10:00"], ["2026-10-22T12:00"])
