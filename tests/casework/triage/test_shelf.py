"""Versions of the model: kept for good, taken into use, rolled back; and whether proposals were taken."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from casework.core.database import Database, Session
from casework.core.errors import Refused
from casework.core.ids import new_id
from casework.triage import outcomes, shelf
from casework.triage.learning import Learnt, learn
from casework.triage.outcomes import Counted, Rate
from casework.triage.tables import TriageModel, TriageOutcome, TriageUse
from tests.casework.triage.test_learning import examples
from tests.world import MORNING

WATER = "三组水管破裂，停水三天"


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    return learn(examples(20))


def put(session: Session, learnt: Learnt) -> TriageModel:
    return shelf.put(session, learnt.model, learnt.figures, source="cases", rows=learnt.rows, at=MORNING)


def test_a_version_is_used_only_when_told_and_an_earlier_one_can_come_back(db: Database, learnt: Learnt) -> None:
    with db.transaction() as session:
        assert shelf.in_use(session) is None
        one, two = put(session, learnt), put(session, learnt)
        assert (one.number, two.number, shelf.in_use(session)) == (1, 2, None)
        for number, expected in ((1, one.id), (2, two.id), (1, one.id), (0, None)):
            assert shelf.use(session, number, at=MORNING)
            assert shelf.in_use(session) == expected
        assert not shelf.use(session, 0, at=MORNING)
        with pytest.raises(Refused, match="no_such_triage_model"):
            shelf.use(session, 3, at=MORNING)
    with db.reading() as session:
        assert [each.number for each in shelf.models(session)] == [2, 1]
        assert shelf.open_model(session, two.id).answer(WATER)[0].label == "drinking_water"
        figures = shelf.models(session)[0].figures
        assert figures["macro_f1"] == round(learnt.figures.macro_f1 * 10_000)


@pytest.mark.parametrize("table", [TriageModel, TriageUse, TriageOutcome])
def test_nothing_of_it_is_ever_changed(db: Database, learnt: Learnt, table: type) -> None:
    with db.transaction() as session:
        put(session, learnt)
        shelf.use(session, 1, at=MORNING)
        note(session, "a", "a")
    for statement in (update(table).values(id=new_id()), delete(table)):
        with pytest.raises(DatabaseError, match="append-only"), db.transaction() as session:
            session.execute(statement)


def note(session: Session, proposed: str, chosen: str, *, days_ago: int = 0, event_id=None) -> None:
    outcomes.note(
        session,
        event_id=event_id or new_id(),
        case_id=new_id(),
        model_id=None,
        subject="category",
        ground="words",
        proposed=proposed,
        share=0.8,
        chosen=chosen,
        at=MORNING - timedelta(days=days_ago),
    )


def test_rates_count_what_was_taken_since_then_and_an_event_once(db: Database) -> None:
    told = new_id()
    with db.transaction() as session:
        for _ in range(2):
            note(session, "market", "market", event_id=told)
            session.flush()
        note(session, "market", "industry")
        note(session, "market", "market", days_ago=200)
        note(session, "schooling", "schooling")
    with db.reading() as session:
        since = MORNING - timedelta(days=180)
        found = {("category", "market"): Rate(2, 1), ("category", "schooling"): Rate(1, 1)}
        assert outcomes.rates(session, since=since) == found
        assert outcomes.rate_of(session, Counted("category", "market"), since=since) == Rate(2, 1)
        assert outcomes.rate_of(session, Counted("category", "land"), since=since) == Rate(0, 0)
