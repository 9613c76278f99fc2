"""The sweep: each rung once, whoever sweeps, however late, however many at once (contract.md "Deadlines")."""

import re
import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import event, func, select, update

from casework.cases import queries
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core.database import Database
from casework.matters import history
from casework.matters.tables import Deadline, Firing, HistoryEntry, OutboxEvent
from casework.registry.tables import AuditEvent
from casework.tables import metadata
from tests.tasks.many import multiply
from tests.world import MORNING, World
from workflows import firing
from workflows.cases import extensions

REMIND = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
URGE = datetime(2026, 10, 23, 9, 30, tzinfo=UTC)
SUPERVISE = datetime(2026, 10, 28, 9, 30, tzinfo=UTC)
LIST = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def fired(world: World, case_id: UUID, kind: str = "handle") -> list[tuple[int, bool]]:
    """Return the rungs of a clock in order of level, each with whether it was passed over."""
    with world.db.reading() as session:
        rows = session.execute(
            select(Firing.level, Firing.passed_over)
            .join(Deadline, Deadline.id == Firing.deadline_id)
            .where(Deadline.matter_id == case_id, Deadline.kind == kind)
            .order_by(Firing.level)
        )
        return [(level, passed_over) for level, passed_over in rows]


def rungs_in_history(world: World, case_id: UUID, kind: str = "handle") -> list[str]:
    return [row.trigger for row in world.history(case_id) if row.fields.get("kind") == kind and row.actor_id is None]


def test_each_rung_fires_once_in_the_order_of_the_levels(world: World) -> None:
    case_id = world.assigned()
    for at, level in ((REMIND, 0), (URGE, 1), (SUPERVISE, 2), (LIST, 3)):
        assert firing.sweep(world.db, at=at - SECOND).by_kind.get("handle", 0) == 0
        swept = firing.sweep(world.db, at=at)
        assert swept.by_kind["handle"] == 1
        assert world.case(case_id).due_level == level
        assert firing.sweep(world.db, at=at).due == 0
    assert fired(world, case_id) == [(0, False), (1, False), (2, False), (3, False)]
    assert rungs_in_history(world, case_id) == ["remind", "urge", "supervise", "list"]
    clock = world.clocks(case_id, "handle")[-1]
    assert (clock.level, clock.next_level, clock.next_fire_at) == (3, None, None)


def test_after_an_outage_only_the_highest_rung_fires_and_the_others_are_passed_over(world: World) -> None:
    case_id = world.assigned()
    swept = firing.sweep(world.db, at=SUPERVISE + timedelta(days=3))
    # Acknowledgement and first contact have one rung each.
    assert swept.as_json() | {"seconds": 0} == {
        "due": 3,
        "fired": 3,
        "passed_over": 2,
        "by_kind": {"acknowledge": 1, "contact": 1, "handle": 1},
        "seconds": 0,
    }
    assert fired(world, case_id) == [(0, True), (1, True), (2, False)]
    assert rungs_in_history(world, case_id) == ["supervise"]
    last = next(row for row in world.history(case_id) if row.trigger == "supervise")
    assert last.fields == {"kind": "handle", "level": 2, "due_at": URGE.isoformat(), "passed_over": [0, 1]}
    assert world.clocks(case_id, "handle")[-1].next_fire_at == LIST


def test_a_firing_is_a_step_of_the_chain_by_the_system_that_moves_nothing(world: World) -> None:
    case_id = world.assigned()
    at = LIST + timedelta(hours=5)
    firing.sweep(world.db, at=at)
    rows = world.history(case_id)
    case = world.case(case_id)
    # A reminder is no update: what somebody did last is.
    assert case.updated_at == max(row.recorded_at for row in rows if row.actor_id is not None) < at
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert all(two.prev_hash == one.hash == history.digest(one) for one, two in pairwise(rows))
    assert (case.version, case.head_hash) == (rows[-1].seq, history.digest(rows[-1]))
    swept = [row for row in rows if row.actor_id is None]
    assert {(row.from_state, row.to_state, row.at, row.recorded_at) for row in swept} == {
        ("assigned", "assigned", at, at)
    }


def test_every_firing_publishes_one_event_that_may_be_told_at_once(world: World) -> None:
    case_id = world.assigned()
    # An instant ahead of the clock stands in what is written, but does not hold the telling back.
    at = datetime(2126, 11, 6, tzinfo=UTC)
    firing.sweep(world.db, at=at)
    with world.db.reading() as session:
        events = session.scalars(select(OutboxEvent).where(OutboxEvent.event == "deadline.fired")).all()
    assert {(e.facts["kind"], e.facts["level"]) for e in events} == {("handle", 3), ("acknowledge", 1), ("contact", 1)}
    assert {e.matter_id for e in events} == {case_id}
    assert all(e.created_at == at and e.next_try_at < at - timedelta(days=30000) for e in events)
    assert {e.seq for e in events} == {row.seq for row in world.history(case_id) if row.actor_id is None}


