"""What guards and effects are given: the matter, who acts, when, with what; a value for one move."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.matters.tables import Deadline
from workflows.definition import Transition, Workflow


@dataclass(slots=True)
class Context:
    """One move under way, or (with `values` None) the question whether it could be made."""

    session: Session
    matter: Any
    workflow: Workflow
    transition: Transition
    actor: Actor
    at: datetime
    calendar: WorkCalendar
    values: Mapping[str, Any] | None = None
    # The word beside it, cleaned.
    comment: str | None = None
    # When it was written down, if that was not `at` (imports).
    recorded_at: datetime | None = None
    # What effects want written beside the given fields, such as a date that moved.
    noted: dict[str, Any] = field(default_factory=dict)
    # What effects want told with the event, for who is to be told of it: ids and instants, no words.
    published: dict[str, Any] = field(default_factory=dict)
    # Every clock of the matter as the move left it, so that an answer need not ask again.
    rows: list[Deadline] = field(default_factory=list)
    # Asked several times a move.
    _today: date | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def today(self) -> date:
        """The office's day of the move."""
        if self._today is None:
            self._today = self.at.astimezone(self.calendar.zone).date()
        return self._today

    @property
    def days_in_state(self) -> int:
        """How many days of the office lie between the day the state began and today; that day is not counted."""
        since: datetime = self.matter.state_since
        return (self.today - since.astimezone(self.calendar.zone).date()).days

    @property
    def written_at(self) -> datetime:
        """When the move was written down."""
        return self.recorded_at or self.at

    @property
    def asked(self) -> Mapping[str, Any]:
        """The values given; empty while only the possibility is asked about."""
        return self.values or {}
