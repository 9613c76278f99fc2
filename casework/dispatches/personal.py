"""Exports of personal data as they are kept: asked for, found, filled with their file, emptied of it."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import defer

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import NotFound, refused
from casework.core.ids import new_id
from casework.dispatches.personal_tables import PersonalExport
from casework.matters import numbering
from casework.registry import places

LISTED = 50
_CELL = {"table": "personal_exports", "column": "content_cipher"}
_KIND = "DC"


def begin(
    session: Session, kind: str, *, region_code: str, place_code: str, reason: str, actor: Actor, at: datetime
) -> PersonalExport:
    """Keep a request with its number."""
    if actor.person_id is None:
        raise NotFound("person")
    year = at.astimezone(session.info["zone"]).year
    row = PersonalExport(
        id=new_id(),
        number=numbering.next_number(session, prefix=places.number_prefix(session, region_code), kind=_KIND, year=year),
        region_code=region_code,
        kind=kind,
        place_code=place_code,
        reason=reason,
        status="asked",
        asked_by=actor.person_id,
        asked_for=actor.for_id,
        asked_at=at,
        taken=0,
    )
    session.add(row)
    session.flush()
    return row


def listed(session: Session, region_code: str, *, limit: int = LISTED) -> Sequence[PersonalExport]:
    """Return the exports of a county, the latest first; the files themselves are not read."""
    asked = select(PersonalExport).where(PersonalExport.region_code == region_code)
    latest = asked.order_by(PersonalExport.asked_at.desc(), PersonalExport.id.desc()).limit(limit)
    return session.scalars(latest.options(defer(PersonalExport.content_cipher))).all()


def get(session: Session, region_code: str, export_id: UUID) -> PersonalExport:
    """Return a locked export of a county.

    Raises:
        NotFound: there is none of this id.
    """
    row = session.get(PersonalExport, export_id, with_for_update=True, populate_existing=True)
    if row is None or row.region_code != region_code:
        raise NotFound("export")
    return row


def fill(session: Session, row: PersonalExport, content: bytes) -> None:
    """Keep the file, sealed, with the digest of its bytes."""
    text = base64.b64encode(content).decode()
    row.sha256 = hashlib.sha256(content).hexdigest()
    row.content_cipher = keyring_of(session).encrypt(text, row_id=row.id, **_CELL)


def content_of(session: Session, row: PersonalExport) -> bytes:
    """Return the bytes of the file.

    Raises:
        Refused: there is none (any more), or it is not what was made.
    """
    if row.content_cipher is None:
        raise refused("export_gone")
    content = base64.b64decode(keyring_of(session).decrypt(row.content_cipher, row_id=row.id, **_CELL))
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise refused("export_changed")
    return content


def empty_old(session: Session, at: datetime) -> int:
    """Take the files away whose time is over; the rows stay. Return how many."""
    over = (PersonalExport.status == "ready") & (PersonalExport.expires_at <= at)
    gone = session.execute(
        update(PersonalExport)
        .where(over)
        .values(status="gone", content_cipher=None)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(gone, "rowcount", 0))
