"""Consultations of the county of tests/world.py, brought to a state through the engine as the edges do."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from casework.consultations import queries, venues
from tests.world import MORNING, VILLAGE, World
from workflows import engine
from workflows.consultations import consulting, date_polls

STARTS = datetime(2026, 10, 20, 1, tzinfo=UTC)
_numbers = count(1)


def hall(world: World, code: str = "HALL") -> UUID:
    """Enter a venue."""
    raw = {"code": code, "name": "村委会会议室", "region_code": VILLAGE, "capacity": 30}
    with world.db.transaction() as session:
        return venues.add(session, raw, actor=world["he"], at=MORNING).id


def approved(world: World, title: str = "水管怎么修") -> UUID:
    """Bring a topic and have it approved."""
    raw = {"title": title, "kind": "youshi", "source": "public", "region_code": VILLAGE, "reason": "吃水靠挑"}
    with world.db.transaction() as session:
        row = consulting.bring(session, raw, actor=world["he"], at=MORNING)
        scores = {"urgency": 1, "breadth": 1, "feasibility": 1}
        for trigger, given in (("screen", {"scores": scores}), ("approve", {"authority": "office"})):
            subject = queries.subject_of(session, row)
            engine.move(session, row, trigger, subject=subject, actor=world["an"], at=MORNING, given=given)
        return row.id


def move(world: World, topic: UUID, trigger: str, who: str = "he", **given: Any) -> None:
    """Make one move."""
    with world.db.transaction() as session:
        row = queries.take(session, world[who], str(topic), lock=True)
        subject = queries.subject_of(session, row)
        engine.move(session, row, trigger, subject=subject, actor=world[who], at=MORNING, given=given)


def at(hours: float = 0, *people: str, world: World | None = None) -> Mapping[str, Any]:
    """Return the fields of a date so many hours after STARTS; the named ones of the cast are required."""
    starts = STARTS + timedelta(hours=hours)
    invited = [{"person": str(world[who].person_id), "part": "department", "required": True} for who in people if world]
    return {
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
        "venue": "HALL",
        "participants": invited or [{"name": "李小芳", "part": "stakeholder", "required": False}],
    }


def minuted(world: World) -> UUID:
    """Bring a topic to its minutes, with two things agreed."""
    topic = scheduled(world)
    move(world, topic, "notify", research="看过两处断口")
    move(world, topic, "hold", attended=["李小芳"])
    agreed = [{"text": f"第{n}处换管", "org": "SLJ", "due_on": "2026-10-31"} for n in (1, 2)]
    move(world, topic, "minute", minutes="谈成了", consensus=agreed)
    return topic


def polled(world: World) -> str:
    """Ask one person which of two dates suits; return the secret of their link."""
    topic, room = approved(world), f"HALL-{next(_numbers)}"
    hall(world, room)
    given = {**at(), "venue": room}
    options = [{"starts_at": each["starts_at"], "ends_at": each["ends_at"]} for each in (at(), at(24))]
    raw = {"options": options, "closes_on": "2026-10-18", "participants": given["participants"], "venue": room}
    links: Mapping[UUID, str] = after(world, topic, date_polls.ask, raw)
    return next(iter(links.values()))


def after(world: World, topic: UUID, what: Callable[..., Any], *given: Any) -> Any:
    """Do something that is no move, as the clerk."""
    with world.db.transaction() as session:
        row = queries.take(session, world["he"], str(topic), lock=True)
        return what(session, row, *given, subject=queries.subject_of(session, row), actor=world["he"], at=MORNING)


def scheduled(world: World) -> UUID:
    """Bring a topic to a date in a hall of its own, at a time of its own."""
    topic, room = approved(world), f"HALL-{next(_numbers)}"
    hall(world, room)
    move(world, topic, "schedule", **{**at(3 * next(_numbers)), "venue": room})
    return topic


def convert(world: World, topic: UUID, place: int, into: str) -> None:
    """Turn something agreed into a record."""
    with world.db.transaction() as session:
        row = queries.take(session, world["he"], str(topic), lock=True)
        subject = queries.subject_of(session, row)
        consulting.convert(session, row, place, {"into": into}, subject=subject, actor=world["he"], at=MORNING)
