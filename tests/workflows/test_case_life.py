"""The case workflow of the contract, trigger by trigger: who may, what is asked for, where it leads."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from casework.core.errors import Denied, Invalid, NotFound, Refused, Stale
from casework.matters import history
from casework.registry.tables import Org
from tests.world import MORNING, World

LATER = MORNING + timedelta(days=1)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [each.code for each in refusal.value.refusals]


def fields(refusal: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {each.field: each.code for each in refusal.value.errors}


def test_a_difficulty_goes_from_reported_to_closed_and_its_history_tells_it(world: World) -> None:
    case_id = world.report()
    world.move(case_id, "assign", "an", org="SLJ", co_orgs=["ZYZ"], route="two_offices")
    world.move(case_id, "acknowledge", "bai")
    world.move(case_id, "contact", "bai", words="说明先查漏点", spoke_to="李小芳")
    world.move(case_id, "coordinate", "bai", plan="水利局出管材")
    world.move(case_id, "resolve", "bai", result_class="A", reply="已换好")
    case = world.move(case_id, "close", "he", followed_up="reached", satisfaction="satisfied", at=LATER)
    assert case.state == "closed"
    assert not case.is_open
    told = [(row.seq, row.trigger, row.from_state, row.to_state) for row in world.history(case_id)]
    assert told == [
        (1, "report", None, "reported"),
        (2, "assign", "reported", "assigned"),
        (3, "acknowledge", "assigned", "assigned"),
        (4, "contact", "assigned", "assigned"),
        (5, "coordinate", "assigned", "coordinated"),
        (6, "resolve", "coordinated", "resolved"),
        (7, "close", "resolved", "closed"),
    ]
    assert case.version == 7


def test_each_history_row_carries_the_hash_of_the_one_before(world: World) -> None:
    rows = world.history(world.resolved())
    assert rows[0].prev_hash == history.GENESIS
    for before, row in pairwise(rows):
        assert row.prev_hash == before.hash
    assert all(history.digest(row) == row.hash for row in rows)


def test_numbers_run_without_gaps_in_the_year(world: World) -> None:
    assert [world.case(world.report()).number for _ in range(3)] == [
        "QC-AJ-2026-000001",
        "QC-AJ-2026-000002",
        "QC-AJ-2026-000003",
    ]


def test_a_stranger_finds_nothing(world: World) -> None:
    case_id = world.report()
    with pytest.raises(NotFound):
        world.move(case_id, "assign", "ding", org="SLJ")
    with pytest.raises(NotFound):
        world.move(case_id, "acknowledge", "jiao")
    with pytest.raises(NotFound):
        world.available(case_id, "guanli")


def test_a_reporter_sees_the_case_but_may_not_assign_it(world: World) -> None:
    case_id = world.report("chen")
    with pytest.raises(Denied):
        world.move(case_id, "assign", "chen", org="SLJ")
    assert world.available(case_id, "chen").available == ()


def test_an_unknown_trigger_is_a_mistake_in_what_was_sent(world: World) -> None:
    case_id = world.report()
    with pytest.raises(Invalid) as refusal:
        world.move(case_id, "obliterate", "an")
    assert fields(refusal) == {"trigger": "unknown_trigger"}


def test_a_move_from_the_wrong_state_says_what_is_possible_instead(world: World) -> None:
    case_id = world.report()
    with pytest.raises(Refused) as refusal:
        world.move(case_id, "close", "an", followed_up="unreachable")
    assert codes(refusal) == ["not_from_here"]
    assert set(refusal.value.available_triggers or ()) == {"assign", "decline", "merge"}


def test_state_is_judged_before_the_caller_and_the_caller_before_the_fields(world: World) -> None:
    case_id = world.assigned()
    with pytest.raises(Refused):
        world.move(case_id, "close", "bai")
    with pytest.raises(Denied):
        world.move(case_id, "resolve", "an", nonsense=1)
    with pytest.raises(Invalid):
        world.move(case_id, "resolve", "bai", nonsense=1)


def test_all_mistakes_in_the_fields_come_at_once(world: World) -> None:
    case_id = world.assigned()
    with pytest.raises(Invalid) as refusal:
        world.move(case_id, "resolve", "bai", result_class="E", extra="x")
    assert fields(refusal) == {
        "fields.extra": "unknown_field",
        "fields.result_class": "not_a_choice",
        "fields.reply": "required",
    }


def test_nothing_visible_in_a_required_text_counts_as_missing(world: World) -> None:
    case_id = world.assigned()
    with pytest.raises(Invalid) as refusal:
        world.move(case_id, "return", "bai", reason=" \u200b\u3000")
    assert fields(refusal) == {"fields.reason": "required"}


def test_an_older_version_is_refused_and_nothing_changes(world: World) -> None:
    case_id = world.report()
    with pytest.raises(Stale):
        world.move(case_id, "assign", "an", version=7, org="SLJ")
    assert world.case(case_id).state == "reported"
    assert len(world.history(case_id)) == 1


def test_assigning_needs_a_unit_that_exists(world: World) -> None:
    case_id = world.report()
    with pytest.raises(Invalid) as refusal:
        world.move(case_id, "assign", "an", org="XYZ", co_orgs=["SLJ", "NIX"], route="pigeon")
    assert fields(refusal) == {
        "fields.org": "no_such_org",
        "fields.co_orgs": "no_such_org",
        "fields.route": "not_a_choice",
    }


def test_an_assignee_must_belong_to_the_unit(world: World) -> None:
    case_id = world.report()
    with pytest.raises(Invalid) as refusal:
        world.move(case_id, "assign", "an", org="SLJ", assignee="jiao")
    assert fields(refusal) == {"fields.assignee": "no_such_handler"}
    assert world.move(case_id, "assign", "an", org="SLJ", assignee="bai").assignee_id == world["bai"].person_id


def test_acknowledging_happens_once(world: World) -> None:
    case_id = world.assigned()
    world.move(case_id, "acknowledge", "bai")
    with pytest.raises(Refused) as refusal:
        world.move(case_id, "acknowledge", "bai")
    assert codes(refusal) == ["already_acknowledged"]


def test_the_second_return_is_ruled_by_the_head_and_kept_as_precedent(world: World) -> None:
    case_id = world.report()
    for _ in range(2):
        world.move(case_id, "assign", "he", org="SLJ")
        world.move(case_id, "return", "bai", reason="不归水利管", suggested_org="ZYZ")
    with pytest.raises(Refused) as refusal:
        world.move(case_id, "assign", "he", org="SLJ")
    assert codes(refusal) == ["ruling_needed"]
    with pytest.raises(Denied):
        world.move(case_id, "arbitrate", "he", org="ZYZ", ruling="管网归村镇维修")
    world.move(case_id, "arbitrate", "an", org="ZYZ", ruling="管网归村镇维修")
    with pytest.raises(Refused) as refusal:
        world.move(case_id, "assign", "he", org="SLJ")
    assert codes(refusal) == ["ruled_for_another_unit"]
    assert world.move(case_id, "assign", "he", org="ZYZ").state == "assigned"


def test_a_ruling_before_the_second_return_is_refused(world: World) -> None:
    case_id = world.report()
    with pytest.raises(Refused) as refusal:
        world.move(case_id, "arbitrate", "an", org="SLJ", ruling="先裁了再说")
    assert codes(refusal) == ["not_returned_twice"]


def test_class_b_needs_its_review_date_ahead(world: World) -> None:
    case_id = world.coordinated()
    with pytest.raises(Invalid) as missing:
        world.move(case_id, "resolve", "bai", result_class="B", reply="列入明年计划")
    assert fields(missing) == {"fields.review_on": "required"}
    with pytest.raises(Refused) as past:
        world.move(case_id, "resolve", "bai", result_class="B", reply="列入明年计划", review_on="2026-10-14")
    assert codes(past) == ["review_date_is_past"]
    case = world.move(case_id, "resolve", "bai", result_class="B", reply="列入明年计划", review_on="2027-03-01")
    assert case.review_on == date(2027, 3, 1)


def test_who_resolved_it_does_not_close_it(world: World) -> None:
    case_id = world.coordinated()
    world.actors["both"] = type(world["bai"])(
        world["bai"].person_id, "白工", (*world["bai"].grants, *world["he"].grants)
    )
    world.move(case_id, "resolve", "both", result_class="A", reply="已换好")
    with pytest.raises(Denied):
        world.move(case_id, "close", "both", followed_up="unreachable")
    assert world.move(case_id, "close", "he", followed_up="unreachable").state == "closed"


def test_a_reached_follow_up_needs_its_satisfaction_and_an_unreached_one_takes_none(world: World) -> None:
    case_id = world.resolved()
    with pytest.raises(Invalid) as refusal:
        world.move(case_id, "close", "he", followed_up="reached")
    assert fields(refusal) == {"fields.satisfaction": "required"}
    with pytest.raises(Invalid) as refusal:
        world.move(case_id, "close", "he", followed_up="unreachable", satisfaction="satisfied")
    assert fields(refusal) == {"fields.satisfaction": "not_expected"}


def test_whether_it_is_solved_is_kept_as_said_and_need_not_be_asked(world: World) -> None:
    told, silent, nobody = (world.resolved() for _ in range(3))
    reached: dict[str, Any] = {"followed_up": "reached", "satisfaction": "dissatisfied"}
    unreached: dict[str, Any] = {"followed_up": "unreachable", "solved": "yes"}
    for wrong in ({**reached, "solved": "partly"}, unreached):
        with pytest.raises(Invalid) as refusal:
            world.move(told, "close", "he", **wrong)
        assert set(fields(refusal)) == {"fields.solved"}
    # What the unit reported (class A) is not what the reporter says.
    assert world.move(told, "close", "he", **reached, solved="no").solved == "no"
    assert world.move(silent, "close", "he", **reached).solved is None
    assert world.move(nobody, "close", "he", followed_up="unreachable").solved is None
    assert world.move(told, "reopen", "he", reason="还是没水").solved is None


def test_a_merged_case_lives_on_in_the_other_and_can_be_taken_out_again(world: World) -> None:
    first, second = world.report(), world.assigned(title="方石村三组停水")
    world.move(first, "merge", "he", into=str(second))
    assert world.case(first).state == "merged"
    assert world.case(first).merged_into_id == second
    assert world.history(second)[-1].trigger == "absorb"
    case = world.move(first, "unmerge", "he")
    assert case.state == "reported"
    assert case.merged_into_id is None
    assert world.clocks(first, "accept")[-1].status == "running"


def test_a_merge_is_final_once_anything_else_happened_to_either(world: World) -> None:
    first, second = world.report(), world.assigned()
    world.move(first, "merge", "he", into=str(second))
    world.move(second, "acknowledge", "bai")
    with pytest.raises(Refused) as refusal:
        world.move(first, "unmerge", "he")
    assert codes(refusal) == ["merge_was_followed"]


def test_an_assignment_is_taken_back_at_once_and_leaves_the_unit_nothing(world: World) -> None:
    case_id = world.assigned()
    later = MORNING + timedelta(minutes=10)
    assert "recall" not in world.available(case_id, "he").available
    case = world.move(case_id, "recall", "he", at=later)
    assert (case.state, case.lead_org_id, case.assigned_at, case.returns) == ("reported", None, None, 0)
    assert world.clocks(case_id, "accept")[-1].status == "running"
    assert world.clocks(case_id, "handle")[-1].status == "stopped"
    with pytest.raises(NotFound):
        world.available(case_id, "bai", at=later)
    assert world.move(case_id, "assign", "he", at=later, org="JYJ").state == "assigned"


def test_an_assignment_that_was_followed_or_is_old_stands(world: World) -> None:
    seen, old = world.assigned(), world.assigned()
    world.move(seen, "acknowledge", "bai")
    with pytest.raises(Refused) as refusal:
        world.move(seen, "recall", "he")
    assert codes(refusal) == ["assignment_was_followed"]
    with pytest.raises(Refused) as refusal:
        world.move(old, "recall", "he", at=MORNING + timedelta(minutes=10, seconds=1))
    assert codes(refusal) == ["recall_too_late"]


def test_a_case_is_not_merged_into_itself_nor_into_one_that_ended(world: World) -> None:
    first, second, third = world.report(), world.report(), world.report()
    with pytest.raises(Refused) as refusal:
        world.move(first, "merge", "he", into=str(first))
    assert codes(refusal) == ["merge_into_itself"]
    world.move(second, "merge", "he", into=str(third))
    with pytest.raises(Refused) as refusal:
        world.move(first, "merge", "he", into=str(second))
    assert codes(refusal) == ["merge_target_ended"]


def test_a_closed_case_reopens_within_180_days_and_not_later(world: World) -> None:
    case_id = world.resolved()
    world.move(case_id, "close", "he", followed_up="unreachable")
    with pytest.raises(Refused) as refusal:
        world.move(case_id, "reopen", "he", at=MORNING + timedelta(days=181), reason="又断了")
    assert codes(refusal) == ["too_late_to_reopen"]
    # The hundred and eightieth day is counted whole: it ends at midnight, not at the hour the case was closed.
    evening = datetime(2027, 4, 12, 15, 59, tzinfo=UTC)
    case = world.move(case_id, "reopen", "he", at=evening, reason="又断了")
    assert (case.state, case.is_open, case.result_class, case.lead_org_id) == ("reported", True, None, None)


def test_where_the_unit_signs_a_mere_handler_cannot_resolve(world: World) -> None:
    case_id = world.coordinated()
    with world.db.transaction() as session:
        org = session.get(Org, world.orgs["SLJ"])
        assert org is not None
        org.signs_results = True
    with pytest.raises(Denied):
        world.move(case_id, "resolve", "bai", result_class="A", reply="已换好")
    assert world.move(case_id, "resolve", "shui", result_class="A", reply="已换好").state == "resolved"


def test_a_button_that_cannot_be_pressed_says_why(world: World) -> None:
    moves = world.available(world.assigned(), "bai")
    assert set(moves.available) == {"return", "acknowledge", "contact", "coordinate", "resolve"}
    reasons = {
        each.trigger: [r.code for r in each.reasons] for each in world.available(world.resolved(), "he").unavailable
    }
    assert reasons["assign"] == ["not_from_here"]
