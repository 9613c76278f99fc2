"""What of my work is about supervised matters: slips to sign, what a unit still owes, what waits to be judged."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from casework.core.calendars import WorkCalendar
from casework.permissions import Subject, may_anywhere
from casework.supervisions import desk, queries
from casework.supervisions.tables import Supervision
from web import identity, unit
from web.locales import words
from web.views import chips
from web.views import supervision_views as views
from workflows import engine
from workflows.registry import registry

# So many are gone through; whoever has more sees them on the board.
MOST = 50
# What is a unit's turn is told a week ahead, as on the board.
_AHEAD = timedelta(days=7)
# Steps that wait for somebody in particular, and what a unit owes of a matter it has in hand.
_STEPS = ("issue", "acknowledge", "grant_extension", "accept_progress", "verify", "propose_strike_off", "strike_off")
_OWED = ("report", "progress")
_STATES = frozenset({"initiated", "issued", "reported", "verified", "proposed"})


def rows(calendar: WorkCalendar) -> list[dict[str, Any]]:
    """Return what waits for the caller, what is due first first."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    workflow = registry().latest("supervision").workflow
    theirs = [workflow.by_trigger[each] for each in (*_STEPS, *_OWED)]
    theirs = [each for each in theirs if may_anywhere(actor, each.permission)]
    if not theirs:
        return []
    states = _STATES & {state for transition in theirs for state in transition.sources}
    waiting = desk.waiting(session, actor, states, limit=MOST)
    known = {row.id for row in waiting}
    owed = [row for row in desk.owed(session, actor, at=at, until=at + _AHEAD, limit=MOST) if row.id not in known]
    subjects = queries.subjects_of(session, [*waiting, *owed], actor=actor)
    made = [(row, _step(row, subjects[row.id], _STEPS)) for row in waiting]
    made += [(row, _step(row, subjects[row.id], _OWED)) for row in owed]
    return [_row(row, step, calendar) for row, step in made if step is not None]


def _step(row: Supervision, subject: Subject, triggers: Sequence[str]) -> str | None:
    """Return the first of these steps that the caller can take now."""
    can = engine.available(unit.session(), row, subject=subject, actor=identity.actor(), at=unit.at()).available
    return next((each for each in triggers if each in can), None)


def _row(row: Supervision, step: str, calendar: WorkCalendar) -> dict[str, Any]:
    line = views.line_of(row, calendar)
    return {
        "url": line["url"],
        "title": line["title"],
        "number_short": line["number"],
        "about": "・".join((line["org"], words(f"work.supervision.{step}"))),
        "chip": None if row.due_at is None else chips.of_clock(row.due_at, calendar, level=row.due_level),
        "state": views.state_of(row),
        "act": {"label": words("work.act.meeting"), "url": line["url"], "main": False},
    }
