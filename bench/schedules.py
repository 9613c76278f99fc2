"""`python -m bench.schedules`: a clash among 10⁴ bookings, free times of 20 people × 60 days, a quarter of 40 meetings.

On SQLite in a folder of its own, apart from `make bench`: nothing of it needs a server. Each figure is the median of
some rounds in milliseconds, beside the processor's; the quarter is planned once for each of three counties.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import casework.tables
from casework.consultations import bookings, planning, slots, venues
from casework.consultations.distances import Distances, pair
from casework.consultations.planning import Problem, Topic
from casework.consultations.tables import Booking, Venue
from casework.core import bulk
from casework.core.calendars import WorkCalendar, known_years, seed_days
from casework.core.database import Database
from casework.core.ids import new_id

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 10, 19, 9, tzinfo=ZONE)
_BOOKINGS, _ROUNDS = 10_000, 21
# Days, venues, people, how many of them each meeting needs.
_QUARTERS = ((90, 30, 20, 4), (90, 12, 40, 6), (21, 4, 12, 3))


def main() -> int:
    """Measure all three and print what was found."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/schedules.db")
        casework.tables.metadata.create_all(db.engine)
        _bookings(db)
        db.close()
    for days, rooms, people, needed in _QUARTERS:
        _quarter(days, rooms, people, needed)
    return 0


def _bookings(db: Database) -> None:
    calendar = WorkCalendar(seed_days(2026, 2026), known_years(), ZONE, version="2026")
    people = [new_id() for _ in range(20)]
    rooms = [_room(n) for n in range(10)]
    chance = random.Random(11)
    rows = []
    for n in range(_BOOKINGS):
        starts_at = FIRST + timedelta(days=chance.randrange(365), hours=chance.randrange(8))
        who = people[n % 20] if n % 3 else None
        rows.append(
            {
                "id": new_id(),
                "consultation_id": new_id(),
                "day_id": None,
                "what": "venue" if who is None else "participant",
                "venue_id": rooms[n % 10].id if who is None else None,
                "person_id": who,
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(hours=2),
                "is_live": True,
                "is_override": False,
            }
        )
    with db.transaction() as session:
        bulk.insert(session, Booking, rows)
        for room in rooms:
            session.put(room, keep=True)
    wanted = bookings.Wanted(
        rooms[0].id, dict.fromkeys(people, "participant"), FIRST + timedelta(days=40), FIRST + timedelta(days=40.1)
    )
    with db.reading() as session:
        asked = slots.Asked(
            date(2026, 10, 20), date(2026, 12, 18), timedelta(hours=1), people, venues.every(session), FIRST
        )
        _told("clash among 10⁴ bookings, 20 people", 5, lambda: bookings.clashes(session, wanted))
        _told("free times, 20 people × 60 days × 10 venues", 100,
              lambda: slots.free(session, asked, calendar=calendar, limit=10_000))  # fmt: skip


def _told(what: str, most: float, work: Callable[[], object]) -> None:
    walls, processor = [], []
    for _ in range(_ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1000)
        processor.append((time.process_time() - cpu) * 1000)
    middle, cpu_middle = statistics.median(walls), statistics.median(processor)
    sys.stdout.write(f"{what}: {middle:.1f} ms ({cpu_middle:.1f} of the processor), must {most} ms\n")


def _room(n: int, capacity: int = 30) -> Venue:
    return Venue(id=new_id(), code=f"R{n}", name=f"R{n}", region_code=f"5108221{n % 25:02d}201", capacity=capacity,
                 hours="", version=1, created_at=FIRST, updated_at=FIRST)  # fmt: skip


def _quarter(days: int, rooms: int, people: int, needed: int) -> None:
    problem = _problem(days, rooms, people, needed)
    wall, cpu = time.perf_counter(), time.process_time()
    found = planning.plan(problem)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sys.stdout.write(
        f"quarter of 40: {days} days, {rooms} venues, {people} people, {needed} a meeting: {len(found.placed)} placed,"
        f" {found.km} km, gap {found.gap:.1%}, blocked by {dict(found.blocking)}: {wall:.2f} s ({cpu:.2f}), must 10 s\n"
    )


def _problem(days: int, rooms: int, people: int, needed: int) -> Problem:
    chance = random.Random(7)
    dates = [FIRST + timedelta(days=n) for n in range(days)]
    windows = [
        (day.replace(hour=opens, minute=minute), day.replace(hour=closes, minute=0))
        for day in dates
        if day.weekday() < 5
        for opens, minute, closes in ((9, 0, 12), (14, 30, 17))
    ]
    halls = [_room(n, chance.choice((15, 30, 60, 120))) for n in range(rooms)]
    crew = [UUID(int=n + 1) for n in range(people)]
    topics = [
        Topic(
            UUID(int=1000 + n),
            f"5108221{chance.randrange(25):02d}{201 + chance.randrange(6)}",
            frozenset(chance.sample(crew, needed)),
            chance.choice((8, 12, 25, 50)),
            timedelta(hours=2),
            FIRST - timedelta(hours=9),
        )
        for n in range(40)
    ]
    towns = [f"5108221{n:02d}" for n in range(25)]
    table = {pair(one, other): chance.randrange(5, 80) for one in towns for other in towns if one < other}
    return Problem(
        topics,
        halls,
        windows,
        windows,
        {each: chance.sample(windows, len(windows) // 5) for each in crew},
        {each.id: chance.sample(windows, len(windows) // 4) for each in halls},
        {each: chance.choice(towns) for each in crew},
        Distances(table),
        ZONE,
    )


if __name__ == "__main__":
    sys.exit(main())
