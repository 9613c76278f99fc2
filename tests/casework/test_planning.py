"""A quarter planned: nothing twice, the least travel, and what stands in the way where it cannot be."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from casework.consultations import planning
from casework.consultations.distances import Distances
from casework.consultations.planning import Problem, Topic
from casework.consultations.tables import Venue
from tests.casework.office_days import ZONE

HERE, NEAR, FAR = "510822105206", "510822105207", "510822101201"
HOURS = timedelta(hours=2)


def morning(day: int) -> tuple[datetime, datetime]:
    return datetime(2026, 11, day, 9, tzinfo=ZONE), datetime(2026, 11, day, 12, tzinfo=ZONE)


def hall(code: str, place: str, capacity: int = 30, hours: str = "") -> Venue:
    return Venue(id=UUID(int=len(code) + ord(code[-1])), code=code, name=code, region_code=place, capacity=capacity,
                 hours=hours)  # fmt: skip


def topic(number: int, place: str = HERE, *people: int, size: int = 10, after: int = 1) -> Topic:
    opens = datetime(2026, 11, after, tzinfo=ZONE)
    return Topic(UUID(int=100 + number), place, frozenset(UUID(int=each) for each in people), size, HOURS, opens)


def problem(topics: list[Topic], rooms: list[Venue], days: range = range(2, 4), **more: Any) -> Problem:
    windows = [morning(day) for day in days]
    told: dict[str, Any] = {"all_windows": [morning(day) for day in range(2, 14)], "busy_people": {}, "busy_rooms": {}}
    return Problem(topics, rooms, windows, **{**told, "homes": {}, "distances": Distances(), "zone": ZONE, **more})


def sound(found: planning.Plan, topics: list[Topic]) -> None:
    people = {each.id: each.people for each in topics}
    for one, other in product(found.placed, repeat=2):
        if one.topic < other.topic and one.starts_at == other.starts_at:
            assert one.room.code != other.room.code
            assert not people[one.topic] & people[other.topic]


def test_everything_has_its_place_with_the_least_travel() -> None:
    topics = [topic(1, HERE, 1), topic(2, HERE, 1, 2), topic(3, FAR, 3), topic(4, NEAR, 2)]
    found = planning.plan(problem(topics, [hall("A", HERE), hall("B", FAR), hall("C", NEAR)], range(2, 5)))
    sound(found, topics)
    assert (found.left, found.gap, found.km) == ([], 0.0, 0)
    # The last to come are not put off: the first two mornings are enough.
    assert {each.starts_at.day for each in found.placed} <= {2, 3}


def test_the_nearest_hall_that_holds_them_is_taken_and_people_come_from_somewhere() -> None:
    topics = [topic(1, HERE, 1, size=50)]
    rooms = [hall("A", HERE), hall("B", FAR, 60), hall("C", NEAR, 80)]
    found = planning.plan(problem(topics, rooms, homes={UUID(int=1): FAR}))
    # One kilometre for the village and twenty for who comes from afar, against twenty and none.
    assert [(each.room.code, each.km) for each in found.placed] == [("B", 20)]
    table = Distances({("510822101", "510822105"): 3})
    found = planning.plan(problem(topics, rooms, distances=table))
    assert [(each.room.code, each.km) for each in found.placed] == [("C", 1)]


BUSY = (datetime(2026, 11, 1, tzinfo=ZONE), datetime(2026, 11, 30, tzinfo=ZONE))


@pytest.mark.parametrize(
    ("topics", "rooms", "more", "group"),
    [
        ([topic(n, HERE, 1) for n in range(3)], [hall("A", HERE), hall("B", HERE)], {}, "people"),
        ([topic(n) for n in range(3)], [hall("A", HERE)], {}, "venues"),
        ([topic(1, after=10)], [hall("A", HERE)], {}, "windows"),
        ([topic(1, size=31)], [hall("A", HERE)], {}, "capacity"),
        ([topic(1, HERE, 1)], [hall("A", HERE)], {"busy_people": {UUID(int=1): [BUSY]}}, "people"),
        ([topic(1)], [hall("A", HERE, hours="14:00-18:00")], {}, "venues"),
    ],
)
def test_what_stands_in_the_way_is_named(topics: list[Topic], rooms: list[Venue], more: Any, group: str) -> None:
    found = planning.plan(problem(topics, rooms, **more))
    sound(found, topics)
    assert len(found.left) == 1 and len(found.placed) == len(topics) - 1
    assert found.blocking[group] == 1
    if len(topics) == 1:
        assert found.alone == {topics[0].id: [group]}


def test_what_stands_in_the_way_is_named_where_no_single_group_does() -> None:
    of = topic(1, size=31)
    nowhere = planning.plan(problem([of], [hall("A", HERE)], range(2, 2), all_windows=[]))
    assert nowhere.alone == {of.id: ["windows"]}, "no working day lies between the two"
    both = planning.plan(problem([topic(1, HERE, 1, size=31)], [hall("A", HERE)], busy_people={UUID(int=1): [BUSY]}))
    assert set(both.alone[of.id]) == {"people", "capacity"}, "both have to give way"


def test_without_time_there_is_a_plan_all_the_same() -> None:
    topics = [topic(n, (HERE, NEAR, FAR)[n % 3], n % 7, 10 + n % 5) for n in range(40)]
    rooms = [hall(code, place) for code, place in (("A", HERE), ("B", NEAR), ("C", FAR))]
    asked = problem(topics, rooms, range(2, 30))
    found = planning.plan(asked, seconds=0.0)
    sound(found, topics)
    assert len(found.placed) == 40
    best = planning.plan(asked)
    sound(best, topics)
    assert not best.gap and not best.left and best.km <= found.km
