"""What others wrote is exactly what they published: names, versions, licences and hashes in one list."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.web.previews.stage import WEB

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
