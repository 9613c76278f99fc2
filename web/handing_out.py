"""A file is handed out to be saved, never shown inside a page of ours."""

from urllib.parse import quote

from flask import Response, send_file

from casework.core.errors import NotFound
from casework.matters import attachments, held
from casework.matters.tables import Attachment
from web import unit

# The file itself and what a form around it needs.
MEBIBYTES = 21


def hand_out(row: Attachment) -> Response:
    """Answer with the content of an attachment.

    Raises:
        NotFound: its content is not there.
        Refused: a virus scanner keeps it back.
    """
    path = attachments.path_of(unit.office().settings.attachments, row.sha256)
    held.require_there(path)
    if not path.is_file():
        raise NotFound("attachment")
    return send_file(
        path,
        mimetype=row.media_type,
        as_attachment=True,
        download_name=row.name,
        etag=row.sha256,
        last_modified=row.created_at,
        max_age=0,
    )


def save_as(response: Response, name: str) -> Response:
    """Let a browser save an answer under a name, in whatever script: a header by itself carries Latin letters alone."""
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return response
