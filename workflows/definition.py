"""A lifecycle as a value: frozen dataclasses and look-ups, no reading of files and no doing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from casework.core.due_dates import Limit

START = "@start"
BEFORE = "@before"
REPORT = "report"
# What a state may look like; web/static/css has each.
TONES = ("blue", "teal", "green", "amber", "red", "grey", "outline")
FIELD_TYPES = (
    *("text", "choice", "date", "org", "orgs", "person", "case", "number", "flag", "money"),
    # Of consultations (workflows/consultation_fields.py).
    *(
        "start",
        "end",
        "anybody",
        "participants",
        "venue",
        "attended",
        "statements",
        "scores",
        "consensus",
        "lines",
        "realised",
        "topic",
    ),
)

Label = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """Facts that must all hold, such as `urgency = "critical"`."""

    facts: Mapping[str, str]

    def fits(self, facts: Mapping[str, str | None]) -> bool:
        """Say whether every fact asked for is so."""
        return all(facts.get(name) == value for name, value in self.facts.items())


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a transition is told. `required_if`, `only_if`: needed, allowed only with other values given.

    `unless`: columns of the matter of which one that holds something stands for it. `may_be_empty`: a list of nothing
    is an answer.
    """

    name: str
    type: str
    label: Label
    required: bool = True
    max_length: int = 2000
    choices: Mapping[str, Label] = field(default_factory=dict)
    required_if: Condition | None = None
    only_if: Condition | None = None
    unless: tuple[str, ...] = ()
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A state: what it is called, its tone, whether the life ends here, whether it stands beside the main line."""

    name: str
    label: Label
    line: Label
    tone: str
    final: bool = False
    side: bool = False


@dataclass(frozen=True)
class Transition:
    """One way to move, or (without `target`) one thing that may happen without moving.

    `callers` are rules about who asks (broken: denied), `guards` rules about the matter (broken: refused).
    `needs_comment`: it is not made without a word beside it. Not `offered`, it is no step among the others: it takes
    back at once what was just done, and only what was just done says so.
    """

    trigger: str
    sources: tuple[str, ...]
    target: str | None
    permission: str
    label: Label
    done: Label
    fields: tuple[Field, ...] = ()
    callers: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    key: str = ""
    main: bool = False
    danger: bool = False
    needs_comment: bool = False
    offered: bool = True

    @cached_property
    def field_names(self) -> frozenset[str]:
        """The names of what it is told."""
        return frozenset(field.name for field in self.fields)

    @property
    def asks_nothing(self) -> bool:
        """Say whether it may be taken without a word."""
        return not any(field.required for field in self.fields)

    @property
    def stays(self) -> bool:
        """Say whether the matter keeps its state."""
        return self.target is None


@dataclass(frozen=True, slots=True)
class LimitRule:
    """A limit and when it is used."""

    when: Condition
    limit: Limit


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of a ladder: `working_days` from the due instant, before it when negative."""

    level: int
    working_days: int
    name: str


@dataclass(frozen=True, slots=True)
class Clock:
    """When a deadline of a kind begins, where it lives, what meets it, how long it is.

    `until`: it has no limit but ends on the day that stands under this name on the matter, and begins only if one does.
    """

    kind: str
    label: Label
    runs_in: tuple[str, ...]
    rungs: tuple[Rung, ...]
    starts: tuple[str, ...] = ()
    met_by: tuple[str, ...] = ()
    paused_in: tuple[str, ...] = ()
    limits: tuple[LimitRule, ...] = ()
    until: str | None = None
    halve_when: tuple[Condition, ...] = ()
    leads: bool = False
    per_row: bool = False
    extendable: bool = False

    def lives_in(self, state: str) -> bool:
        """Say whether the clock is kept in `state`, running or standing still."""
        return state in self.runs_in or state in self.paused_in


@dataclass(frozen=True)
class Workflow:
    """One version of one lifecycle. `opening` is the word of the first row of its histories."""

    name: str
    version: int
    label: Label
    initial: str
    states: Mapping[str, State]
    transitions: tuple[Transition, ...]
    clocks: Mapping[str, Clock]
    opening: str = REPORT

    @cached_property
    def by_trigger(self) -> Mapping[str, Transition]:
        """Look transitions up by their trigger."""
        return {transition.trigger: transition for transition in self.transitions}

    @cached_property
    def clock_kinds(self) -> tuple[str, ...]:
        """The kinds of its clocks."""
        return tuple(self.clocks)

    @cached_property
    def beginning(self) -> Transition:
        """What is done to a matter by beginning its life."""
        return Transition(self.opening, (), self.initial, "", self.label, self.label)

    @cached_property
    def from_state(self) -> Mapping[str, tuple[Transition, ...]]:
        """Look transitions up by the state they may leave."""
        return {name: tuple(t for t in self.transitions if name in t.sources) for name in self.states}

    @cached_property
    def rung_names(self) -> frozenset[str]:
        """The triggers that ladders write into the history."""
        return frozenset(rung.name for clock in self.clocks.values() for rung in clock.rungs)

    @cached_property
    def main_line(self) -> tuple[State, ...]:
        """The states drawn on the line, in the order of the file."""
        return tuple(state for state in self.states.values() if not state.side)
