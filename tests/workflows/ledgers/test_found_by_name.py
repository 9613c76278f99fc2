"""The projects of a chunk are found by their names: not by looking through those of the county."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event

from casework.campaign import natural
from casework.core import editions
from casework.core.database import Database
from casework.core.ids import new_id
from casework.projects.tables import Project
from tests.world import COUNTY, VILLAGE, World

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MANY = 3_000


def fill(db: Database) -> None:
    told: Mapping[str, Any] = {
        "kind": "other",
        "region_code": VILLAGE,
        "version": 1,
        "created_at": AT,
        "recorded_at": AT,
    }
    with db.transaction() as session:
        editions.write_many(session, Project, [{"id": new_id(), "name": f"第{n}段", **told} for n in range(MANY)])


def test_a_chunk_finds_its_projects_by_their_names(db: Database, world: World) -> None:
    fill(db)
    # Until the table that was empty is looked at again, PostgreSQL would read it whole.
    db.reckon([Project])
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, given: Any, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, given))

    with db.session(write=True) as session:
        session.plan_anew()
        event.listen(db.engine, "before_cursor_execute", note)
        found = natural.projects_named(session, COUNTY, {f"第{n}段" for n in range(3)}, lock=True)
        event.remove(db.engine, "before_cursor_execute", note)
        explain = "EXPLAIN" if db.is_postgresql else "EXPLAIN QUERY PLAN"
        plans = [str(session.connection().exec_driver_sql(f"{explain} {text}", given).all()) for text, given in asked]
    assert len(found) == 3
    assert plans and all("ix_projects_name" in plan and "region_code_name" not in plan for plan in plans)
