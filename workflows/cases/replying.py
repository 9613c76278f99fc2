"""The reply to a reporter, written by several of the unit before the step that resolves the case with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.cases import reply_texts
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.database import Session
from casework.matters.text_versions import Version
from casework.permissions import Subject
from workflows import writing_texts
from workflows.writing_texts import Text

WRITTEN_IN = ("assigned", "coordinated")
PERMISSION = "case.resolve"
REPLY_LENGTH = 4000

TEXT = Text(
    name=reply_texts.NAME,
    longest=REPLY_LENGTH,
    permission=PERMISSION,
    written_in=WRITTEN_IN,
    refusal="no_reply_now",
    trigger="write_reply",
    standing=reply_texts.standing,
)


def save(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> Version:
    """Save the reply of a locked case; see `writing_texts.save`."""
    saved = writing_texts.save(session, case, raw, TEXT, subject=subject, actor=actor, at=at)
    case.has_reply_drafts = True
    return saved
