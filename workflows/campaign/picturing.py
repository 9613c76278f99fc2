"""Putting files to an activity: papers of a training by the office, and photos of a visit by whoever made it.

A photo is never asked for and counts for nothing (domain.md §0.1). What the camera noted – place, time, owner – is gone
before the file is kept (casework/matters/images.py).
"""

from datetime import datetime
from uuid import UUID

from casework.activities.tables import Activity
from casework.campaign import record_rights
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import invalid, refused
from casework.core.ids import parse_id
from casework.matters import attachments
from casework.matters.attachments import FIELD, Staged
from casework.matters.tables import Attachment
from workflows.cases.attaching import MOST

CAPTION, CAPTION_LENGTH = "caption", 60
_PICTURES = ("jpg", "png")
NUMBER = "id"


def read_caption(text: str) -> str:
    """Read the words under a picture; they say that it may be shown in the bulletin.

    Raises:
        Invalid: longer than sixty characters, or with what no record can hold.
    """
    told = texts.clean_text(text, field=CAPTION, max_length=CAPTION_LENGTH, required=False, multiline=False)
    return told.strip()


def read_number(text: str) -> UUID | None:
    """Read the number that a phone gave to a picture, so that one sent again is not kept twice.

    Raises:
        Invalid: it is none.
    """
    number = parse_id(text) if text else None
    if text and number is None:
        raise invalid(NUMBER, "not_an_id")
    return number


def require(session: Session, row: Activity, *, actor: Actor, at: datetime) -> None:
    """Let those pass who may put a file to this activity: the office, and who made it for as long as they mend it.

    Raises:
        Denied: neither.
        Refused: it is their own, and settled by now; or it was taken back.
    """
    if row.withdrawn:
        raise refused("activity_withdrawn")
    record_rights.require_mending(session, row, actor=actor, at=at)


def put(
    session: Session,
    row: Activity,
    staged: Staged,
    *,
    caption: str,
    actor: Actor,
    at: datetime,
    number: UUID | None = None,
) -> Attachment:
    """Put a staged file to a locked activity; `number` is one that its sender made and nothing has yet.

    Raises:
        Denied: see `require`.
        Invalid: a member puts something else than a picture, or a caption stands under what is none.
        Refused: it has two hundred files.
    """
    require(session, row, actor=actor, at=at)
    is_picture = staged.media_type in {attachments.KINDS[kind][0] for kind in _PICTURES}
    is_office = record_rights.is_office(session, row, actor=actor, at=at)
    if not is_picture and not is_office:
        raise invalid(FIELD, "file_kind", kinds=", ".join(_PICTURES))
    if not is_picture and caption:
        raise invalid(CAPTION, "caption_of_picture")
    if len(attachments.of_matter(session, row.id)) >= MOST:
        raise refused("too_many_attachments", most=MOST)
    return attachments.add(session, staged, matter_id=row.id, actor=actor, at=at, caption=caption, id=number)
