"""What is done: one literal table of all work that can be asked for; what comes back every day, and when, stands in
casework/matters/daily_work.py.

A periodic job is a row known by (name, day): any number of schedulers may ask for it, it is done once
(reliability.md F4). What comes every few seconds (relay, sweep, mail) needs no rows: it finds its work in the database
and is safe to do at once in many places; `EVERY` says how often each worker looks.
"""

from collections.abc import Mapping
from datetime import timedelta

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


EVERY: Mapping[str, timedelta] = {
    "relay": timedelta(seconds=5),
    "sweep": timedelta(seconds=30),
    "watch": timedelta(minutes=10),
}
