"""Parts of pages that many see alike, drawn once and kept by all that they show.

What is kept of a part is what its macro makes of these values in this language, and nothing else goes into it: a part
whose values change is another part. Half of the time of a list went into drawing the same rows and rooms again.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import Flask, get_template_attribute, request
from markupsafe import Markup

from casework.registry import glossary
from web.locales import locale

_ROOMS_KEPT = 512


def term(field: str) -> Mapping[str, str] | None:
    """Return the word of the trade behind a field of the room that is shown, and its sentence."""
    entry = glossary.by_field().get(f"{request.blueprint}.{field}")
    return {"word": entry.word if locale() == "zh" else entry.english, "text": entry.text[locale()]} if entry else None


def rooms(shown: Sequence[Mapping[str, Any]], current: str | None) -> Markup:
    """Draw the rooms of the house (parts/rooms.html)."""
    told = tuple((room["code"], room["url"], room.get("label"), room.get("count")) for room in shown)
    return _rooms(locale(), told, current)


def row_of_case(row: Any, *, has_ticks: bool) -> Markup:
    """Draw one row of the list of cases (cases/_row.html); `row`: a web.views.case_list.Row."""
    return Markup(get_template_attribute("cases/_row.html", "row")(row, has_ticks))  # noqa: S704 - of our macro


@lru_cache(_ROOMS_KEPT)
def _rooms(_language: str, told: Sequence[tuple[Any, ...]], current: str | None) -> Markup:
    shown = [dict(zip(("code", "url", "label", "count"), each, strict=True)) for each in told]
    return Markup(get_template_attribute("parts/rooms.html", "room_links")(shown, current))  # noqa: S704 - of our macro


def init(app: Flask) -> None:
    """Let templates draw by these."""
    app.jinja_env.globals["drawn_rooms"] = rooms
    app.jinja_env.globals["term"] = term
