"""What every move asks, past the ORM: the same rows, tracked the same way, heard by whoever listens."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Text, bindparam, event, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from casework.cases.tables import Case
from casework.core.columns import Id
from casework.core.database import Database, Session
from casework.core.driver.loading import attach, columns_of, load
from casework.core.driver.questions import Question
from casework.core.ids import new_id
from casework.matters.tables import Deadline, Sequence
from tests.world import MORNING, World

_BY_ID = Question(select(*columns_of(Case)).where(Case.id == bindparam("id", type_=Id())))


def one(session: Session, case_id: UUID, *, anew: bool = False) -> Case:
    ((case, _),) = session.load(Case, _BY_ID, {"id": case_id}, anew=anew)
    return case


def held(row: Any) -> dict[str, Any]:
    values = ((name, value) for name, value in vars(row).items() if name in inspect(type(row)).column_attrs)
    return dict(sorted(values))


@pytest.mark.parametrize("kind", [Case, Deadline])
def test_a_row_holds_what_the_orm_makes_of_it(world: World, kind: type[Any]) -> None:
    world.resolved()
    world.report(reporter_phone=None)
    with world.db.reading() as session:
        mine = load(session, kind, session.ask(Question(select(*columns_of(kind)).order_by(kind.id)), {}))
        told = [held(row) for row in mine]
    with world.db.reading() as session:
        theirs = [held(row) for row in session.scalars(select(kind).order_by(kind.id))]
    assert told == theirs
    assert [[type(value) for value in row.values()] for row in told] == [[type(v) for v in r.values()] for r in theirs]


def test_what_is_in_memory_stays_until_it_is_read_anew(world: World) -> None:
    case_id = world.report()
    with world.db.transaction() as session:
        case = one(session, case_id)
        case.title = "在内存里"
        assert one(session, case_id) is case
        assert case.title == "在内存里"
        assert one(session, case_id, anew=True) is case
        assert case.title != "在内存里"
        assert not session.dirty, "read over, nothing of it is written"


def test_what_went_stale_is_read_and_what_was_changed_is_written(world: World) -> None:
    case_id = world.report()
    with world.db.transaction() as session:
        case = one(session, case_id)
        session.expire(case)
        assert one(session, case_id) is case
        assert "title" not in inspect(case).expired_attributes, "read with the rest, not by itself when asked"
        case.title = "改过的标题"
    with world.db.reading() as session:
        assert one(session, case_id).title == "改过的标题"
        assert session.scalar(select(Case.title).where(Case.id == case_id)) == "改过的标题"


def test_what_the_database_computes_of_a_new_row_is_read_when_somebody_asks(world: World) -> None:
    with world.db.transaction() as session:
        case = session.get(Case, world.report())
        assert case is not None
        twin = Case(**{**held(case), "id": new_id(), "number": "QC-AJ-2026-990001", "source_key": None})
        session.put(twin, keep=True)
        session.flush()
        assert twin in session
        assert twin.county == case.county
        with pytest.raises(InvalidRequestError):
            attach(session, twin)


def test_an_in_of_several_a_name_twice_and_nothing_at_all(world: World) -> None:
    ids = [world.report() for _ in range(3)]
    asked = Question(
        select(Case.id.label("key"), Case.title)
        .where(Case.id.in_(ids[:2]), Case.reported_at <= bindparam("at", type_=Case.reported_at.type))
        .where((Case.plan == bindparam("plan")) | bindparam("plan", type_=Text()).is_(None))
        .order_by(Case.id)
    )
    values = {"at": MORNING, "plan": None}
    with world.db.reading() as session:
        assert [key for key, _ in session.ask(asked, values)] == sorted(ids[:2])
        assert [row.key for row in asked.named(session.connection(), values)] == sorted(ids[:2])


def test_an_update_answers_too_and_whoever_listens_hears_of_it(db: Database) -> None:
    heard: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    advance = Question(
        update(Sequence)
        .where(Sequence.scope == bindparam("name"))
        .values(last=Sequence.last + 1)
        .returning(Sequence.last)
    )
    with db.transaction() as session:
        assert session.ask(advance, {"name": "none"}) == []
        session.add(Sequence(scope="some", last=4))
        session.flush()
        event.listen(db.engine, "before_cursor_execute", note)
        assert session.ask(advance, {"name": "some"}) == [(5,)]
        event.remove(db.engine, "before_cursor_execute", note)
    assert [statement.split()[0] for statement in heard] == ["UPDATE"]


def test_what_goes_wrong_is_told_as_everywhere(db: Database) -> None:
    with db.reading() as session, pytest.raises(DBAPIError):
        session.ask(Question(select(text("nothing")).select_from(text("nowhere"))), {})
    with db.reading() as session:
        assert session.ask(Question(select(Sequence.last)), {}) == []


def test_who_only_looks_writes_nothing_and_the_next_may(db: Database) -> None:
    for _ in range(2):
        with db.reading() as session:
            if db.is_postgresql:
                with pytest.raises(DBAPIError, match="read-only"):
                    session.execute(update(Sequence).values(last=1))
        with db.engine.begin() as connection:
            connection.execute(update(Sequence).values(last=1))
    assert not db.engine.pool.status().endswith("Checked out connections: 1")