def test_a_met_paused_or_ended_clock_fires_nothing(world: World) -> None:
    resolved, suspended, declined = world.resolved(), world.assigned(), world.report()
    world.move(suspended, "suspend", "he", reason="等管材", until="2027-03-01")
    world.move(declined, "decline", "an", reason="不在受理范围，请找乡镇")
    firing.sweep(world.db, at=LIST)
    assert fired(world, resolved) == fired(world, suspended) == fired(world, declined, "accept") == []


def test_a_clock_that_runs_where_its_case_does_not_stand_is_passed_by(world: World) -> None:
    case_id = world.assigned()
    with world.db.transaction() as session:
        # As a slip of the pen in the database would leave it.
        session.execute(update(Case).where(Case.id == case_id).values({"state": "suspended"}))
    swept = firing.sweep(world.db, at=LIST)
    assert (swept.due, swept.fired) == (3, 0)
    assert firing.sweep(world.db, at=LIST).due == 0


def test_an_extended_clock_climbs_its_ladder_anew(world: World) -> None:
    case_id = world.assigned()
    firing.sweep(world.db, at=REMIND)
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world["bai"], case_id=case_id, at=REMIND)
        subject = subject_of(session, case, actor=world["bai"], at=REMIND)
        raw = {"until": "2026-10-30", "reason": "管材未到"}
        request = extensions.ask(session, case, raw, subject=subject, actor=world["bai"], at=REMIND)
        subject = subject_of(session, case, actor=world["an"], at=REMIND)
        decision = {"grant": True, "reason": "情况属实"}
        extensions.decide(session, case, request, decision, subject=subject, actor=world["an"], at=REMIND)
    assert firing.sweep(world.db, at=URGE).by_kind.get("handle", 0) == 0
    # 17:30 on Wednesday, two working days before the new day.
    assert firing.sweep(world.db, at=datetime(2026, 10, 28, 9, 30, tzinfo=UTC)).by_kind["handle"] == 1
    assert fired(world, case_id) == [(0, False), (0, False)]


def test_four_sweeps_at_once_fire_everything_once_and_none_fails(world: World) -> None:
    case_id = world.assigned()
    multiply(world, 400, case_id=case_id, fire_at=REMIND)
    faults: list[BaseException] = []
    swept: list[firing.Swept] = []
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        try:
            swept.append(firing.sweep(world.db, at=REMIND, batch=30))
        except BaseException as fault:  # a thread's fault reaches nobody else; the test asserts there is none
            faults.append(fault)
            raise

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sum(each.by_kind.get("handle", 0) for each in swept) == 401
    with world.db.reading() as session:
        doubles = session.execute(
            select(Firing.deadline_id).group_by(Firing.deadline_id, Firing.level).having(func.count() > 1)
        ).all()
        left = session.scalar(select(func.count()).select_from(Deadline).where(Deadline.next_fire_at <= REMIND))
    assert (doubles, left) == ([], 0)


