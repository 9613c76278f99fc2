"""Supervised matters in the county of tests/world.py: initiated and moved through the engine, as the edges do."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.core import bulk
from casework.core.database import Database
from casework.core.ids import new_id
from casework.matters.search import SearchEntry
from casework.matters.tables import Deadline, HistoryEntry
from casework.supervisions import queries
from casework.supervisions.tables import Supervision
from tests.world import MORNING, World
from workflows import engine, supervising

SLIP: Mapping[str, Any] = {
    "title": "竹园镇六组饮水管网改造",
    "requirement": "查明漏点，更换老化管道，恢复六组 43 户正常供水。",
    "source": "meeting",
    "source_words": "第九次主席会议",
    "org": "SLJ",
    "co_orgs": ["ZYZ"],
    "due_on": "2026-10-30",
    "level": 2,
}
# The steps of a whole life, each with who makes it and what is told.
LIFE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("issue", "an", {}),
    ("acknowledge", "bai", {}),
    ("report", "shui", {"result_class": "A", "result": "更换管道 1.2 公里，43 户已通水。"}),
    ("verify", "he", {"evidence": "到村入户 5 户，水压正常，有照片"}),
    ("propose_strike_off", "he", {}),
    ("strike_off", "an", {}),
)


def initiate(world: World, by: str = "he", *, at: datetime = MORNING, **changes: Any) -> UUID:
    """Initiate a matter and return its id; `changes` replace fields of SLIP (None leaves one out)."""
    raw = {name: value for name, value in {**SLIP, **changes}.items() if value is not None}
    with world.db.transaction() as session:
        return supervising.initiate(session, raw, actor=world[by], at=at).id


def step(
    world: World,
    matter: UUID,
    trigger: str,
    by: str,
    *,
    at: datetime = MORNING,
    comment: str | None = None,
    **given: Any,
) -> Supervision:
    """Make one move and return the matter as it then is."""
    with world.db.transaction() as session:
        row = queries.get(session, world[by], matter, lock=True)
        subject = queries.subject_of(session, row, actor=world[by])
        engine.move(session, row, trigger, subject=subject, actor=world[by], at=at, given=given, comment=comment)
        return row


def multiply(
    db: Database, matter: UUID, count: int, *, units: Sequence[UUID], at: datetime = MORNING, first: int = 0
) -> None:
    """Write `count` further matters like the given one, in bulk: over units, levels, states and days, some late."""
    with db.reading() as session:
        row = session.get(Supervision, matter)
        clocks = session.scalars(
            select(Deadline).where(Deadline.matter_id == matter, Deadline.status == "running")
        ).all()
        entry = session.scalars(
            select(HistoryEntry).where(HistoryEntry.matter_id == matter, HistoryEntry.seq == 1)
        ).one()
        like = {name: getattr(row, name) for name in _written(Supervision)}
        clocks_like = [{name: getattr(each, name) for name in _written(Deadline)} for each in clocks]
        entry_like = {name: getattr(entry, name) for name in _written(HistoryEntry)}
    rows, running, told = [], [], []
    for n in range(first, first + count):
        twin, due_at = new_id(), at + timedelta(hours=24 * (n % 60 - 20) + n % 7)
        state = ("in_progress", "in_progress", "in_progress", "issued", "reported", "proposed", "verified")[n % 7]
        level = 3 if n % 40 == 0 else 1 + n % 2
        facts = {"state": state, "level": level, "leader": f"领导{n % 9}" if level == 3 else None}
        facts |= {
            "due_at": due_at,
            "due_kind": "handle" if n % 7 < 4 else "verify",
            "due_level": (None, 0, 1, 2)[n % 4],
        }
        facts |= {"slip_no": None, "slip_number": None, "slip_year": None, "lead_org_id": units[n % len(units)]}
        moved = at - timedelta(hours=n % 1000)
        facts |= {"title": f"{like['title']}（{n}）", "created_at": moved, "updated_at": moved}
        rows.append({**like, **facts, "id": twin, "number": f"QC-DB-2026-{n + 500000:06d}"})
        running += [{**each, "id": new_id(), "matter_id": twin, "due_at": due_at} for each in clocks_like]
        told.append({**entry_like, "id": new_id(), "matter_id": twin, "recorded_at": moved})
    with db.transaction() as session:
        bulk.insert(session, Supervision, rows)
        bulk.insert(session, Deadline, running)
        bulk.insert(session, HistoryEntry, told)


def index_all(db: Database) -> None:
    """Let every matter be found by its words, those of `multiply` too."""
    with db.transaction() as session:
        known = select(SearchEntry.matter_id)
        for row in session.scalars(select(Supervision).where(Supervision.id.not_in(known))).all():
            supervising.index(session, row)


def _written(kind: Any) -> list[str]:
    return [column.key for column in kind.__table__.columns if column.computed is None]


def lived(world: World, upto: str, *, at: datetime = MORNING, **changes: Any) -> UUID:
    """Initiate a matter and move it until the step `upto` of LIFE is made."""
    matter = initiate(world, at=at, **changes)
    for trigger, by, given in LIFE:
        step(world, matter, trigger, by, at=at, **given)
        if trigger == upto:
            break
    return matter
