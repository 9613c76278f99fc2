"""What others wrote is exactly what they published: names, versions, licences and hashes in one list."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.web.previews.pages import PAGES
from tests.web.previews.stage import WEB, build_app

ROOT = WEB.parent
LISTS = [WEB / "static" / "vendor" / "vendor.json", Path(__file__).parent / "vendor" / "vendor.json"]


@pytest.mark.parametrize("listed", LISTS, ids=lambda p: str(p.parent.relative_to(ROOT)))
def test_every_vendored_file_is_listed_with_its_hash_and_licence(listed: Path) -> None:
    entries = json.loads(listed.read_text("utf-8"))
    assert {e["file"] for e in entries} == {p.name for p in listed.parent.iterdir() if p != listed and p.is_file()}
    for entry in entries:
        assert set(entry) == {"file", "name", "version", "licence", "sha256"}
        assert hashlib.sha256((listed.parent / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry[
            "file"
        ]


def test_the_list_names_no_address() -> None:
    assert not any("//" in listed.read_text("utf-8") for listed in LISTS)


def _weight(name: str) -> tuple[int, int]:
    """Return bytes of HTML and compressed bytes of the first load of a page."""
    client = build_app(PAGES).test_client()
    html = client.get(f"/p/{name}").data
    files = {f.decode().removeprefix("/static/") for f in re.findall(rb'(?:href|src)="(/static/[^"#?]+)', html)}
    return len(html), len(gzip.compress(html)) + sum(
        len(gzip.compress((WEB / "static" / f).read_bytes())) for f in files
    )


@pytest.mark.parametrize("name", ["list-fifty", "case", "triage", "overview", "public-report"])
def test_the_first_load_of_a_page_stays_under_150_kb(name: str) -> None:
    assert _weight(name)[1] <= 150_000


def test_a_list_of_fifty_rows_stays_under_60_kb_of_html() -> None:
    assert _weight("list-fifty")[0] <= 60_000
