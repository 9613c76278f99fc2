"""A value in plain is never on the screen, nor any page on paper, without who looks, when and by which request."""

import re
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Browser

from casework.core.database import Database
from tests import databases
from tests.web.desk import make_desk
from tests.web.previews.pages import PAGES
from tests.web.previews.photographer import new_page
from tests.web.previews.stage import build_app, open_stage
from tests.world import MORNING, make_world

_DISPLAY = "() => getComputedStyle(document.querySelector('svg.wm')).display"


@pytest.mark.parametrize("width", [1280, 390])
def test_it_lies_over_what_is_plain_and_over_paper_and_is_in_nobodys_way(browser: Browser, width: int) -> None:
    with open_stage(build_app(PAGES)) as address:
        page = new_page(browser, width, sharp=False)
        page.goto(f"{address}/p/case")
        assert page.evaluate(_DISPLAY) == "none", "masked: nothing lies over the page"
        page.emulate_media(media="print")
        assert page.evaluate(_DISPLAY) == "block"
        page.emulate_media(media="screen")
        # A value that is shown in place turns it on.
        page.evaluate("() => { document.querySelector('svg.wm').classList.add('on'); }")
        assert page.evaluate(_DISPLAY) == "block"
        under = "() => document.elementFromPoint(innerWidth / 2, innerHeight / 2).closest('svg.wm')"
        assert page.evaluate(under) is None, "clicks go through it"
        assert page.evaluate("() => document.querySelector('svg.wm').getAttribute('aria-hidden')") == "true"
        page.goto(f"{address}/p/reveal-told")
        assert page.evaluate(_DISPLAY) == "block"
        page.context.close()


def test_it_says_who_when_and_by_which_request(tmp_path: Path) -> None:
    with databases.fresh_database("sqlite", holding="county") as url, time_machine.travel(MORNING, tick=False):
        db = Database(url)
        desk = make_desk(make_world(db, tmp_path), tmp_path)
        answer = desk.browser("he").get("/cases", headers={"X-Request-Id": "7f3a91c2-and-more"})
        mark = re.search(r'class="wm".*?<text[^>]*>([^<]+)<', answer.text)
        assert mark is not None
        assert mark[1].split("  ") == [desk.person("he").name, "2026-10-14 09:00", "7f3a91c2"]
        db.close()
