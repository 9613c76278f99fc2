"""What asks for a leader: the late cases, highest rung first, then the longest due, of those they may know of."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.cases.filters import EVERYTHING, Span, read_filter
from casework.cases.listing import chosen
from casework.cases.tables import Case
from casework.core.database import Database
from tests.world import MORNING, make_world
from workflows import firing


def test_the_worst_are_the_late_ones_by_rung_and_then_by_due(db: Database, tmp_path: Path) -> None:
    world = make_world(db, tmp_path)
    for days in range(12):
        world.report(at=MORNING + timedelta(days=2 * days, hours=days % 3))
    at = MORNING + timedelta(days=26)
    firing.sweep(world.db, at=at)
    with world.db.reading() as session:
        late = session.scalars(select(Case).where(Case.is_open, Case.due_at < at)).all()
        expected = [each.number for each in sorted(late, key=lambda each: (-_rung(each), each.due_at))]
        assert len({each.due_level for each in late}) > 2
        for limit in (1, 3, 5, 50):
            found = chosen.worst(session, world["lu"], EVERYTHING, at=at, limit=limit)
            assert [each.number for each in found] == expected[:limit]
        since = MORNING + timedelta(days=9)
        part = Span(since, MORNING + timedelta(days=17))
        wanted = {each.number for each in late if since <= each.reported_at < MORNING + timedelta(days=17)}
        for filter in (
            read_filter({"overdue": ["true"]}, session=session, actor=world["lu"]),
            # One that looks at the clock by itself takes another way to the same.
            read_filter({"handled": ["late", "on_time"]}, session=session, actor=world["lu"]),
        ):
            narrowed = type(filter)(reported=part, overdue=filter.overdue, handled=filter.handled)
            found = chosen.worst(session, world["lu"], narrowed, at=at, limit=50)
            if not filter.handled:
                assert {each.number for each in found} == wanted
            assert [each.number for each in found] == [n for n in expected if n in {each.number for each in found}]
        assert chosen.worst(session, world["bai"], EVERYTHING, at=at, limit=5) == []


def test_of_too_many_late_ones_the_longest_due_are_looked_at(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(db, tmp_path)
    for days in range(6):
        world.report(at=MORNING + timedelta(days=days))
    at = MORNING + timedelta(days=30)
    with world.db.transaction() as session:
        late = session.scalars(select(Case).order_by(Case.due_at, Case.id)).all()
        for case, level in zip(late, (1, 2, None, 0, 3, 3), strict=True):
            case.due_level = level
    monkeypatch.setattr(chosen, "LONGEST_DUE", 4)
    # What is kept was made for as many as ever.
    chosen._worst.cache_clear()
    with world.db.reading() as session:
        found = chosen.worst(session, world["lu"], EVERYTHING, at=at, limit=5)
        assert [each.number for each in found] == [late[n].number for n in (1, 0, 3, 2)]
        first = chosen.worst(session, world["lu"], EVERYTHING, at=at, limit=1)
        assert [each.number for each in first] == [late[1].number], "on the highest rung, not the longest due"
    chosen._worst.cache_clear()


def _rung(case: Case) -> int:
    return -1 if case.due_level is None else case.due_level
