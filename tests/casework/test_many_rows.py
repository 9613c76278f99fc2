"""New rows by the dozen are stored as new rows by the one, on both engines; and threads that take turns meanwhile."""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select

from casework.core.database import Database
from casework.core.driver import arrays
from casework.core.ids import new_id
from casework.exchange.turns import short_turns
from casework.matters.search import SearchEntry
from casework.matters.tables import Deadline
from casework.matters.word_counts import WordCount

AT = datetime(2026, 10, 14, 1, 2, 3, 456789, tzinfo=UTC)
# What means something in an array, in JSON or in a statement.
HARD = (
    "",
    "NULL",
    '"',
    "\\",
    '\\"',
    "{a,b}",
    "a,b",
    " ",
    "\n\t\r",
    "''",
    "%s $1 ?",
    "\u6c34\u7ba1\U00020bb7",
    "\\x00",
    "r.",
)
ZONE = timezone(timedelta(hours=8))


def clock(n: int) -> dict[str, Any]:
    """Return the columns of a clock; of many, hardly two say the same."""
    text = HARD[n % len(HARD)]
    return {
        "id": new_id(),
        "matter_id": new_id(),
        "matter_kind": text,
        "kind": "handle",
        "epoch": n,
        "status": "running",
        "started_at": (AT + timedelta(microseconds=n)).astimezone(ZONE if n % 2 else UTC),
        "started_by": f"{text}{n}",
        "due_at": AT,
        "limit_unit": "working_day",
        "limit_amount": -n,
        "extended_to": None if n % 3 else date(2026, 10, 1 + n % 28),
        "pauses_before": 0,
        "due": {text: [n, None, True]},
        "pauses": [],
        "rungs": [[0, text, "remind"]] if n % 2 else [],
        "level": None if n % 2 else n,
        "next_level": None,
        "next_fire_at": None if n % 2 else AT,
        "subject_id": new_id() if n % 2 else None,
    }


@pytest.mark.parametrize("count", [1, 40])
def test_every_kind_of_value_comes_back_as_it_went(db: Database, count: int) -> None:
    rows = [clock(n) for n in range(count)]
    with db.transaction() as session:
        for row in rows:
            session.put(session.make(Deadline, **row))
    with db.reading() as session:
        for row in rows:
            stored = session.get(Deadline, row["id"])
            assert {name: getattr(stored, name) for name in row} == row


@pytest.mark.parametrize("sent", [[bytes([n, 92, 34, 0]) for n in range(20)], [b'\\x"\0'] * 20])
def test_bytes_come_back_too(db: Database, sent: Sequence[bytes]) -> None:
    with db.transaction() as session:
        for each in sent:
            session.put(session.make(WordCount, id=new_id(), at=AT, matters=1, up_to=2, counts=each))
    with db.reading() as session:
        assert sorted(session.scalars(select(WordCount.counts))) == sorted(sent)


def test_tokens_of_many_are_found(db: Database) -> None:
    ids = [new_id() for _ in range(20)]
    with db.transaction() as session:
        for n, each in enumerate(ids):
            about = {"matter_id": each, "kind": "case", "region_code": "510822", "at": AT, "folded": "x"}
            tokens = [f"t{n}", "common"] if db.is_postgresql else None
            session.put(session.make(SearchEntry, **about, tokens=tokens))
    with db.reading() as session:
        assert set(session.scalars(select(SearchEntry.matter_id))) == set(ids)
        if db.is_postgresql:
            found = session.scalars(select(SearchEntry.matter_id).where(SearchEntry.tokens.op("@@")("t7 & common")))
            assert found.all() == [ids[7]]


def test_what_no_array_holds_is_refused() -> None:
    with pytest.raises(TypeError, match="dict"):
        arrays.array([{}, {"a": 1}])


def test_turns_are_short_as_long_as_somebody_wants_them() -> None:
    usual = sys.getswitchinterval()
    with short_turns():
        short = sys.getswitchinterval()
        with short_turns():
            assert sys.getswitchinterval() == short
        assert sys.getswitchinterval() == short < usual
    assert sys.getswitchinterval() == usual


def test_what_was_sent_with_nothing_behind_it_is_tracked_no_more_than_the_rest(db: Database) -> None:
    with db.transaction() as session:
        with session.together(tracked=False):
            session.put(session.make(Deadline, **clock(1)), keep=True)
            session.send()
        later = session.make(Deadline, **clock(2))
        session.put(later, keep=True)
        session.flush()
        assert [*session.identity_map.values()] == [later]
    with db.reading() as session:
        assert len(session.scalars(select(Deadline)).all()) == 2
