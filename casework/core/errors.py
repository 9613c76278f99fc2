"""The refusals of the product. A code each, no HTTP, no sentence: the edge renders them in the reader's language.

Codes are keys of casework/locale/messages (`refusal.<code>`, `field.<code>`); parameters fill the sentence.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule of the business that stands against what was asked."""

    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One mistake in one field of what was sent. `field` is a path such as `reporter.phone`."""

    field: str
    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class CaseworkError(Exception):
    """Something was refused."""

    code = "error"


class NotFound(CaseworkError):
    """There is no such thing, or the caller may not know of it: both look alike on purpose."""

    code = "not_found"


class Denied(CaseworkError):
    """The caller may know of it but may not do this."""

    code = "denied"


class NoRoom(CaseworkError):
    """The disk is nearly full; reading goes on (503)."""

    code = "no_room"


class Stale(CaseworkError):
    """Somebody else changed it since the caller looked."""

    code = "stale"

    def __init__(self, *, expected: int, actual: int) -> None:
        super().__init__(f"expected version {expected}, is {actual}")
        self.expected = expected
        self.actual = actual


class Invalid(CaseworkError):
    """What was sent is wrong in itself; every mistake is listed."""

    code = "invalid"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(", ".join(f"{error.field}: {error.code}" for error in errors))
        self.errors = tuple(errors)


class Refused(CaseworkError):
    """What was sent is well-formed, but rules of the business or the present state stand against it."""

    code = "refused"

    def __init__(
        self,
        refusals: Sequence[Refusal],
        *,
        available_triggers: Sequence[str] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = tuple(refusals)
        self.available_triggers = None if available_triggers is None else tuple(available_triggers)
        self.facts = dict(facts or {})


def invalid(field_name: str, code: str, **params: Any) -> Invalid:
    """Make the Invalid of a single field."""
    return Invalid([FieldError(field_name, code, params)])


def refused(code: str, **params: Any) -> Refused:
    """Make the Refused of a single reason."""
    return Refused([Refusal(code, params)])
