"""What will happen when a step is taken: said beside the form before anybody presses the button."""

from typing import Any

from casework.core.calendars import WorkCalendar
from casework.core.i18n import catalogue
from web import unit
from web.locales import words
from web.views import deadlines, wording
from workflows import clocks
from workflows.definition import BEFORE, Transition, Workflow


def of_step(case: Any, workflow: Workflow, transition: Transition, calendar: WorkCalendar) -> list[dict[str, Any]]:
    """Return what a step will do: the state it leads to, the clocks it starts and stops."""
    made: list[dict[str, Any]] = []
    target = _target(case, transition)
    if target is not None and target in workflow.states:
        here, there = (wording.told(workflow.states[name].label) for name in (case.state, target))
        made.append({"strong": words("effect.state"), "text": words("effect.from_to", here=here, there=there)})
    for clock in workflow.clocks.values():
        name = wording.told(clock.label)
        if transition.trigger in clock.starts and clock.limits:
            limit = clocks.limit_of(clock, case, trigger=transition.trigger)
            due = wording.due_moment(calendar.due(unit.at(), limit).due_at)
            text = words("effect.until", due=due, limit=deadlines.limit_text(limit))
            made.append({"strong": words("effect.clock", clock=name), "text": text})
        elif transition.trigger in clock.met_by and clock.leads and case.state in clock.runs_in:
            made.append({"strong": words("effect.clock", clock=name), "text": words("effect.stops")})
    said = f"effect.{transition.trigger}"
    if said in catalogue():
        made.append({"strong": "", "text": words(said)})
    return made


def _target(case: Any, transition: Transition) -> str | None:
    if transition.target == BEFORE:
        found: str | None = case.came_from
        return found
    return transition.target
