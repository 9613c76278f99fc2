"""Files and functions stay small enough to be read at one sitting."""

import ast
from collections.abc import Iterable

from tests.laws.source import ROOMS, Source, assert_none, planted, python_files

FILE_LINES = 400
FUNCTION_LINES = 50
PLACES = (*ROOMS, "tests/", "bench/", "scripts/")
# A migration is drawn from the tables and never edited after its release, so it is read as a list, not as code.
DRAWN = "casework/migrations/versions/"


def written_files() -> list[Source]:
    """Read the Python files that somebody wrote."""
    return [source for source in python_files(*PLACES) if not source.path.startswith(DRAWN)]


def long_files(sources: Iterable[Source]) -> list[str]:
    """Find files of more than 400 lines."""
    lengths = ((source.path, source.text.count("\n")) for source in sources)
    return [f"{path} has {length} lines" for path, length in lengths if length > FILE_LINES]


def long_functions(sources: Iterable[Source]) -> list[str]:
    """Find functions of more than 50 lines, their docstring counted, their decorators not."""
    return [
        f"{source.at(node)} {node.name}() has {length} lines"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]


def test_no_file_is_longer_than_400_lines() -> None:
    assert_none(long_files(written_files()), advice="Split the file by noun.")


def test_no_function_is_longer_than_50_lines() -> None:
    assert_none(long_functions(written_files()), advice="Give a part of the function a name of its own.")


def test_a_long_file_and_a_long_function_are_caught() -> None:
    tree = planted({"web/a.py": "x = 1\n" * 401, "web/b.py": "def f():\n" + "    x = 1\n" * 50})
    assert long_files(tree) == ["web/a.py has 401 lines"]
    assert long_functions(tree) == ["web/b.py:1 f() has 51 lines"]
