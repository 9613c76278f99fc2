"""No threat and no requirement of docs/security.md without a test that there is, and the page is what they say."""

import ast
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from scripts import security
from tests.laws.source import ROOT, assert_none


@cache
def functions(file: str) -> frozenset[str]:
    """Return the names of the tests of a file below tests/; none when there is no such file."""
    path = ROOT / "tests" / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def unproven(rows: Iterable[Mapping[str, Any]], known: Callable[[str], Iterable[str]]) -> list[str]:
    """Find rows without a test, and tests that are not there."""
    found = []
    for row in rows:
        title = row.get("name") or row["id"]
        tests = row.get("tests", ())
        found += [] if tests else [f"{title}: no test"]
        for test in tests:
            file, _, function = test.partition("::")
            if not function.startswith("test_") or function not in known(file):
                found.append(f"{title}: no {test}")
    return found


def test_every_row_names_tests_that_there_are() -> None:
    rows = (*security.source()["threat"], *security.source()["requirement"])
    assert_none(unproven(rows, functions), advice="Write the test, or mend its name in scripts/security.toml.")


def test_a_row_without_a_test_is_caught() -> None:
    rows = [
        {"name": "A", "tests": ["a.py::test_a"]},
        {"name": "B", "tests": []},
        {"id": "1.1", "tests": ["a.py::test_b", "a.py"]},
    ]
    assert unproven(rows, lambda file: {"test_a"}) == ["B: no test", "1.1: no a.py::test_b", "1.1: no a.py"]


def test_the_page_says_what_the_rows_say() -> None:
    assert security.page() == security.PAGE.read_text("utf-8"), "Run `make docs`."
