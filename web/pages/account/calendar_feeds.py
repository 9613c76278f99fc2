"""Calendars to subscribe to: `/calendar/{secret}.ics`, whose secret is the key; made and ended on my settings page."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, request, url_for
from structlog import get_logger

from casework.core.database_faults import DatabaseFault
from casework.core.errors import FieldError, NotFound
from casework.core.hashing import token_digest
from casework.core.i18n import say
from casework.documents import calendar_file
from casework.registry import identities, tokens
from casework.registry.identities import Identity
from casework.registry.tables import Person
from web import frames, unit
from web.access import open_to_all
from web.forms import field, with_mistakes
from web.locales import local, words
from workflows import agenda

blueprint = Blueprint("calendar_feeds", __name__)

_LONGEST = 200
_CACHED = "private, max-age=300"
# Where the record of an entry is looked at, by its workflow.
_PAGES = {"case": "/cases", "consultation": "/consultations", "supervision": "/supervision"}


@blueprint.get("/calendar/<secret>.ics")
@open_to_all("the secret in the address is the key: calendar programs cannot log in")
def show(secret: str) -> Response:
    """Give the calendar of whom the secret belongs to; nothing is written anew that the program has already."""
    known = _holder(secret)
    actor, zone = known.actor, unit.office().settings.zone
    entries = agenda.entries(
        unit.session(),
        actor,
        organizer=agenda.mailbox(unit.office().settings.mail_from),
        url_of=_url_of,
        at=unit.at(),
        zone=zone,
    )
    name = say("agenda.name", locale=actor.locale)
    response = Response(mimetype=calendar_file.MEDIA_TYPE)
    response.set_etag(sha256(repr((name, str(zone), entries)).encode()).hexdigest())
    response.last_modified = max((each.changed_at for each in entries), default=None)
    response.make_conditional(request)
    if response.status_code == 200:
        response.set_data(calendar_file.feed(entries, name=name, zone=zone))
    response.headers["Cache-Control"] = _CACHED
    response.headers["Referrer-Policy"] = "no-referrer"
    if identities.is_use_to_be_noted(known, at=unit.at()):
        unit.afterwards(lambda: _note_use(known, unit.at()))
    return response


def _holder(secret: str) -> Identity:
    found = None
    if len(secret) <= _LONGEST:
        found = identities.by_token(unit.session(), digest=token_digest(secret), at=unit.at())
    if found is None or found.token_kind != tokens.CALENDAR:
        raise NotFound("calendar_feed")
    return found


def _note_use(known: Identity, at: datetime) -> None:
    try:
        with unit.office().db.transaction() as session:
            identities.note_use(session, known, at=at)
    except DatabaseFault as fault:
        get_logger().warning("use.not_noted", fault=type(fault).__name__)


def _url_of(workflow: str, number: str) -> str:
    return f"{request.host_url.rstrip('/')}{_PAGES[workflow]}/{number}" if workflow in _PAGES else ""


def shown(person: Person, *, fresh: str | None, mistakes: Sequence[FieldError] = ()) -> dict[str, Any]:
    """Return the addresses of somebody's calendar for their settings page: when made and used, never the secret."""
    typed = request.form.get("label") if mistakes else None
    fields, summary = with_mistakes(
        [field("label", "profile.feed_label", required=False, value=typed, max=tokens.LABEL_LENGTH)], mistakes
    )
    rows = tokens.list_living(unit.session(), person.id, at=unit.at(), kinds=[tokens.CALENDAR])
    return {
        "fresh": None if fresh is None else {"url": fresh, "app_url": "webcal" + fresh[fresh.index("://") :]},
        "rows": [
            {
                "name": row.label or words("profile.feed_unnamed"),
                "made": words("profile.token_made", day=frames.told(local(row.created_at).date())),
                "used": words("profile.token_used", when=frames.told_instant(row.used_at))
                if row.used_at is not None
                else words("profile.token_unused"),
                "drop_url": url_for("profile.revoke_feed", token_id=row.id),
            }
            for row in rows
        ],
        "make_url": url_for("profile.create_feed"),
        "field": fields[0],
        "errors": summary,
    }
