"""The engine without HTTP: moves in memory with guards on, and whole lives durably by the Python API."""

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg

from casework.core.actors import SYSTEM
from casework.core.database import Database
from casework.core.memory import garbage
from tests.world import MORNING, World, make_world
from workflows.context import Context
from workflows.guards import GUARDS
from workflows.registry import registry

ROUND = ("assign", "coordinate", "resolve", "rework", "coordinate", "resolve", "rework")


@dataclass(frozen=True, slots=True)
class InMemory:
    """Transitions a second of our compiled machine with guards, and of the bare shared machine (the floor)."""

    rate: float
    floor: float
    kib_per_case: float


def in_memory(count: int = 50_000) -> InMemory:
    """Fire transitions on plain rows, guards asked before each, and the bare machine for comparison."""
    compiled = registry().latest("case")
    workflow = compiled.workflow
    matter = _row()
    guarded = [
        (trigger, [GUARDS[name] for name in workflow.by_trigger[trigger].guards], workflow.by_trigger[trigger])
        for trigger in ROUND
    ]
    nothing: Any = None
    context = Context(nothing, matter, workflow, guarded[0][2], SYSTEM, MORNING, nothing)

    def ours() -> None:
        matter.state = "reported"
        for trigger, guards, transition in guarded:
            context.transition = transition
            for guard in guards:
                guard(context)
            compiled.fire(matter, trigger)

    events = compiled._machine.events

    def bare() -> None:
        matter.state = "reported"
        for trigger in ROUND:
            events[trigger].trigger(matter)

    return InMemory(_rate(ours, count), _rate(bare, count), _memory())


def _row() -> Any:
    return SimpleNamespace(state="reported", returns=0, ruled=False, ruled_org_id=None, co_tasks_open=0, came_from=None)


def _rate(once: Callable[[], None], count: int) -> float:
    rounds = count // len(ROUND)
    begun = time.perf_counter()
    for _ in range(rounds):
        once()
    return rounds * len(ROUND) / (time.perf_counter() - begun)


def _memory(count: int = 5_000) -> float:
    compiled = registry().latest("case")
    rows = [_row() for _ in range(count)]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for row in rows:
        compiled.fire(row, "assign")
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown / count / 1024


class Lives:
    """Whole lives from report to close, five durable transactions each, on one connection."""

    def __init__(self, url: str, folder: Path) -> None:
        self._db = Database(url)
        self._db.create_all()
        self._world = make_world(self._db, folder)
        _live(self._world, 20)
        # As every process of an office does when it has read in what it runs.
        garbage.settle()

    def rate(self, count: int) -> float:
        """Live `count` of them; cases a second."""
        begun = time.perf_counter()
        _live(self._world, count)
        return count / (time.perf_counter() - begun)

    def close(self) -> None:
        """Close the database."""
        self._db.close()


def _live(world: World, count: int) -> None:
    for _ in range(count):
        case_id = world.report()
        world.move(case_id, "assign", "an", org="SLJ")
        world.move(case_id, "coordinate", "bai", plan="水利局出管材和工人，镇上出工日")
        world.move(case_id, "resolve", "bai", result_class="A", reply="两处管道已焊好，水已通到户。")
        world.move(case_id, "close", "he", followed_up="reached", satisfaction="satisfied")


def durable_floor(url: str, *, count: int) -> float:
    """The least durable life: five transactions of update, audit row, event row by the bare driver; cases a second."""
    with psycopg.connect(url) as connection:
        # Lives of an earlier round are kept: numbers go on after them.
        connection.execute("CREATE TABLE IF NOT EXISTS least (id bigint PRIMARY KEY, state text, version int)")
        connection.execute("CREATE TABLE IF NOT EXISTS least_audit (id bigserial PRIMARY KEY, n bigint, what text)")
        connection.execute("CREATE TABLE IF NOT EXISTS least_events (id bigserial PRIMARY KEY, n bigint, what text)")
        row = connection.execute("SELECT coalesce(max(id) + 1, 0) FROM least").fetchone()
        first = int(row[0]) if row else 0
        connection.commit()
        begun = time.perf_counter()
        for n in range(first, first + count):
            connection.execute("INSERT INTO least VALUES (%s, 'reported', 1)", [n])
            connection.execute("INSERT INTO least_audit (n, what) VALUES (%s, 'reported')", [n])
            connection.execute("INSERT INTO least_events (n, what) VALUES (%s, 'created')", [n])
            connection.commit()
            for state in ("assigned", "coordinated", "resolved", "closed"):
                connection.execute("UPDATE least SET state = %s, version = version + 1 WHERE id = %s", [state, n])
                connection.execute("INSERT INTO least_audit (n, what) VALUES (%s, %s)", [n, state])
                connection.execute("INSERT INTO least_events (n, what) VALUES (%s, 'moved')", [n])
                connection.commit()
        return count / (time.perf_counter() - begun)