def test_a_case_in_somebody_s_hands_is_left_to_the_next_sweep(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if not world.db.is_postgresql:
        return  # There is one writer at a time on SQLite; the sweep waits for its place.
    case_id, other = world.assigned(), world.assigned()
    monkeypatch.setattr(firing, "_PATIENCE", 0.1)
    with world.db.transaction() as session:
        session.execute(select(Case).where(Case.id == case_id).with_for_update())
        firing.sweep(world.db, at=URGE)
        assert (fired(world, case_id), len(fired(world, other))) == ([], 2)
    firing.sweep(world.db, at=URGE)
    assert len(fired(world, case_id)) == 2


def test_a_row_that_raises_is_pushed_ahead_an_hour_and_the_others_go_on(world: World) -> None:
    bad, good = world.assigned(), world.assigned()
    with world.db.transaction() as session:
        session.execute(update(Case).where(Case.id == bad).values(workflow_version=99))
    swept = firing.sweep(world.db, at=REMIND)
    assert len(swept.failed) == 3
    assert fired(world, bad) == []
    assert fired(world, good) == [(0, False)]
    assert {row.next_fire_at for row in world.clocks(bad) if row.status == "running"} == {REMIND + timedelta(hours=1)}
    with world.db.reading() as session:
        noted = session.scalars(select(AuditEvent).where(AuditEvent.event == "deadline.not_fired")).all()
    assert {row.facts["fault"] for row in noted} == {"UnknownWorkflow"}
    with world.db.transaction() as session:
        session.execute(update(Case).where(Case.id == bad).values(workflow_version=1))
    assert firing.sweep(world.db, at=REMIND + timedelta(hours=1)).by_kind["handle"] == 1
    assert fired(world, bad) == [(0, False)]


def test_an_unreadable_ladder_spoils_only_itself(world: World) -> None:
    bad, good = world.assigned(), world.assigned()
    with world.db.transaction() as session:
        broken = "UPDATE deadlines SET rungs = '[[' WHERE id = "
        clock = world.clocks(bad, "handle")[-1].id
        mark = "?" if not world.db.is_postgresql else "%s"
        session.connection().exec_driver_sql(broken + mark, (clock if world.db.is_postgresql else clock.bytes,))
    swept = firing.sweep(world.db, at=REMIND)
    assert swept.failed == [clock]
    assert fired(world, good) == [(0, False)]


def test_a_fault_that_all_rows_share_stops_the_sweep_instead_of_pushing_all_ahead(world: World) -> None:
    case_id = world.assigned()
    multiply(world, 40, case_id=case_id, fire_at=REMIND)
    with world.db.transaction() as session:
        session.execute(update(Case).values(workflow_version=99))
    with pytest.raises(LookupError):
        firing.sweep(world.db, at=REMIND)
    with world.db.reading() as session:
        left = session.scalar(select(func.count()).select_from(Deadline).where(Deadline.next_fire_at <= REMIND))
    assert left is not None
    assert left >= 30


def statements_of(db: Database, at: datetime, *, batch: int) -> tuple[list[str], int]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    swept = firing.sweep(db, at=at, batch=batch)
    event.remove(db.engine, "before_cursor_execute", note)
    return statements, swept.due


def count_statements(db: Database, at: datetime, *, batch: int) -> tuple[int, int]:
    statements, due = statements_of(db, at, batch=batch)
    return len(statements), due


def test_the_number_of_statements_in_a_batch_does_not_grow_with_its_rows(world: World) -> None:
    case_id = world.assigned()
    few, many = MORNING + timedelta(hours=1), MORNING + timedelta(hours=2)
    multiply(world, 3, case_id=case_id, fire_at=few)
    multiply(world, 300, case_id=case_id, fire_at=many, first=100)
    statements, due = count_statements(world.db, few, batch=500)
    assert due == 3
    assert count_statements(world.db, many, batch=500) == (statements, 300)
    # Look, claim, write to five tables, claim and look again; on SQLite each transaction begins with a word of its own.
    # One of them is the look whether anything is due at all.
    assert statements <= 14


def test_what_a_sweep_writes_of_a_case_stands_in_no_index(world: World) -> None:
    # Else PostgreSQL writes every index of the case anew (docs/decisions/0117).
    world.assigned()
    statements, _ = statements_of(world.db, LIST, batch=500)
    written = {
        name for each in statements if each.startswith('UPDATE "cases"') for name in re.findall(r'"(\w+)" = ', each)
    }
    table = metadata.tables["cases"]
    indexed = {column.name for index in table.indexes for column in index.columns}
    conditions = " ".join(str(index.dialect_options["postgresql"]["where"]) for index in table.indexes)
    assert {"version", "head_hash", "due_level"} <= written
    assert [name for name in sorted(written - {"id"}) if name in indexed or name in conditions] == []


def test_nothing_due_costs_one_short_question_and_no_place_of_the_writer(world: World) -> None:
    world.assigned()
    statements, due = count_statements(world.db, MORNING, batch=500)
    assert (statements, due) == (1 if world.db.is_postgresql else 2, 0)
    with world.db.transaction():
        # On SQLite this holds the writer's place; an idle sweep does not ask for it.
        assert firing.sweep(world.db, at=MORNING).seconds < 1


def test_progress_is_told_batch_by_batch(world: World) -> None:
    case_id = world.assigned()
    multiply(world, 25, case_id=case_id, fire_at=REMIND)
    done: list[int] = []
    swept = firing.sweep(world.db, at=REMIND, batch=10, on_progress=done.append)
    assert sum(done) == swept.due == 28
    assert max(done) == 10


def test_the_history_rows_of_a_batch_are_those_of_the_engine(world: World) -> None:
    case_id = world.assigned()
    firing.sweep(world.db, at=LIST)
    with world.db.reading() as session:
        rows = session.scalars(select(HistoryEntry).where(HistoryEntry.matter_id == case_id)).all()
    assert all(row.hash == history.digest(row) for row in rows)
    world.move(case_id, "acknowledge", "bai", at=LIST)
    assert world.history(case_id)[-1].prev_hash == sorted(rows, key=lambda row: row.seq)[-1].hash
