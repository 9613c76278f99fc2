"""What a page weighs on the line: 150 kB packed on the first visit, 60 kB after; asked of the web as a browser asks.

The pages are those of the previews where many rows count, and the real ones where files are counted.
"""

import gzip
import re

import pytest

from tests.web.desk import Desk
from tests.web.previews.pages import PAGES
from tests.web.previews.stage import build_app

FIRST, AFTER = 150_000, 60_000
PACKED = {"Accept-Encoding": "gzip"}
ASSET = re.compile(r'(?:href|src)="((?:/static/|/i/)[^"#]+)')
# One of the office sees them all; a page too heavy by its rows shows in the previews.
MAIN = (
    *("/work", "/triage", "/cases", "/cases/new", "/followups", "/overview", "/campaign", "/funds/totals"),
    *("/households", "/supervision", "/consultations", "/consultations/calendar?view=month", "/targets", "/ledgers"),
)


def test_main_pages_stay_light_on_the_line(desk: Desk) -> None:
    chair = desk.browser("an")
    weighed: dict[str, int] = {}
    for path in MAIN:
        answer = chair.client.get(path, headers=PACKED)
        assert answer.status_code == 200 and answer.headers["Content-Encoding"] == "gzip", path
        page = gzip.decompress(answer.data).decode()
        found = set(ASSET.findall(page))
        assert len(found) > 10, path
        for address in found - set(weighed):
            with chair.client.get(address, headers=PACKED) as asset:
                assert asset.status_code == 200 and "immutable" in asset.headers["Cache-Control"]
                # What is sent packed opens again as what lies there.
                packed = asset.headers.get("Content-Encoding") == "gzip"
                body = gzip.decompress(asset.data) if packed else asset.data
                with chair.client.get(address) as plain:
                    assert plain.data == body and "Content-Encoding" not in plain.headers
                weighed[address] = len(asset.data)
        assert len(answer.data) + sum(weighed[address] for address in found) <= FIRST, path
        assert len(answer.data) <= AFTER, path


@pytest.mark.parametrize("name", sorted(n for n in PAGES if n.startswith(("list-", "case", "triage", "overview"))))
def test_pages_full_of_rows_stay_light_after_the_first(name: str) -> None:
    body = build_app({name: PAGES[name]}).test_client().get(f"/p/{name}").data
    assert len(gzip.compress(body)) <= AFTER / 4
    assert name != "list-fifty" or len(body) <= 60_000
