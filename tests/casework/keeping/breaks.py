"""The list of ways to break an office; the ways themselves stand in breaks_of_*.py."""

from collections.abc import Callable

from casework.core.ids import new_id
from tests.casework.keeping.breaking import Breaker

Break = Callable[[Breaker], None]
NOBODY = new_id()
BREAKS: list[tuple[str, Break]] = []


def breaks(name: str) -> Callable[[Break], Break]:
    """Note that a function breaks an invariant."""

    def note(function: Break) -> Break:
        BREAKS.append((name, function))
        return function

    return note
