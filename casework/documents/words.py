"""The fixed words of documents in both languages (words.toml), and how headings are counted."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("words.toml")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; `annex` has the names of the sheets and columns of the annex."""

    draft: str
    number_pending: str
    colon: str
    stop: str
    note: str
    attachment: str
    copies: str
    printed: str
    day: str
    page: str
    not_first: str
    unbroken: tuple[str, ...]
    between_lines: str
    headings: tuple[str, ...]
    numerals: tuple[str, ...]
    annex: dict[str, str]

    def day_text(self, day: date) -> str:
        """Write a day as documents do, without leading zeros in Chinese (GB/T 9704-2012 §7.3.5.4)."""
        return self.day.format(year=day.year, month=day.month, day=day.day)

    def heading_number(self, level: int, number: int) -> str:
        """Return what stands before the text of a heading, counted from 1 within the heading above."""
        return self.headings[level - 1].format(word=self._numeral(number), number=number)

    def _numeral(self, number: int) -> str:
        """Count to 99 by the ten words of Chinese; where they do not serve, in figures."""
        tens, ones = divmod(number, 10)
        *units, ten = self.numerals
        if number <= 10:
            return self.numerals[number - 1]
        if number > 99 or ten.isascii():
            return str(number)
        return (units[tens - 1] if tens > 1 else "") + ten + (units[ones - 1] if ones else "")


@cache
def words(language: str) -> Words:
    """Return the words of a language."""
    table: dict[str, Any] = tomllib.loads(_FILE.read_text("utf-8"))[language]
    lists = {name: tuple(table[name]) for name in ("headings", "numerals", "unbroken")}
    return Words(**(table | lists))
