"""A quarter planned: every topic a time and a venue, nobody and nothing kept twice, and as little travel as possible.

A mixed integer program for HiGHS (scipy.optimize.milp): one variable for each topic at a time in a venue, one for a
topic left out, which costs more than any travel, so that a best plan so far is always there. Pure: no database.

Only what can matter becomes a variable. The other topics of n can take n - 1 times: of n times at which a topic could
be in a venue one stays free, so the first n are enough; and no venue farther than one with n such times is needed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.consultations import venues
from casework.consultations.distances import Distances
from casework.consultations.tables import Venue

# What can stand in the way, in the order in which it is given up to find out.
PEOPLE, VENUES, WINDOWS, CAPACITY = GROUPS = ("people", "venues", "windows", "capacity")
SECONDS, SECONDS_A_GROUP, SECONDS_AT_ONCE = 10.0, 2.0, 1.0
STEPS = 1 + len(GROUPS)
_GAP = 1e-6

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic to be planned: who has to come, how many come, how long it takes, and nothing before its notices."""

    id: UUID
    region: str
    people: frozenset[UUID]
    size: int
    length: timedelta
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """A quarter: `windows` are the times the office offers, `all_windows` those there would be without its wishes.

    Windows lie apart, and a meeting takes the whole of one.
    """

    topics: Sequence[Topic]
    rooms: Sequence[Venue]
    windows: Sequence[Span]
    all_windows: Sequence[Span]
    busy_people: Mapping[UUID, Sequence[Span]]
    busy_rooms: Mapping[UUID, Sequence[Span]]
    # Where people come from, as far as it is known.
    homes: Mapping[UUID, str]
    distances: Distances
    zone: ZoneInfo
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placed:
    """A topic with its time and venue, and the kilometres everybody travels to it, one way."""

    topic: UUID
    starts_at: datetime
    ends_at: datetime
    room: Venue
    km: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What was found. `gap`: how much less travel there might be at most, as a share; 0 is proven to be the least.

    `blocking`: of what is left out, each group that alone stands in the way, with how many more fit without it.
    `alone`: topics that fit nowhere even if they were the only ones, with what stands in their way.
    """

    placed: Sequence[Placed]
    left: Sequence[UUID]
    gap: float = 0.0
    blocking: Mapping[str, int] = field(default_factory=dict)
    alone: Mapping[UUID, Sequence[str]] = field(default_factory=dict)

    @property
    def km(self) -> int:
        """All travel of the plan."""
        return sum(each.km for each in self.placed)


@dataclass(frozen=True, slots=True)
class _Choice:
    topic: int
    window: int
    room: int
    km: int


def quick(problem: Problem) -> Plan | None:
    """Return a plan that is found and proven within a second; None where it takes longer or something is left out."""
    found = _solved(problem, SECONDS_AT_ONCE)
    return None if found.left or found.gap else found


def plan(problem: Problem, *, seconds: float = SECONDS, step: Callable[[int], None] = lambda _done: None) -> Plan:
    """Return the best plan found within some seconds, and what stands in the way of what is left out.

    `step` is told before each of STEPS parts how many are done.
    """
    step(0)
    found = _solved(problem, seconds)
    if not found.left:
        return found
    blocking = {}
    for done, group in enumerate(GROUPS, start=1):
        step(done)
        easier = _solved(replace(problem, without=frozenset({group})), min(SECONDS_A_GROUP, seconds))
        if len(easier.left) < len(found.left):
            blocking[group] = len(found.left) - len(easier.left)
    by_id = {each.id: each for each in problem.topics}
    alone = {of: why for of in found.left if (why := _stands_alone(problem, by_id[of])) is not None}
    return replace(found, blocking=blocking, alone=alone)


def _stands_alone(problem: Problem, topic: Topic) -> Sequence[str] | None:
    """Return what stands in the way of a topic that fits nowhere at all; None where it fits by itself.

    Each that alone makes it impossible, whatever else is given up; where there is none, each that has to be kept to.
    """
    lone = replace(problem, topics=[topic])

    def fits(*without: str) -> bool:
        return next(_choices(replace(lone, without=frozenset(without))), None) is not None

    if fits():
        return None
    if not problem.all_windows:
        # No working day lies between the two: nothing that is given up makes room.
        return [WINDOWS]
    enough = [group for group in GROUPS if fits(group)]
    return enough or [group for group in GROUPS if not fits(*(each for each in GROUPS if each != group))] or [*GROUPS]


# ------------------------------------------------------------------ what is possible
def _choices(problem: Problem) -> Iterator[_Choice]:
    windows = problem.all_windows if WINDOWS in problem.without else problem.windows
    enough = len(problem.topics)
    open_to = _Open(problem, windows)
    for index, topic in enumerate(problem.topics):
        possible = open_to.topic(topic)
        for km, number, room in sorted(_rooms(problem, topic), key=lambda each: each[:2]):
            times = [at for at in possible if at in open_to.room(room, topic.length)][:enough]
            for at in times:
                yield _Choice(index, at, number, km)
            if len(times) >= enough:
                break


def _rooms(problem: Problem, topic: Topic) -> Iterator[tuple[int, int, Venue]]:
    places = [topic.region, *(problem.homes[each] for each in sorted(topic.people) if each in problem.homes)]
    for number, room in enumerate(problem.rooms):
        if CAPACITY in problem.without or room.capacity >= topic.size:
            yield sum(problem.distances.between(each, room.region_code) for each in places), number, room


class _Open:
    """Which windows are open to whom, asked once each: thousands of topics, venues and times ask the same."""

    def __init__(self, problem: Problem, windows: Sequence[Span]) -> None:
        self._problem = problem
        self._windows = windows
        self._rooms: dict[tuple[UUID, timedelta], frozenset[int]] = {}
        self._people: dict[tuple[UUID, timedelta], frozenset[int]] = {}

    def topic(self, topic: Topic) -> Sequence[int]:
        """Return the windows in which everybody of a topic can, in order."""
        problem = self._problem
        found = {
            at
            for at, (opens, closes) in enumerate(self._windows)
            if opens + topic.length <= closes and (WINDOWS in problem.without or opens >= topic.not_before)
        }
        for person in () if PEOPLE in problem.without else topic.people:
            found &= self._person(person, topic.length)
        return sorted(found)

    def room(self, room: Venue, length: timedelta) -> frozenset[int]:
        """Return the windows in which a venue is open and free for so long."""
        key = (room.id, length)
        if key not in self._rooms:
            busy = self._problem.busy_rooms.get(room.id, ())
            self._rooms[key] = frozenset(
                at
                for at, (opens, _closes) in enumerate(self._windows)
                if VENUES in self._problem.without
                or (
                    not _meets(busy, opens, opens + length)
                    and venues.is_open(room, opens, opens + length, zone=self._problem.zone)
                )
            )
        return self._rooms[key]

    def _person(self, person: UUID, length: timedelta) -> frozenset[int]:
        key = (person, length)
        if key not in self._people:
            busy = self._problem.busy_people.get(person, ())
            self._people[key] = frozenset(
                at for at, (opens, _closes) in enumerate(self._windows) if not _meets(busy, opens, opens + length)
            )
        return self._people[key]


def _meets(taken: Sequence[Span], starts_at: datetime, ends_at: datetime) -> bool:
    return any(since < ends_at and starts_at < until for since, until in taken)


# ------------------------------------------------------------------ the program
def _solved(problem: Problem, seconds: float) -> Plan:
    choices = list(_choices(problem))
    if not choices:
        return Plan([], [each.id for each in problem.topics])
    chosen, gap = _optimum(problem, choices, seconds)
    windows = problem.all_windows if WINDOWS in problem.without else problem.windows
    placed = []
    for each in chosen:
        topic, starts_at = problem.topics[each.topic], windows[each.window][0]
        placed.append(Placed(topic.id, starts_at, starts_at + topic.length, problem.rooms[each.room], each.km))
    there = {each.topic for each in placed}
    left = [each.id for each in problem.topics if each.id not in there]
    return Plan(sorted(placed, key=lambda each: (each.starts_at, each.room.code)), left, gap)


def _optimum(problem: Problem, choices: Sequence[_Choice], seconds: float) -> tuple[Sequence[_Choice], float]:
    import numpy as np  # noqa: PLC0415 - a second that only planning needs
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - as above
    from scipy.sparse import coo_array  # noqa: PLC0415 - as above

    many = len(problem.topics)
    longest = max(1, *(each.km for each in choices))
    costs = [each.km / longest for each in choices]
    # To leave one out costs more than all travel.
    costs += [many + 1.0] * many
    rows: list[Sequence[int]] = [[] for _ in range(many)]
    for column, each in enumerate(choices):
        rows[each.topic] = [*rows[each.topic], column]
    for number in range(many):
        rows[number] = [*rows[number], len(choices) + number]
    clashing = list(_clashing(problem, choices))
    entries = [(row, column) for row, columns in enumerate([*rows, *clashing]) for column in columns]
    height = many + len(clashing)
    cells: Any = coo_array((np.ones(len(entries)), tuple(zip(*entries, strict=True))), shape=(height, len(costs)))
    least = np.concatenate([np.ones(many), np.full(len(clashing), -np.inf)])
    answer = milp(
        np.array(costs),
        constraints=LinearConstraint(cells.tocsr(), least, np.ones(height)),
        integrality=np.ones(len(costs)),
        bounds=Bounds(0, 1),
        options={"time_limit": seconds, "mip_rel_gap": _GAP},
    )
    # What can be done by hand is the least that is offered, when the time was too short for more.
    byhand = _by_hand(problem, choices)
    if answer.x is None:
        return byhand, 1.0
    chosen = [each for each, value in zip(choices, answer.x, strict=False) if value > 0.5]
    if len(chosen) < len(byhand):
        return byhand, 1.0
    return _earlier(problem, choices, chosen), _gap_of(answer, chosen, longest)


def _gap_of(answer: Any, chosen: Sequence[_Choice], longest: int) -> float:
    """Return how much less travel there might be, as a share of the plan's."""
    bound = 0.0 if answer.mip_dual_bound is None else float(answer.mip_dual_bound)
    less = max(0.0, float(answer.fun) - bound) * longest
    km = sum(each.km for each in chosen)
    # Less than half a kilometre is nothing.
    return 0.0 if less < 0.5 else min(1.0, less / km if km else 1.0)


