"""Tallies are what counting gives: while they are folded by several at once, while cases move, after a rebuild."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from casework.cases.figures import statistics, tallies
from casework.cases.figures.scopes import Period, Scope
from casework.cases.figures.tally_spans import Part, Span
from casework.cases.figures.tally_tables import NAMES
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
            read = tallies.read(session, ["510822"], Span())
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


def test_sums_of_any_days_and_place_are_what_counting_gives(db: Database, world: World) -> None:
    dice = random.Random(1)
    for n in range(60):
        case_id = world.report("he", at=MORNING - timedelta(days=n * 3, hours=n % 24))
        if n % 3 == 0:
            world.move(case_id, "assign", "he", at=MORNING, org="SLJ")
    tallies.fold(db, lot=40)
    today, asked = MORNING.date(), [Span(), Span(None, MORNING.date()), Span(MORNING.date(), None)]
    for _ in range(60):
        first = today - timedelta(days=dice.randrange(200))
        asked.append(Span(first, first + timedelta(days=dice.choice((0, 1, 5, 30, 31, 70, 120)))))
    with db.reading() as session:
        for regions in (["510822"], ["510822100"], ["5108"], ["510822100101"], ["510822100", "510822101"]):
            for span in asked:
                scope = Scope(tuple(regions), Period(span.first, span.last), ZoneInfo("Asia/Shanghai"))
                kept = statistics.tally_of(session, scope)
                counted = tallies.count(session, regions, since=scope.since(), until=scope.until())
                for mine, theirs in ((kept.parts, counted.parts), (kept.months, counted.months)):
                    assert {k: v for k, v in mine.items() if any(v)} == {k: v for k, v in theirs.items() if any(v)}


def test_a_span_is_cut_into_months_and_days_without_gap_or_overlap() -> None:
    dice = random.Random(2)
    for _ in range(300):
        first = date(2024, 1, 1) + timedelta(days=dice.randrange(800))
        span = Span(first, first + timedelta(days=dice.randrange(100)))
        times = Counter[date]()
        for part in span.parts():
            for day in (first + timedelta(days=n) for n in range(-40, 150)):
                told = day.isoformat()[: 7 if part.grain == "month" else 10]
                if (part.first or "") <= told <= (part.last or ""):
                    times[day] += -1 if part.is_taken_away else 1
            if part.grain == "day" and span.whole_months() is not None:
                assert len(_days(part)) <= 16, "more than half a month, day by day"
        whole = [first + timedelta(days=n) for n in range((span.last - first).days + 1)]  # type: ignore[operator] # both ends are set
        assert {day: n for day, n in times.items() if n} == dict.fromkeys(whole, 1)


def _days(part: Part) -> list[date]:
    first, last = date.fromisoformat(part.first or ""), date.fromisoformat(part.last or "")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
