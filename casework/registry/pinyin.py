"""How a name is read, for whoever types letters: qzz finds 乔庄镇 (domain.md §6 no. 9). Nothing is looked up here."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("readings.toml")
_LETTERS = re.compile(r"[^0-9a-z]")


@dataclass(frozen=True, slots=True)
class Reading:
    """A name in letters without tones or blanks, and the first letter of each syllable."""

    pinyin: str
    initials: str


@cache
def _readings() -> Mapping[str, Mapping[str, list[str]]]:
    told = tomllib.loads(_FILE.read_text("utf-8"))
    return {
        kind: {word: rows[word].split() for word in sorted(rows, key=len, reverse=True)} for kind, rows in told.items()
    }


def read_place(name: str) -> Reading:
    """Read the name of a place or a unit."""
    known = _readings()["place"]
    syllables: list[str] = []
    rest = plain = name
    while rest:
        word = next((word for word in known if rest.startswith(word)), None)
        if word is None:
            rest = rest[1:]
            continue
        before = plain[: len(plain) - len(rest)]
        syllables += _syllables(before) + known[word]
        rest = plain = rest[len(word) :]
    return _reading(syllables + _syllables(plain))


def read_person(name: str) -> Reading:
    """Read the name of a person: the surname as surnames are read."""
    known = _readings()["surname"]
    surname = next((word for word in known if name.startswith(word)), "")
    return _reading(known.get(surname, []) + _syllables(name[len(surname) :]))


def _syllables(text: str) -> list[str]:
    if not text:
        return []
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its dictionaries take a seventh of a second

    return [syllable for word in lazy_pinyin(text) for syllable in word.split()]


def _reading(syllables: list[str]) -> Reading:
    letters = [_LETTERS.sub("", syllable.casefold()) for syllable in syllables]
    return Reading("".join(letters), "".join(each[:1] for each in letters))
