"""What is done when: one literal table of what comes back every day, one of all work that can be asked for.

A periodic job is a row known by (name, day): any number of schedulers may ask for it, it is done once
(reliability.md F4). What comes every few seconds (relay, sweep, mail) needs no rows: it finds its work in the database
and is safe to do at once in many places; `EVERY` says how often each worker looks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tasks import (
    announcements,
    computing,
    daily,
    exporting,
    installation,
    planning,
    printing,
    retaining,
    supervised,
    taking_in,
    visits_due,
)
from tasks.run import Work
from tasks.sending import digest

# Every kind of work a job may ask for, by the job's name.
WORKS: Mapping[str, Work] = {
    "anchor": daily.anchor,
    "announcements_due": announcements.remind,
    "digest": digest.send,
    "goals_lapse": daily.goals_lapse,
    "installation": installation.examine,
    "ledger_export": taking_in.ledger_export,
    "ledger_import": taking_in.ledger_import,
    "personal_export": exporting.make,
    "papers_print": printing.papers_print,
    "quarter_plan": planning.quarter_plan,
    "progress_missing": supervised.tell_of_missing,
    "retention": retaining.erase,
    "sheets_compute": computing.sheets_compute,
    "sheets_lapse": daily.sheets_lapse,
    "suspension_ends": daily.suspension_ends,
    "tidy": daily.tidy,
    "visits_due": visits_due.send,
}


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

EVERY: Mapping[str, timedelta] = {
    "relay": timedelta(seconds=5),
    "sweep": timedelta(seconds=30),
    "watch": timedelta(minutes=10),
}


def due_today(at: datetime, *, zone: ZoneInfo) -> Iterator[tuple[Daily, str, datetime]]:
    """Yield the daily jobs whose time has come today, with their period and their instant.

    A day that was missed as a whole is not made up for: what has to be (the anchor) looks back by itself.
    """
    today = at.astimezone(zone).date()
    for each in DAILY:
        instant = datetime.combine(today, each.at, tzinfo=zone)
        if instant <= at:
            yield each, today.isoformat(), instant
