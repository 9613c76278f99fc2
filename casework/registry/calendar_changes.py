"""Changing the working-day calendar by hand: read, set, and written down with who did it and by which document.

Deadlines that run are not touched here; that is a step of its own (workflows/recalculate.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid
from casework.core.working_days import CalendarDay
from casework.registry import audit, calendar
from casework.registry.tables import AuditEvent, CalendarEntry, CalendarYear

DAY_SET, YEAR_CONFIRMED = "calendar.day_set", "calendar.year_confirmed"
NAME_LENGTH, SOURCE_LENGTH = 20, 80
KINDS = ("work", "rest")
_MOST_CHANGES = 30


def set_day(session: Session, raw: Mapping[str, object], *, actor: Actor, at: datetime) -> date:
    """Set one day (`day`, `kind` work or rest, `name?`, `source`, the document that says so) and return it.

    Raises:
        Invalid: every mistake.
    """
    errors: list[FieldError] = []
    day = None
    name = source = ""
    try:
        day = texts.parse_date(raw.get("day"), field="day")
    except Invalid as mistake:
        errors += mistake.errors
    try:
        name = texts.clean_text(raw.get("name"), field="name", max_length=NAME_LENGTH, required=False, multiline=False)
    except Invalid as mistake:
        errors += mistake.errors
    try:
        source = texts.clean_text(raw.get("source"), field="source", max_length=SOURCE_LENGTH, multiline=False)
    except Invalid as mistake:
        errors += mistake.errors
    kind = raw.get("kind")
    if kind not in KINDS:
        errors.append(FieldError("kind", "not_a_choice", {"choices": ", ".join(KINDS)}))
    if errors or day is None:
        raise Invalid(errors)
    calendar.set_day(session, day=day, is_workday=kind == "work", name=name, source=source, at=at)
    facts = {"day": day.isoformat(), "kind": kind, "name": name, "source": source}
    audit.record(session, event=DAY_SET, actor=actor, at=at, facts=facts)
    session.flush()
    return day


def day_told(facts: Mapping[str, str]) -> CalendarDay:
    """Return the day that the audit tells was set."""
    return CalendarDay(date.fromisoformat(facts["day"]), facts["kind"] == "work", facts["name"], facts["source"])


def confirm_year(session: Session, year: int, *, actor: Actor, at: datetime) -> None:
    """Say that the plan of a year is complete."""
    calendar.confirm_year(session, year=year)
    audit.record(session, event=YEAR_CONFIRMED, actor=actor, at=at, facts={"year": year})
    session.flush()


def entries_of(session: Session, year: int) -> Mapping[date, CalendarEntry]:
    """Return the days of a year that differ from Monday to Friday."""
    rows = session.scalars(
        select(CalendarEntry).where(CalendarEntry.day >= date(year, 1, 1), CalendarEntry.day <= date(year, 12, 31))
    )
    return {row.day: row for row in rows}


def is_confirmed(session: Session, year: int) -> bool:
    """Say whether the plan of a year is known."""
    row = session.get(CalendarYear, year)
    return row is not None and row.confirmed


def changes(session: Session) -> Sequence[AuditEvent]:
    """Return what was changed lately, newest first."""
    return session.scalars(
        select(AuditEvent)
        .where(AuditEvent.event.in_((DAY_SET, YEAR_CONFIRMED)))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(_MOST_CHANGES)
    ).all()
