"""Regular days, written: a rule entered, one of its days kept on another date or given up, a topic put on it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.consultations import queries, regular
from casework.consultations.bookings import Clash
from casework.consultations.codes import ENDED
from casework.consultations.tables import Consultation, RegularDay, RegularDays, Venue
from casework.core import reading
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import invalid, refused
from casework.permissions import Subject, require
from casework.registry import audit
from casework.registry.calendar import load_calendar
from workflows import records
from workflows.consultations.consulting import RUN


def enter(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> RegularDays:
    """Enter a rule and keep its days.

    Raises:
        Denied: the venue is not the caller's to give.
        Invalid: every mistake.
    """
    calendar = load_calendar(session)
    values = regular.read(session, raw, today=_today(calendar, at))
    require(actor, RUN, queries.place_of(values["venue"].region_code))
    row = regular.add(session, values, calendar=calendar, at=at)
    _audit(session, "regular_days.entered", row, actor=actor, at=at)
    return row


def keep_day(
    session: Session, rule: tuple[RegularDays, Venue], day: RegularDay, raw: Mapping[str, Any], *, actor: Actor,
    at: datetime,
) -> Sequence[Clash]:  # fmt: skip
    """Keep one day of a locked rule on the date sent (`on`); return what it clashes with.

    Raises:
        Denied: the venue is not the caller's to give.
        Invalid: no working day to come.
    """
    require(actor, RUN, queries.place_of(rule[1].region_code))
    calendar = load_calendar(session)
    on = reading.fields(raw, {"on": reading.day("on")}, required=("on",))["on"]
    if on <= _today(calendar, at):
        raise invalid("on", "day_not_ahead")
    if not calendar.is_workday(on):
        raise invalid("on", "no_working_day")
    found = regular.keep(session, rule[0], day, on, calendar=calendar)
    _audit(session, "regular_days.kept", rule[0], actor=actor, at=at, day=day.due_on.isoformat())
    return found


def give_up_day(
    session: Session, rule: tuple[RegularDays, Venue], day: RegularDay, *, actor: Actor, at: datetime
) -> None:
    """Give one day of a locked rule free.

    Raises:
        Denied: the venue is not the caller's to give.
        Refused: topics are put on it.
    """
    require(actor, RUN, queries.place_of(rule[1].region_code))
    regular.give_up(session, day)
    _audit(session, "regular_days.given_up", rule[0], actor=actor, at=at, day=day.due_on.isoformat())


def put_on(
    session: Session, row: Consultation, day: RegularDay | None, *, subject: Subject, actor: Actor, at: datetime
) -> None:
    """Put a locked topic on a regular day that is kept, or take it off (None).

    Raises:
        NotAllowed: not the office.
        Refused: it has ended, or the day is not kept.
    """
    actor = records.require(actor, RUN, subject)
    if row.state in ENDED or (day is not None and day.status != regular.KEPT):
        raise refused("no_regular_day")
    wanted: UUID | None = None if day is None else day.id
    if row.day_id == wanted:
        return
    row.day_id = wanted
    on = None if day is None or day.on_date is None else day.on_date.isoformat()
    records.note(session, row, actor=actor, at=at, trigger="put_on_day", event="mended", fields={"on": on})


def _today(calendar: WorkCalendar, at: datetime) -> Any:
    return at.astimezone(calendar.zone).date()


def _audit(session: Session, event: str, row: RegularDays, *, actor: Actor, at: datetime, **facts: Any) -> None:
    audit.record(session, event=event, actor=actor, at=at, facts={"regular": str(row.id), **facts})
