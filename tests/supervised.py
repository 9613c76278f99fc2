"""Supervised matters in the county of tests/world.py: initiated and moved through the engine, as the edges do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

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


def lived(world: World, upto: str, *, at: datetime = MORNING, **changes: Any) -> UUID:
    """Initiate a matter and move it until the step `upto` of LIFE is made."""
    matter = initiate(world, at=at, **changes)
    for trigger, by, given in LIFE:
        step(world, matter, trigger, by, at=at, **given)
        if trigger == upto:
            break
    return matter
