"""The life of a supervised matter: every step by who may make it, every clock, numbers without gaps."""

import random
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from casework.core.errors import Denied, Invalid, Refused
from casework.core.ids import new_id
from casework.matters import deadlines
from casework.permissions import permits
from casework.registry.queries import orgs_by_code
from casework.supervisions import queries
from casework.supervisions.tables import Supervision
from tests.supervised import LIFE, SLIP, initiate, lived, step
from tests.workflows.test_visibility_twins import random_actor
from tests.world import MORNING, VILLAGE, World
from workflows import firing, supervising


def refused(world: World, matter: UUID, trigger: str, by: str, **given: Any) -> set[str]:
    with pytest.raises(Refused) as told:
        step(world, matter, trigger, by, **given)
    return {each.code for each in told.value.refusals}


def denied(world: World, matter: UUID, trigger: str, by: str, **given: Any) -> set[str]:
    with pytest.raises(Denied) as told:
        step(world, matter, trigger, by, **given)
    return {each.code for each in getattr(told.value, "refusals", ())}


def row_of(world: World, matter: UUID) -> Supervision:
    with world.db.reading() as session:
        return session.get_one(Supervision, matter)


def clocks(world: World, matter: UUID, kind: str) -> list[tuple[str, str]]:
    with world.db.reading() as session:
        rows = [row for row in deadlines.of_matter(session, matter) if row.kind == kind]
    return [(row.status, row.due_at.date().isoformat()) for row in rows]


def test_a_matter_is_issued_worked_at_verified_and_struck_off_by_two(world: World) -> None:
    matter = initiate(world)
    for trigger, by, given in LIFE:
        step(world, matter, trigger, by, **given)
    row = row_of(world, matter)
    assert (row.state, row.slip_number, row.is_open) == ("struck_off", "督办〔2026〕1号", False)
    assert row.proposed_by != row.struck_off_by and row.struck_off_on == date(2026, 10, 14)
    rows = world.history(matter)
    assert [each.trigger for each in rows] == ["initiate", *(trigger for trigger, _, _ in LIFE)]
    assert rows[1].fields == {"slip_number": "督办〔2026〕1号"}


def test_who_may_not_make_a_step_is_denied(world: World) -> None:
    matter = initiate(world)
    assert denied(world, matter, "issue", "he") == set()
    step(world, matter, "issue", "an")
    assert denied(world, matter, "acknowledge", "he") == set()
    step(world, matter, "acknowledge", "shui")
    assert denied(world, matter, "report", "bai", result_class="A", result="好了") == set()
    assert denied(world, matter, "escalate", "an", level=3, reason="久拖不办", leader="陆主席") == {"chair_lists"}
    step(world, matter, "report", "shui", result_class="A", result="好了")
    with pytest.raises(Denied):
        step(world, matter, "verify", "zhen", evidence="看过")
    step(world, matter, "verify", "he", evidence="看过")
    step(world, matter, "propose_strike_off", "an")
    assert denied(world, matter, "strike_off", "an") == {"proposer_cannot_strike_off"}
    assert denied(world, matter, "strike_off", "he") == set()
    assert step(world, matter, "withhold_strike_off", "lu", reason="再回访一次").state == "verified"


def test_somebody_of_the_unit_does_not_verify_even_with_a_desk_in_the_office(world: World) -> None:
    matter = lived(world, "report")
    both = world["he"].grants + world["bai"].grants
    world.actors["he"] = type(world["he"])(world["he"].person_id, "何干事", both)
    assert denied(world, matter, "verify", "he", evidence="看过") == {"unit_cannot_verify"}


def test_levels_rise_and_fall_and_a_listed_matter_has_a_leader(world: World) -> None:
    matter = lived(world, "acknowledge", level=1)
    assert refused(world, matter, "ease", "an", level=1, reason="x") == {"level_is_lowest"}
    assert step(world, matter, "escalate", "an", level=2, reason="领导批示").level == 2
    assert refused(world, matter, "escalate", "an", level=2, reason="x") == {"level_does_not_rise"}
    with pytest.raises(Invalid) as told:
        step(world, matter, "escalate", "lu", level=3, reason="久拖不办")
    assert {each.field for each in told.value.errors} == {"fields.leader"}
    row = step(world, matter, "escalate", "lu", level=3, reason="久拖不办", leader="陆主席")
    assert (row.level, row.leader) == (3, "陆主席")
    # A listed matter is reported on every week: five working days from the 14th.
    assert clocks(world, matter, "progress")[-1] == ("running", "2026-10-21")
    row = step(world, matter, "ease", "lu", level=2, reason="已见成效")
    assert (row.level, row.leader) == (2, None)


