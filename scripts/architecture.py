"""Write docs/architecture.md: the rooms as they import each other, what is in them, and one move as it really ran."""

import ast
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

from casework.core.database import Database

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "architecture.md"
ROOMS = ("cli", "web", "tasks", "workflows", "casework")
_HEAD = """# Architecture

Made by `make docs`: the pictures are drawn from the imports of the code and from one move that was really made.

## The rooms

An arrow: files of this room import from that one. There is none upwards, and import-linter holds that.
"""
_MOVE = """
## One move

What happened when a clerk assigned a case, as it was called: each line is the first call from one part into another.
All of it is one transaction; whoever is to be told is told later, from the outbox.
"""
# The parts a move goes through, in the order in which they stand in the picture: path, name.
_PARTS = (
    ("tests/world.py", "caller"),
    ("workflows/engine.py", "engine"),
    ("workflows/guards", "guards"),
    ("workflows/effects", "effects"),
    ("workflows/compiler.py", "compiler"),
    ("workflows/", "workflows"),
    ("casework/permissions.py", "permissions"),
    ("casework/cases/", "cases"),
    ("casework/matters/deadlines", "deadlines"),
    ("casework/matters/history", "history"),
    ("casework/matters/outbox", "outbox"),
    ("casework/matters/", "matters"),
)


def page(county: str | None = None) -> str:
    """Return the page; `county`: the URL of a database that holds the county of the tests, else one is made."""
    return "\n".join([_HEAD, _rooms(), "", _packages(), _MOVE, _sequence(_calls_of_a_move(county)), ""])


def _rooms() -> str:
    arrows: set[tuple[str, str]] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            arrows.update((room, other) for other in _imported(path) - {room})
    lines = [f"  {room}[{room}]" for room in ROOMS]
    lines += [f"  {a} --> {b}" for a, b in sorted(arrows)]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"])


def _imported(path: Path) -> set[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return {name.partition(".")[0] for name in names} & set(ROOMS)


def _packages() -> str:
    lines = ["| package | what lives there |", "|---|---|"]
    for room in ROOMS:
        for path in sorted(init.parent for init in (ROOT / room).rglob("__init__.py")):
            told = _first_sentence(path / "__init__.py")
            if told:
                lines.append(f"| `{'/'.join(path.relative_to(ROOT).parts)}` | {told} |")
    return "\n".join(lines)


def _first_sentence(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) if path.exists() else None
    return " ".join((said or "").partition("\n\n")[0].split())


def _calls_of_a_move(given: str | None) -> list[tuple[str, str, str]]:
    """Make a case and assign it; return who called whom for what."""
    from tests import schema, world  # noqa: PLC0415 - the county of the tests is founded for the picture only

    found: list[tuple[str, str, str]] = []

    def watch(frame: FrameType, event: str, _value: Any) -> None:
        caller = frame.f_back
        if event != "call" or caller is None or frame.f_code.co_name.startswith(("_", "<")):
            return
        there, here = _part(frame), _part(caller)
        if there and here and there != here:
            found.append((here, there, frame.f_code.co_name))

    with tempfile.TemporaryDirectory() as folder:
        url = given or f"sqlite:///{folder}/casework.db"
        if given is None:
            schema.build_county(url)
        county = world.make_world(Database(url), Path(folder))
        first, second = county.report(), county.report()
        # The first move fills what is kept in memory, and would show how it is filled.
        county.move(first, "assign", by="an", org="SLJ")
        sys.setprofile(watch)
        county.move(second, "assign", by="an", org="SLJ")
        sys.setprofile(None)
        county.db.close()
    return list(dict.fromkeys(found))


def _part(frame: FrameType) -> str | None:
    name = frame.f_code.co_filename
    if not name.startswith(str(ROOT)):
        return None
    path = name.removeprefix(f"{ROOT}/")
    return next((part for begin, part in _PARTS if path.startswith(begin)), None)


def _sequence(calls: list[tuple[str, str, str]]) -> str:
    shown = {part for call in calls for part in call[:2]}
    people = [part for _path, part in _PARTS if part in shown]
    lines = [f"  participant {part}" for part in people]
    lines += [f"  {here}->>{there}: {what}" for here, there, what in calls]
    return "\n".join(["```mermaid", "sequenceDiagram", *lines, "```"])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
