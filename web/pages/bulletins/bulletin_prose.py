"""The prose of a bulletin in its versions: listed, two side by side, one brought back."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from casework.bulletins import prose, queries
from casework.bulletins.tables import Bulletin
from casework.core.errors import NotFound, Refused
from casework.matters import text_versions
from casework.matters.text_versions import Version
from casework.permissions import Subject, permits
from web import errors, frames, identity, unit
from web.access import needs
from web.locales import words
from web.views import counting, text_views
from workflows.campaign import bulletins

blueprint = Blueprint("bulletin_prose", __name__)

_ROOM = "bulletins"


@blueprint.get("/bulletins/<uuid:bulletin_id>/versions")
@needs(bulletins.DRAFT)
def show(bulletin_id: UUID) -> Response:
    """Show the versions, and two of them side by side where the address names two."""
    return _page(_take(bulletin_id))


@blueprint.post("/bulletins/<uuid:bulletin_id>/versions")
@needs(bulletins.DRAFT)
def restore(bulletin_id: UUID) -> Response:
    """Bring a version back: it becomes the newest, and none is lost."""
    row, session, wanted = _take(bulletin_id, lock=True), unit.session(), text_views.count("restores")
    found = next((each for each in _versions(row) if each.place == wanted), None)
    if found is None:
        raise NotFound("version")
    told = prose.read(found)
    raw = {"title": told["title"], "sections": told["sections"]}
    for section in raw["sections"]:
        section.pop("parts", None)
    try:
        bulletins.mend(session, row, raw, actor=identity.actor(), at=unit.at(), restores=wanted)
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    frames.say(words("bulletins.restored", n=wanted))
    return make_response(redirect(url_for(".show", bulletin_id=row.id), 303))


def _take(bulletin_id: UUID, *, lock: bool = False) -> Bulletin:
    row = queries.get(unit.session(), identity.actor(), bulletin_id, lock=lock)
    if not permits(identity.actor(), bulletins.DRAFT, Subject(row.region_code)):
        raise NotFound("bulletin")
    return row


def _versions(row: Bulletin) -> list[Version]:
    session = unit.session()
    return list(text_versions.every(session, row.id, prose.NAME)) or [prose.standing(session, row)]


def _page(row: Bulletin, *, said: str | None = None, status: int = 200) -> Response:
    found = _versions(row)
    names = text_views.names_of(found)
    page = render_template(
        "bulletins/versions.html",
        frame=counting.framed(_ROOM),
        title=words("bulletins.versions_of", title=row.quarter),
        crumb={"text": row.number, "url": url_for("bulletins.show", bulletin_id=row.id)},
        said=said,
        url=url_for(".show", bulletin_id=row.id),
        may=row.state not in queries.ISSUED,
        versions=text_views.shown(found, names, told=_plain),
        compared=text_views.compared(found, names, told=_plain),
    )
    return make_response(page, status)


def _plain(version: Version) -> str:
    return prose.plain(prose.read(version))
