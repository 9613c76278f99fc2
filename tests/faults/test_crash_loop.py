"""Every operation is killed at its n-th statement, before and after it, for n = 1, 2, … until it completes.

A child process runs the operation and dies by `_exit` inside the database driver's hook, as a power cut would have it.
Afterwards the operation is there as a whole or not at all (reliability.md §2.1, F1).
"""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from casework.cases.tables import Case
from casework.core.database import Database
from casework.matters import history
from casework.matters.search import SearchEntry
from casework.matters.tables import OutboxEvent
from tests.world import MORNING, World, make_world
from workflows.registry import registry

KILLED = 137
MOST_STATEMENTS = 40

Operation = tuple[Callable[[World], UUID], Callable[[World, UUID], object]]


def _merge(world: World, case_id: UUID) -> None:
    world.move(case_id, "merge", "he", into=str(world.known_other))  # type: ignore[attr-defined] # set by the test


OPERATIONS: dict[str, Operation] = {
    "create": (lambda world: UUID(int=0), lambda world, _: world.report()),
    "assign": (
        lambda world: world.report(),
        lambda w, c: w.move(c, "assign", "an", org="SLJ", co_orgs=["ZYZ"]),
    ),
    "coordinate": (lambda world: world.assigned(), lambda w, c: w.move(c, "coordinate", "bai", plan="换管")),
    "suspend": (
        lambda world: world.assigned(),
        lambda w, c: w.move(c, "suspend", "he", reason="等管材", until="2026-10-20"),
    ),
    "resolve": (
        lambda world: world.coordinated(),
        lambda w, c: w.move(c, "resolve", "bai", result_class="A", reply="已换好"),
    ),
    "close": (
        lambda world: world.resolved(),
        lambda w, c: w.move(c, "close", "he", followed_up="unreachable"),
    ),
    "return": (lambda world: world.assigned(), lambda w, c: w.move(c, "return", "bai", reason="不归水利管")),
    "merge": (lambda world: world.report(), _merge),
}


def _dies_at(database: Database, n: int, *, after: bool) -> None:
    count = 0

    def hook(*_arguments: object) -> None:
        nonlocal count
        count += 1
        if count == n:
            os._exit(KILLED)

    if after:
        event.listen(database.engine, "after_cursor_execute", hook)
    else:
        event.listen(database.engine, "before_cursor_execute", hook)
    # The commit is the statement that matters most.
    event.listen(database.engine, "commit", hook)


def _in_a_child(world: World, url: str, operate: Callable[[World], object], n: int, *, after: bool) -> int:
    world.db.engine.dispose()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            database = Database(url, keyring=world.db.info["keyring"])
            _dies_at(database, n, after=after)
            mine = World(database, world.actors, world.orgs)
            mine.__dict__.update({k: v for k, v in world.__dict__.items() if k not in ("db",)})
            operate(mine)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _on(case_id: UUID, operate: Callable[[World, UUID], object]) -> Callable[[World], object]:
    return lambda world: operate(world, case_id)


def _assert_whole(world: World) -> None:
    workflow = registry().latest("case").workflow
    with world.db.reading() as session:
        ids = list(session.scalars(select(Case.id)))
        indexed = set(session.scalars(select(SearchEntry.matter_id)))
        counted = select(OutboxEvent.matter_id, func.count()).group_by(OutboxEvent.matter_id)
        told = {row[0]: row[1] for row in session.execute(counted)}
    assert indexed == set(ids)
    for case_id in ids:
        case, rows = world.case(case_id), world.history(case_id)
        assert [row.seq for row in rows] == list(range(1, case.version + 1))
        assert rows[-1].to_state == case.state
        assert rows[-1].hash == case.head_hash == history.digest(rows[-1])
        live = [row for row in world.clocks(case_id) if row.status in ("running", "paused")]
        assert len([row for row in live if workflow.clocks[row.kind].leads]) == int(case.is_open)
        # Every row of the history is told further, but for `absorb`, which the merged case's own event tells.
        assert told[case_id] == len([row for row in rows if row.trigger != "absorb"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_killed_at_any_statement_is_there_whole_or_not_at_all(
    name: str, database_url: str, tmp_path: Path
) -> None:
    prepare, operate = OPERATIONS[name]
    database = Database(database_url)
    world = make_world(database, tmp_path)
    world.known_other = world.report(at=MORNING)  # type: ignore[attr-defined] # a case to merge into
    deaths = 0
    for after in (False, True):
        for n in range(1, MOST_STATEMENTS):
            case_id = prepare(world)
            version = world.case(case_id).version if case_id.int else 0
            code = _in_a_child(world, database_url, _on(case_id, operate), n, after=after)
            _assert_whole(world)
            if code == 0:
                break
            assert code == KILLED
            deaths += 1
            if case_id.int:
                assert world.case(case_id).version in (version, version + 1)
        else:
            pytest.fail("the operation never completed")
    assert deaths >= 6
    database.close()
