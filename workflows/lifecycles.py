"""The definitions as verification wants them: which steps there are and where clocks run, without doing anything.

`casework verify` runs in the room below, which knows no workflow; whoever calls it hands these in.
"""

from casework.keeping.lifecycles import ClockRule, Lifecycle, Lifecycles, Step
from workflows.definition import BEFORE, REPORT, Clock, Transition, Workflow
from workflows.registry import registry

# A rule about the caller that forbids the same person to do two things: its name → the earlier of the two.
_EARLIER = {
    "not_the_resolver": "resolve",
    "not_the_drafter": REPORT,
    "not_the_reviewer": "review",
    "not_the_asker": "ask_extension",
    "not_the_proposer": "propose_strike_off",
}


def lifecycles() -> Lifecycles:
    """Return every definition this process knows, by name and version."""
    found = (compiled.workflow for compiled in registry().all())
    return {(workflow.name, workflow.version): _lifecycle(workflow) for workflow in found}


def _lifecycle(workflow: Workflow) -> Lifecycle:
    return Lifecycle(
        name=workflow.name,
        version=workflow.version,
        opening=workflow.opening,
        initial=workflow.initial,
        states=frozenset(workflow.states),
        final=frozenset(name for name, state in workflow.states.items() if state.final),
        steps={transition.trigger: _step(transition) for transition in workflow.transitions},
        clocks={kind: _clock(clock) for kind, clock in workflow.clocks.items()},
        rungs=workflow.rung_names,
        apart=tuple(
            (_EARLIER[caller], transition.trigger)
            for transition in workflow.transitions
            for caller in transition.callers
            if caller in _EARLIER
        ),
    )


def _step(transition: Transition) -> Step:
    goes_back = transition.target == BEFORE
    return Step(frozenset(transition.sources), None if goes_back else transition.target, goes_back)


def _clock(clock: Clock) -> ClockRule:
    return ClockRule(frozenset(clock.runs_in), frozenset(clock.paused_in), clock.leads, clock.per_row)
