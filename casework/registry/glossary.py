"""The words of the trade, as data (glossary.toml): what each means here, in both languages."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("glossary.toml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One word with its English one, and what it means by language."""

    word: str
    english: str
    text: Mapping[str, str]
    # The fields of forms that ask for it, as "room.field".
    fields: Sequence[str] = ()


@cache
def entries() -> Sequence[Entry]:
    """Return the words in the order of the work."""
    return [
        Entry(row["word"], row["english"], {"zh": row["zh"], "en": row["en"]}, row.get("fields", ()))
        for row in tomllib.loads(_FILE.read_text("utf-8"))["entry"]
    ]


@cache
def by_field() -> Mapping[str, Entry]:
    """Return the word behind each field that needs one."""
    return {field: entry for entry in entries() for field in entry.fields}
