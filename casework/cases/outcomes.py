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
