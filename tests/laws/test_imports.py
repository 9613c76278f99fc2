"""The rooms stand on each other in one direction, and nobody hides an import inside a function."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.laws.source import ROOMS, ROOT, Source, assert_none, planted, python_files

SKELETON = ("core", "registry", "matters", "funds", "cases", "exchange")
BREACHES = [
    ("rooms", "casework/cases/actions.py", "import workflows.engine"),
    ("rooms", "web/moves.py", "import tasks.relay"),
    ("rooms", "web/moves.py", "import cli.main"),
    ("casework", "casework/matters/history.py", "import casework.cases.actions"),
    (
        "circles",
        "workflows/engine.py",
        "import workflows.guards\n# workflows/guards.py\nimport workflows.engine",
    ),
    ("frameworks", "casework/core/clock.py", "import celery"),
    ("frameworks", "workflows/engine.py", "from flask import request"),
    ("sql", "web/moves.py", "from sqlalchemy import select"),
    ("sql", "cli/main.py", "import sqlite3"),
    ("transitions", "workflows/engine.py", "from transitions import Machine"),
    ("files", "web/moves.py", "import openpyxl"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of pyproject.toml over the rooms in `folder`."""
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def skeleton(tmp_path: Path) -> Iterator[Path]:
    """Lay out the rooms with empty modules in which a breach can be planted."""
    for package in (*ROOMS, *(f"casework/{room}" for room in SKELETON)):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    for module in (
        "casework/cases/actions",
        "workflows/engine",
        "workflows/guards",
        "tasks/relay",
        "cli/main",
    ):
        (tmp_path / f"{module}.py").touch()
    # The contracts name the compiler and the package it alone may import, so both have to be there.
    (tmp_path / "workflows/compiler.py").write_text("import transitions\n")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    yield tmp_path


def test_the_rooms_stand_on_each_other() -> None:
    done = lint_imports(ROOT)
    advice = "Move the code to the room that may know it, or hand it in from the edge (docs/decisions/0001)."
    assert done.returncode == 0, f"{advice}\n{done.stdout}{done.stderr}"


def test_the_bare_skeleton_keeps_every_contract(skeleton: Path) -> None:
    done = lint_imports(skeleton)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "path", "code"), BREACHES, ids=[f"{b[0]}-{b[1]}-{b[2][:25]}" for b in BREACHES])
def test_a_wrong_import_is_caught(contract: str, path: str, code: str, skeleton: Path) -> None:
    first, _, second = code.partition("\n# ")
    (skeleton / path).write_text(first + "\n")
    if second:
        other, _, there = second.partition("\n")
        (skeleton / other).write_text(there + "\n")
    done = lint_imports(skeleton)
    assert done.returncode == 1
    assert f"{name_of(contract)} BROKEN" in " ".join(done.stdout.split()), done.stdout


def name_of(contract: str) -> str:
    """Return the sentence that stands for a contract in the report."""
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    after = lines[lines.index(f'id = "{contract}"') + 1]
    return after.removeprefix('name = "').removesuffix('"')


def hidden_imports(sources: Iterable[Source]) -> list[str]:
    """Find imports inside functions: of our own rooms all, of others' packages those that give no reason."""
    return [
        f"{source.at(node)} in {function.name}()"
        for source in sources
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if _is_ours(node) or "# noqa: PLC0415 - " not in source.text.splitlines()[node.lineno - 1]
    ]


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
    return any(name.partition(".")[0] in ROOMS for name in names)


def test_no_import_hides_inside_a_function() -> None:
    advice = (
        "Import at the top; a circle is mended by moving code. A slow foreign package may come late, with its reason."
    )
    assert_none(hidden_imports(python_files(*ROOMS)), advice=advice)


def test_a_hidden_import_is_caught() -> None:
    reason = "  # noqa: PLC0415 - slow"
    code = f"def move():\n    import alembic\n    import typst{reason}\n    from tasks import relay{reason}\n"
    assert hidden_imports(planted({"web/moves.py": code})) == [
        "web/moves.py:2 in move()",
        "web/moves.py:4 in move()",
    ]
