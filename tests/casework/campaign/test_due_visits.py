"""The queue of households to visit: by need, once a quarter, calls apart, in one statement, in the asker's sight alone."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from casework.activities.tables import Activity
from casework.campaign import due_visits
from casework.campaign.due_visits import Asked, Due
from casework.campaign.visits import VISIT
from casework.core import editions
from casework.core.database import Database, Session
from casework.households.tables import HouseholdStatus
from tests.campaign import Tied, link, tie
from tests.web.api.counting import statements_of
from tests.world import MORNING, TOWN, VILLAGE, World, make_world

TODAY = date(2026, 10, 14)


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return make_world(db, tmp_path)


@pytest.fixture
def tied(world: World) -> Tied:
    made = tie(world)
    with world.db.transaction() as session:
        link(session, made.member, made.free, actor=world["he"], at=MORNING)
    return made


def visit(session: Session, world: World, household: object, on: date, *, form: str = "on_site") -> Activity:
    row = Activity(kind=VISIT, region_code=VILLAGE, on_date=on, household_id=household, form=form)
    return editions.enter(session, row, actor=world["he"], at=MORNING)


def watch(session: Session, world: World, household: object, code: str, *, until: date | None = None) -> None:
    row = HouseholdStatus(
        household_id=household, part="watch", code=code, valid_from=date(2026, 1, 1), valid_to=until, source="县"
    )
    editions.enter(session, row, actor=world["he"], at=MORNING)


def queue(world: World, who: str, asked: Asked | None = None, *, on: date = TODAY) -> list[Due]:
    with world.db.reading() as session:
        found = list(due_visits.page(session, world[who], asked or Asked(), on=on))
        assert due_visits.count(session, world[who], asked or Asked(), on=on) == len(found)
        return found


def test_who_was_not_visited_this_quarter_comes_first_of_them_the_watched_then_who_waits_longest(
    world: World, tied: Tied
) -> None:
    with world.db.transaction() as session:
        visit(session, world, tied.mine, date(2026, 10, 13))
        visit(session, world, tied.other, date(2026, 7, 23))
        watch(session, world, tied.mine, "marginal")
        watch(session, world, tied.other, "unstable", until=date(2026, 10, 13))
        watch(session, world, tied.free, "risk_cleared")
    found = queue(world, "he")
    assert [each.household.id for each in found] == [tied.free, tied.other, tied.mine]
    assert [each.watch for each in found] == ["", "", "marginal"]
    assert [each.days(TODAY) for each in found] == [None, 83, 1]
    assert [each.is_missing(TODAY) for each in found] == [True, True, False]
    assert [each.member_name for each in found] == ["陈青山", "罗敏", "陈青山"]
    with world.db.transaction() as session:
        watch(session, world, tied.other, "sudden")
    assert [each.household.id for each in queue(world, "he")] == [tied.other, tied.free, tied.mine]


def test_a_call_is_told_apart_and_what_was_taken_back_or_lies_ahead_is_no_visit(world: World, tied: Tied) -> None:
    with world.db.transaction() as session:
        visit(session, world, tied.mine, date(2026, 10, 12), form="phone")
        visit(session, world, tied.mine, date(2026, 10, 1), form="")
        editions.mend(
            session,
            visit(session, world, tied.other, date(2026, 10, 2)),
            {"withdrawn": True},
            actor=world["he"],
            at=MORNING,
        )
        visit(session, world, tied.free, date(2026, 10, 20))
    found = {each.household.id: each for each in queue(world, "he")}
    assert (found[tied.mine].visited_on, found[tied.mine].called_on) == (date(2026, 10, 1), date(2026, 10, 12))
    assert found[tied.other].visited_on is None and found[tied.free].visited_on is None
    missing = queue(world, "he", Asked(missing=True))
    assert {each.household.id for each in missing} == {tied.other, tied.free}
    assert all(each.is_missing(date(2027, 1, 1)) for each in queue(world, "he", on=date(2027, 1, 1)))


def test_each_sees_their_own_and_the_list_narrows_by_member_and_place(world: World, tied: Tied) -> None:
    assert {each.household.id for each in queue(world, "chen")} == {tied.mine, tied.free}
    assert queue(world, "bai") == []
    assert {each.household.id for each in queue(world, "he", Asked(member=tied.colleague))} == {tied.other}
    assert {each.household.id for each in queue(world, "he", Asked(name="罗"))} == {tied.other}
    assert len(queue(world, "he", Asked(regions=(TOWN,)))) == 3
    assert queue(world, "he", Asked(regions=("510822106",))) == []
    before = queue(world, "he", on=date(2026, 10, 11))
    assert before == [], "a link that has not begun asks for no visit"


def test_pages_follow_each_other_and_a_page_is_one_statement(world: World, tied: Tied) -> None:
    with world.db.transaction() as session:
        visit(session, world, tied.other, date(2026, 10, 2))
        watch(session, world, tied.free, "unstable")
    whole = queue(world, "he")
    seen: list[Due] = []
    with world.db.reading() as session:
        while len(seen) < len(whole):
            after = seen[-1].key if seen else None
            with statements_of(world.db) as statements:
                seen += due_visits.page(session, world["he"], Asked(), on=TODAY, after=after, limit=1)
            assert len([each for each in statements if each.startswith("SELECT")]) == 1
    assert [each.link.id for each in seen] == [each.link.id for each in whole]


def test_reminders_come_on_the_sixtieth_and_the_eightieth_day_of_a_quarter() -> None:
    first = date(2026, 10, 1)
    days = {n: due_visits.reminder(first + timedelta(days=n - 1)) for n in (1, 59, 60, 79, 80, 92)}
    assert days == {1: 0, 59: 0, 60: 60, 79: 60, 80: 80, 92: 80}


def test_the_last_visit_is_found_with_its_words(world: World, tied: Tied) -> None:
    with world.db.transaction() as session:
        visit(session, world, tied.mine, date(2026, 10, 2))
        last = visit(session, world, tied.mine, date(2026, 10, 9), form="phone")
        assert due_visits.latest_visit(session, tied.mine) == last
        assert due_visits.latest_visit(session, tied.other) is None
