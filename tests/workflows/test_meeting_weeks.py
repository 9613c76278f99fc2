"""What a week shows as taken is what the clash check answers, for any bookings; what is offered as free it accepts."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from casework.consultations import bookings, slots, venues, weeks
from casework.consultations.tables import Booking
from casework.core import bulk
from casework.core.database import Session
from casework.core.ids import new_id
from casework.registry.calendar import load_calendar
from tests.meeting import approved, hall
from tests.web.api.counting import statements_of
from tests.world import MORNING, World
from workflows.consultations import regular_days

MONDAY = date(2026, 10, 19)


def booked(session: Session, topics: Sequence[UUID], of: Sequence[tuple[str, UUID]], seed: int, count: int) -> None:
    """Keep venues and people at random, over midnight too and into the weeks beside."""
    chance = random.Random(seed)
    begins = datetime(2026, 10, 17, 16, tzinfo=UTC)
    rows = []
    for n in range(count):
        what, id = of[n % len(of)]
        starts = begins + timedelta(minutes=chance.randrange(0, 10 * 24 * 60, 5))
        rows.append(
            {
                "id": new_id(),
                "consultation_id": chance.choice(topics),
                "day_id": None,
                "what": what,
                "venue_id": id if what == "venue" else None,
                "person_id": None if what == "venue" else id,
                "starts_at": starts,
                "ends_at": starts + timedelta(minutes=chance.randrange(10, 24 * 60, 5)),
                "is_live": chance.random() < 0.8,
                "is_override": False,
            }
        )
    bulk.insert(session, Booking, rows)


@pytest.mark.parametrize("seed", range(3))
def test_the_week_shows_as_taken_what_the_clash_check_refuses_and_nothing_else(world: World, seed: int) -> None:
    room, other = hall(world), hall(world, "YARD")
    topics = [approved(world, f"议题{n}") for n in range(3)]
    people = {new_id(): "participant", new_id(): "participant", new_id(): "convenor"}
    of = [("venue", room), ("venue", other), *(("participant", each) for each in (*people, new_id()))]
    with world.db.transaction() as session:
        booked(session, topics, of, seed, 18)
        rule = {"name": "协商日", "venue": "HALL", "week": 3, "weekday": 3, "opens": "09:00", "closes": "11:30"}
        span = {"first_on": "2026-10-19", "last_on": "2026-10-31"}
        regular_days.enter(session, {**rule, **span}, actor=world["he"], at=MORNING)
    with world.db.reading() as session:
        calendar = load_calendar(session)
        whole = weeks.span_of(MONDAY, calendar=calendar)
        shown = weeks.taken(session, [room], people, whole, but_for=[topics[0]])
        assert all(topics[0] != each.clash.consultation_id for each in shown)
        chance = random.Random(seed)
        for _ in range(150):
            begins = whole[0] + timedelta(minutes=chance.randrange(0, 7 * 24 * 60 - 120))
            span_of = (begins, begins + timedelta(minutes=chance.randrange(1, 120)))
            refused = bookings.clashes(session, bookings.Wanted(room, people, *span_of), but_for=[topics[0]])
            seen = {
                (each.clash.consultation_id, of, what)
                for each in shown
                if each.span[0] < span_of[1] and span_of[0] < each.span[1]
                for of, what in each.takes.items()
            }
            assert seen == {(each.consultation_id, each.of, each.what) for each in refused}, begins


@pytest.mark.parametrize("seed", range(2))
def test_what_is_offered_as_free_the_clash_check_accepts(world: World, seed: int) -> None:
    room = hall(world)
    topics = [approved(world, f"议题{n}") for n in range(2)]
    people = {new_id(): "participant", new_id(): "convenor"}
    with world.db.transaction() as session:
        of = [("venue", room), *(("participant", each) for each in people)]
        booked(session, topics, of, seed, 6)
    with world.db.reading() as session:
        calendar = load_calendar(session)
        asked = slots.Asked(
            MONDAY, MONDAY + timedelta(days=6), timedelta(hours=1), list(people), venues.every(session), MORNING
        )
        free = slots.free(session, asked, calendar=calendar, limit=500)
        assert free
        for each in free:
            wanted = bookings.Wanted(room, people, each.starts_at, each.ends_at)
            assert not bookings.clashes(session, wanted), each.starts_at


def test_a_week_is_two_questions_whatever_is_in_it(world: World) -> None:
    room = hall(world)
    topics = [approved(world, f"议题{n}") for n in range(2)]
    people = {new_id(): "participant" for _ in range(12)}
    with world.db.transaction() as session:
        booked(session, topics, [("venue", room), *(("participant", each) for each in people)], 1, 60)
        for n in range(3):
            rule = {"name": f"协商日{n}", "venue": "HALL", "week": 3, "weekday": n + 1, "opens": "06:00"}
            span = {"closes": "06:30", "first_on": "2026-10-19", "last_on": "2026-10-31"}
            regular_days.enter(session, {**rule, **span}, actor=world["he"], at=MORNING)
    with world.db.reading() as session:
        whole = weeks.span_of(MONDAY, calendar=load_calendar(session))
        with statements_of(world.db) as noted:
            assert len(weeks.taken(session, [room], people, whole)) > 10
    assert len([each for each in noted if "FROM" in each]) <= 2
