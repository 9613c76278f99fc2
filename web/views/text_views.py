"""A long text in its versions, as pages show it: the list, two side by side, and both of two editors'."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import request

from casework.matters.text_versions import Version
from casework.registry import queries as registry
from web import unit
from web.locales import words
from web.views import comparing, wording

Told = Callable[[Version], str]


def count(name: str) -> int:
    """Return a number of the form or the address; what is none is 0."""
    return number(request.values.get(name, "0"))


def number(given: str) -> int:
    """Return a small number that was typed; what is none is 0."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else 0


def names_of(found: Sequence[Version]) -> Any:
    """Return who wrote them, by id."""
    return registry.people_by_id(unit.session(), [each.written_by for each in found])


def as_kept(version: Version) -> str:
    """Return the text of a version as it is kept."""
    return version.text


def conflict(now: Version, text: str, names: Any, *, told: Told = as_kept) -> dict[str, Any]:
    """Return what somebody saved meanwhile beside what was typed."""
    theirs, mine = comparing.marked(told(now), text)
    return {"who": _who(now, names), "when": wording.moment(now.written_at), "theirs": theirs, "mine": mine}


def shown(found: Sequence[Version], names: Any, *, told: Told = as_kept) -> list[dict[str, Any]]:
    """Return versions as a list, the newest first."""
    return [
        {
            "n": each.place,
            "who": _who(each, names),
            "when": wording.moment(each.written_at),
            "size": words("meetings.characters", n=len(told(each))),
            "restores": words("meetings.told.restored", n=each.restores) if each.restores else None,
            "text": told(each),
            "newest": each.place == found[0].place,
        }
        for each in found
    ]


def compared(found: Sequence[Version], names: Any, *, told: Told = as_kept) -> dict[str, Any] | None:
    """Return the two versions the address names side by side, the older left; None unless it names two."""
    asked = [each for name in ("from", "to") for each in found if each.place == count(name)]
    if len(asked) != 2:
        return None
    before, after = sorted(asked, key=lambda each: each.place)
    left, right = comparing.marked(told(before), told(after))
    return {
        "left": {"label": _label(before, names), "parts": left},
        "right": {"label": _label(after, names), "parts": right},
        "same": before.text == after.text,
    }


def _who(version: Version, names: Any) -> str:
    return "" if version.written_by is None else names.get(version.written_by, "")


def _label(version: Version, names: Any) -> str:
    when = wording.moment(version.written_at)
    return wording.joined([words("meetings.told.version", n=version.place).strip(), _who(version, names), when])
