"""Who was told of the date that stands, and who has looked at it: the receipts of a meeting's notices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from casework.consultations.tables import Consultation, Participant
from casework.core.database import Session
from casework.matters import notices

# What tells of a date, as tasks/consultations.py sends it.
CODES = ("meeting_invited", "meeting_moved")


def of(session: Session, row: Consultation, people: Sequence[Participant]) -> Mapping[UUID, datetime | None]:
    """Return those with an account whom the notice has reached, with when they looked at it (None: not yet)."""
    told = {each.person_id: each.told_at for each in people if each.person_id is not None and each.told_at is not None}
    if not told:
        return {}
    since = min(told.values())
    return notices.looked_at(session, row.id, people=list(told), codes=CODES, since=since)
