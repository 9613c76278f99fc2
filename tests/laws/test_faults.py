"""Every fault of reliability.md §2.2 has tests, and every one of them is there, tells its toll and keeps its numbers."""

import ast
import json
import re
from collections.abc import Iterable, Mapping

from scripts import faults
from tests.faults.table import Row, rows
from tests.laws.source import ROOT, assert_none

FAULTS = tuple(f"F{n}" for n in range(1, 25))


def functions_of(paths: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """Read the functions of test files, each with its text; a file that is not there has none."""
    found = {}
    for path in paths:
        text = (ROOT / path).read_text("utf-8") if (ROOT / path).is_file() else ""
        nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
        found[path] = {"": text} | {node.name: ast.unparse(node) for node in nodes}
    return found


def breaches(table: Iterable[Row], files: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Find rows without tests, tests that are not there, faults no test tells of, and numbers no test asks for."""
    wrong = []
    for row in table:
        pairs = [tuple(node.split("::")) for node in row.tests]
        wrong += [f"{row.name}: {path}::{name} is not there" for path, name in pairs if name not in files[path]]
        texts = [files[path][""] for path, _ in pairs]
        if not any(re.search(rf't[eo]ll\(\s*"{row.name}"', text) for text in texts):
            wrong.append(f"{row.name}: no test tells its toll")
        for what, (quick, full) in row.numbers.items():
            if not any(re.search(rf'number\("{row.name}", "{what}"\)', text) for text in texts) or quick > full:
                wrong.append(f"{row.name}: nobody asks for {what}")
    return wrong


def test_every_fault_has_tests_that_are_there_and_tell_its_toll() -> None:
    table = rows()
    assert tuple(table) == FAULTS
    files = functions_of({node.partition("::")[0] for row in table.values() for node in row.tests})
    assert_none(breaches(table.values(), files), advice="Keep tests/faults/table.toml and the tests in step.")


def test_a_row_that_nothing_shows_is_caught() -> None:
    row = Row("F1", "x", "y", "z", ("a.py::test_gone",), {"kills": (1, 2)})
    assert breaches([row], {"a.py": {"": "def test_here(): ..."}}) == [
        "F1: a.py::test_gone is not there",
        "F1: no test tells its toll",
        "F1: nobody asks for kills",
    ]


def test_the_page_is_that_of_the_json() -> None:
    kept = json.loads(faults.KEPT.read_text("utf-8"))
    assert faults.PAGE.read_text("utf-8") == faults.page(kept), (
        "Run `make faults`, or a row of it, and keep both files."
    )
