"""What keeps the service from starting, said in both languages: before there is anybody to ask which one they read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from casework.core.i18n import say


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to be put right: a sentence of `unsafe.` with what it names."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Unsafe(Exception):
    """Something that must be put right before the service starts. Programs and logs are told in English."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Tell of every fault at once."""
        super().__init__(faults)
        self.faults = tuple(faults)

    def told(self, *, locale: str) -> str:
        """Return every fault in words."""
        between = say("unsafe.between", locale=locale)
        return between.join(say(f"unsafe.{each.code}", locale=locale, **each.params) for each in self.faults)

    def __str__(self) -> str:
        """Return every fault in English."""
        return self.told(locale="en")


def one(code: str, **params: Any) -> Sequence[Fault]:
    """Return a single fault."""
    return [Fault(code, params)]
