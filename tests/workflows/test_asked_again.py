"""What is asked and written again and again: worded the same each time, by a cursor that is kept, told to who listens."""

import pytest
from sqlalchemy import Integer, bindparam, event, literal, orm, select
from sqlalchemy.exc import DBAPIError

from casework.cases.tables import Case
from casework.core.columns import Id
from casework.core.database import Database, Session, change
from casework.core.driver import numbered
from casework.core.driver.loading import columns_of
from casework.core.driver.questions import Question
from casework.matters.tables import Deadline
from tests.workflows.test_together import counted
from tests.world import World

_NUMBER = Question(select(Case.id, Case.number).where(Case.id == bindparam("id", type_=Id())))
_BY = Question(select(literal(12).op("/", return_type=Integer())(bindparam("by", type_=Integer()))))


def test_the_same_move_is_worded_the_same_whatever_else_lies_in_memory(db: Database, world: World) -> None:
    wordings = set()
    for n in range(12):
        case_id = world.coordinated()
        # What lies beside it in memory moves the order in which a session knows what it changed.
        beside = [object() for _ in range(n * 7)]
        with counted(db) as found:
            world.move(case_id, "resolve", "bai", result_class="A", reply="两处管道已焊好，水已通到户。")
        wordings.add(tuple(found))
        del beside
    (told,) = wordings
    assert sum(text.count('UPDATE "deadlines"') for text in told) > 1


def test_a_cursor_that_is_kept_answers_with_other_values_after_faults_and_in_other_transactions(world: World) -> None:
    ids = [world.report() for _ in range(3)]
    with world.db.reading() as session:
        numbers = {row.id: row.number for row in session.execute(select(Case.id, Case.number))}
    for case_id in ids * 3:
        with world.db.transaction() as session:
            assert session.ask(_NUMBER, {"id": case_id}) == [(case_id, numbers[case_id])]
            assert session.ask(_BY, {"by": 4})[0][0] == 3
            assert session.ask(_NUMBER, {"id": ids[0]}) == [(ids[0], numbers[ids[0]])]
        if world.db.is_postgresql:
            with world.db.transaction() as session, pytest.raises(DBAPIError), session.savepoint():
                session.ask(_BY, {"by": 0})


def test_a_question_is_prepared_when_it_is_first_asked_and_few_cursors_are_kept(db: Database) -> None:
    if not db.is_postgresql:
        with db.reading() as session:
            assert session.ask(_BY, {"by": 3}) == [(4,)]
        return
    with db.reading() as session:
        assert session.ask(_BY, {"by": 3}) == [(4,)]
        connection = session.connection()
        prepared = connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars().all()
        assert any(" / " in text for text in prepared)
        for n in range(numbered.MOST_KEPT + 9):
            assert numbered.send(connection, f"SELECT {n} + $1::int", (1,), keep=True) == [(n + 1,)]
        kept = connection.connection.info[numbered.KEPT]
        assert len(kept) == numbered.MOST_KEPT
        assert all(cursor.pgresult is None for cursor in kept.values()), "an answer is let go of with its request"


def test_what_a_step_sets_to_what_it_was_is_no_change(world: World) -> None:
    case_id = world.report()
    with world.db.transaction() as session:
        case = session.get(Case, case_id)
        assert case is not None
        change(case, title=case.title, plan=None, returns=0)
        assert not session.dirty
        change(case, plan="周五前修好")
        assert case in session.dirty
    assert world.case(case_id).plan == "周五前修好"


def test_what_holds_nothing_yet_is_no_others(world: World) -> None:
    asked = Question(select(*columns_of(Deadline)))
    world.assigned()
    with world.db.transaction() as session:
        one, other, *_ = [row for row, _ in session.load(Deadline, asked, {})]
        one.pauses.append(["x", None])
        assert list(other.pauses) == []


@pytest.mark.parametrize("kind", [Session, orm.Session])
def test_who_listens_to_sessions_hears_of_those_of_this_house(db: Database, kind: type[orm.Session]) -> None:
    heard: list[orm.Session] = []
    note = heard.append
    with db.transaction() as before:
        event.listen(kind, "after_commit", note)
    with db.transaction() as after:
        after.connection()
    event.remove(kind, "after_commit", note)
    assert heard == [before, after]
