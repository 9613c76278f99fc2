"""How the fields of consultations are read: a value for the effects, and what the history keeps of it.

The history keeps ids, codes and numbers, no names of villagers. Fields stand in the file in the order in which they
need each other: the times before the people, the people before the venue that has to hold them.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from casework.consultations import bookings, codes, meetings, queries, sent, venues
from casework.core import texts
from casework.core.errors import NotFound, invalid
from casework.registry.tables import Person
from workflows.definition import Field
from workflows.field_desk import Desk

Read = tuple[Any, Any]


def _start(desk: Desk, field: Field, value: object) -> Read:
    at = texts.parse_instant(value, field=field.name)
    if at <= desk.at:
        raise invalid(field.name, "meeting_past")
    return at, _told(desk, at)


def _end(desk: Desk, field: Field, value: object) -> Read:
    at = texts.parse_instant(value, field=field.name)
    starts_at: datetime | None = desk.values.get("starts_at")
    if starts_at is not None and at <= starts_at:
        raise invalid(field.name, "ends_before_it_begins")
    if starts_at is not None and at - starts_at > bookings.LONGEST:
        raise invalid(field.name, "meeting_too_long", hours=int(bookings.LONGEST.total_seconds() // 3600))
    return at, _told(desk, at)


def _told(desk: Desk, at: datetime) -> str:
    return at.astimezone(desk.session.info["zone"]).isoformat()


def _anybody(desk: Desk, field: Field, value: object) -> Read:
    person = sent.person(desk.session, value, field=field.name)
    return person, str(person.id)


def _participants(desk: Desk, field: Field, value: object) -> Read:
    found = sent.participants(desk.session, value, field=field.name)
    convenor: Person | None = desk.values.get("convenor")
    for index, each in enumerate(found):
        if each.part != "convenor":
            continue
        if each.person_id is None:
            raise invalid(f"{field.name}[{index}].person", "convenor_has_an_account")
        if convenor is not None and convenor.id != each.person_id:
            raise invalid(f"{field.name}[{index}].part", "one_convenor")
        desk.values["convenor"] = sent.person(desk.session, str(each.person_id), field=f"{field.name}[{index}].person")
    told = [
        {
            "person": None if each.person_id is None else str(each.person_id),
            "part": each.part,
            "required": each.required,
        }
        for each in found
    ]
    return found, told


def _venue(desk: Desk, field: Field, value: object) -> Read:
    code = texts.parse_code(value, field=field.name)
    venue = venues.by_code(desk.session, [code]).get(code)
    if venue is None:
        raise invalid(field.name, "no_such_venue", value=code)
    starts_at, ends_at = desk.values.get("starts_at"), desk.values.get("ends_at")
    zone = desk.session.info["zone"]
    if starts_at is not None and ends_at is not None and not venues.is_open(venue, starts_at, ends_at, zone=zone):
        raise invalid(field.name, "venue_closed", name=venue.name, hours=venue.hours)
    people = desk.values.get("participants", ())
    if len(people) > venue.capacity:
        raise invalid(field.name, "venue_too_small", name=venue.name, capacity=venue.capacity, people=len(people))
    return venue, venue.code


def _attended(desk: Desk, field: Field, value: object) -> Read:
    found = sent.attended(desk.session, value, field=field.name)
    people = [str(each.id) for each in found if isinstance(each, Person)]
    return found, {"people": people, "others": len(found) - len(people)}


def _statements(desk: Desk, field: Field, value: object) -> Read:
    came = desk.values.get("attended")
    found = sent.statements(
        value, field=field.name, came=meetings.came(desk.session, desk.matter) if came is None else came
    )
    return found, dict(Counter(each.position for each in found))


def _scores(_desk: Desk, field: Field, value: object) -> Read:
    found = dict(sent.scores(value, field=field.name))
    return found, found


def _consensus(desk: Desk, field: Field, value: object) -> Read:
    # Minutes may be written long after; a meeting recorded early was not yet on its day.
    today, met = desk.at.astimezone(desk.session.info["zone"]).date(), desk.matter.meets_on
    since = today if met is None else min(today, met)
    found = sent.consensus(desk.session, value, field=field.name, since=since)
    told = [{"text": each.text, "org": each.org.code, "due_on": each.due_on.isoformat()} for each in found]
    return found, told


def _lines(_desk: Desk, field: Field, value: object) -> Read:
    found = list(sent.lines(value, field=field.name))
    return found, found


def _realised(desk: Desk, field: Field, value: object) -> Read:
    most = len(queries.items_of(desk.session, [desk.matter.id]))
    found = sent.realised(value, field=field.name, most=most)
    return found, {str(number): each for number, each in found.items()}


def _topic(desk: Desk, field: Field, value: object) -> Read:
    reference = texts.clean_text(value, field=field.name, max_length=64)
    try:
        row = queries.take(desk.session, desk.actor, reference, lock=True)
    except NotFound:
        raise invalid(field.name, "no_such_topic") from None
    if row.id == desk.matter.id:
        raise invalid(field.name, "own_topic")
    if row.state not in codes.BEFORE_ITS_MEETING:
        raise invalid(field.name, "topic_is_over", number=row.number)
    return row, {"id": str(row.id), "number": row.number}


READERS: Mapping[str, Callable[[Desk, Field, object], Read]] = {
    "start": _start,
    "end": _end,
    "anybody": _anybody,
    "participants": _participants,
    "venue": _venue,
    "attended": _attended,
    "statements": _statements,
    "scores": _scores,
    "consensus": _consensus,
    "lines": _lines,
    "realised": _realised,
    "topic": _topic,
}
