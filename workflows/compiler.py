"""Workflow → one shared `transitions.Machine`; the only importer of that package.

One machine a version, shared by all threads. It is asked once where an event leads from a state, by firing it on what
stands in for a matter; it does nothing else, so the answer is kept. `add_model` is never called (it would reset a
loaded matter to the initial state), and automatic `to_<state>` triggers are off, because they pass every guard
(reliability.md §0.9).
"""

from dataclasses import dataclass
from typing import Protocol

from transitions import Machine, MachineError

from casework.core.database import change
from workflows.definition import BEFORE, Workflow


class Stateful(Protocol):
    """What the machine moves: anything with a state."""

    state: str


@dataclass(slots=True)
class _StandIn:
    """Stands in a state for whatever matter is to be moved from it."""

    state: str


class ImpossibleMove(Exception):
    """The machine has no such transition from the present state."""


class Compiled:
    """A workflow with its machine."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self._machine = _machine(workflow)
        # Where each event leads from each state, as the machine has said it once; there is nothing else it does.
        self._leads: dict[tuple[str, str], str] = {}

    def fire(self, matter: Stateful, trigger: str, *, came_from: str | None = None) -> None:
        """Change the state of `matter` by `trigger`; `came_from` is where a way back (`@before`) leads.

        Raises:
            ImpossibleMove: not from this state.
        """
        transition = self.workflow.by_trigger[trigger]
        name = f"{trigger}@{came_from}" if transition.target == BEFORE else trigger
        key = (name, matter.state)
        if key not in self._leads:
            self._leads[key] = self._fired(*key)
        change(matter, state=self._leads[key])

    def _fired(self, name: str, state: str) -> str:
        event = self._machine.events.get(name)
        if event is None:
            raise ImpossibleMove(f"{name} from {state}")
        stand_in = _StandIn(state)
        try:
            event.trigger(stand_in)
        except MachineError as error:
            raise ImpossibleMove(str(error)) from error
        return stand_in.state

    def enter(self, matter: Stateful) -> None:
        """Put a new matter into the initial state."""
        matter.state = self.workflow.initial


def _machine(workflow: Workflow) -> Machine:
    machine = Machine(
        model=None,
        states=list(workflow.states),
        initial=workflow.initial,
        auto_transitions=False,
        send_event=True,
        queued=False,
    )
    for transition in workflow.transitions:
        for source in transition.sources:
            if transition.target == BEFORE:
                # A way back leads to where the matter came from: one event for each state that can be.
                for before in workflow.states:
                    if before != source:
                        machine.add_transition(f"{transition.trigger}@{before}", source, before)
            else:
                machine.add_transition(transition.trigger, source, transition.target or source)
    return machine
