"""The words of `habits.toml`, read once. How they are used stands in `sheets` and `values`."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5}
_FILE = Path(__file__).with_name("habits.toml")
# What a ledger says again and again – places, units, kinds, words for nothing – is short.
_SHORT = 40


@dataclass(frozen=True, slots=True)
class Numerals:
    """The characters that numbers are written out with."""

    digits: Mapping[str, int]
    powers: Mapping[str, int]
    myriads: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Habits:
    """Words people use in tables, each in the form `plain` gives it; separators as they stand in the text."""

    totals: tuple[str, ...]
    footers: tuple[str, ...]
    serials: frozenset[str]
    nothing: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    name_separators: tuple[str, ...]
    name_words: tuple[str, ...]
    list_separator: str
    double_surnames: frozenset[str]
    counters: tuple[str, ...]
    amount_frills: tuple[str, ...]
    money: Mapping[str, int]
    numerals: Numerals
    before_noon: tuple[str, ...]
    after_noon: tuple[str, ...]
    patterns: Mapping[str, str]


def plain(text: str) -> str:
    """Return the text for comparing: NFKC, no blanks or line ends anywhere, lower case."""
    return _kept_plain(text) if len(text) <= _SHORT else _plain(text)


def _plain(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return "".join(text.split()).casefold()


_kept_plain = lru_cache(maxsize=4096)(_plain)


def narrow(text: str) -> str:
    """Return the text with full-width ASCII as ASCII and nothing else changed: ² stays ² (reliability.md §5.1)."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


@cache
def habits() -> Habits:
    """Return the words of habits.toml."""
    told: dict[str, Any] = tomllib.loads(_FILE.read_text("utf-8"))

    def words(key: str) -> tuple[str, ...]:
        return tuple(plain(word) for word in told[key])

    return Habits(
        totals=words("totals"),
        footers=words("footers"),
        serials=frozenset(words("serials")),
        nothing=frozenset(words("nothing")),
        yes=frozenset(words("yes")),
        no=frozenset(words("no")),
        name_separators=tuple(told["name_separators"]),
        name_words=tuple(told["name_words"]),
        list_separator=told["list_separator"],
        double_surnames=frozenset(told["double_surnames"]),
        counters=words("counters"),
        amount_frills=words("amount_frills"),
        money={plain(unit): fen for unit, fen in told["money"].items()},
        numerals=Numerals(**told["numerals"]),
        before_noon=tuple(plain(word) for word in told["noon"]["before"]),
        after_noon=tuple(plain(word) for word in told["noon"]["after"]),
        patterns=told["patterns"],
    )
