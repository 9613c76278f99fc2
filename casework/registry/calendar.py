"""The office's working-day calendar: seeded from the State Council plans, mended by staff, cached for seconds."""

import threading
import time
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.working_days import CalendarDay, known_years, seed_days
from casework.registry import audit
from casework.registry.tables import CalendarEntry, CalendarYear

SEEDED = "calendar.seeded"
_LASTS = 10.0  # seconds; a changed day is in force in every process after that
_lock = threading.Lock()
# Under which name each database keeps it, with the instant and how often all had been forgotten then.
_ROOM = "calendar"
_forgotten = 0


def load_calendar(session: Session) -> WorkCalendar:
    """Return the calendar in force. It is kept for ten seconds, for it is asked at every step and changes yearly."""
    room = session.info["kept"]
    # What is kept is one value, so that each finds what belongs together, or nothing.
    kept: tuple[float, int, WorkCalendar] | None = room.get(_ROOM)
    forgotten = _forgotten
    if kept is not None and kept[1] != forgotten:
        kept = None
    if kept is not None and time.monotonic() - kept[0] < _LASTS:
        return kept[2]
    calendar = _read(session, session.info["zone"])
    if kept is not None and kept[2].says_the_same(calendar):
        # It knows already what it was asked.
        calendar = kept[2]
    room[_ROOM] = (time.monotonic(), forgotten, calendar)
    return calendar


def forget_calendar() -> None:
    """Read the calendar anew at the next question (after a change in this process)."""
    global _forgotten  # noqa: PLW0603 - of all databases of the process
    with _lock:
        _forgotten += 1


def _read(session: Session, zone: ZoneInfo) -> WorkCalendar:
    # Columns instead of objects: some hundred days, read anew by every process again and again.
    days = select(CalendarEntry.day, CalendarEntry.is_workday, CalendarEntry.name, CalendarEntry.source)
    years = session.execute(select(CalendarYear.year, CalendarYear.version).where(CalendarYear.confirmed)).all()
    return WorkCalendar(
        [CalendarDay(*row) for row in session.execute(days)],
        [year for year, _ in years],
        zone,
        version=str(sum(version for _, version in years)),
    )


def seed_calendar(session: Session, *, at: datetime) -> None:
    """Write the days of the known plans that are not there yet; days mended by staff are kept."""
    present = set(session.scalars(select(CalendarEntry.day)))
    known = set(session.scalars(select(CalendarYear.year)))
    years = known_years()
    days = [each for each in seed_days(years.start, years.stop - 1) if each.day not in present]
    new_years = [year for year in years if year not in known]
    if not days and not new_years:
        return
    session.add_all(
        CalendarEntry(day=d.day, is_workday=d.is_workday, name=d.name, source=d.source, updated_at=at) for d in days
    )
    session.add_all(CalendarYear(year=year, confirmed=True) for year in new_years)
    # Told day by day: a later version may know the same plan otherwise, and `verify` holds each day against it.
    plan = {each.day.isoformat(): [each.is_workday, each.name, each.source] for each in days}
    facts = {"n": len(days), "plan_days": plan, "plan_years": new_years}
    audit.record(session, event=SEEDED, actor=None, at=at, facts=facts)
    session.flush()


def days_told(facts: Mapping[str, Any]) -> Iterator[CalendarDay]:
    """Yield the days that the audit tells were loaded."""
    return (CalendarDay(date.fromisoformat(day), *told) for day, told in facts["plan_days"].items())


def set_day(session: Session, *, day: date, is_workday: bool, name: str, source: str, at: datetime) -> None:
    """Set one day by hand (a late notice, a local closure); the calendar's version moves on."""
    entry = session.get(CalendarEntry, day)
    if entry is None:
        entry = CalendarEntry(day=day, is_workday=is_workday, name=name, source=source, updated_at=at)
        session.add(entry)
    entry.is_workday, entry.name, entry.source, entry.updated_at = is_workday, name, source, at
    year = session.get(CalendarYear, day.year)
    if year is None:
        session.add(CalendarYear(year=day.year, confirmed=False, version=1))
    else:
        year.version += 1
    session.flush()
    forget_calendar()


def confirm_year(session: Session, *, year: int) -> None:
    """Say that the holiday plan of a year is complete, so that its dates are no longer provisional."""
    row = session.get(CalendarYear, year)
    if row is None:
        session.add(CalendarYear(year=year, confirmed=True, version=1))
    else:
        row.confirmed = True
        row.version += 1
    session.flush()
    forget_calendar()
