"""Regular days for consultations (协商日), such as every second Thursday of the month in one hall.

The days are reserved when the rule is entered; a day on which nobody works is skipped and the next working day offered,
a day on which the hall is taken is told as such. Topics are put on a day; a regular day makes no topic by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from casework.consultations import bookings, venues
from casework.consultations.bookings import Clash, Wanted
from casework.consultations.tables import Consultation, RegularDay, RegularDays, Venue
from casework.core import reading, texts
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import NotFound, invalid, refused
from casework.core.ids import new_id

KEPT, SKIPPED, TAKEN, RELEASED = "kept", "skipped", "taken", "released"
FIELDS = ("name", "venue", "week", "weekday", "opens", "closes", "first_on", "last_on")
LAST, MOST_DAYS, NAME_LENGTH = 5, 366 * 2, 60


def dates_of(row: RegularDays) -> Iterator[date]:
    """Yield the days of a rule, closed or not."""
    month = row.first_on.replace(day=1)
    while month <= row.last_on:
        following = (month + timedelta(days=31)).replace(day=1)
        first = month + timedelta(days=(row.weekday - month.isoweekday()) % 7)
        day = first + timedelta(weeks=row.week - 1)
        # The last of its weekday is the fourth or the fifth; a fifth that is none is the fourth.
        while day >= following:
            day -= timedelta(weeks=1)
        if row.first_on <= day <= row.last_on:
            yield day
        month = following


def read(session: Session, raw: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """Read a rule from what was sent.

    Raises:
        Invalid: every mistake.
    """
    values = reading.fields(
        raw,
        {
            "name": reading.name("name", NAME_LENGTH),
            "venue": lambda value: _venue(session, value),
            "week": lambda value: texts.parse_int(value, field="week", minimum=1, maximum=LAST),
            "weekday": lambda value: texts.parse_int(value, field="weekday", minimum=1, maximum=7),
            "opens": lambda value: _clock("opens", value),
            "closes": lambda value: _clock("closes", value),
            "first_on": reading.day("first_on"),
            "last_on": reading.day("last_on"),
        },
        required=FIELDS,
    )
    if values["closes"] <= values["opens"]:
        raise invalid("closes", "ends_before_it_begins")
    if values["first_on"] < today:
        raise invalid("first_on", "day_is_past")
    reading.require_days(values["first_on"], values["last_on"], most=MOST_DAYS, field="last_on")
    _require_days(values, zone=session.info["zone"])
    return values


def _require_days(values: Mapping[str, Any], *, zone: ZoneInfo) -> None:
    """Refuse a rule that would keep no day, or keep its venue while it is closed."""
    row = RegularDays(**{name: values[name] for name in FIELDS if name != "venue"})
    day = next(dates_of(row), None)
    if day is None:
        raise invalid("last_on", "no_regular_day")
    opens, closes = (datetime.combine(day, time.fromisoformat(text), zone) for text in (row.opens, row.closes))
    venue: Venue = values["venue"]
    if not venues.is_open(venue, opens, closes, zone=zone):
        raise invalid("venue", "venue_closed", name=venue.name, hours=venue.hours)


def _venue(session: Session, value: object) -> Venue:
    code = texts.parse_code(value, field="venue")
    found = venues.by_code(session, [code]).get(code)
    if found is None:
        raise invalid("venue", "no_such_venue", value=code)
    return found


def _clock(field: str, value: object) -> str:
    text = texts.clean_text(value, field=field, max_length=5, multiline=False)
    try:
        return f"{time.fromisoformat(text):%H:%M}"
    except ValueError as mistake:
        raise invalid(field, "clock_form") from mistake


def add(session: Session, values: Mapping[str, Any], *, calendar: WorkCalendar, at: datetime) -> RegularDays:
    """Enter a rule that was read, and keep its days as far as they can be kept."""
    told = {name: values[name] for name in FIELDS if name != "venue"}
    row = RegularDays(id=new_id(), venue_id=values["venue"].id, created_at=at, **told)
    session.put(row, keep=True)
    for day in dates_of(row):
        each = RegularDay(id=new_id(), regular_id=row.id, due_on=day, status=SKIPPED)
        session.put(each, keep=True)
        if calendar.is_workday(day):
            keep(session, row, each, day, calendar=calendar)
    session.flush()
    return row


def keep(session: Session, row: RegularDays, each: RegularDay, day: date, *, calendar: WorkCalendar) -> Sequence[Clash]:
    """Keep the venue for one day of a rule, on the day given; return what it clashes with, and then nothing is kept."""
    wanted = Wanted(row.venue_id, {}, *span(row, day, calendar=calendar))
    bookings.lock(session, wanted)
    found = bookings.clashes(session, wanted, but_for=[each.id])
    if found:
        each.status, each.on_date = TAKEN, None
        return found
    bookings.release_day(session, each.id)
    bookings.keep_day(session, each.id, row.venue_id, (wanted.starts_at, wanted.ends_at))
    each.status, each.on_date = KEPT, day
    session.flush()
    return ()


def give_up(session: Session, each: RegularDay) -> None:
    """Give one day of a rule free.

    Raises:
        Refused: topics are put on it.
    """
    topics = session.scalars(select(Consultation.id).where(Consultation.day_id == each.id)).all()
    if topics:
        raise refused("regular_day_has_topics", count=len(topics))
    bookings.release_day(session, each.id)
    each.status, each.on_date = RELEASED, None
    session.flush()


def span(row: RegularDays, day: date, *, calendar: WorkCalendar) -> tuple[datetime, datetime]:
    """Return from when until when a day of a rule is."""
    opens, closes = (datetime.combine(day, time.fromisoformat(text), calendar.zone) for text in (row.opens, row.closes))
    return opens, closes


def every(session: Session) -> Sequence[tuple[RegularDays, Venue]]:
    """Return the rules with their venues, the newest first."""
    asked = select(RegularDays, Venue).join(Venue, Venue.id == RegularDays.venue_id)
    asked = asked.order_by(RegularDays.created_at.desc(), RegularDays.id).limit(100)
    return [(row, venue) for row, venue in session.execute(asked)]


def days_of(session: Session, row: RegularDays) -> Sequence[RegularDay]:
    """Return the days of a rule in order."""
    return session.scalars(select(RegularDay).where(RegularDay.regular_id == row.id).order_by(RegularDay.due_on)).all()


def topics_of(session: Session, days: Sequence[RegularDay]) -> Mapping[UUID, Sequence[Consultation]]:
    """Return the topics that are put on days."""
    asked = select(Consultation).where(Consultation.day_id.in_([each.id for each in days]))
    found: dict[UUID, list[Consultation]] = {}
    for row in session.scalars(asked.order_by(Consultation.starts_at, Consultation.number)):
        if row.day_id is not None:
            found.setdefault(row.day_id, []).append(row)
    return found


def to_come(session: Session, *, today: date) -> Sequence[tuple[RegularDay, RegularDays, Venue]]:
    """Return the kept days to come, the nearest first."""
    asked = (
        select(RegularDay, RegularDays, Venue)
        .join(RegularDays, RegularDays.id == RegularDay.regular_id)
        .join(Venue, Venue.id == RegularDays.venue_id)
        .where(RegularDay.status == KEPT, RegularDay.on_date >= today)
        .order_by(RegularDay.on_date, RegularDay.id)
        .limit(60)
    )
    return [(each, row, venue) for each, row, venue in session.execute(asked)]


def take(session: Session, rule: UUID | None, *, lock: bool = False) -> tuple[RegularDays, Venue]:
    """Return a rule by id.

    Raises:
        NotFound: there is none.
    """
    asked = select(RegularDays, Venue).join(Venue, Venue.id == RegularDays.venue_id).where(RegularDays.id == rule)
    if lock:
        asked = asked.with_for_update(of=RegularDays)
    found = session.execute(asked).one_or_none()
    if found is None:
        raise NotFound("regular_days")
    return found[0], found[1]


def take_day(session: Session, day: UUID | None) -> RegularDay:
    """Return a day of a rule by id.

    Raises:
        NotFound: there is none.
    """
    found = None if day is None else session.get(RegularDay, day)
    if found is None:
        raise NotFound("regular_days")
    return found