def test_urging_is_numbered_and_says_why(world: World) -> None:
    matter, other = lived(world, "issue"), lived(world, "issue")
    with pytest.raises(Invalid) as told:
        step(world, matter, "urge", "he")
    assert {each.field for each in told.value.errors} == {"comment"}
    step(world, matter, "urge", "he", comment="请报进展")
    step(world, other, "urge", "an", comment="请报进展")
    assert step(world, matter, "urge", "an", comment="三天内报").urges == 2
    with world.db.reading() as session:
        told_first = [(each.number, each.nth, each.words) for each in queries.urgings_of(session, matter)]
    assert told_first == [("催办〔2026〕1号", 1, "请报进展"), ("催办〔2026〕3号", 2, "三天内报")]


def test_a_progress_report_is_due_by_the_level_and_read_or_returned(world: World) -> None:
    matter = lived(world, "acknowledge")
    assert clocks(world, matter, "progress") == [("running", "2026-10-28")]
    assert refused(world, matter, "accept_progress", "he") == {"no_progress_waits"}
    at = MORNING + timedelta(days=14)
    row = step(world, matter, "progress", "bai", at=at, words="已挖开三处")
    assert row.progress_review == "waiting"
    assert clocks(world, matter, "progress")[-1] == ("running", "2026-11-11")
    step(world, matter, "return_progress", "he", at=at, reason="没说哪天完工")
    assert clocks(world, matter, "progress")[-1] == ("running", "2026-10-30")
    step(world, matter, "progress", "bai", at=at, words="11 月 5 日完工")
    assert step(world, matter, "accept_progress", "he", at=at).progress_review == "accepted"
    with world.db.reading() as session:
        late = queries.Filter(progress_late=True)
        assert not queries.page(session, world["he"], late, at=at, limit=9)
        assert len(queries.page(session, world["he"], late, at=MORNING + timedelta(days=30), limit=9)) == 1


def test_more_time_is_asked_before_the_day_and_decided_by_somebody_else(world: World) -> None:
    matter = lived(world, "acknowledge")
    late = datetime(2026, 10, 30, 10, 0, tzinfo=UTC)
    assert refused(world, matter, "ask_extension", "bai", until="2026-10-30", reason="雨") == {"extension_not_later"}
    assert refused(world, matter, "ask_extension", "bai", at=late, until="2026-11-30", reason="雨") == {
        "extension_too_late"
    }
    step(world, matter, "ask_extension", "bai", until="2026-11-13", reason="连日下雨")
    assert refused(world, matter, "ask_extension", "bai", until="2026-11-14", reason="雨") == {"extension_pending"}
    row = step(world, matter, "grant_extension", "an")
    assert (row.due_on, row.first_due_on, row.extensions) == (date(2026, 11, 13), date(2026, 10, 30), 1)
    assert clocks(world, matter, "handle") == [("superseded", "2026-10-30"), ("running", "2026-11-13")]
    assert refused(world, matter, "grant_extension", "an") == {"no_extension_asked"}


def test_the_sweep_fires_each_rung_once_and_urges_nobody_by_itself(world: World) -> None:
    matter = lived(world, "acknowledge")
    for at in (datetime(2026, 10, 28, 9, 31, tzinfo=UTC), datetime(2026, 11, 16, 9, 31, tzinfo=UTC)):
        firing.sweep(world.db, at=at)
    told = [row.trigger for row in world.history(matter) if row.actor_id is None]
    assert told == ["remind", "fall_due", "list"]
    row = row_of(world, matter)
    assert (row.due_level, row.level, row.urges) == (3, 2, 0)


def test_what_is_sent_back_or_comes_back_gets_a_new_day(world: World) -> None:
    matter = lived(world, "report")
    late = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
    assert refused(world, matter, "send_back", "an", reason="没修好", due_on="2026-10-01") == {"new_date_is_past"}
    row = step(world, matter, "send_back", "an", at=late, reason="没修好")
    assert (row.due_on, row.result) == (date(2026, 11, 9), None)
    step(world, matter, "report", "shui", at=late, result_class="A", result="修好了")
    step(world, matter, "verify", "he", at=late, evidence="看过")
    step(world, matter, "propose_strike_off", "he", at=late)
    step(world, matter, "strike_off", "an", at=late)
    assert refused(world, matter, "recur", "an", at=late + timedelta(days=181), reason="又漏") == {"too_late_to_recur"}
    row = step(world, matter, "recur", "an", at=late + timedelta(days=180, hours=9), reason="又漏")
    assert (row.state, row.recurrences, row.struck_off_on) == ("in_progress", 1, None)
    assert row.due_on > date(2027, 2, 10)


