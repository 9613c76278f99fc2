"""Conditions on how a case's clocks were met, which filters and figures share."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_

from casework.cases.tables import Case
from casework.matters.tables import Deadline


def money_is_late(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a promised sum has not arrived by its day."""
    # Each promised sum has its own clock; one that has not arrived by its day makes the case one to ask about.
    promised = (Deadline.matter_id == Case.id, Deadline.kind == "funds_expected", Deadline.status == "running")
    return exists().where(*promised, Deadline.due_at < at)


def handled_late(*, at: datetime) -> ColumnElement[bool]:
    """Return the condition that the last handling clock was met late, or runs on past its due instant."""
    return or_(Case.handle_outcome == "late", and_(Case.due_kind == "handle", Case.due_at < at))


def contacted_in_time() -> ColumnElement[bool]:
    """Return the condition that the reporter was spoken to before the clock of the last assignment was due."""
    return Case.contact_outcome.is_not_distinct_from("on_time")


def was_given() -> ColumnElement[bool]:
    """Return the condition that some unit was ever given it, also where it was sent back or has come again since."""
    return or_(Case.assigned_at.is_not(None), Case.was_returned, Case.was_reopened)


def was_answered() -> ColumnElement[bool]:
    """Return the condition that it ever had a result, also one that was set aside since."""
    return or_(Case.resolved_at.is_not(None), Case.was_reworked, Case.was_reopened)


def was_closed() -> ColumnElement[bool]:
    """Return the condition that it was ever closed, also where it has come again since."""
    return or_(Case.state == "closed", Case.was_reopened)
