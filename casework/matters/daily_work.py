"""When the work of every day is due: one table, read by the schedulers that ask for it and by the page of jobs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from casework.core.calendars import WorkCalendar


@dataclass(frozen=True, slots=True)
class Daily:
    """A job of every day, or every working day, at a time of the office's clock."""

    name: str
    at: time
    workdays: bool = False


DAILY: tuple[Daily, ...] = (
    Daily("anchor", at=time(0, 10)),
    Daily("tidy", at=time(3, 30)),
    Daily("goals_lapse", at=time(6, 0)),
    Daily("installation", at=time(7, 0)),
    Daily("sheets_lapse", at=time(7, 30)),
    Daily("suspension_ends", at=time(8, 0), workdays=True),
    Daily("progress_missing", at=time(8, 5), workdays=True),
    Daily("visits_due", at=time(8, 10), workdays=True),
    Daily("announcements_due", at=time(8, 15), workdays=True),
    Daily("digest", at=time(8, 30), workdays=True),
)

BY_NAME: Mapping[str, Daily] = {each.name: each for each in DAILY}


def due_today(at: datetime, *, zone: ZoneInfo) -> Iterator[tuple[Daily, str, datetime]]:
    """Yield the daily jobs whose time has come today, with their period and their instant.

    A day that was missed as a whole is not made up for: what has to be (the anchor) looks back by itself.
    """
    today = at.astimezone(zone).date()
    for each in DAILY:
        instant = datetime.combine(today, each.at, tzinfo=zone)
        if instant <= at:
            yield each, today.isoformat(), instant


def next_instant(daily: Daily, *, at: datetime, zone: ZoneInfo, calendar: WorkCalendar) -> datetime:
    """Return when a daily job is due next, on a working day where it rests on others."""
    day = at.astimezone(zone).date()
    while True:
        instant = datetime.combine(day, daily.at, tzinfo=zone)
        if instant > at and (not daily.workdays or calendar.is_workday(day)):
            return instant
        day += timedelta(days=1)
