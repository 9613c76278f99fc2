"""The audit is one chain, whoever writes it at the same time and whatever is taken back."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from casework.core.database import Database, Session
from casework.keeping.registry_rows import chained
from casework.keeping.view import view_of
from casework.registry import audit
from casework.registry.tables import AuditEvent, AuditLink
from tests.world import MORNING, World, make_world

HANDS, TIMES = 6, 8


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return make_world(db, tmp_path)


def note(session: Session, event: str, n: int = 0) -> None:
    audit.record(session, event=event, actor=None, at=MORNING, facts={"n": n, "words": ["两", 1, None, True]})


def lengths(world: World) -> tuple[int, int]:
    """Count the rows and the links, and see that the chain holds."""
    with view_of(world.db, at=MORNING) as view:
        assert list(chained(view)) == []
    with world.db.reading() as session:
        rows, links = (session.scalar(select(func.count()).select_from(each)) for each in (AuditEvent, AuditLink))
    assert isinstance(rows, int) and isinstance(links, int)
    return rows, links


def test_many_who_write_at_once_hang_on_one_chain(world: World) -> None:
    before, _ = lengths(world)

    def write(hand: int) -> None:
        for n in range(TIMES):
            with world.db.transaction() as session:
                note(session, f"test.{hand}", n)
                session.flush()
                note(session, f"test.{hand}", n)

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(write, range(HANDS)))
    assert lengths(world) == (before + 2 * HANDS * TIMES,) * 2


def test_what_was_taken_back_leaves_no_link(world: World) -> None:
    before, _ = lengths(world)
    with world.db.transaction() as session:
        note(session, "test.kept")
        with pytest.raises(RuntimeError), session.savepoint():
            note(session, "test.taken_back")
            session.flush()
            raise RuntimeError
        note(session, "test.kept")
    session = world.db.session(write=True)
    note(session, "test.rolled_back")
    session.flush()
    session.rollback()
    note(session, "test.kept")
    world.db.end(session, keep=True)
    assert lengths(world) == (before + 3, before + 3)


def test_what_was_written_and_let_go_of_hangs_on_it_too(world: World) -> None:
    before, _ = lengths(world)
    with world.db.transaction() as session:
        note(session, "test.kept")
        session.flush()
        session.expunge_all()
    assert lengths(world) == (before + 1, before + 1)


def test_nobody_waits_for_the_chain_while_somebody_writes_long(world: World) -> None:
    if not world.db.is_postgresql:
        return  # one writes at a time there anyway
    long = world.db.session(write=True)
    note(long, "test.begun_early")
    long.flush()
    with world.db.transaction() as session:
        note(session, "test.done_meanwhile")
    world.db.end(long, keep=True)
    with world.db.reading() as session:
        events = session.scalars(
            select(AuditEvent.event).join(AuditLink, AuditLink.audit_id == AuditEvent.id).order_by(AuditLink.seq)
        ).all()
    assert [each for each in events if each.startswith("test.")] == ["test.done_meanwhile", "test.begun_early"]
