"""A day or a moment pasted into its field, tried in a real browser on a preview page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.previews.pages import PAGES
from tests.web.previews.photographer import new_page
from tests.web.previews.stage import build_app, open_stage


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with open_stage(build_app(PAGES)) as stage:
        opened = new_page(browser, 1280, sharp=False)
        opened.goto(f"{stage}/p/new")
        yield opened
        opened.context.close()


def test_a_day_is_pasted_as_people_write_it(page: Page) -> None:
    field = page.locator("#" + str(page.locator("input[type=date]").first.get_attribute("id")))
    paste = """(field, [kind, text]) => {
        field.type = kind; field.value = "";
        const held = new DataTransfer();
        held.setData("text", text);
        field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
    }"""
    for kind, text, told in (
        ("date", "2026.12.5", "2026-12-05"),
        ("date", "２０２６/12/５", "2026-12-05"),
        ("date", "2026年12月5日", "2026-12-05"),
        ("date", "2026.13.5", ""),
        ("date", "12月5日", ""),
        ("datetime-local", "2026年12月5日 14：30", "2026-12-05T14:30"),
        ("datetime-local", "2026.12.5", ""),
    ):
        field.evaluate(paste, [kind, text])
        expect(field).to_have_value(told)