def test_what_takes_long_is_looked_back_at(world: World) -> None:
    matter = lived(world, "report")
    assert refused(world, matter, "keep_long_term", "an", review_on="2026-10-14") == {"review_date_is_past"}
    step(world, matter, "keep_long_term", "an", review_on="2027-01-15")
    assert row_of(world, matter).due_kind == "review"
    step(world, matter, "look_back", "an", comment="管网二期已列入计划", review_on="2027-04-15")
    assert clocks(world, matter, "review") == [("met", "2027-01-15"), ("running", "2027-04-15")]
    assert row_of(world, matter).is_open


def test_what_is_still_being_solved_is_not_struck_off_but_stays_long_term(world: World) -> None:
    matter = initiate(world)
    for trigger, by, given in LIFE:
        if trigger == "propose_strike_off":
            break
        step(world, matter, trigger, by, **(given | {"result_class": "B"} if trigger == "report" else given))
    assert refused(world, matter, "propose_strike_off", "he") == {"result_is_a_plan"}
    step(world, matter, "keep_long_term", "an", review_on="2027-01-15")
    assert row_of(world, matter).state == "long_term"


def test_a_slip_is_refused_to_a_unit_that_is_gone_or_after_its_day(world: World) -> None:
    matter = initiate(world)
    assert refused(world, matter, "issue", "an", at=MORNING + timedelta(days=30)) == {"due_on_is_past"}
    with world.db.transaction() as session:
        orgs_by_code(session, ["SLJ"])["SLJ"].valid_to = date(2026, 10, 1)
    assert refused(world, matter, "issue", "an") == {"unit_no_longer_exists"}
    with pytest.raises(Invalid) as told:
        initiate(world, co_orgs=None, due_on="2026-10-13", level=4, source="rumour", title=" ")
    assert {each.field for each in told.value.errors} == {"title", "source", "org", "due_on", "level"}


def test_slips_signed_at_once_have_each_number_once(world: World) -> None:
    matters = [initiate(world) for _ in range(8)]
    gone = initiate(world)
    start = threading.Barrier(len(matters))

    def sign(matter: UUID, by: str) -> None:
        start.wait()
        step(world, matter, "issue", by)

    hands = [threading.Thread(target=sign, args=(each, ("an", "lu")[n % 2])) for n, each in enumerate(matters)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    # What fails at signing takes no number with it.
    assert refused(world, gone, "issue", "an", at=MORNING + timedelta(days=30)) == {"due_on_is_past"}
    assert step(world, gone, "issue", "an").slip_number == "督办〔2026〕9号"
    assert sorted(str(row_of(world, each).slip_no) for each in matters) == [str(n) for n in range(1, 9)]


def test_who_may_know_of_a_matter_is_told_alike_in_sql_and_in_python(world: World) -> None:
    matters = [initiate(world), initiate(world, org="JYJ", co_orgs=None), initiate(world, region_code=VILLAGE)]
    dice = random.Random(7)
    orgs = list(world.orgs.values())
    actors = [*world.actors.values(), *(random_actor(dice, orgs) for _ in range(120))]
    with world.db.reading() as session:
        rows = {each: session.get_one(Supervision, each) for each in matters}
        for actor in actors:
            seen = {row.id for row in queries.page(session, actor, queries.Filter(), at=MORNING, limit=9)}
            may = {
                each
                for each in matters
                if permits(actor, "supervision.read", queries.subject_of(session, rows[each], actor=actor))
            }
            assert seen == may, actor.grants


def test_another_room_makes_a_matter_out_of_its_own(world: World) -> None:
    consultation, told = new_id(), {name: value for name, value in SLIP.items() if not name.startswith("source")}
    with world.db.transaction() as session:
        origin = supervising.Origin("consultation", consultation, VILLAGE)
        row = supervising.initiate(session, told, actor=world["he"], at=MORNING, origin=origin)
        assert (row.source, row.source_id, row.region_code) == ("consultation", consultation, VILLAGE)
        assert [each.id for each in queries.of_source(session, consultation)] == [row.id]
    with pytest.raises(Denied), world.db.transaction() as session:
        supervising.initiate(session, told, actor=world["bai"], at=MORNING, origin=origin)
