"""What of my work is about supervised matters: slips to sign, what a unit still owes, what waits to be judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any

from casework.core.calendars import WorkCalendar
from casework.permissions import Subject, may_anywhere, ways_to_act
from casework.supervisions import actions, desk, queries
from casework.supervisions.tables import Supervision
from web import identity, unit
from web.locales import words
from web.views import chips
from web.views import supervision_views as views
from workflows import engine
from workflows.registry import registry

# So many stand on a page.
MOST = 50
# What is a unit's turn is told a week ahead, as on the board.
_AHEAD = timedelta(days=7)
# Steps that wait for somebody in particular, and what a unit owes of a matter it has in hand.
_STEPS = ("issue", "acknowledge", "grant_extension", "accept_progress", "verify", "propose_strike_off", "strike_off")
_OWED = ("report", "progress")
# Nothing of the line: a listed matter that nobody leads is put right by who may.
_LEADER, _NAMING = "leader", "supervision.mend"
_STATES = frozenset({"initiated", "issued", "reported", "verified", "proposed"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """One page of what waits for the caller, and how many there are in all."""

    rows: Sequence[dict[str, Any]]
    total: int


def page(calendar: WorkCalendar, nth: int = 1) -> Waiting:
    """Return a page (from 1) of what waits for the caller, what is due first first."""
    states = _states()
    if states is None:
        return Waiting((), 0)
    first = (nth - 1) * MOST
    found = list(islice(_walk(states), first + MOST))
    naming = desk.naming_due(unit.session(), [row.id for row, step in found[first:] if step == _LEADER])
    shown = [_row(row, step, calendar, naming.get(row.id, row.due_at)) for row, step in found[first:]]
    return Waiting(shown, len(found) if len(found) < first + MOST else _total(states))


def _states() -> frozenset[str] | None:
    """Return in which states something may wait for the caller, None where they take no step at all."""
    actor, workflow = identity.actor(), registry().latest("supervision").workflow
    theirs = [workflow.by_trigger[each] for each in (*_STEPS, *_OWED)]
    theirs = [each for each in theirs if may_anywhere(actor, each.permission)]
    return _STATES & {state for transition in theirs for state in transition.sources} if theirs else None


def _walk(states: frozenset[str]) -> Iterator[tuple[Supervision, str]]:
    """Go through what waits, as many at a time as stand on a page, then what is owed and what lacks a leader."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    told = set()

    def waiting(offset: int) -> Sequence[Supervision]:
        return desk.waiting(session, actor, states, limit=MOST, offset=offset)

    def owed(offset: int) -> Sequence[Supervision]:
        return desk.owed(session, actor, at=at, until=at + _AHEAD, limit=MOST, offset=offset)

    def leaderless(offset: int) -> Sequence[Supervision]:
        may = may_anywhere(actor, _NAMING)
        return desk.leaderless(session, actor, limit=MOST, offset=offset) if may else ()

    for ask, triggers in ((waiting, _STEPS), (owed, _OWED), (leaderless, (_LEADER,))):
        for offset in count(0, MOST):
            rows = ask(offset)
            subjects = queries.subjects_of(session, rows, actor=actor)
            for row in rows:
                step = None if row.id in told else _step(row, subjects[row.id], triggers)
                if step is not None:
                    told.add(row.id)
                    yield row, step
            if len(rows) < MOST:
                break


def _total(states: frozenset[str]) -> int:
    """Count all that waits: what can be done with a matter is asked of one of each kind."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    kinds = desk.kinds(session, actor, states, at=at, until=at + _AHEAD)
    subjects = queries.subjects_of(session, [each.row for each in kinds], actor=actor)
    found = 0
    for each in kinds:
        row, subject = each.row, subjects[each.row.id]
        asked = ((each.waits, _STEPS), (each.owes, _OWED), (each.unled, (_LEADER,)))
        if any(holds and _step(row, subject, triggers) is not None for holds, triggers in asked):
            found += each.count
    return found


def _step(row: Supervision, subject: Subject, triggers: Sequence[str]) -> str | None:
    """Return the first of these steps that the caller can take now."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    if triggers == (_LEADER,):
        return _LEADER if actions.lacks_leader(row) and ways_to_act(actor, _NAMING, subject) else None
    can = engine.available(session, row, subject=subject, actor=actor, at=at, among=triggers).available
    return next((each for each in triggers if each in can), None)


def _row(row: Supervision, step: str, calendar: WorkCalendar, due_at: datetime | None) -> dict[str, Any]:
    line = views.line_of(row, calendar)
    about = [line["org"], words(f"work.supervision.{step}")]
    if step != _LEADER and actions.lacks_leader(row) and may_anywhere(identity.actor(), _NAMING):
        about.append(words("work.supervision.leader"))
    level = None if step == _LEADER else row.due_level
    return {
        "url": line["url"],
        "title": line["title"],
        "number_short": line["number"],
        "about": "・".join(about),
        "chip": None if due_at is None else chips.of_clock(due_at, calendar, level=level),
        "state": views.state_of(row),
        "act": {"label": words("work.act.meeting"), "url": line["url"], "main": False},
    }
