"""All that is in hand moves or is named in one step; within ten minutes everything is again as it was."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from casework.campaign import handover
from casework.campaign.links import links
from casework.campaign.tables import Goal, Link
from casework.cases import led
from casework.cases.parts import handing
from casework.cases.tables import Case, CaseUnit, CoTask
from casework.cases.visibility import subject_of
from casework.core import editions
from casework.core.database import Database, Session
from casework.core.editions import known
from casework.core.errors import Refused
from casework.keeping.verify import verify
from tests import databases
from tests.campaign import tie
from tests.world import MORNING, VILLAGE, World, make_world
from workflows.campaign import handover_entries, handovers
from workflows.cases import co_tasks
from workflows.lifecycles import lifecycles

TODAY, DAY = date(2026, 10, 14), date(2026, 10, 31)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(db: Database, tmp_path: Any) -> World:
    return make_world(db, tmp_path)


def hand_over(world: World, *, by: str = "he", **raw: Any) -> UUID:
    with world.db.transaction() as session:
        told = {"day": DAY.isoformat(), "reason": "换届", **raw}
        step = handover_entries.read(session, told, actor=world[by], today=TODAY)
        return handovers.make(session, step, actor=world[by], at=MORNING + MINUTE, today=TODAY).id


def undo(world: World, handover_id: UUID, *, after: int = 2) -> None:
    with world.db.transaction() as session:
        at = MORNING + after * MINUTE
        row = handovers.take(session, world["he"], handover_id, at=at, on=TODAY, lock=True)
        handovers.undo(session, row, reason="弄错了", actor=world["he"], at=at, today=TODAY)


def became(world: World, handover_id: UUID) -> list[tuple[str, str]]:
    with world.db.reading() as session:
        row = handovers.take(session, world["he"], handover_id, at=MORNING, on=TODAY)
        return sorted((item.kind, item.stays) for item in handover.items(session, row))


def standing(world: World) -> Mapping[str, Any]:
    """Return whose everything is: what an undo has to bring back."""
    with world.db.reading() as session:
        return {
            "cases": {
                each.id: (each.lead_org_id, each.assignee_id, each.due_at, each.lead_reworked)
                for each in session.scalars(select(Case))
            },
            "units": {
                (each.case_id, each.org_id): (each.part, each.since, each.until, led.told(each))
                for each in session.scalars(select(CaseUnit))
            },
            "tasks": {each.id: (each.org_id, each.status) for each in session.scalars(select(CoTask))},
            "links": _held(session),
            "goals": {each.id: each.responsible for each in session.scalars(select(Goal).where(known(Goal)))},
        }


def _held(session: Session) -> set[tuple[UUID, UUID | None]]:
    asked = select(Link).where(known(Link), links.active(DAY + timedelta(days=1)))
    return {(each.holder_id, each.object_id) for each in session.scalars(asked)}


def led_by(world: World, org: str, **given: Any) -> UUID:
    """Report a case, assign it to a unit, and let that coordinate it."""
    case_id = world.report()
    world.move(case_id, "assign", "an", org=org, **given)
    world.move(case_id, "coordinate", {"SLJ": "bai", "JYJ": "jiao", "ZYZ": "zhen"}[org], plan="先看现场")
    return case_id


def ask(world: World, case_id: UUID, org: str) -> None:
    with world.db.transaction() as session:
        case = session.get_one(Case, case_id)
        raw = {"org": org, "question": "水表几时装", "due_on": "2026-10-20"}
        subject = subject_of(session, case, actor=world["he"], at=MORNING)
        co_tasks.ask(session, case, raw, subject=subject, actor=world["he"], at=MORNING)


def goal(world: World, household: UUID, responsible: str, *, item: str = "job_post") -> None:
    with world.db.transaction() as session:
        row = Goal(campaign="SLSC-2022", checklist="five_ones_household", item=item, year=2026, object_id=household)
        row.region_code, row.state, row.responsible = VILLAGE, "planned", responsible
        editions.enter(session, row, actor=world["he"], at=MORNING)


def sound(world: World, folder: Any) -> bool:
    found = verify(world.db, at=MORNING + 5 * MINUTE, attachments=folder, lifecycles=lifecycles())
    return not {each.name: each.first for each in found if each.rows}


def test_a_member_leaves_and_everything_moves_or_is_named(world: World, tmp_path: Any) -> None:
    tied = tie(world)
    goal(world, tied.mine, "陈青山")
    goal(world, tied.mine, "村主任", item="environment")
    world.report(by="chen")
    before = standing(world)
    made = hand_over(world, member=str(tied.member), successor=str(tied.colleague))
    assert became(world, made) == [
        ("case_reported", "reporter_stays"),
        ("goal", ""),
        ("goal", ""),
        ("link", ""),
        ("role", "role_ends_with_the_account"),
        ("visit", ""),
    ]
    after = standing(world)
    assert (tied.colleague, tied.mine) in after["links"] and (tied.member, tied.mine) not in after["links"]
    assert sorted(after["goals"].values()) == ["村主任", "罗敏"]
    undo(world, made)
    assert standing(world) == before and sound(world, tmp_path)


def test_a_unit_leaves_its_cases_and_the_questions_to_it(world: World, tmp_path: Any) -> None:
    led, asked = led_by(world, "SLJ"), led_by(world, "JYJ")
    # That it had to be done anew stays with the unit that did it first.
    world.move(led, "resolve", "bai", result_class="A", reply="水管已经接好，通水了")
    world.move(led, "rework", "an", reason="没办完")
    ask(world, asked, "SLJ")
    before = standing(world)
    made = hand_over(world, org="SLJ", successor="ZYZ")
    assert became(world, made) == [("case_lead", ""), ("co_task", "")]
    orgs, after = world.orgs, standing(world)
    assert after["cases"][led] == (orgs["ZYZ"], None, before["cases"][led][2], False)
    assert [after["units"][led, orgs[org]][3]["marks"] for org in ("SLJ", "ZYZ")] == [["reworked"], []]
    assert {each[0] for each in after["tasks"].values()} == {orgs["ZYZ"]}
    assert (after["units"][led, orgs["SLJ"]][0], after["units"][led, orgs["ZYZ"]][0]) == ("former", "lead")
    assert [each.trigger for each in world.history(led)][-1] == "hand_over"
    undo(world, made)
    assert standing(world) == before and sound(world, tmp_path)
    assert [each.trigger for each in world.history(led)][-1] == "take_handover_back"


def test_what_cannot_move_is_named_and_stays(world: World) -> None:
    ask(world, led_by(world, "SLJ"), "ZYZ")
    asked = led_by(world, "ZYZ")
    ask(world, asked, "SLJ")
    before = standing(world)
    made = hand_over(world, org="SLJ", successor="ZYZ")
    assert became(world, made) == [("case_lead", "successor_owes_an_answer"), ("co_task", "successor_leads_the_case")]
    assert standing(world) == before
    with pytest.raises(Refused) as late:
        undo(world, made, after=12)
    assert late.value.refusals[0].code == "handover_too_late"


def test_a_handler_leaves_to_one_of_the_unit_and_to_a_stranger(world: World) -> None:
    bai, shui = world["bai"].person_id, world["shui"].person_id
    led = led_by(world, "SLJ", assignee=str(bai))
    stranger = hand_over(world, person=str(bai), successor=str(world["chen"].person_id))
    assert ("case_assignee", "successor_not_in_the_unit") in became(world, stranger)
    made = hand_over(world, person=str(bai), successor=str(shui))
    assert world.case(led).assignee_id == shui
    undo(world, made)
    assert world.case(led).assignee_id == bai


def test_what_others_did_since_stands_against_the_undo(world: World) -> None:
    first, second = led_by(world, "SLJ"), led_by(world, "SLJ")
    made = hand_over(world, org="SLJ", successor="ZYZ")
    world.move(second, "suspend", "he", reason="waiting_third_party", until="2026-10-20", comment="等料")
    held = standing(world)
    with pytest.raises(Refused) as moved:
        undo(world, made)
    assert moved.value.refusals[0].code == "handover_moved_on"
    assert standing(world) == held, "not even the other case was touched"
    assert world.case(first).lead_org_id == world.orgs["ZYZ"]


def play(world: World, data: st.DataObject) -> None:
    orgs = ("SLJ", "JYJ", "ZYZ")
    for _ in range(data.draw(st.integers(1, 2))):
        lead = data.draw(st.sampled_from(orgs))
        case_id = led_by(world, lead)
        for org in data.draw(st.lists(st.sampled_from(orgs), max_size=3)):
            if org != lead:
                ask(world, case_id, org)
    leaver, successor = data.draw(st.permutations(orgs).map(lambda each: each[:2]))
    with world.db.reading() as session:
        in_hand = len(handing.of_unit(session, world["he"], world.orgs[leaver], at=MORNING))
    if not in_hand:
        return
    before = standing(world)
    made = hand_over(world, org=leaver, successor=successor)
    told = became(world, made)
    assert len(told) == in_hand and {stays for _, stays in told} <= {
        *("", "successor_owes_an_answer", "successor_leads_the_case"),
    }
    undo(world, made)
    assert standing(world) == before


@pytest.mark.parametrize("engine", databases.ENGINES)
def test_whatever_is_in_hand_comes_back_as_it_was(engine: str, tmp_path: Path) -> None:
    with databases.fresh_database(engine) as url:
        db = Database(url, keyring=None)
        world = make_world(db, tmp_path)

        @settings(max_examples=8 if engine == "sqlite" else 4, deadline=None)
        @given(st.data())
        def walk(data: st.DataObject) -> None:
            play(world, data)

        walk()
        assert sound(world, tmp_path)
        db.close()
