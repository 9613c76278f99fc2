"""Venues: entered and mended by the office, open in their hours, large enough or not."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from casework.consultations.tables import Venue
from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid, refused
from casework.core.ids import new_id
from casework.core.ranges import lies_in
from casework.permissions import Subject, permits
from casework.registry import queries as registry

WRITE = "venue.write"
FIELDS = ("code", "name", "region_code", "capacity", "hours")
NAME_LENGTH, MOST_PEOPLE, MOST_SPANS = 60, 100_000, 4
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)", re.ASCII)
_SHORT_HOUR = re.compile(r"\b([0-9]):")

# From and to, in minutes of the day.
Span = tuple[int, int]


def read_hours(value: Any) -> str:
    """Read opening hours such as `09:00-12:00,14:00-18:00`; nothing: open whenever it is asked for.

    Raises:
        Invalid: no spans of a day, or spans that overlap.
    """
    text = texts.clean_text(value, field="hours", max_length=60, required=False, multiline=False)
    text = _SHORT_HOUR.sub(r"0\1:", texts.ascii_code(text).replace(" ", ""))
    if not text:
        return ""
    parts = text.split(",")
    found = [_SPAN.fullmatch(part) for part in parts]
    if len(parts) > MOST_SPANS or not all(found):
        raise invalid("hours", "hours_form")
    spans = sorted(spans_of(text))
    whole = all(since < until <= 24 * 60 for since, until in spans)
    if not whole or any(one[1] > next_one[0] for one, next_one in pairwise(spans)):
        raise invalid("hours", "hours_form")
    return text


def spans_of(hours: str) -> Sequence[Span]:
    """Return opening hours as spans in minutes of the day; none where it is open whenever it is asked for."""
    found = (_SPAN.fullmatch(part) for part in hours.split(",") if part)
    return [(int(each[1]) * 60 + int(each[2]), int(each[3]) * 60 + int(each[4])) for each in found if each is not None]


def is_open(venue: Venue, starts_at: datetime, ends_at: datetime, *, zone: ZoneInfo) -> bool:
    """Say whether a venue is open for the whole of a meeting; one over midnight fits no hours."""
    spans = spans_of(venue.hours)
    if not spans:
        return True
    starts, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    since, until = _minutes(starts.time()), _minutes(ends.time())
    if ends.date() == starts.date() + timedelta(days=1) and until == 0:
        until = 24 * 60
    elif ends.date() != starts.date():
        return False
    return any(opens <= since and until <= closes for opens, closes in spans)


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def add(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Venue:
    """Enter a venue from what was sent.

    Raises:
        Invalid: every mistake; a place that is not the caller's looks like one that is not there.
        Refused: there is a venue of this code.
    """
    values = reading.fields(raw, _readers(session, actor), required=FIELDS[:-1])
    if by_code(session, [values["code"]]):
        raise refused("venue_exists", venue=values["code"])
    venue = Venue(id=new_id(), **{"hours": "", **values}, version=1, created_at=at, updated_at=at)
    session.put(venue, keep=True)
    session.flush()
    return venue


def mend(session: Session, venue: Venue, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    """Change a locked venue; its code stays.

    Raises:
        Invalid: every mistake.
    """
    readers = {name: read for name, read in _readers(session, actor).items() if name != "code"}
    changed = {k: v for k, v in reading.fields(raw, readers).items() if getattr(venue, k) != v}
    for name, value in changed.items():
        setattr(venue, name, value)
    if changed:
        venue.version, venue.updated_at = venue.version + 1, at
        session.flush()


def _readers(session: Session, actor: Actor) -> reading.Readers:
    def place(value: Any) -> str:
        code = texts.parse_code(value, field="region_code")
        if not permits(actor, WRITE, Subject(code)) or registry.region(session, code) is None:
            raise Invalid([FieldError("region_code", "no_such_region", {"value": code})])
        return code

    return {
        "code": lambda value: texts.parse_code(value, field="code", max_length=40),
        "name": reading.name("name", NAME_LENGTH),
        "region_code": place,
        "capacity": lambda value: texts.parse_int(value, field="capacity", minimum=1, maximum=MOST_PEOPLE),
        "hours": read_hours,
    }


def every(session: Session, *, region: str = "", after: str = "", limit: int = 200) -> Sequence[Venue]:
    """Return the venues in a place, by code."""
    asked = select(Venue).where(Venue.code > after)
    if region:
        asked = asked.where(lies_in(Venue.region_code, region))
    return session.scalars(asked.order_by(Venue.code).limit(limit)).all()


def count(session: Session, *, region: str = "") -> int:
    """Count the venues in a place."""
    asked = select(func.count()).select_from(Venue)
    return session.scalar(asked.where(lies_in(Venue.region_code, region)) if region else asked) or 0


def by_code(session: Session, codes: Collection[str], *, lock: bool = False) -> Mapping[str, Venue]:
    """Return the venues of the given codes."""
    asked = select(Venue).where(Venue.code.in_(codes)).order_by(Venue.id)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return {each.code: each for each in session.scalars(asked)}


def by_id(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Venue]:
    """Return the venues of the given ids."""
    if not ids:
        return {}
    return {each.id: each for each in session.scalars(select(Venue).where(Venue.id.in_(ids)))}


def hours_within(venue: Venue | None, *, opens: time, closes: time) -> Sequence[Span]:
    """Return when both the office and the venue (None: anywhere) are open, in minutes of the day."""
    since, until = _minutes(opens), _minutes(closes)
    spans = (spans_of(venue.hours) if venue is not None else ()) or [(since, until)]
    cut = ((max(since, first), min(until, last)) for first, last in spans)
    return sorted(span for span in cut if span[0] < span[1])
