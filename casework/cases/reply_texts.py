"""The reply to a reporter while it is written, in versions; the newest is what the step that resolves begins with."""

from datetime import datetime
from uuid import UUID

from casework.cases.tables import Case
from casework.core.database import Session
from casework.matters import text_versions
from casework.matters.text_versions import Version

NAME = "reply"


def standing(session: Session, case: Case) -> Version | None:
    """Return the newest text of the reply."""
    before = case.reply or ""
    return text_versions.standing(session, case.id, NAME, before=before, written_at=case.resolved_at or case.updated_at)


def sent(session: Session, case: Case, text: str, *, by: UUID | None, at: datetime) -> None:
    """Keep the reply that was sent as a version, where it was written in versions; else the history alone has it."""
    if not case.has_reply_drafts:
        return
    now = text_versions.newest(session, case.id, NAME)
    if now is not None and now.text != text:
        text_versions.keep(session, case.id, NAME, text, by=by, at=at)
