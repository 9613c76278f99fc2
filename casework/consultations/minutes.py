"""The text of the minutes and its versions: which stands, and how one more is kept."""

from datetime import datetime
from uuid import UUID

from casework.consultations.tables import Consultation
from casework.core.database import Session
from casework.matters import text_versions
from casework.matters.text_versions import Version

NAME = "minutes"


def standing(session: Session, row: Consultation) -> Version | None:
    """Return the newest text of the minutes; what was there before versions were kept is version 0."""
    found = text_versions.newest(session, row.id, NAME)
    if found is None and row.minutes:
        return Version(0, row.minutes, None, None, row.updated_at)
    return found


def keep(
    session: Session, row: Consultation, text: str, *, by: UUID | None, at: datetime, restores: int | None = None
) -> Version:
    """Keep a text of the minutes; what stood there before the first version is kept first."""
    now = standing(session, row)
    if now is not None and now.text == text:
        return now
    if now is not None and now.place == 0:
        text_versions.keep(session, row.id, NAME, now.text, by=None, at=now.written_at)
    return text_versions.keep(session, row.id, NAME, text, by=by, at=at, restores=restores)
