"""How a bulletin words a number by the 余 rule (contract.md "Figures of the campaign"; domain.md §1.6 no. 11).

余 says "a little more than": it never says more than there is. 10 to 99 round down to tens, from 100 on to two
significant digits; a round number, or one below 10, is told as it is.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from casework.core.money import FEN_PER_WAN

_FILE = Path(__file__).with_name("wording.toml")
_LEAST = 10


def about(exact: int | Decimal, *, locale: str = "zh") -> str:
    """Word a number that is not negative: 213 → 210余, 20 → 20, 7 → 7, 1523 → 1500余."""
    if exact < 0:
        raise ValueError("a number of records is never negative")
    if exact < _LEAST:
        return _plain(exact)
    whole = int(exact)
    step = 10 ** max(len(str(whole)) - 2, 1)
    floor = whole // step * step
    return word("about", locale).format(n=floor) if exact > floor else str(floor)


def wan_about(fen: int, *, locale: str = "zh") -> str:
    """Word an amount in 万元 by the same rule: 10,430,000.00 yuan → 1000余."""
    return about(Decimal(fen) / FEN_PER_WAN, locale=locale)


def word(name: str, locale: str) -> str:
    """Return one of the words around numbers: `about`, `between`, `yuan`."""
    return _words()[name][locale]


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def _plain(exact: int | Decimal) -> str:
    if isinstance(exact, int):
        return str(exact)
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
