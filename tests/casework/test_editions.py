"""Editions: a record is never overwritten, has one newest edition, and what was known at an instant can be asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from casework.core import editions
from casework.core.actors import SYSTEM
from casework.core.database import Database
from casework.core.editions import known
from casework.core.errors import NotFound, Stale
from casework.core.ids import new_id
from casework.members.tables import Member
from tests import databases
from tests.world import COUNTY

AT = datetime(2026, 10, 14, 1, 40, tzinfo=UTC)


def member(name: str = "陈青山") -> Member:
    return Member(region_code=COUNTY, name=name, post="")


def test_a_mending_is_a_further_edition_and_leaves_the_first_as_it_was(db: Database) -> None:
    with db.transaction() as session:
        row = editions.enter(session, member(), actor=SYSTEM, at=AT)
    with db.transaction() as session:
        found = editions.newest(session, Member, row.id, lock=True)
        later = AT + timedelta(hours=1)
        editions.mend(session, found, {"post": "局长"}, actor=SYSTEM, at=later, reason="调任", expected_version=1)
    with db.reading() as session:
        first, second = editions.editions(session, Member, row.id)
    assert (first.post, first.superseded_at, first.created_at) == ("", later, AT)
    assert (second.post, second.version, second.reason, second.created_at) == ("局长", 2, "调任", AT)
    assert editions.changes_of(second, first) == {"post": ("", "局长")}


def test_without_a_real_change_nothing_is_written(db: Database) -> None:
    with db.transaction() as session:
        row = editions.enter(session, member(), actor=SYSTEM, at=AT)
        assert editions.mend(session, row, {"name": "陈青山"}, actor=SYSTEM, at=AT) is row
        assert len(editions.editions(session, Member, row.id)) == 1


def test_who_looked_at_an_older_edition_is_told(db: Database) -> None:
    with db.transaction() as session:
        row = editions.enter(session, member(), actor=SYSTEM, at=AT)
        second = editions.mend(session, row, {"post": "局长"}, actor=SYSTEM, at=AT)
        with pytest.raises(Stale):
            editions.mend(session, second, {"post": "主任"}, actor=SYSTEM, at=AT, expected_version=1)
    with db.reading() as session, pytest.raises(NotFound):
        editions.newest(session, Member, new_id())


def test_the_database_itself_allows_one_newest_edition(db: Database) -> None:
    with db.transaction() as session:
        row = editions.enter(session, member(), actor=SYSTEM, at=AT)
    with pytest.raises(IntegrityError), db.transaction() as session:
        twin = member("另一个")
        twin.id, twin.version, twin.created_at, twin.recorded_at = row.id, 2, AT, AT
        session.put(twin)


@given(steps=st.lists(st.tuples(st.integers(-5, 5), st.sampled_from("甲乙丙")), min_size=1, max_size=12))
def test_what_was_known_at_any_instant_is_the_last_thing_said_by_then(steps: list[tuple[int, str]]) -> None:
    with databases.fresh_database("sqlite", holding="schema") as url:
        db = Database(url)
        said: list[tuple[datetime, str]] = [(AT, "陈青山")]
        with db.transaction() as session:
            row = editions.enter(session, member(), actor=SYSTEM, at=AT)
            for hours, name in steps:
                at = said[-1][0] + timedelta(hours=hours)
                newer = editions.mend(session, row, {"name": name}, actor=SYSTEM, at=at)
                if newer is not row:
                    # A clock that was set back never puts an edition before the one it follows.
                    said.append((max(at, said[-1][0]), name))
                row = newer
        with db.reading() as session:
            for instant, _ in said:
                found = session.scalars(select(Member).where(known(Member, instant))).all()
                assert [each.name for each in found] == [[name for at, name in said if at <= instant][-1]]
            assert session.scalars(select(Member).where(known(Member))).one().name == said[-1][1]
        db.close()


def test_a_record_of_an_untracked_chunk_is_mended_in_it_and_behind_it(db: Database) -> None:
    with db.transaction() as session:
        with session.together(tracked=False):
            row = editions.enter(session, member(), actor=SYSTEM, at=AT)
            second = editions.mend(session, row, {"post": "局长"}, actor=SYSTEM, at=AT)
        assert row not in session and second not in session
        with session.together(tracked=False):
            third = editions.mend(session, second, {"post": "主任"}, actor=SYSTEM, at=AT)
        editions.mend(session, third, {"post": "书记"}, actor=SYSTEM, at=AT)
    with db.reading() as session:
        found = editions.editions(session, Member, row.id)
    assert [(each.post, each.superseded_at is None) for each in found] == [
        ("", False),
        ("局长", False),
        ("主任", False),
        ("书记", True),
    ]
