"""Files of a case: put to it, and handed out to be saved; nothing in them ever runs here."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request

from casework.cases import folders
from casework.core.errors import Invalid, invalid
from casework.matters import attachments
from casework.matters.attachments import Staged
from web import bodies, frames, handing_in, identity, unit
from web.access import needs
from web.handing_out import MEBIBYTES, hand_out
from web.locales import words
from web.pages import desks
from workflows import records
from workflows.cases import attaching

blueprint = Blueprint("files", __name__)


@blueprint.post("/cases/<number>/files")
@needs(attaching.PERMISSION)
@bodies.takes_up_to(MEBIBYTES)
def put(number: str) -> Response:
    """Put a file to a case."""
    _look_first(number)
    # Without a transaction: a slow disk or a large picture must keep nobody else from writing.
    try:
        staged = stage_sent()
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
    return hand_out(row)


def _look_first(number: str) -> None:
    """Let only those go on who may put a file here, before anything is read."""
    actor, at = identity.actor(), unit.at()
    with unit.looking() as session:
        taken = folders.take(session, actor, reference=number, at=at)
        subject, _parts = folders.subject_of(session, taken.case, actor=actor, at=at)
        records.require(actor, attaching.PERMISSION, subject)


def stage_sent() -> Staged:
    """Take the file of a form into the store.

    Raises:
        Invalid: none was chosen, or it is of no kind that is kept.
    """
    file = request.files.get(attachments.FIELD)
    if file is None or not file.filename:
        raise invalid(attachments.FIELD, "required")
    return handing_in.stage(file.stream, name=file.filename)


def _back(number: str, said: str) -> Response:
    frames.say(said)
    return make_response(redirect(f"/cases/{number}#case-files", 303))
