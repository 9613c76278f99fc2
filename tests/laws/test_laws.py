"""A law that catches nothing is none: every law has a test beside it that plants a breach."""

import re
from collections.abc import Iterable

from tests.laws.source import Source, assert_none, planted, python_files


def unproven(sources: Iterable[Source]) -> list[str]:
    """Find law files in which no test shows that a breach is caught."""
    return [
        source.path
        for source in sources
        if "/test_" in source.path and not re.search(r"^def test_\w+_(?:is|are)_caught\(", source.text, re.MULTILINE)
    ]


def test_every_law_is_shown_to_catch_a_breach() -> None:
    advice = "Add a test named test_…_is_caught that plants a breach."
    assert_none(unproven(python_files("tests/laws/")), advice=advice)


def test_an_unproven_law_is_caught() -> None:
    tree = {
        "tests/laws/test_a.py": "def test_all_is_well(): ...",
        "tests/laws/test_b.py": "def test_a_flaw_is_caught(): ...",
    }
    assert unproven(planted(tree)) == ["tests/laws/test_a.py"]
