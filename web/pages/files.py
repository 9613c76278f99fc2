"""Files of a case: put to it, and handed out to be saved; nothing in them ever runs here."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, send_file
from werkzeug.exceptions import RequestEntityTooLarge, ServiceUnavailable

from casework.cases import folders
from casework.core.errors import Invalid, NotFound, invalid
from casework.matters import attachments
from casework.matters.attachments import NoRoom, Staged, TooLarge
from web import bodies, frames, identity, unit
from web.access import needs
from web.locales import words
from web.pages import desks
from workflows import attaching, records

blueprint = Blueprint("files", __name__)

_MEBIBYTES = 21
_SANDBOX = "default-src 'none'; sandbox"


@blueprint.post("/cases/<number>/files")
@needs(attaching.PERMISSION)
@bodies.takes_up_to(_MEBIBYTES)
def put(number: str) -> Response:
    """Put a file to a case."""
    _look_first(number)
    # Without a transaction: a slow disk or a large picture must keep nobody else from writing.
    try:
        staged = stage()
    except Invalid as mistake:
        return _back(number, words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params))
    hand = desks.take(number, lock=True)
    row = attaching.attach(hand.session, hand.case, staged, **hand.acting())
    return _back(number, words("files.added", name=row.name))


@blueprint.get("/cases/<number>/files/<uuid:file_id>")
@needs("case.read")
def fetch(number: str, file_id: UUID) -> Response:
    """Hand a file out, to be saved."""
    hand = desks.take(number)
    row = attachments.get(hand.session, matter_id=hand.case.id, attachment_id=file_id)
    path = attachments.path_of(unit.office().settings.attachments, row.sha256)
    if not path.is_file():
        raise NotFound("attachment")
    response = send_file(
        path,
        mimetype=row.media_type,
        as_attachment=True,
        download_name=row.name,
        etag=row.sha256,
        last_modified=row.created_at,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response


def _look_first(number: str) -> None:
    """Let only those go on who may put a file here, before anything is read."""
    actor, at = identity.actor(), unit.at()
    with unit.looking() as session:
        taken = folders.take(session, actor, reference=number, at=at)
        subject, _parts = folders.subject_of(session, taken.case, actor=actor, at=at)
        records.require(actor, attaching.PERMISSION, subject)


def stage() -> Staged:
    """Take the file into the store.

    Raises:
        Invalid: none was chosen, or it is of no kind that is kept.
    """
    file = request.files.get(attachments.FIELD)
    if file is None or not file.filename:
        raise invalid(attachments.FIELD, "required")
    try:
        folder = unit.office().settings.attachments
        return attachments.stage(file.stream, name=file.filename, folder=folder)
    except TooLarge:
        raise RequestEntityTooLarge from None
    except NoRoom:
        raise ServiceUnavailable from None


def _back(number: str, said: str) -> Response:
    frames.say(said)
    return make_response(redirect(f"/cases/{number}#case-files", 303))
