"""Rows written in bulk are those the ORM would have written, on both engines; and what a session says after it commits."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from casework.cases.tables import Case
from casework.core import bulk
from casework.core.database import Database
from casework.core.ids import new_id
from casework.funds.tables import FundAttribution
from casework.matters.tables import Anchor, Deadline, OutboxEvent
from casework.registry.tables import OfficeSetting
from tests.world import World, make_world

AT = datetime(2026, 10, 14, 1, 2, 3, 456789, tzinfo=UTC)


def clock(**changes: object) -> dict[str, object]:
    """Return the columns of a deadline row with every kind of value in it."""
    row = {
        "id": new_id(),
        "matter_id": new_id(),
        "matter_kind": "case",
        "kind": "handle",
        "epoch": 1,
        "status": "running",
        "started_at": AT,
        "started_by": "assign",
        "due_at": AT,
        "limit_unit": "working_day",
        "limit_amount": 7,
        "extended_to": date(2026, 10, 30),
        "pauses_before": 0,
        "due": {"words": "农历“九月”\\ \n\t'\"%s ? :x 𠮷", "days": [1, None, True]},
        "pauses": [],
        "rungs": [[0, AT.isoformat(), "remind"]],
        "level": None,
        "next_level": 0,
        "next_fire_at": AT,
    }
    return row | changes


def test_every_kind_of_value_comes_back_as_it_went(db: Database) -> None:
    rows = [clock(), clock(extended_to=None, next_fire_at=None, level=3)]
    with db.transaction() as session:
        bulk.insert(session, Deadline, rows)
    with db.reading() as session:
        for row in rows:
            stored = session.get(Deadline, row["id"])
            assert {name: getattr(stored, name) for name in row} == row


def test_what_all_rows_share_is_given_once(db: Database) -> None:
    ids = [new_id() for _ in range(3)]
    same = {"event": "a.b", "created_at": AT, "status": "pending", "attempts": 0, "next_try_at": AT, "facts": {"x": 1}}
    with db.transaction() as session:
        bulk.insert(session, OutboxEvent, [{"id": each, "seq": n} for n, each in enumerate(ids)], same=same)
    with db.transaction() as session:
        bulk.update(
            session, OutboxEvent, [{"id": each, "seq": n + 10} for n, each in enumerate(ids)], same={"attempts": 4}
        )
    with db.reading() as session:
        rows = session.scalars(select(OutboxEvent).order_by(OutboxEvent.seq)).all()
    assert [(row.id, row.seq, row.facts, row.created_at, row.attempts) for row in rows] == [
        (each, n + 10, {"x": 1}, AT, 4) for n, each in enumerate(ids)
    ]


def test_an_update_touches_only_the_rows_and_columns_it_names(db: Database) -> None:
    one, other = clock(), clock()
    with db.transaction() as session:
        bulk.insert(session, Deadline, [one, other])
        bulk.update(session, Deadline, [{"id": one["id"], "level": 1, "next_fire_at": None}])
    with db.reading() as session:
        changed, left = session.get(Deadline, one["id"]), session.get(Deadline, other["id"])
    assert changed is not None
    assert (changed.level, changed.next_fire_at, changed.due) == (1, None, one["due"])
    assert left is not None
    assert (left.level, left.next_fire_at) == (None, AT)


def test_no_rows_are_no_statement_and_many_rows_are_one(db: Database) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _k, statement, *_: statements.append(statement))
    with db.transaction() as session:
        bulk.insert(session, Deadline, [])
        bulk.update(session, Deadline, [])
        bulk.insert(session, Deadline, [clock() for _ in range(700)])
    assert len([statement for statement in statements if "BEGIN" not in statement]) == 1


def test_a_naive_instant_is_refused(db: Database) -> None:
    with db.transaction() as session, pytest.raises(ValueError, match="naive"):
        bulk.insert(session, Deadline, [clock(started_at=datetime(2026, 10, 14))])  # noqa: DTZ001 - naive on purpose


def test_a_day_is_a_day(db: Database) -> None:
    row = {"day": date(2026, 10, 14), "cut_at": AT, "upto": uuid4(), "matters": 3, "root": "ab", "recorded_at": AT}
    with db.transaction() as session:
        bulk.insert(session, Anchor, [row])
    with db.reading() as session:
        assert session.scalars(select(Anchor.day)).all() == [date(2026, 10, 14)]


def test_a_savepoint_takes_back_only_what_was_written_in_it(db: Database) -> None:
    with db.transaction() as session:
        session.put(OfficeSetting(key="before", value=1, updated_at=AT))
        with pytest.raises(KeyError), session.savepoint():
            session.put(OfficeSetting(key="inside, sent", value=1, updated_at=AT))
            session.flush()
            session.put(OfficeSetting(key="inside, waiting", value=1, updated_at=AT))
            raise KeyError
        with session.savepoint():
            session.put(OfficeSetting(key="after", value=1, updated_at=AT))
    with db.reading() as session:
        assert set(session.scalars(select(OfficeSetting.key))) == {"before", "after"}


def test_who_listens_is_called_after_a_commit_with_news_and_only_then(db: Database) -> None:
    seen: list[int] = []

    def listen() -> None:
        with db.reading() as session:
            seen.append(len(session.scalars(select(OfficeSetting.key)).all()))

    db.on_news(listen)
    with db.transaction() as session:
        session.put(OfficeSetting(key="one", value=1, updated_at=AT))
    assert seen == []
    with db.transaction() as session:
        session.put(OfficeSetting(key="two", value=1, updated_at=AT))
        session.has_news()
    assert seen == [2]
    with pytest.raises(KeyError), db.transaction() as session:
        session.has_news()
        raise KeyError
    assert seen == [2]


def test_more_rows_at_once_than_a_statement_takes_values(db: Database) -> None:
    columns = len(FundAttribution.__table__.columns)
    count = 70_000 // columns
    with db.transaction() as session:
        for share in range(count):
            told = {"id": new_id(), "allocation_id": new_id(), "role": "lead", "share_bp": share % 10_000 + 1}
            session.put(FundAttribution(**told, org_id=new_id(), created_at=AT))
    with db.reading() as session:
        kept = session.scalars(select(FundAttribution.share_bp).order_by(FundAttribution.id)).all()
    assert kept == [share % 10_000 + 1 for share in range(count)]


def test_among_none_is_nothing_of_whatever_kind_the_column_is(db: Database, tmp_path: Path) -> None:
    world: World = make_world(db, tmp_path)
    known = world.report()
    with db.reading() as session:
        for column, values in ((Case.id, [known]), (Case.title, [world.case(known).title]), (Case.returns, [0])):
            assert session.scalars(select(Case.id).where(bulk.among(session, column, []))).all() == []
            assert session.scalars(select(Case.id).where(bulk.among(session, column, values))).all() == [known]
