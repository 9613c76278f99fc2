"""Moving open matters to a newer version of their workflow: shown first, then done with a reason, one history row each.

A matter keeps the version it began with until somebody moves it. What would change is worked out by the same code that
then does it, inside a transaction that is taken back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.cases import recorded
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import Refusal, Refused
from casework.matters import deadlines
from casework.registry.calendar import load_calendar
from workflows import clocks, records
from workflows.context import Context
from workflows.definition import Transition, Workflow
from workflows.registry import registry

TRIGGER = "change_version"


@dataclass(frozen=True, slots=True)
class Change:
    """What moving one matter does: its state (a missing one stands against it) and its due instants."""

    number: str
    state: str
    possible: bool
    dates: Sequence[dict[str, Any]]


def move_open_cases(session: Session, *, to_version: int, actor: Actor, at: datetime, reason: str) -> Iterator[Change]:
    """Move every open case to `to_version` and tell for each what changed; the caller keeps it or takes it back.

    A case in a state that the new version does not know stays where it is and is told as not possible.

    Raises:
        Refused: no reason was given.
    """
    if not reason.strip():
        raise Refused([Refusal("reason_needed")])
    workflow = registry().get("case", to_version).workflow
    calendar = load_calendar(session)
    for case in recorded.open_cases_of_other_versions(session, version=to_version):
        if case.state not in workflow.states:
            yield Change(case.number, case.state, possible=False, dates=())
        else:
            yield _move(session, case, workflow, calendar, actor=actor, at=at, reason=reason)


def _move(
    session: Session,
    case: Case,
    workflow: Workflow,
    calendar: WorkCalendar,
    *,
    actor: Actor,
    at: datetime,
    reason: str,
) -> Change:
    was = case.workflow_version
    case.workflow_version = workflow.version
    here = Transition(TRIGGER, (case.state,), None, "", workflow.label, workflow.label)
    context = Context(session, case, workflow, here, actor, at, calendar)
    rows = [row for row in deadlines.of_matter(session, case.id) if row.kind in workflow.clocks]
    dates = [dict(change) for change in clocks.relimit(context, rows)]
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger=TRIGGER,
        event="version_changed",
        comment=reason,
        fields={"from": was, "to": workflow.version, "limits": dates},
    )
    return Change(case.number, case.state, possible=True, dates=dates)
