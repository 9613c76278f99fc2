"""Text that no spreadsheet program can take for a command, and the way back; names and widths that one accepts.

A cell that begins like a formula is written with a ' before it and read without it (reliability.md §4.1). Characters
that no file can hold become a visible mark, and what is too long for a cell is cut visibly: one poisoned record must
not keep a table from being written.
"""

import re
import unicodedata
from collections.abc import Iterable

CELL_CHARACTERS = 32_767  # Excel's own limit
MARK = "\ufffd"
_NARROWEST, _WIDEST = 6, 60
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_SHEET_NAME_LENGTH = 31
_FORMULA = "=+\\-@\t\r＝＋－＠"
_NEEDS_QUOTE = re.compile(f"'*[{_FORMULA}]")
_HAS_QUOTE = re.compile(f"'+[{_FORMULA}]")
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_UNPRINTABLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_NONCHARACTERS}]")


def printable(text: str) -> str:
    """Return the text with Unix line ends and a mark in place of every character an office file cannot hold."""
    return _UNPRINTABLE.sub(MARK, text.replace("\r\n", "\n").replace("\r", "\n"))


def holds_unprintable(text: str) -> bool:
    """Say whether the text has control characters, lone surrogates or noncharacters; line ends and tabs are neither."""
    # Quick and usual, as in `texts.clean_text`: what can be printed holds nothing of the kind.
    return not text.isprintable() and _UNPRINTABLE.search(text.replace("\r", "\n")) is not None


def fitting(text: str, *, cut_mark: str) -> str:
    """Return the text as it fits into one cell, which is counted in UTF-16 units; `cut_mark` ends what was cut."""
    if _units(text) <= CELL_CHARACTERS:
        return text
    room = CELL_CHARACTERS - _units(cut_mark)
    encoded = text.encode("utf-16-le")[: 2 * room]
    return encoded.decode("utf-16-le", "ignore") + cut_mark


def quoted(text: str) -> str:
    """Return the text with a ' before it if a spreadsheet program could take it for a formula."""
    return "'" + text if _NEEDS_QUOTE.match(text) else text


def bared(text: str) -> str:
    """Undo `quoted` and unify line ends."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("'") and _HAS_QUOTE.match(text):
        return text[1:]
    return text


def sheet_name(name: str, *, taken: Iterable[str] = ()) -> str:
    """Return a name Excel accepts for a sheet, unlike the taken ones whatever their case."""
    cleaned = _SHEET_NAME.sub("_", printable(name).replace("\n", " ")).strip("'").strip() or "Sheet"
    used = {other.casefold() for other in taken}
    for number in range(1, len(used) + 2):
        ending = f"({number})" if number > 1 else ""
        candidate = _cut_units(cleaned, _SHEET_NAME_LENGTH - len(ending)) + ending
        if candidate.casefold() not in used:
            return candidate
    raise AssertionError("one of n+1 names is free")


def column_width(texts: Iterable[str]) -> int:
    """Return a column width in characters for these texts; a Chinese character counts as two."""
    longest = max((_columns(line) for text in texts for line in text[: 2 * _WIDEST].split("\n")), default=0)
    return max(_NARROWEST, min(_WIDEST, longest + 2))


def _columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def _units(text: str) -> int:
    return len(text) + sum(map("\uffff".__lt__, text)) if len(text) * 2 > CELL_CHARACTERS else len(text)


def _cut_units(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")
