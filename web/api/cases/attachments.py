"""Files of a case: put to it, listed, fetched. A file is never shown inside a page of ours, it is always handed out."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import UnsupportedMediaType

from casework.cases import folders
from casework.core.errors import FieldError, Invalid
from casework.matters import attachments
from casework.matters.attachments import Staged
from casework.matters.tables import Attachment
from casework.registry import queries as registry
from web import bodies, handing_in, identity, unit
from web.api import answers, desks, requests, schemas
from web.api.operations import MULTIPART, Reply, operation
from web.handing_out import MEBIBYTES, hand_out
from web.locales import local
from workflows import records
from workflows.cases import attaching

_OF_CASE = ("api.cases_fetch_attachment", "id")


@operation(
    "GET",
    "/cases/<id>/attachments",
    permission="case.read",
    summary="List the files of a case",
    answers={200: schemas.AttachmentList},
    problems=(404,),
)
def list_attachments(id: str) -> Reply:
    """List the files, oldest first."""
    desk = desks.take(id)
    found = attachments.of_matter(unit.session(), desk.case.id) if desk.case.attachments_total else ()
    return Reply(schemas.AttachmentList(items=files_out(found, *_OF_CASE), next=None))


@operation(
    "POST",
    "/cases/<id>/attachments",
    permission="case.attach",
    summary="Put a file to a case",
    request_model=requests.FileIn,
    media=MULTIPART,
    answers={201: schemas.AttachmentOut},
    problems=(404, 409, 503),
    has_etag=True,
    max_mebibytes=MEBIBYTES,
)
def attach_file(id: str) -> Reply:
    """Take a file in, judge it by its content, and put it to the case."""
    _look_first(id)
    # Nothing stays open meanwhile: a slow disk or a large picture must keep nobody else from writing.
    unit.session().rollback()
    staged = stage_sent()
    desk = desks.take(id, lock=True)
    row = attaching.attach(unit.session(), desk.case, staged, **desk.acting())
    return Reply(files_out([row], *_OF_CASE)[0], 201)


@operation(
    "GET",
    "/cases/<id>/attachments/<attachment_id>/content",
    permission="case.read",
    summary="Fetch a file",
    answers={200: None},
    problems=(404, 409),
)
def fetch_attachment(id: str, attachment_id: str) -> Response:
    """Hand a file out, to be saved; a browser does not run what is in it."""
    desk = desks.take(id)
    row = attachments.get(unit.session(), matter_id=desk.case.id, attachment_id=answers.path_id(attachment_id))
    return hand_out(row)


def _look_first(id: str) -> None:
    """Let only those go on who may put a file here, before anything is read."""
    actor, at = identity.actor(), unit.at()
    with unit.looking() as session:
        taken = folders.take(session, actor, reference=id, at=at)
        subject, _parts = folders.subject_of(session, taken.case, actor=actor, at=at)
        records.require(actor, attaching.PERMISSION, subject)


def stage_sent(*, beside: tuple[str, ...] = ()) -> Staged:
    """Take the one file of a request into the store, with nothing open meanwhile; `beside`: words that may come along.

    Raises:
        Invalid: there is none or more than one, or it is of no kind that is kept.
    """
    if request.mimetype != MULTIPART:
        raise UnsupportedMediaType
    errors = bodies.unknown_parts(*beside, file=attachments.FIELD)
    files = request.files.getlist(attachments.FIELD)
    if len(files) > 1:
        errors.append(FieldError(attachments.FIELD, "once_only"))
    if not files:
        errors.append(FieldError(attachments.FIELD, "required"))
    if errors:
        raise Invalid(errors)
    return handing_in.stage(files[0].stream, name=files[0].filename or "")


def _of(name: str, row: Attachment) -> dict[str, Any]:
    return {name: row.matter_id}


def files_out(found: Sequence[Attachment], endpoint: str, name: str) -> list[schemas.AttachmentOut]:
    """Return files as the API tells of them; `endpoint` fetches one, by `name` of what the files belong to."""
    names = registry.people_by_id(unit.session(), answers.names_of(row.added_by for row in found))
    return [
        schemas.AttachmentOut(
            id=row.id,
            version=1,
            created_at=local(row.created_at),
            updated_at=local(row.created_at),
            name=row.name,
            size=row.size,
            media_type=row.media_type,
            sha256=row.sha256,
            caption=row.caption,
            added_by=None if row.added_by is None else answers.named(row.added_by, names.get(row.added_by)),
            content=url_for(endpoint, attachment_id=row.id, **_of(name, row)),
        )
        for row in found
    ]
