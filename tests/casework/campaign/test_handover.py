"""Handing over: every link passes on in one step, and for ten minutes the step can be taken back as one."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from casework.campaign import handover
from casework.campaign.handover import Plan
from casework.campaign.handover_tables import Handover
from casework.campaign.links import links
from casework.campaign.links.links import NewLink
from casework.campaign.loader import campaigns
from casework.campaign.tables import Link
from casework.core import editions
from casework.core.database import Session
from casework.core.editions import known
from casework.core.errors import Denied, Invalid, NotFound, Refused
from casework.households import actions as households
from casework.households.actions import NewHousehold
from casework.keeping.verify import verify
from casework.members import actions as members
from casework.members.actions import NewMember
from tests.world import COUNTY, MORNING, VILLAGE, World, make_world
from workflows.lifecycles import lifecycles

TODAY, DAY = date(2026, 10, 14), date(2026, 10, 31)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(db: Any, tmp_path: Any) -> World:
    return make_world(db, tmp_path)


@pytest.fixture
def cast(world: World) -> dict[str, UUID]:
    """Enter two members, and two households that the first is linked to."""
    found: dict[str, UUID] = {}
    with world.db.transaction() as session:
        for name in ("old", "new"):
            told = NewMember(name, COUNTY, date(2021, 12, 20))
            found[name] = members.enter(session, told, actor=world["he"], at=MORNING).id
        for name, part in (("first", "poverty_alleviated"), ("second", "demonstration")):
            household = households.enter(session, NewHousehold(VILLAGE, name), actor=world["he"], at=MORNING)
            told_link = NewLink("member_household", found["old"], VILLAGE, date(2022, 3, 1), household.id, part)
            link = links.begin(session, campaigns()["SLSC-2022"], told_link, actor=world["he"], at=MORNING)
            found |= {name: link.id, f"{name}_household": household.id}
    return found


def plan(cast: dict[str, UUID], **changes: Any) -> Plan:
    successors = {cast["first"]: cast["new"], cast["second"]: cast["new"]}
    return Plan(**{"holder_id": cast["old"], "successors": successors, "day": DAY, "reason": "换届", **changes})


def hand_over(world: World, told: Plan, *, by: str = "he") -> UUID:
    with world.db.transaction() as session:
        return handover.make(session, told, actor=world[by], at=MORNING, today=TODAY).id


def undo(world: World, handover_id: UUID, *, at: Any = MORNING + MINUTE) -> None:
    with world.db.transaction() as session:
        row = handover.take(session, world["he"], handover_id, on=TODAY, lock=True)
        handover.undo(session, row, reason="交接撤销", actor=world["he"], at=at, today=TODAY)


def holding(session: Session, on: date) -> set[tuple[UUID, UUID | None]]:
    return {
        (each.holder_id, each.object_id) for each in session.scalars(select(Link).where(known(Link), links.active(on)))
    }


def assert_sound(world: World, folder: Any) -> None:
    found = verify(world.db, at=MORNING, attachments=folder, lifecycles=lifecycles())
    assert {each.name: each.first for each in found if each.rows} == {}


def test_every_link_passes_on_without_a_day_between(world: World, cast: dict[str, UUID], tmp_path: Any) -> None:
    handover_id = hand_over(world, plan(cast))
    both = (cast["first_household"], cast["second_household"])
    with world.db.reading() as session:
        assert holding(session, DAY) == {(cast["old"], each) for each in both}
        assert holding(session, DAY + timedelta(days=1)) == {(cast["new"], each) for each in both}
        row = session.get_one(Handover, handover_id)
        told = handover.pairs(session, row)
    assert {(pair.old.link.end_reason, pair.made.link.part) for pair in told} == {
        ("换届", "poverty_alleviated"),
        ("换届", "demonstration"),
    }
    assert_sound(world, tmp_path)


def test_undone_in_time_all_is_as_it_was_and_the_editions_tell(
    world: World, cast: dict[str, UUID], tmp_path: Any
) -> None:
    undo(world, hand_over(world, plan(cast)), at=MORNING + 10 * MINUTE)
    with world.db.reading() as session:
        for on in (DAY, DAY + timedelta(days=1), DAY + timedelta(days=400)):
            assert {holder for holder, _ in holding(session, on)} == {cast["old"]}
        told = editions.editions(session, Link, cast["first"])
        assert [(each.valid_to, each.end_reason, each.reason) for each in told] == [
            (None, "", ""),
            (DAY, "换届", "换届"),
            (None, "", "交接撤销"),
        ]
        assert session.scalar(select(func.count()).select_from(Link).where(known(Link))) == 4, "nothing is deleted"
    assert_sound(world, tmp_path)
    hand_over(world, plan(cast))
    assert_sound(world, tmp_path)


def test_after_ten_minutes_twice_or_after_a_change_nothing_is_taken_back(world: World, cast: dict[str, UUID]) -> None:
    handover_id = hand_over(world, plan(cast))
    with pytest.raises(Refused) as late:
        undo(world, handover_id, at=MORNING + 10 * MINUTE + timedelta(seconds=1))
    assert late.value.refusals[0].code == "handover_too_late"
    with world.db.transaction() as session:
        link = editions.newest(session, Link, cast["second"], lock=True)
        links.change(session, link, {"remark": "看过"}, reason="补记", actor=world["an"], at=MORNING)
    with pytest.raises(Refused) as changed:
        undo(world, handover_id)
    assert changed.value.refusals[0].code == "handover_moved_on"
    with world.db.reading() as session:
        assert editions.newest(session, Link, cast["first"]).valid_to == DAY, "not even the other link was touched"
    one = {cast["first"]: cast["new"]}
    with pytest.raises(Refused):
        hand_over(world, plan(cast, successors=one))


def test_a_second_undo_is_refused(world: World, cast: dict[str, UUID]) -> None:
    handover_id = hand_over(world, plan(cast))
    undo(world, handover_id)
    with pytest.raises(Refused) as again:
        undo(world, handover_id)
    assert again.value.refusals[0].code == "handover_undone"


def test_each_to_another_and_a_link_that_would_end_earlier_anyway(world: World, cast: dict[str, UUID]) -> None:
    with world.db.transaction() as session:
        third = members.enter(session, NewMember("三", COUNTY, date(2021, 12, 20)), actor=world["he"], at=MORNING).id
        link = editions.newest(session, Link, cast["first"], lock=True)
        later = {"valid_to": DAY + timedelta(days=60)}
        links.change(session, link, later, reason="到期", actor=world["he"], at=MORNING)
    successors = {cast["first"]: cast["new"], cast["second"]: third}
    handover_id = hand_over(world, plan(cast, successors=successors))
    with world.db.reading() as session:
        assert {holder for holder, _ in holding(session, DAY + timedelta(days=1))} == {cast["new"], third}
    undo(world, handover_id)
    with world.db.reading() as session:
        restored = editions.newest(session, Link, cast["first"])
        assert (restored.valid_to, restored.end_reason) == (DAY + timedelta(days=60), "到期")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"successors": {}}, "links"),
        ({"day": date(2022, 2, 1)}, "day"),
    ],
)
def test_mistakes_are_told_by_field(world: World, cast: dict[str, UUID], changes: Any, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        hand_over(world, plan(cast, **changes))
    assert [error.field for error in refusal.value.errors] == [field]


def test_who_has_no_say_hands_nothing_over(world: World, cast: dict[str, UUID]) -> None:
    with pytest.raises(Denied):
        hand_over(world, plan(cast), by="guan")
    with pytest.raises(NotFound):
        hand_over(world, plan(cast), by="jin")
    with pytest.raises(Invalid):
        hand_over(world, plan(cast, successors={cast["first"]: cast["old"]}))
