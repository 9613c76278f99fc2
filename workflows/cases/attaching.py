"""Putting a file to a case: who may, and what the history says. Taking it in is casework/matters/attachments.py."""

from datetime import datetime
from typing import Any

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Refusal, Refused
from casework.matters import attachments
from casework.matters.attachments import Staged
from casework.matters.tables import Attachment
from casework.permissions import Subject
from workflows import records

PERMISSION = "case.attach"
TRIGGER = "attach"
MOST = 200


def attach(
    session: Session,
    case: Any,
    staged: Staged,
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    permission: str = PERMISSION,
) -> Attachment:
    """Put a staged file to a case, or to a matter whose `permission` is told.

    Raises:
        NotAllowed: not one who works on the case.
        Refused: the case was merged away, or has two hundred files.
    """
    actor = records.require(actor, permission, subject)
    if case.state == "merged":
        raise Refused([Refusal("merged_is_read_only")])
    if case.attachments_total >= MOST:
        raise Refused([Refusal("too_many_attachments", {"most": MOST})])
    row = attachments.add(session, staged, matter_id=case.id, actor=actor, at=at)
    case.attachments_total += 1
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger=TRIGGER,
        event="attached",
        fields={"attachment": str(row.id), "name": row.name, "size": row.size, "sha256": row.sha256},
        facts={"attachment_id": str(row.id)},
    )
    return row
