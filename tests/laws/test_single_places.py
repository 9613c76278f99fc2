"""Some things happen in one place only: committing, changing a state, reading the clock."""

import ast
from collections.abc import Iterable, Iterator

from tests.laws.source import ROOMS, Source, assert_none, planted, python_files

# The dialect ends by COMMIT what has only looked; nothing can be kept or lost by it.
COMMITTING = ("casework/core/database.py", "casework/core/driver/dialect.py")
CHANGING_STATE = ("workflows/compiler.py", "workflows/engine.py")
READING_THE_CLOCK = ("casework/core/clock.py",)
# Attributes called `state` that are no matter's: "path: target" → why.
OTHER_STATES: dict[str, str] = {}
CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"},
}


def commits(sources: Iterable[Source]) -> list[str]:
    """Find calls of `.commit(` outside the one module that ends transactions."""
    return [
        f"{source.at(node)} {ast.unparse(node)}"
        for source in sources
        if source.path not in COMMITTING
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]


def state_changes(sources: Iterable[Source]) -> list[str]:
    """Find assignments to an attribute `state` outside the engine."""
    return [
        f"{source.at(node)} {ast.unparse(node)}"
        for source in sources
        if source.path not in CHANGING_STATE
        for node in ast.walk(source.tree)
        for target in _assigned(node)
        if f"{source.path}: {target}" not in OTHER_STATES
    ]


def _assigned(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and node.attr == "state" and isinstance(node.ctx, ast.Store):
        yield ast.unparse(node)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr" and len(node.args) == 3:
        name = node.args[1]
        if isinstance(name, ast.Constant) and name.value == "state":
            yield ast.unparse(node.args[0])


def clock_readings(sources: Iterable[Source]) -> list[str]:
    """Find readings of the wall clock outside the one module that may; durations by time.monotonic() are free."""
    return [
        f"{source.at(node)} {ast.unparse(node)}"
        for source in sources
        if source.path not in READING_THE_CLOCK
        for node in ast.walk(source.tree)
        if _reads_the_clock(node)
    ]


def _reads_the_clock(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "time":
        return any(name.name in CLOCKS["time"] for name in node.names)
    if not isinstance(node, ast.Attribute):
        return False
    owner = ast.unparse(node.value).rpartition(".")[2]
    return node.attr in CLOCKS.get(owner, ())


def test_only_the_database_commits() -> None:
    advice = "Let the edge end the transaction: Database.transaction()."
    assert_none(commits(python_files(*ROOMS)), advice=advice)


def test_a_commit_elsewhere_is_caught() -> None:
    tree = planted({"web/a.py": "session.commit()", "casework/core/database.py": "session.commit()"})
    assert commits(tree) == ["web/a.py:1 session.commit()"]


def test_nobody_changes_a_state_but_the_engine() -> None:
    advice = "Call workflows.engine.move(); what is no matter's state goes into OTHER_STATES with its reason."
    assert_none(state_changes(python_files(*ROOMS)), advice=advice)


def test_a_state_changed_elsewhere_is_caught() -> None:
    tree = {
        "web/a.py": "case.state = 'closed'\ncase.state: str = 'x'\nif case.state == 'closed': pass",
        "tasks/b.py": "setattr(case, 'state', 'closed')\nfor case.state in []: pass\nmatter.state, x = 1, 2",
        "workflows/engine.py": "case.state = 'closed'",
    }
    places = {breach.split()[0] for breach in state_changes(planted(tree))}
    assert places == {"web/a.py:1", "web/a.py:2", "tasks/b.py:1", "tasks/b.py:2", "tasks/b.py:3"}


def test_every_exception_to_the_state_law_is_needed() -> None:
    texts = {source.path: source.text for source in python_files(*ROOMS)}
    needless = [entry for entry in OTHER_STATES if entry.split(": ")[1] not in texts.get(entry.split(": ")[0], "")]
    assert_none(needless, advice="Take what is gone out of OTHER_STATES.")


def test_the_clock_is_read_in_one_place() -> None:
    advice = "Take `at` as an argument; the edge reads casework.core.clock.now() once."
    assert_none(clock_readings(python_files(*ROOMS)), advice=advice)


def test_a_clock_read_elsewhere_is_caught() -> None:
    tree = {
        "web/a.py": "import time\nstart = time.monotonic()\nat = time.time()",
        "web/b.py": "at = datetime.datetime.now(UTC)\nday = date.today()\nread = datetime.utcnow",
        "web/c.py": "from time import time",
        "casework/core/clock.py": "at = datetime.now(UTC)",
    }
    places = {breach.split()[0] for breach in clock_readings(planted(tree))}
    assert places == {"web/a.py:3", "web/b.py:1", "web/b.py:2", "web/b.py:3", "web/c.py:1"}
