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
    return text_versions.standing(session, row.id, NAME, before=row.minutes, written_at=row.updated_at)


def keep(session: Session, row: Consultation, text: str, *, by: UUID | None, at: datetime) -> Version:
    """Keep a text of the minutes; what stood there before the first version is kept first."""
    return text_versions.follow(
        session, row.id, NAME, text, before=row.minutes, written_at=row.updated_at, by=by, at=at
    )
