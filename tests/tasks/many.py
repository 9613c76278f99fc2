"""Many cases at once, written in bulk, each with a handling clock whose first rung is due at a chosen instant."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casework.cases.tables import Case
from casework.core import bulk
from casework.core.ids import new_id
from casework.matters.tables import Deadline
from tests.world import World


def multiply(world: World, count: int, *, case_id: UUID, fire_at: datetime, first: int = 0) -> None:
    """Write `count` further cases like the given one; their second rung is two days after the first."""
    with world.db.reading() as session:
        case = session.get(Case, case_id)
        chosen = select(Deadline).where(Deadline.matter_id == case_id, Deadline.kind == "handle")
        clock = session.scalars(chosen).one()
        case_columns = {
            column.key: getattr(case, column.key) for column in Case.__table__.columns if column.computed is None
        }
        clock_columns = {column.key: getattr(clock, column.key) for column in Deadline.__table__.columns}
    cases, clocks = [], []
    for n in range(first, first + count):
        twin = new_id()
        cases.append({**case_columns, "id": twin, "number": f"QC-AJ-2026-{n + 500000:06d}"})
        rungs = [[0, fire_at.isoformat(), "remind"], [1, (fire_at + timedelta(days=2)).isoformat(), "urge"]]
        fresh = {"id": new_id(), "matter_id": twin, "rungs": rungs, "next_level": 0, "next_fire_at": fire_at}
        clocks.append({**clock_columns, **fresh})
    with world.db.transaction() as session:
        bulk.insert(session, Case, cases)
        bulk.insert(session, Deadline, clocks)
