"""Tallies are what counting gives: while they are folded by several at once, while cases move, after a rebuild."""

import threading
from collections.abc import Callable
from datetime import timedelta

from casework.cases import tallies
from casework.cases.tally_tables import NAMES
from casework.core.database import Database
from tests.world import MORNING, World


def agree(db: Database) -> bool:
    with db.reading() as session:
        return tallies.kept(session) == tallies.expected(session)


def test_what_waits_counts_as_much_as_what_was_folded(db: Database, world: World) -> None:
    for n in range(5):
        world.report("he", at=MORNING + timedelta(days=20 * n))
    seen = []
    for lot in (1, 2, tallies.LOT):
        with db.reading() as session:
            read = tallies.read(session, ["510822"], tallies.Months())
            seen.append((read.parts, read.months))
        assert tallies.fold(db, lot=lot) == (5 if lot == 1 else 0)
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0]["all", ""][NAMES.index("total")] == 5
    assert sum(sums[0] for sums in seen[0][1].values()) == 5 and len(seen[0][1]) > 1
    assert agree(db)


def test_several_fold_at_once_while_cases_are_reported_and_moved(db: Database, world: World) -> None:
    faults: list[Exception] = []
    stopped = threading.Event()

    def go(work: Callable[[], object]) -> None:
        try:
            while not stopped.is_set():
                work()
        except Exception as fault:  # noqa: BLE001 - told by the test itself, whatever it is
            faults.append(fault)

    folders = [threading.Thread(target=go, args=(lambda: tallies.fold(db, lot=2),)) for _ in range(3)]
    for each in folders:
        each.start()
    for n in range(12):
        case_id = world.report("he", at=MORNING)
        if n % 2:
            world.move(case_id, "assign", "he", at=MORNING + timedelta(hours=1), org="SLJ")
    stopped.set()
    for each in folders:
        each.join()
    assert not faults
    assert agree(db)
    tallies.fold(db)
    assert agree(db)


def test_tallies_are_made_anew_from_the_cases(db: Database, world: World) -> None:
    world.move(world.report("he", at=MORNING), "assign", "he", at=MORNING + timedelta(hours=1), org="SLJ")
    with db.transaction() as session:
        tallies.rebuild(session)
        before = tallies.kept(session)
        tallies.rebuild(session)
        assert tallies.kept(session) == before == tallies.expected(session)
        assert not tallies.waits(session)
