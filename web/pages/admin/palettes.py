"""The colours of levels and states: the page where an office chooses them, and the style sheet that carries them."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for

from casework.core.errors import FieldError, Invalid
from casework.supervisions import actions, palette
from web import assets, frames, identity, unit
from web.access import needs, open_to_all
from web.forms import field, with_mistakes
from web.locales import locale, words
from web.pages.admin.admin_parts import act, cell, page, tabs
from web.views import palettes, wording
from workflows.registry import registry

blueprint = Blueprint("palettes", __name__)

_CHANGE = "settings.change"


@blueprint.get("/palette.css")
@open_to_all("colours alone: a style sheet that is the same for everybody")
def show_sheet() -> Response:
    """Hand out the style sheet; its address changes with the colours, so that browsers may keep it."""
    kept = assets.FOR_A_YEAR if request.args.get("v") == palettes.mark() else "no-cache"
    return Response(palettes.css(), mimetype="text/css", headers={"Cache-Control": kept})


@blueprint.get("/admin/palette")
@needs(_CHANGE, anywhere=True)
def show() -> Response:
    """Show the colours in force and the sets to choose from."""
    return _page()


@blueprint.post("/admin/palette")
@needs(_CHANGE, anywhere=True)
def change() -> Response:
    """Keep the colours that were typed."""
    raw = {name: value for name, value in request.form.items() if name.startswith(("level_", "state_"))}
    try:
        palette.change(unit.session(), raw, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(mistake.errors, status=422)
    return _kept()


@blueprint.post("/admin/palette/sets/<code>")
@needs(_CHANGE, anywhere=True)
def take(code: str) -> Response:
    """Take a set of colours for the levels as it is."""
    try:
        palette.take(unit.session(), code, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(mistake.errors, status=422)
    return _kept()


def _kept() -> Response:
    frames.say(words("admin.kept"))
    return make_response(redirect(url_for("palettes.show"), 303))


def _page(mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    shown, summary = with_mistakes(_fields(), mistakes)
    form = {
        "url": url_for("palettes.change"),
        "title": words("palette.own"),
        "fields": shown,
        "errors": summary,
        "submit": words("admin.save"),
    }
    table = {
        "caption": words("palette.sets"),
        "head": [words("palette.set"), *(_label(palette.level_key(level)) for level in actions.LEVELS)],
        "rows": [_row(name) for name in palette.level_sets()],
        "nothing": words("admin.nothing"),
    }
    note = {"tone": "blue", "strong": words("palette.note"), "text": words("palette.note_more")}
    told = page(
        "calendar", title=words("admin.tab.palette"), tabs=tabs("palette"), note=note, form=form, table=table,
        palette_url=palettes.sheet_url(),
    )  # fmt: skip
    return make_response(told, status)


def _fields() -> list[dict[str, Any]]:
    made = []
    for key, pair in palettes.in_force().items():
        label = _label(key)
        sample = {"tone": palettes.class_of(key), "text": label, "of": key, "ratio": f"{pair.contrast:.1f}"}
        for part in palette.PARTS:
            name = f"{key}_{part}"
            value = request.form.get(name) or getattr(pair, part)
            given = field(name, f"palette.{part}", kind="color", value=value)
            # The sample stands once for both, behind the second.
            shown = sample if part == palette.PARTS[-1] else None
            made.append({**given, "label": words(f"palette.{part}", name=label), "sample": shown})
    return made


def _label(key: str) -> str:
    """Return what a level or state is called."""
    for level in actions.LEVELS:
        if key == palette.level_key(level):
            return words("supervision.level", n=level, name=words(f"level.{level}"))
    states = registry().latest("supervision").workflow.states
    return next(wording.told(state.label) for name, state in states.items() if key == palette.state_key(name))


def _row(name: str) -> dict[str, Any]:
    found = palette.level_sets()[name]
    chips = [
        cell(
            "",
            chip=(f"{palettes.class_of(key)} of-{name.replace('_', '-')}", _label(key)),
            sub=words("palette.contrast", ratio=f"{pair.contrast:.1f}"),
        )
        for key, pair in found.pairs.items()
    ]
    take_it = act("palette.take", url_for("palettes.take", code=name), method="post")
    return {"cells": [cell(found.label[locale()]), *chips], "acts": [take_it]}