def _earlier(problem: Problem, choices: Sequence[_Choice], chosen: Sequence[_Choice]) -> Sequence[_Choice]:
    """Move each meeting to the earliest time that is free in the same venue: of equal plans the earliest is best."""
    of: dict[tuple[int, int], list[_Choice]] = {}
    for each in choices:
        of.setdefault((each.topic, each.room), []).append(each)
    taken: Counter[tuple[object, int]] = Counter()
    for each in chosen:
        taken.update(_needs(problem, each))
    made = []
    for each in sorted(chosen, key=lambda one: one.window):
        taken.subtract(_needs(problem, each))
        first = next(
            one for one in of[each.topic, each.room] if one == each or not any(taken[n] for n in _needs(problem, one))
        )
        taken.update(_needs(problem, first))
        made.append(first)
    return made


def _needs(problem: Problem, each: _Choice) -> set[tuple[object, int]]:
    """Return what a meeting takes: its venue and its people at that time."""
    needs: set[tuple[object, int]] = set()
    if VENUES not in problem.without:
        needs.add((each.room, each.window))
    if PEOPLE not in problem.without:
        needs |= {(who, each.window) for who in problem.topics[each.topic].people}
    return needs


def _by_hand(problem: Problem, choices: Sequence[_Choice]) -> Sequence[_Choice]:
    """Place one topic after the other where it is nearest, those with the fewest choices first."""
    of: dict[int, list[_Choice]] = {}
    for each in choices:
        of.setdefault(each.topic, []).append(each)
    taken: set[tuple[object, int]] = set()
    made = []
    for topic in sorted(of, key=lambda number: len(of[number])):
        for each in of[topic]:
            needs = _needs(problem, each)
            if not needs & taken:
                taken |= needs
                made.append(each)
                break
    return made


def _clashing(problem: Problem, choices: Sequence[_Choice]) -> Iterator[Sequence[int]]:
    """Yield what cannot be together: of a venue, or of a person, one at a time."""
    of: dict[tuple[object, int], list[int]] = {}
    for column, each in enumerate(choices):
        for need in _needs(problem, each):
            of.setdefault(need, []).append(column)
    for columns in of.values():
        if len({choices[column].topic for column in columns}) > 1:
            yield columns
