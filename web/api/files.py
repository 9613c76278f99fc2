"""Files of matters: listed, put, fetched. A file is never shown inside a page of ours, it is always handed out.

The operations are the same for every kind of matter; a kind says where it stands, who may, and how one of it is found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.exceptions import UnsupportedMediaType

from casework.core.errors import FieldError, Invalid
from casework.matters import attachments
from casework.matters.attachments import Staged
from casework.matters.tables import Attachment
from casework.registry import queries as registry
from web import bodies, handing_in, unit
from web.api import answers, requests, schemas
from web.api.operations import MULTIPART, Reply, operation
from web.handing_out import MEBIBYTES, hand_out
from web.locales import local


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one kind of matter: `path` leads to one of it, `of` names it, `find` knows it in the caller's sight.

    `listing`, `putting` and `fetching` are the names of the operations, which stay as programs know them.
    """

    path: str
    of: str
    permission: str
    find: Callable[[str], UUID]
    listing: str
    putting: str
    fetching: str

    def out(self, found: Sequence[Attachment]) -> list[schemas.AttachmentOut]:
        """Return files as the API tells of them, each with the address of its content."""
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
                content=self._road(row),
            )
            for row in found
        ]

    def _road(self, row: Attachment) -> str:
        named: dict[str, Any] = {self.path.rpartition("<")[2].rstrip(">"): row.matter_id}
        return url_for(f"api.{self.path.split('/')[1]}_{self.fetching}", attachment_id=row.id, **named)

    def reply(self, row: Attachment, status: int = 201) -> Reply:
        """Answer with one file that was put."""
        return Reply(self.out([row])[0], status)


def declare_reading(files: Files) -> None:
    """Declare the operations that list and fetch."""

    def listed(**named: str) -> Reply:
        found = attachments.of_matter(unit.session(), files.find(*named.values()))
        return Reply(schemas.AttachmentList(items=files.out(found), next=None))

    def fetched(attachment_id: str, **named: str) -> Response:
        matter_id = files.find(*named.values())
        file_id = answers.path_id(attachment_id)
        return hand_out(attachments.get(unit.session(), matter_id=matter_id, attachment_id=file_id))

    listed.__name__, fetched.__name__ = files.listing, files.fetching
    operation(
        "GET",
        f"{files.path}/attachments",
        permission=files.permission,
        summary=f"List the files of {files.of}",
        answers={200: schemas.AttachmentList},
        problems=(404,),
    )(listed)
    operation(
        "GET",
        f"{files.path}/attachments/<attachment_id>/content",
        permission=files.permission,
        summary=f"Fetch a file of {files.of}",
        answers={200: None},
        problems=(404, 409),
    )(fetched)


def declare_putting(
    files: Files,
    *,
    permission: str,
    look: Callable[[str], None],
    put: Callable[[str, Staged], Attachment],
) -> None:
    """Declare the operation that puts a file: `look` lets only those go on who may, before anything is read."""

    def taken(**named: str) -> Reply:
        (reference,) = named.values()
        look(reference)
        return files.reply(put(reference, stage_sent()))

    taken.__name__ = files.putting
    operation(
        "POST",
        f"{files.path}/attachments",
        permission=permission,
        summary=f"Put a file to {files.of}",
        request_model=requests.FileIn,
        media=MULTIPART,
        answers={201: schemas.AttachmentOut},
        problems=(404, 409, 503),
        has_etag=True,
        max_mebibytes=MEBIBYTES,
    )(taken)


def stage_sent(*, beside: tuple[str, ...] = ()) -> Staged:
    """Take the one file of a request into the store, with nothing open meanwhile; `beside`: words that may come along.

    Raises:
        Invalid: there is none or more than one, or it is of no kind that is kept.
    """
    # A slow disk or a large picture must keep nobody else from writing.
    unit.session().rollback()
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
