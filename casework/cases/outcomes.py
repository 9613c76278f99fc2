"""Conditions on how a case's clocks were met, which filters and figures share."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, not_, or_, true

from casework.cases.codes import NOT_ASKED
from casework.cases.tables import Case
from casework.matters.deadlines import UNKNOWN
from casework.matters.tables import Deadline


def money_is_late(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a promised sum has not arrived by its day."""
    # Each promised sum has its own clock; one that has not arrived by its day makes the case one to ask about.
    promised = (Deadline.matter_id == Case.id, Deadline.kind == "funds_expected", Deadline.status == "running")
    return exists().where(*promised, Deadline.due_at < at)


def handled_late(*, at: datetime) -> ColumnElement[bool]:
    """Return the condition that the last handling clock was met late, or runs on past its due instant."""
    return or_(Case.handle_outcome == "late", and_(Case.due_kind == "handle", Case.due_at < at))


def handled(outcomes: Sequence[str], *, at: datetime) -> ColumnElement[bool]:
    """Return the condition that the last handling clock was met so: any of `on_time` and `late`."""
    return or_(*(Case.handle_outcome == "on_time" if each == "on_time" else handled_late(at=at) for each in outcomes))


def contact_is_known() -> ColumnElement[bool]:
    """Return the condition that it can be said whether the reporter was spoken to in time.

    A case that came out of a file with its answer tells nothing of a first contact: it is no failure.
    """
    return Case.contact_outcome.is_distinct_from(UNKNOWN)


def contacted(in_time: bool) -> ColumnElement[bool]:
    """Return the condition that the reporter was spoken to before the clock of the last assignment was due; or that
    they were not, as far as that can be said.
    """
    was = Case.contact_outcome.is_not_distinct_from("on_time")
    return was if in_time else and_(not_(was), contact_is_known())


def said_solved(said: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that the reporter said one of these of the result, or was reached and not asked."""
    told = Case.solved.in_([each for each in said if each != NOT_ASKED])
    return or_(told, and_(Case.followed_up == "reached", Case.solved.is_(None))) if NOT_ASKED in said else told


def _was_given() -> ColumnElement[bool]:
    return or_(Case.assigned_at.is_not(None), Case.was_returned, Case.was_reopened)


def _was_answered() -> ColumnElement[bool]:
    return or_(Case.resolved_at.is_not(None), Case.was_reworked, Case.was_reopened)


def _was_closed() -> ColumnElement[bool]:
    return or_(Case.state == "closed", Case.was_reopened)


# What was ever so, whatever came of it later: given to a unit, given a result, closed; sent back, given more time, done
# anew, opened again after closing. The rates of returns, extensions, rework and recurrence are made of these.
EVER: Mapping[str, Callable[[], ColumnElement[bool]]] = {
    "given": _was_given,
    "answered": _was_answered,
    "ended": _was_closed,
    "sent_back": lambda: Case.was_returned == true(),
    "extended": lambda: Case.was_extended == true(),
    "reworked": lambda: Case.was_reworked == true(),
    "recurred": lambda: Case.was_reopened == true(),
}
