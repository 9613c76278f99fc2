"""Sentences by code: `say("refusal.stale", locale="zh", version=3)`.

The catalogue is casework/locale/messages/*.toml, one table a code with `zh` and `en` side by side, so that a
translator sees both and a missing one is a failing test. Template texts are gettext's (web/translations).
"""

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LOCALES = ("zh", "en")
_FOLDER = Path(__file__).parent.parent / "locale" / "messages"
# A table as all of them are written. What is written otherwise is read by tomllib, which takes ten times as long.
_TABLE = re.compile(r'^\["([^"\\\n]+)"\]\nzh = "((?:[^"\\\n]|\\.)*)"\nen = "((?:[^"\\\n]|\\.)*)"$', re.MULTILINE)
_LINE = re.compile(r"^[^#\n]", re.MULTILINE)
_LINES_A_TABLE = 3


class UnknownMessage(KeyError):
    """A code without a sentence: a mistake of ours, never of the reader."""


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return code → locale → sentence, all files merged; a code told twice is refused."""
    merged: dict[str, Mapping[str, str]] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        for code, texts in read(path.read_text("utf-8")).items():
            if code in merged:
                raise UnknownMessage(f"{code} stands twice, the second time in {path.name}")
            merged[code] = texts
    return merged


def read(text: str) -> Mapping[str, Mapping[str, str]]:
    """Return the sentences of a file of the catalogue: code → locale → sentence."""
    try:
        found = {code: {"zh": _plain(zh), "en": _plain(en)} for code, zh, en in _TABLE.findall(text)}
    except ValueError:
        found = {}
    whole = found and len(found) * _LINES_A_TABLE == len(_LINE.findall(text))
    return found if whole else tomllib.loads(text)


def _plain(written: str) -> str:
    # Where a sentence needs an escape it is one that JSON knows too.
    return str(json.loads(f'"{written}"')) if "\\" in written else written


def say(code: str, *, locale: str = "zh", **params: Any) -> str:
    """Render the sentence of `code` in `locale`. Parameters that are missing stay visible in braces, lists are joined
    as the language does.

    Raises:
        UnknownMessage: the catalogue has no such code.
    """
    texts = catalogue().get(code)
    if texts is None:
        raise UnknownMessage(code)
    if any(isinstance(each, list) for each in params.values()):
        between = catalogue()["calendar.and"][locale]
        params = {
            name: between.join(map(str, each)) if isinstance(each, list) else each for name, each in params.items()
        }
    return texts[locale].format_map(_Params(params))


# Parameters of a refusal that are codes → where the words for them stand.
_CODES = {"stage": "fund_stage", "fund_kind": "fund_kind", "goal_before": "goal_state", "goal_after": "goal_state"}


def in_words(params: Mapping[str, Any], *, locale: str) -> dict[str, Any]:
    """Return the parameters of a refusal with their codes in words: a reader of a sentence knows no `arrived`."""
    return {
        name: say(f"{_CODES[name]}.{value}", locale=locale) if name in _CODES else value
        for name, value in params.items()
    }


class _Params(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
