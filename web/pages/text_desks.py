"""The page on which a text of a matter is written: kept by itself, in versions, and of two editors both texts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request

from casework.core.errors import FieldError, Invalid, Refused
from casework.matters import drafts, text_versions
from casework.matters.text_versions import Version
from web import errors, identity, unit
from web.forms import with_mistakes
from web.locales import words
from web.pages import beside, link_parts
from web.views import counting, text_views
from workflows.writing_texts import Text

_MOVED = "text_moved"


@dataclass(frozen=True, slots=True)
class Desk:
    """One matter with its text. `label` names the text, `said` what is told once it is saved."""

    row: Any
    text: Text
    url: str
    title: str
    crumb: Mapping[str, str]
    label: str
    said: str
    room: str


def save(desk: Desk, write: Callable[[Mapping[str, Any]], Version]) -> Response:
    """Save what was sent as a version, or show both texts where somebody else saved meanwhile."""
    raw: dict[str, Any] = {"text": request.form.get("text", "").replace("\r\n", "\n")}
    raw["based_on"] = text_views.count("based_on")
    if text_views.count("restores"):
        raw["restores"] = text_views.count("restores")
    try:
        made = write(raw)
    except Invalid as mistake:
        return page(desk, mistakes=mistake.errors, status=422)
    except Refused as refused:
        moved = any(each.code == _MOVED for each in refused.refusals)
        return page(desk, said=None if moved else errors.sentences(refused.refusals), moved=moved, status=409)
    if (person_id := identity.actor().person_id) is not None:
        drafts.drop(unit.session(), person_id, form=desk.text.name, matter_id=desk.row.id)
    return link_parts.done(desk.said, f"{desk.url}#v{made.place}")


def page(
    desk: Desk, *, mistakes: Sequence[FieldError] = (), said: str | None = None, moved: bool = False, status: int = 200
) -> Response:
    """Show the text to be written, its versions, and two of them side by side where the address names two."""
    session, row, name = unit.session(), desk.row, desk.text.name
    now = desk.text.standing(session, row)
    found = list(text_versions.every(session, row.id, name)) or ([now] if now is not None else [])
    kept, saved = beside.draft_of(session, name, row.id)
    typed = request.form if request.method == "POST" else kept
    text = str(typed.get("text") or ("" if now is None else now.text))
    place = 0 if now is None else now.place
    based = str(typed.get("based_on", ""))
    based_on = text_views.number(based) if based else place
    # A draft that was left lying while somebody else saved is told of at once, not only when it is sent.
    moved = moved or (now is not None and based_on != place and text != now.text)
    names = text_views.names_of(found)
    field = {"name": "text", "label": words(desk.label), "value": text}
    shown = render_template(
        "texts/write.html",
        frame=counting.framed(desk.room),
        title=desk.title,
        crumb=desk.crumb,
        said=said,
        label=words(desk.label),
        form={
            "url": desk.url,
            "draft_url": f"/drafts/{name}/{row.id}",
            "text": text,
            "based_on": place if moved else based_on,
            "saved": saved,
            "may": row.state in desk.text.written_in,
            "errors": with_mistakes([field], mistakes)[1],
        },
        conflict=text_views.conflict(now, text, names) if moved and now is not None else None,
        versions=text_views.shown(found, names),
        compared=text_views.compared(found, names),
    )
    return make_response(shown, status)
