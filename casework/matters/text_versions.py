"""Long texts of a matter in all the versions that were saved: minutes, and whatever else two people may write at once.

Each saving is a row that nobody overwrites. Whoever saves says which version they began from; whether that is still
the newest is for the operation above to judge, under the lock of the matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from casework.core.columns import Id
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.ids import new_id
from casework.matters.tables import TextVersion

_TABLE, _COLUMN = "text_versions", "content"


@dataclass(frozen=True, slots=True)
class Version:
    """One version with its text opened."""

    place: int
    text: str
    restores: int | None
    written_by: UUID | None
    written_at: datetime


def keep(
    session: Session,
    matter_id: UUID,
    name: str,
    text: str,
    *,
    by: UUID | None,
    at: datetime,
    restores: int | None = None,
) -> Version:
    """Keep a text as the newest version; the matter is locked."""
    last = newest(session, matter_id, name)
    row_id, place = new_id(), 1 if last is None else last.place + 1
    sealed = keyring_of(session).encrypt(text, table=_TABLE, column=_COLUMN, row_id=row_id)
    session.put(
        TextVersion(
            id=row_id,
            matter_id=matter_id,
            text_name=name,
            place=place,
            content=sealed,
            restores=restores,
            written_by=by,
            written_at=at,
        )
    )
    session.flush()
    return Version(place, text, restores, by, at)


def newest(session: Session, matter_id: UUID, name: str) -> Version | None:
    """Return the version saved last."""
    waiting = [row for row in session.waiting(TextVersion) if (row.matter_id, row.text_name) == (matter_id, name)]
    if waiting:
        return _opened(session, waiting[-1])
    if session.is_waiting(matter_id):
        # A matter that is not written yet has no versions elsewhere: whole ledgers of them are written at once.
        return None
    row = session.scalars(_NEWEST, {"matter_id": matter_id, "name": name}).one_or_none()
    return None if row is None else _opened(session, row)


# Asked whenever a case is resolved, so it is made once.
_NEWEST = (
    select(TextVersion)
    .where(TextVersion.matter_id == bindparam("matter_id", type_=Id()), TextVersion.text_name == bindparam("name"))
    .order_by(TextVersion.place.desc())
    .limit(1)
)


def every(session: Session, matter_id: UUID, name: str) -> Sequence[Version]:
    """Return all versions, the newest first."""
    asked = select(TextVersion).where(TextVersion.matter_id == matter_id, TextVersion.text_name == name)
    return [_opened(session, row) for row in session.scalars(asked.order_by(TextVersion.place.desc()))]


def _opened(session: Session, row: TextVersion) -> Version:
    text = ""
    if row.content is not None:
        text = keyring_of(session).decrypt(row.content, table=_TABLE, column=_COLUMN, row_id=row.id)
    return Version(row.place, text, row.restores, row.written_by, row.written_at)


def standing(session: Session, matter_id: UUID, name: str, *, before: str, written_at: datetime) -> Version | None:
    """Return the newest text; what stood there `before` versions were kept is version 0."""
    found = newest(session, matter_id, name)
    return Version(0, before, None, None, written_at) if found is None and before else found


def follow(
    session: Session,
    matter_id: UUID,
    name: str,
    text: str,
    *,
    before: str,
    written_at: datetime,
    by: UUID | None,
    at: datetime,
    restores: int | None = None,
) -> Version:
    """Keep a text after the one that stands; what stood there before the first version is kept first."""
    now = standing(session, matter_id, name, before=before, written_at=written_at)
    if now is not None and now.text == text:
        return now
    if now is not None and now.place == 0:
        keep(session, matter_id, name, now.text, by=None, at=now.written_at)
    return keep(session, matter_id, name, text, by=by, at=at, restores=restores)
