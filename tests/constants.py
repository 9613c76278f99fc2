"""What Hypothesis asks of the texts of the program before it draws one of them, asked quickly and read in once.

One text in twenty is drawn from those that stand in the program, seven thousand. Which of them fit is asked anew for
every alphabet and every length, letter by letter: 50 ms each time, a fifth of what it took to make requests up. Here a
regular expression is asked, in 2 ms, and what is drawn is the same. And on a clean checkout each process would read all
of the program to find them, and look what each character is in UTF-8; here the first does, and leaves it to the others.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis.internal import charmap
from hypothesis.internal.conjecture import providers
from hypothesis.internal.intervalsets import IntervalSet

from tests import server_keeper

_providers: Any = providers
_letter_by_letter: Callable[[Any, Any], bool] = _providers.choice_permitted
# One alphabet is asked of thousands of texts on end.
_asked: list[Any] = [None, None]


def share() -> None:
    """Let this process ask quickly, and read in nothing that another of the session is reading in."""
    _providers.choice_permitted = fits
    _once_a_session(_providers, "_get_local_constants")
    _once_a_session(charmap, "intervals_from_codec")


def fits(choice: Any, constraints: Mapping[str, Any]) -> bool:
    """Say what Hypothesis would: whether this value may be drawn here."""
    if not isinstance(choice, str):
        return _letter_by_letter(choice, constraints)
    if not constraints["min_size"] <= len(choice) <= constraints["max_size"]:
        return False
    if _asked[0] is not constraints["intervals"]:
        _asked[:] = constraints["intervals"], _written_with(constraints["intervals"])
    return _asked[1](choice) is not None


def _written_with(alphabet: IntervalSet) -> Callable[[str], Any]:
    ranges = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in alphabet.intervals)
    return re.compile(f"[{ranges}]*" if ranges else "").fullmatch


def _once_a_session(module: Any, name: str) -> None:
    """Hold the first call against those of other processes: what it found they then read from the disk."""
    find = getattr(module, name)

    def first(*arguments: Any) -> Any:
        with server_keeper.locked(f"hypothesis.{name}"):
            found = find(*arguments)
        setattr(module, name, find)
        return found

    setattr(module, name, first)
