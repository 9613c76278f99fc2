"""Consultations through the engine: many schedulers at once, ten thousand bookings, notices by the outbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import event

from casework.consultations import bookings, queries, slots, venues
from casework.consultations.tables import Booking, Consultation, Participant
from casework.core import bulk
from casework.core.database import Database
from casework.core.ids import new_id
from casework.registry.calendar import load_calendar
from tests.faults.test_races import at_once
from tests.meeting import STARTS, approved, at, hall, move
from tests.world import MORNING, World


@contextmanager
def asked_of(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Note every statement with its parameters."""
    noted: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        noted.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_of_many_schedulers_at_the_same_instant_one_gets_the_hall(world: World) -> None:
    hall(world)
    topics = [approved(world, f"议题{n}") for n in range(6)]
    # Each a little later than the other, all overlapping, convened by three people.
    convenors = ("an", "he", "lu")
    outcome = at_once(len(topics), lambda n: move(world, topics[n], "schedule", convenors[n % 3], **at(n * 0.25)))
    assert outcome == {"done": 1, "Refused": len(topics) - 1}
    with world.db.reading() as session:
        assert session.query(Consultation).where(Consultation.state == "scheduled").count() == 1
        assert session.query(Booking).where(Booking.is_live).count() == 2


def test_of_two_halls_at_the_same_instant_one_person_is_asked_to_one_only(world: World) -> None:
    hall(world)
    hall(world, "YARD")
    topics = [approved(world, f"议题{n}") for n in range(2)]
    rooms = ("HALL", "YARD")
    outcome = at_once(
        2,
        lambda n: move(
            world, topics[n], "schedule", ("an", "he")[n], **{**at(0, "bai", "zhen", world=world), "venue": rooms[n]}
        ),
    )
    assert outcome == {"done": 1, "Refused": 1}


def test_ten_thousand_bookings_are_no_burden(world: World) -> None:
    room = hall(world)
    topic = approved(world)
    people = [new_id() for _ in range(19)]
    rows = [
        {
            "id": new_id(),
            "consultation_id": topic,
            "day_id": None,
            "what": "venue" if n % 20 == 19 else "participant",
            "venue_id": room if n % 20 == 19 else None,
            "person_id": None if n % 20 == 19 else people[n % 20],
            # Two meetings a day for each, over most of a year.
            "starts_at": STARTS + timedelta(hours=(n % 20) % 5 + 6 * (n // 20 % 2), days=n // 40),
            "ends_at": STARTS + timedelta(hours=(n % 20) % 5 + 6 * (n // 20 % 2) + 2, days=n // 40),
            "is_live": True,
            "is_override": False,
        }
        for n in range(10_000)
    ]
    with world.db.transaction() as session:
        bulk.insert(session, Booking, rows)
    wanted = bookings.Wanted(
        room,
        dict.fromkeys(people, "participant"),
        STARTS + timedelta(days=40),
        STARTS + timedelta(days=40, hours=2),
    )
    with world.db.reading() as session:
        calendar = load_calendar(session)
        asked = slots.Asked(
            date(2026, 10, 20),
            date(2026, 12, 18),
            timedelta(hours=2),
            people,
            venues.every(session),
            MORNING,
        )
        with asked_of(world.db) as noted:
            found = list(bookings.clashes(session, wanted))
            free = list(slots.free(session, asked, calendar=calendar, limit=50))
        # Twenty in ten thousand have something on then; of sixty days nothing is free but the last hours of each.
        assert len(found) >= 8 and not free
        of_bookings = [each for each in noted if "FROM bookings" in each[0]]
        # One question for the clash and two for each month, whatever the number of people and days.
        assert len(of_bookings) == 5
        if not world.db.is_postgresql:
            for statement, parameters in of_bookings:
                plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                assert not [step for *_, step in plan if step.startswith("SCAN bookings")], plan


def test_a_date_that_was_put_off_keeps_who_was_asked_to_it(world: World) -> None:
    hall(world)
    topic = approved(world)
    move(world, topic, "schedule", **at())
    move(world, topic, "postpone", "an", reason="下雨")
    move(world, topic, "schedule", **at(24))
    with world.db.reading() as session:
        row = queries.take(session, world["he"], str(topic))
        assert (row.round, row.came_from) == (2, "postponed")
        assert session.query(Participant).count() == 4 and len(queries.participants_of(session, row)) == 2
        assert session.query(Booking).where(Booking.is_live).count() == 2
