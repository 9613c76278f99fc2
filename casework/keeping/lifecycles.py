"""What verification has to know of a workflow, as a value: handed in from above, for casework knows no workflow."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """What a trigger may do: leave one of `sources` for `target`; None: stay; `goes_back`: to where it came from."""

    sources: frozenset[str]
    target: str | None
    goes_back: bool = False


@dataclass(frozen=True, slots=True)
class ClockRule:
    """In which states a clock runs and stands still; `leads`: an open matter in one of them has exactly one such."""

    runs_in: frozenset[str]
    paused_in: frozenset[str]
    leads: bool
    per_row: bool


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """One version of one workflow.

    `opening` is the trigger of the first row, `rungs` are the triggers that ladders write. `apart` are pairs of
    triggers that two different people must have pulled, the second the later one.
    """

    name: str
    version: int
    opening: str
    initial: str
    states: frozenset[str]
    final: frozenset[str]
    steps: Mapping[str, Step]
    clocks: Mapping[str, ClockRule]
    rungs: frozenset[str]
    apart: tuple[tuple[str, str], ...]


Lifecycles = Mapping[tuple[str, int], Lifecycle]
