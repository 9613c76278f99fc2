"""The colours an office gives levels and states: data, never the only sign, and never unreadable.

What nobody chose has the colours of palette.toml. A pair that cannot be read (WCAG 2.1 AA, 4.5 to 1 for text of this
size) is refused when it is saved, with the ratio it has.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid
from casework.registry import office_settings
from casework.supervisions import actions

KEY = "supervision_palette"
HOUSE = "house"
LEAST_CONTRAST = 4.5
PARTS = ("ink", "tint")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Pair:
    """The colour of a word and of what it is written on."""

    ink: str
    tint: str

    @property
    def contrast(self) -> float:
        """How well it is read, from 1 to 21."""
        light, dark = sorted((_luminance(self.ink), _luminance(self.tint)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    @property
    def edge(self) -> str:
        """The stronger of both, for a line on white."""
        return min(self.ink, self.tint, key=_luminance)


@dataclass(frozen=True, slots=True)
class LevelSet:
    """A set of colours for the levels that an office can take as it is."""

    name: str
    label: Mapping[str, str]
    pairs: Mapping[str, Pair]


@cache
def _given() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@cache
def level_sets() -> Mapping[str, LevelSet]:
    """Return the sets of colours for levels."""
    return {
        name: LevelSet(name, told["label"], {level_key(level): Pair(**told[str(level)]) for level in actions.LEVELS})
        for name, told in _given()["levels"].items()
    }


def level_key(level: int) -> str:
    """Return what a level is called in a palette."""
    return f"level_{level}"


def state_key(state: str) -> str:
    """Return what a state is called in a palette."""
    return f"state_{state}"


@cache
def defaults() -> Mapping[str, Pair]:
    """Return the colours of everything, as they are where nobody has chosen."""
    states = {state_key(name): Pair(**pair) for name, pair in _given()["states"].items()}
    return {**level_sets()[HOUSE].pairs, **states}


def of(session: Session) -> Mapping[str, Pair]:
    """Return the colours in force."""
    chosen = office_settings.kept(session, KEY) or {}
    return {key: Pair(**chosen[key]) if key in chosen else pair for key, pair in defaults().items()}


def change(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    """Keep colours (`level_1_ink`, `state_issued_tint`, …); what is not sent stays as it is.

    Raises:
        Invalid: something that is no colour, or a pair that cannot be read.
    """
    known = [f"{key}_{part}" for key in defaults() for part in PARTS]
    mistakes = [FieldError(name, "unknown_field") for name in raw if name not in known]
    kept = of(session)
    chosen: dict[str, dict[str, str]] = {}
    for key, pair in kept.items():
        values = {part: str(raw.get(f"{key}_{part}") or getattr(pair, part)).strip().lower() for part in PARTS}
        wrong = [part for part in PARTS if _COLOUR.fullmatch(values[part]) is None]
        mistakes += [FieldError(f"{key}_{part}", "not_a_colour") for part in wrong]
        if not wrong and (ratio := Pair(**values).contrast) < LEAST_CONTRAST:
            facts = {"ratio": f"{int(ratio * 10) / 10:.1f}", "least": str(LEAST_CONTRAST)}
            mistakes.append(FieldError(f"{key}_ink", "colours_unreadable", facts))
        chosen[key] = values
    if mistakes:
        raise Invalid(mistakes)
    differing = {key: values for key, values in chosen.items() if Pair(**values) != defaults()[key]}
    office_settings.keep(session, KEY, differing, actor=actor, at=at)


def take(session: Session, name: str, *, actor: Actor, at: datetime) -> None:
    """Take a set for the levels as it is.

    Raises:
        Invalid: there is none of this name.
    """
    if name not in level_sets():
        raise Invalid([FieldError("set", "not_a_choice", {"choices": ", ".join(level_sets())})])
    pairs = level_sets()[name].pairs
    raw = {f"{key}_{part}": getattr(pair, part) for key, pair in pairs.items() for part in PARTS}
    change(session, raw, actor=actor, at=at)


def _luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.1)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
