"""What a villager should know before reporting: who handles a subject at once, and what belongs elsewhere.

The texts are data (stop_texts.toml), in both languages, so that an office's own numbers can be put there.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("stop_texts.toml")
_WHO = "{who}"


@dataclass(frozen=True, slots=True)
class Call:
    """A number to ring: `text` on the button, by language."""

    tel: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stop:
    """The text of one subject by language; `who`, who handles it at once, stands in it between `before` and `after`."""

    before: Mapping[str, str]
    who: Mapping[str, str]
    after: Mapping[str, str]
    calls: Sequence[Call]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A matter that belongs elsewhere, whatever its subject."""

    strong: Mapping[str, str]
    text: Mapping[str, str]
    tel: str | None


@cache
def stops() -> Mapping[str, Stop]:
    """Return category → its text; a category may have none."""
    found = {}
    for row in tomllib.loads(_FILE.read_text("utf-8"))["stop"]:
        parts = {language: text.split(_WHO) for language, text in row["text"].items()}
        found[row["category"]] = Stop(
            {language: before for language, (before, _) in parts.items()},
            row["who"],
            {language: after for language, (_, after) in parts.items()},
            [Call(call.pop("tel"), call) for call in row["calls"]],
        )
    return found


@cache
def next_address(category: str) -> Mapping[str, Sequence[str]]:
    """Return by language whom to turn to with what this office does not take: who handles the subject, then anyone."""
    otherwise: dict[str, str] = tomllib.loads(_FILE.read_text("utf-8"))["otherwise"]
    known = stops().get(category)
    return {language: ([] if known is None else [known.who[language]]) + [last] for language, last in otherwise.items()}


@cache
def elsewhere() -> Sequence[Elsewhere]:
    """Return what belongs elsewhere, the most pressing first."""
    rows = tomllib.loads(_FILE.read_text("utf-8"))["elsewhere"]
    return [Elsewhere(row["strong"], row["text"], row.get("tel")) for row in rows]
