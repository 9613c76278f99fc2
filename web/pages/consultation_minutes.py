"""The minutes as a page: kept as they are written, in versions to compare and bring back; of two editors both texts."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.consultations import minutes
from casework.consultations import queries as consultations
from casework.consultations.tables import Consultation
from casework.core.errors import FieldError, Invalid, NotFound, Refused
from casework.matters import drafts, text_versions
from casework.matters.text_versions import Version
from casework.permissions import permits
from casework.registry import queries as registry
from web import errors, identity, unit
from web.access import needs
from web.forms import with_mistakes
from web.locales import words
from web.pages import beside, link_parts
from web.pages import consultation_parts as parts
from web.pages.consultations import take
from web.views import comparing, counting, wording
from workflows import minuting

blueprint = Blueprint("consultation_minutes", __name__)

_MOVED = "text_moved"


@blueprint.get("/consultations/<meeting>/minutes")
@needs(minuting.RUN)
def write(meeting: str) -> Response:
    """Show the minutes to be written, their versions, and two of them side by side where the address names two."""
    return _page(_take(meeting))


@blueprint.post("/consultations/<meeting>/minutes")
@needs(minuting.RUN)
def save(meeting: str) -> Response:
    """Save the minutes as a version, or show both texts where somebody else saved meanwhile."""
    row = _take(meeting, lock=True)
    raw = {"text": request.form.get("text", "").replace("\r\n", "\n"), "based_on": _count("based_on")}
    if _count("restores"):
        raw["restores"] = _count("restores")
    session, actor = unit.session(), identity.actor()
    subject = consultations.subject_of(session, row)
    try:
        made = minuting.save(session, row, raw, subject=subject, actor=actor, at=unit.at())
    except Invalid as mistake:
        return _page(row, mistakes=mistake.errors, status=422)
    except Refused as refused:
        moved = any(each.code == _MOVED for each in refused.refusals)
        return _page(row, said=None if moved else errors.sentences(refused.refusals), moved=moved, status=409)
    if actor.person_id is not None:
        drafts.drop(session, actor.person_id, form=minutes.NAME, matter_id=row.id)
    return link_parts.done("meetings.minutes_saved", f"{url_for('.write', meeting=row.number)}#v{made.place}")


def _take(meeting: str, *, lock: bool = False) -> Consultation:
    row = take(meeting, lock=lock)
    if not permits(identity.actor(), minuting.RUN, consultations.subject_of(unit.session(), row)):
        raise NotFound("consultation")
    return row


def _count(name: str) -> int:
    given = request.values.get(name, "0")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else 0


def _page(
    row: Consultation,
    *,
    mistakes: Sequence[FieldError] = (),
    said: str | None = None,
    moved: bool = False,
    status: int = 200,
) -> Response:
    session = unit.session()
    now = minutes.standing(session, row)
    found = list(text_versions.every(session, row.id, minutes.NAME)) or ([now] if now is not None else [])
    kept, saved = beside.draft_of(session, minutes.NAME, row.id)
    typed = request.form if request.method == "POST" else kept
    text = str(typed.get("text") or ("" if now is None else now.text))
    place = 0 if now is None else now.place
    based_on = int(based) if (based := str(typed.get("based_on", ""))).isdecimal() else place
    # A draft that was left lying while somebody else saved is told of at once, not only when it is sent.
    moved = moved or (now is not None and based_on != place and text != now.text)
    names = registry.people_by_id(session, [each.written_by for each in found])
    asked = [each for name in ("from", "to") for each in found if each.place == _count(name)]
    field = {"name": "text", "label": words("meetings.field.minutes"), "value": text}
    page = render_template(
        "consultations/minutes.html",
        frame=counting.framed(parts.ROOM),
        title=words("meetings.minutes_of", title=parts.seen(row, row.title)),
        crumb={"text": row.number, "url": parts.url_of(row)},
        said=said,
        form={
            "url": url_for(".save", meeting=row.number),
            "draft_url": f"/drafts/{minutes.NAME}/{row.id}",
            "text": text,
            "based_on": place if moved else based_on,
            "saved": saved,
            "may": row.state in minuting.WRITTEN_IN,
            "errors": with_mistakes([field], mistakes)[1],
        },
        conflict=_conflict(now, text, names) if moved and now is not None else None,
        versions=[_shown(each, names, newest=each.place == place) for each in found],
        compared=_compared(asked[0], asked[1], names) if len(asked) == 2 else None,
    )
    return make_response(page, status)


def _who(version: Version, names: Any) -> str:
    return "" if version.written_by is None else names.get(version.written_by, "")


def _conflict(now: Version, text: str, names: Any) -> dict[str, Any]:
    theirs, mine = comparing.marked(now.text, text)
    return {"who": _who(now, names), "when": wording.moment(now.written_at), "theirs": theirs, "mine": mine}


def _shown(version: Version, names: Any, *, newest: bool) -> dict[str, Any]:
    return {
        "n": version.place,
        "who": _who(version, names),
        "when": wording.moment(version.written_at),
        "size": words("meetings.characters", n=len(version.text)),
        "restores": words("meetings.told.restored", n=version.restores) if version.restores else None,
        "text": version.text,
        "newest": newest,
    }


def _compared(one: Version, other: Version, names: Any) -> dict[str, Any]:
    """Return two versions side by side, the older left."""
    before, after = sorted((one, other), key=lambda each: each.place)
    left, right = comparing.marked(before.text, after.text)
    return {
        "left": {"label": _label(before, names), "parts": left},
        "right": {"label": _label(after, names), "parts": right},
        "same": before.text == after.text,
    }


def _label(version: Version, names: Any) -> str:
    when = wording.moment(version.written_at)
    return wording.joined([words("meetings.told.version", n=version.place).strip(), _who(version, names), when])
