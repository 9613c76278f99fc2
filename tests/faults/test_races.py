"""Many hands at the same instant: one wins, the others are told, nothing is doubled (reliability.md F13, F14)."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from casework.cases.tables import Case
from casework.consultations import queries as consultations
from casework.core.database import Base, Database
from casework.core.errors import Refused, Stale
from casework.matters import history
from casework.supervisions.tables import Supervision
from tests import meeting, supervised
from tests.faults.table import number
from tests.faults.toll import toll
from tests.world import World, make_world

HANDS, CASES = number("F13", "hands"), number("F13", "cases")


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Found the small county."""
    return make_world(db, tmp_path)


def at_once(count: int, act: Callable[[int], object]) -> Counter[str]:
    """Let `count` threads act at the same moment; count what became of each."""
    barrier = threading.Barrier(count)
    outcome: Counter[str] = Counter()
    lock = threading.Lock()

    def run(n: int) -> None:
        barrier.wait()
        try:
            act(n)
        except (Refused, Stale) as refusal:
            with lock:
                outcome[type(refusal).__name__] += 1
        else:
            with lock:
                outcome["done"] += 1

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def _assign(world: World, case_id: UUID, n: int) -> None:
    world.move(case_id, "assign", "an", org=("SLJ", "JYJ")[n % 2])


def test_of_many_assignments_at_once_exactly_one_lands(world: World) -> None:
    for _ in range(CASES):
        case_id = world.report()
        outcome = at_once(HANDS, partial(_assign, world, case_id))
        assert outcome == {"done": 1, "Refused": HANDS - 1}
        assert [row.trigger for row in world.history(case_id)] == ["report", "assign"]
    toll("F13", times=CASES, held=CASES * HANDS, what="attempts")


def test_of_many_changes_of_one_version_exactly_one_lands_and_the_rest_are_stale(world: World) -> None:
    case_id = world.assigned()
    version = world.case(case_id).version

    def contact(n: int) -> None:
        world.move(case_id, "contact", "bai", version=version, words=f"第{n}次", spoke_to="李小芳")

    assert at_once(HANDS, contact) == {"done": 1, "Stale": HANDS - 1}
    rows = world.history(case_id)
    assert [row.seq for row in rows] == list(range(1, version + 2))
    assert history.digest(rows[-1]) == rows[-1].hash


def test_steps_that_do_not_exclude_each_other_all_land_in_one_chain(world: World) -> None:
    case_id = world.assigned()

    def contact(n: int) -> None:
        world.move(case_id, "contact", "bai", words=f"第{n}次", spoke_to="李小芳")

    assert at_once(HANDS, contact) == {"done": HANDS}
    rows = world.history(case_id)
    assert [row.seq for row in rows] == list(range(1, HANDS + 3))
    assert all(row.prev_hash == before.hash for before, row in pairwise(rows))


def test_numbers_drawn_at_once_are_all_different_and_without_gaps(world: World) -> None:
    at_once(HANDS, lambda _: world.report())
    with world.db.reading() as session:
        numbers = sorted(session.scalars(select(Case.number)))
    assert numbers == [f"QC-AJ-2026-{n:06d}" for n in range(1, HANDS + 1)]


def test_what_was_agreed_becomes_one_record_however_many_convert_it_at_once(world: World) -> None:
    topic, before = meeting.minuted(world), _count(world, Case)
    outcome = at_once(HANDS, lambda n: meeting.convert(world, topic, 1, ("case", "supervision")[n % 2]))
    # Whoever asks for what it has become already is shown it; whoever wants something else is refused.
    assert outcome == {"done": HANDS // 2, "Refused": HANDS // 2}
    assert _count(world, Case) - before + _count(world, Supervision) == 1
    with world.db.reading() as session:
        first, second = consultations.items_of(session, [topic])
        assert first.record_id is not None and second.record_id is None


def test_a_matter_is_struck_off_once_however_many_confirm_it_at_once(world: World) -> None:
    matter = supervised.lived(world, "propose_strike_off")
    outcome = at_once(HANDS, lambda n: supervised.step(world, matter, "strike_off", ("an", "lu")[n % 2]))
    assert outcome == {"done": 1, "Refused": HANDS - 1}
    rows = world.history(matter)
    assert [row.trigger for row in rows].count("strike_off") == 1
    assert all(row.prev_hash == before.hash for before, row in pairwise(rows))


def _count(world: World, table: type[Base]) -> int:
    with world.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
