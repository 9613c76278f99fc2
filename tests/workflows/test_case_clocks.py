"""The clocks of the contract's "Deadlines": what starts them, how long they are, what pauses, meets and stops them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from casework.cases import extensions as extension_rows
from casework.cases import queries
from casework.cases.parts import co_tasks as co_task_rows
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core.errors import Denied, Refused
from tests.world import MORNING, World
from workflows import firing
from workflows.cases import calling, co_tasks, extensions, mending

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def due(world: World, case_id, kind: str) -> str:
    return local(world.clocks(case_id, kind)[-1].due_at)


def ask_extension(world: World, case_id, by: str, at: datetime, **raw: object):
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world[by], case_id=case_id, at=at)
        subject = subject_of(session, case, actor=world[by], at=at)
        return extensions.ask(session, case, raw, subject=subject, actor=world[by], at=at).id


def decide_extension(world: World, case_id, request_id, by: str, at: datetime, **raw: object) -> None:
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world[by], case_id=case_id, at=at)
        subject = subject_of(session, case, actor=world[by], at=at)
        request = extension_rows.get(session, case, request_id=request_id)
        extensions.decide(session, case, request, raw, subject=subject, actor=world[by], at=at)


def mend(world: World, case_id, by: str, at: datetime, **raw: object) -> Case:
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world[by], case_id=case_id, at=at)
        subject = subject_of(session, case, actor=world[by], at=at)
        return mending.mend(session, case, raw, subject=subject, actor=world[by], at=at)


@pytest.mark.parametrize(
    ("urgency", "expected"),
    [("normal", "2026-10-15 17:30"), ("urgent", "2026-10-14 17:30"), ("critical", "2026-10-14 11:00")],
)
def test_acceptance_is_due_by_urgency(world: World, urgency: str, expected: str) -> None:
    assert due(world, world.report(urgency=urgency), "accept") == expected


@pytest.mark.parametrize(
    ("kind", "urgency", "expected"),
    [
        ("inquiry", "normal", "2026-10-19 17:30"),
        ("help", "normal", "2026-10-23 17:30"),
        ("suggestion", "normal", "2026-10-23 17:30"),
        ("complaint", "normal", "2026-11-04 17:30"),
        ("inquiry", "urgent", "2026-10-16 17:30"),
        ("help", "urgent", "2026-10-20 17:30"),
        ("complaint", "urgent", "2026-10-26 17:30"),
        ("inquiry", "critical", "2026-10-15 09:00"),
        ("complaint", "critical", "2026-10-15 09:00"),
    ],
)
def test_handling_is_due_by_kind_and_urgency(world: World, kind: str, urgency: str, expected: str) -> None:
    assert due(world, world.assigned(kind=kind, urgency=urgency), "handle") == expected


def test_acknowledgement_first_contact_and_follow_up_have_clocks_of_their_own(world: World) -> None:
    case_id = world.resolved()
    assert due(world, case_id, "acknowledge") == "2026-10-15 17:30"
    assert due(world, case_id, "contact") == "2026-10-16 17:30"
    assert due(world, case_id, "follow_up") == "2026-10-19 17:30"


def test_a_step_meets_its_clock_and_leaving_stops_the_others(world: World) -> None:
    case_id = world.assigned()
    world.move(case_id, "acknowledge", "bai")
    world.move(case_id, "resolve", "bai", result_class="A", reply="已换好")
    status = {row.kind: row.status for row in world.clocks(case_id)}
    assert status == {
        "accept": "met",
        "acknowledge": "met",
        "contact": "stopped",
        "handle": "met",
        "follow_up": "running",
    }


def test_the_case_points_at_the_clock_that_matters_now(world: World) -> None:
    case_id = world.report()
    assert world.case(case_id).due_kind == "accept"
    world.move(case_id, "assign", "an", org="SLJ")
    assert world.case(case_id).due_kind == "handle"
    world.move(case_id, "resolve", "bai", result_class="A", reply="已换好")
    assert world.case(case_id).due_kind == "follow_up"
    case = world.move(case_id, "close", "he", followed_up="unreachable")
    assert (case.due_kind, case.due_at) == (None, None)


def test_a_new_assignment_gives_the_whole_limit_and_rework_half_of_it(world: World) -> None:
    case_id = world.assigned()
    world.move(case_id, "return", "bai", reason="不归水利管")
    next_day = MORNING + timedelta(days=1)
    world.move(case_id, "assign", "an", at=next_day, org="SLJ")
    assert due(world, case_id, "handle") == "2026-10-26 17:30"
    world.move(case_id, "resolve", "bai", at=next_day, result_class="A", reply="已换好")
    world.move(case_id, "rework", "he", at=next_day, reason="水还是浑的")
    assert due(world, case_id, "handle") == "2026-10-21 17:30"
    assert [row.epoch for row in world.clocks(case_id, "handle")] == [1, 2, 3]


def test_a_suspension_stops_the_clock_and_resuming_moves_the_due_day(world: World) -> None:
    # The picture of the case page: assigned 9-24, suspended from the evening of 9-29 to the morning of 10-10.
    at = datetime(2026, 9, 24, 3, 5, tzinfo=UTC)
    case_id = world.assigned(at=at)
    assert due(world, case_id, "handle") == "2026-10-12 17:30"
    world.move(
        case_id, "suspend", "he", at=datetime(2026, 9, 29, 8, 5, tzinfo=UTC), reason="等管材", until="2026-10-10"
    )
    paused = world.clocks(case_id, "handle")[-1]
    assert (paused.status, paused.next_fire_at) == ("paused", None)
    assert world.case(case_id).due_at is None
    world.move(case_id, "resume", "he", at=datetime(2026, 10, 10, 1, 10, tzinfo=UTC))
    assert due(world, case_id, "handle") == "2026-10-15 17:30"
    assert world.case(case_id).state == "assigned"
    assert world.history(case_id)[-1].fields["moved"]["days"] == 3


def test_a_suspension_returns_to_where_the_case_was(world: World) -> None:
    case_id = world.coordinated()
    world.move(case_id, "suspend", "he", reason="等管材", until="2026-10-20")
    assert world.move(case_id, "resume", "he").state == "coordinated"


def test_a_suspension_until_today_is_refused(world: World) -> None:
    with pytest.raises(Refused):
        world.move(world.assigned(), "suspend", "he", reason="等管材", until="2026-10-14")


def test_the_ladder_stands_at_two_days_before_due_three_and_ten_after(world: World) -> None:
    row = world.clocks(world.assigned(), "handle")[-1]
    rungs = [(level, local(datetime.fromisoformat(fire_at)), name) for level, fire_at, name in row.rungs]
    assert rungs == [
        (0, "2026-10-21 17:30", "remind"),
        (1, "2026-10-23 17:30", "urge"),
        (2, "2026-10-28 17:30", "supervise"),
        (3, "2026-11-06 17:30", "list"),
    ]
    assert (row.next_level, row.next_fire_at) == (0, datetime.fromisoformat(row.rungs[0][1]))


def test_a_rung_before_the_beginning_of_its_clock_is_left_out(world: World) -> None:
    row = world.clocks(world.report(), "accept")[-1]
    assert [level for level, _, _ in row.rungs] == [1, 2, 3]


def test_acknowledgement_and_contact_know_level_one_only(world: World) -> None:
    case_id = world.assigned()
    assert [level for level, _, _ in world.clocks(case_id, "acknowledge")[-1].rungs] == [1]
    assert [level for level, _, _ in world.clocks(case_id, "contact")[-1].rungs] == [1]


def test_an_extension_is_asked_before_due_and_granted_by_another(world: World) -> None:
    case_id = world.assigned()
    request_id = ask_extension(world, case_id, "bai", MORNING, until="2026-10-28", reason="管材未到")
    with pytest.raises(Denied):
        decide_extension(world, case_id, request_id, "he", MORNING, grant=True, reason="同意")
    decide_extension(world, case_id, request_id, "an", MORNING, grant=True, reason="同意")
    rows = world.clocks(case_id, "handle")
    assert [(row.epoch, row.status) for row in rows] == [(1, "superseded"), (2, "running")]
    assert due(world, case_id, "handle") == "2026-10-28 17:30"
    assert world.case(case_id).due_at == rows[-1].due_at


def test_an_extension_after_the_due_instant_comes_too_late(world: World) -> None:
    case_id = world.assigned()
    with pytest.raises(Refused) as refusal:
        ask_extension(
            world, case_id, "bai", datetime(2026, 10, 23, 9, 31, tzinfo=UTC), until="2026-10-28", reason="晚了"
        )
    assert [each.code for each in refusal.value.refusals] == ["extension_too_late"]


def test_an_extension_to_a_saturday_runs_to_the_monday(world: World) -> None:
    case_id = world.assigned()
    request_id = ask_extension(world, case_id, "bai", MORNING, until="2026-10-31", reason="管材未到")
    decide_extension(world, case_id, request_id, "an", MORNING, grant=True, reason="同意")
    assert due(world, case_id, "handle") == "2026-11-02 17:30"


def test_a_refused_extension_leaves_the_clock_alone(world: World) -> None:
    case_id = world.assigned()
    request_id = ask_extension(world, case_id, "bai", MORNING, until="2026-10-28", reason="管材未到")
    decide_extension(world, case_id, request_id, "lu", MORNING, grant=False, reason="先用备料")
    assert len(world.clocks(case_id, "handle")) == 1
    with pytest.raises(Refused):
        decide_extension(world, case_id, request_id, "an", MORNING, grant=True, reason="又同意")


def test_a_pause_after_a_grant_moves_the_granted_day(world: World) -> None:
    case_id = world.assigned()
    request_id = ask_extension(world, case_id, "bai", MORNING, until="2026-10-28", reason="管材未到")
    decide_extension(world, case_id, request_id, "an", MORNING, grant=True, reason="同意")
    world.move(case_id, "suspend", "he", at=MORNING + timedelta(days=1), reason="等雨停", until="2026-10-20")
    world.move(case_id, "resume", "he", at=MORNING + timedelta(days=6))
    # 10-15 and 10-20 count, 10-16 and 10-19 stood still.
    assert due(world, case_id, "handle") == "2026-10-30 17:30"


def test_mending_the_kind_gives_the_limit_that_now_fits_and_says_so(world: World) -> None:
    case_id = world.assigned()
    mend(world, case_id, "he", MORNING, kind="complaint")
    assert due(world, case_id, "handle") == "2026-11-04 17:30"
    told = world.history(case_id)[-1]
    assert told.trigger == "mend"
    assert told.fields["kind"] == {"from": "help", "to": "complaint"}
    assert [change["kind"] for change in told.fields["limits"]] == ["handle"]


def test_a_pause_survives_a_change_of_the_rule(world: World) -> None:
    at = datetime(2026, 9, 24, 3, 5, tzinfo=UTC)
    case_id = world.assigned(at=at)
    world.move(
        case_id, "suspend", "he", at=datetime(2026, 9, 29, 8, 5, tzinfo=UTC), reason="等管材", until="2026-10-10"
    )
    mend(world, case_id, "he", datetime(2026, 9, 30, 1, 0, tzinfo=UTC), kind="inquiry")
    assert world.clocks(case_id, "handle")[-1].status == "paused"
    world.move(case_id, "resume", "he", at=datetime(2026, 10, 10, 1, 10, tzinfo=UTC))
    # Three days from 9-24: 9-28, 9-29 counted, 9-30, 10-8 and 10-9 stood still, so the third is the make-up Saturday.
    assert due(world, case_id, "handle") == "2026-10-10 17:30"


def test_resolving_waits_for_the_co_unit(world: World) -> None:
    case_id = world.coordinated()
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world["bai"], case_id=case_id, at=MORNING)
        subject = subject_of(session, case, actor=world["bai"], at=MORNING)
        raw = {"org": "ZYZ", "question": "能否先出临时送水？", "due_on": "2026-10-17"}
        task_id = co_tasks.ask(session, case, raw, subject=subject, actor=world["bai"], at=MORNING).id
    with pytest.raises(Refused) as refusal:
        world.move(case_id, "resolve", "bai", result_class="A", reply="已换好")
    assert refusal.value.refusals[0].params == {"count": 1, "orgs": "竹园镇人民政府"}
    # A Saturday: nobody answers before the Monday.
    assert due(world, case_id, "co_task") == "2026-10-19 17:30"
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world["zhen"], case_id=case_id, at=MORNING)
        subject = subject_of(session, case, actor=world["zhen"], at=MORNING)
        task = co_task_rows.get(session, case, task_id=task_id)
        co_tasks.settle(session, case, task, {"answer": "明天起送水"}, subject=subject, actor=world["zhen"], at=MORNING)
    assert world.clocks(case_id, "co_task")[-1].status == "met"
    assert world.move(case_id, "resolve", "bai", result_class="A", reply="已换好").state == "resolved"


def test_a_date_beyond_the_known_plan_is_provisional(world: World) -> None:
    at = datetime(2026, 12, 25, 2, 0, tzinfo=UTC)
    row = world.clocks(world.assigned(at=at, kind="help"), "handle")[-1]
    assert row.due["provisional"] is True
    assert row.due_at.astimezone(SHANGHAI).date() == date(2027, 1, 5)


def look_again(world: World, case_id, by: str, at: datetime, **raw: object) -> None:
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world[by], case_id=case_id, at=at)
        subject = subject_of(session, case, actor=world[by], at=at)
        calling.review(session, case, raw, subject=subject, actor=world[by], at=at)


def test_a_result_of_class_b_has_a_clock_until_its_review_date(world: World) -> None:
    case_id = world.coordinated()
    # The 7th is a Saturday.
    world.move(case_id, "resolve", "bai", result_class="B", reply="列入明年计划", review_on="2026-11-07")
    assert due(world, case_id, "review") == "2026-11-09 17:30"
    world.move(case_id, "close", "he", followed_up="reached", satisfaction="basically")
    assert world.clocks(case_id, "review")[-1].status == "running"
    assert firing.sweep(world.db, at=datetime(2026, 11, 9, 9, 30, tzinfo=UTC)).by_kind["review"] == 1


def test_looking_again_meets_the_clock_and_a_further_day_begins_it_anew(world: World) -> None:
    case_id = world.coordinated()
    world.move(case_id, "resolve", "bai", result_class="B", reply="列入明年计划", review_on="2026-11-09")
    world.move(case_id, "close", "he", followed_up="reached", satisfaction="basically")
    later = datetime(2026, 11, 9, 2, 0, tzinfo=UTC)
    look_again(world, case_id, "an", later, words="钱已列入预算", review_on="2026-12-01")
    assert [(row.epoch, row.status) for row in world.clocks(case_id, "review")] == [(1, "met"), (2, "running")]
    assert due(world, case_id, "review") == "2026-12-01 17:30"
    look_again(world, case_id, "an", datetime(2026, 12, 1, 2, 0, tzinfo=UTC), words="已通水")
    assert {row.status for row in world.clocks(case_id, "review")} == {"met"}


def test_a_result_without_a_review_date_has_no_clock_for_it_and_rework_stops_it(world: World) -> None:
    assert world.clocks(world.resolved(), "review") == []
    case_id = world.coordinated()
    world.move(case_id, "resolve", "bai", result_class="B", reply="列入明年计划", review_on="2026-11-09")
    world.move(case_id, "rework", "he", reason="没有回电话")
    assert [row.status for row in world.clocks(case_id, "review")] == ["stopped"]
