"""A whole life written at once is the life written step by step: what an import does with every new case."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from casework.cases.tables import Case, CaseUnit
from casework.core.database import Database, Session
from casework.core.database_faults import DatabaseFault
from casework.keeping.verify import verify
from casework.matters.tables import Deadline, HistoryEntry, OutboxEvent
from casework.permissions import Subject
from casework.registry.queries import orgs_by_code
from tests.world import MORNING, REPORT, World
from workflows import engine
from workflows.cases import intake
from workflows.lifecycles import lifecycles

LIFE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("assign", "an", {"org": "SLJ", "co_orgs": ["ZYZ"]}),
    ("return", "bai", {"reason": "管道归县教育局管"}),
    ("assign", "an", {"org": "JYJ", "co_orgs": ["SLJ"]}),
    ("acknowledge", "jiao", {}),
    ("coordinate", "jiao", {"plan": "周五前修好"}),
    ("resolve", "jiao", {"result_class": "A", "reply": "水管修好了，蓄水池已经进水。"}),
    ("close", "an", {"followed_up": "reached", "satisfaction": "satisfied"}),
)
# What two lives can not share.
OWN = frozenset({"id", "case_id", "matter_id", "number", "hash", "head_hash", "prev_hash"})


def live(world: World, session: Session) -> UUID:
    case = intake.report_case(session, dict(REPORT), actor=world["he"], at=MORNING)
    for n, (trigger, by, given) in enumerate(LIFE, start=1):
        subject = Subject(case.region_code, lead_org_id=case.lead_org_id, reported_by=case.reported_by)
        at = MORNING + timedelta(days=n)
        engine.move(session, case, trigger, subject=subject, actor=world[by], at=at, given=given)
    return case.id


def told(db: Database, case_id: UUID) -> dict[str, list[dict[str, Any]]]:
    found = {}
    with db.reading() as session:
        for kind, column in ((Case, "id"), (CaseUnit, "case_id"), (Deadline, "matter_id"), (HistoryEntry, "matter_id")):
            rows = session.scalars(select(kind).where(getattr(kind, column) == case_id))
            names = [
                each.key
                for each in kind.__mapper__.column_attrs
                if each.key not in OWN and not each.key.endswith("cipher")
            ]
            found[kind.__name__] = sorted(({name: getattr(row, name) for name in names} for row in rows), key=repr)
        events = session.scalars(select(OutboxEvent).where(OutboxEvent.matter_id == case_id).order_by(OutboxEvent.seq))
        found["events"] = [{"event": row.event, "seq": row.seq, "facts": row.facts} for row in events]
    return found


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "WITH")):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_life_written_at_once_is_the_life_written_step_by_step(db: Database, world: World, tmp_path: Path) -> None:
    lives = []
    writes = []
    for at_once in (False, True):
        with (
            counted(db) as statements,
            db.transaction() as session,
            session.together() if at_once else nullcontext(),
        ):
            lives.append(live(world, session))
        writes.append(len(statements))
    step_by_step, together = (told(db, case_id) for case_id in lives)
    for kind, rows in step_by_step.items():
        assert together[kind] == rows, kind
    assert [len(rows) for rows in together.values()] == [1, 3, len(together["Deadline"]), 8, 8]
    assert writes[1] < writes[0] / 2
    found = verify(db, at=MORNING + timedelta(days=30), attachments=tmp_path, lifecycles=lifecycles())
    assert {each.name: each.first for each in found if each.rows} == {}


def test_what_is_raised_takes_back_what_was_to_be_written_at_once(db: Database, world: World) -> None:
    with db.transaction() as session:
        kept = live(world, session)
        with pytest.raises(ZeroDivisionError), session.together():
            live(world, session)
            raise ZeroDivisionError
    with db.reading() as session:
        assert session.scalars(select(Case.id)).all() == [kept]


def test_a_unit_that_ends_is_in_force_no_more_in_the_same_transaction(db: Database, world: World) -> None:
    with db.transaction() as session:
        found = orgs_by_code(session, ["SLJ", "nobody"])
        assert [(code, org.id) for code, org in found.items()] == [("SLJ", world.orgs["SLJ"])]
        found["SLJ"].valid_to = MORNING.date()
        assert orgs_by_code(session, ["SLJ"]) == {}


def test_what_is_sent_while_more_is_made_is_there_and_is_taken_back_with_the_rest(db: Database, world: World) -> None:
    with db.transaction() as session, session.together(tracked=False):
        first = live(world, session)
        session.send()
        # Whoever asks waits for what is under way; on SQLite all of it still waits.
        assert session.is_waiting(first) != (session.get(Case, first) is not None)
        second = live(world, session)
    assert told(db, first)["events"] == told(db, second)["events"]
    with pytest.raises(DatabaseFault), db.transaction() as session, session.together(tracked=False):
        live(world, session)
        session.put(Case(id=first))
        session.send()
        live(world, session)
    with db.reading() as session:
        assert set(session.scalars(select(Case.id))) == {first, second}
