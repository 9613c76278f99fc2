"""Sheets sent upwards: kept, listed, and given again byte for byte. Who may is asked by the caller."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import defer

from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import NotFound, refused
from casework.core.ids import new_id
from casework.dispatches.tables import Dispatch
from casework.exchange.receivers import Receiver
from casework.registry.tables import Person

_TABLE, _COLUMN = "dispatches", "content_cipher"


def keep(
    session: Session,
    receiver: Receiver,
    content: bytes,
    *,
    region_code: str,
    file_name: str,
    rows: int,
    as_of: date,
    actor: Actor,
    at: datetime,
) -> Dispatch:
    """Keep a sheet as it goes out."""
    dispatch_id = new_id()
    text = base64.b64encode(content).decode()
    row = Dispatch(
        id=dispatch_id,
        region_code=region_code,
        receiver=receiver.code,
        title=receiver.title,
        as_of=as_of,
        known_at=at,
        rows=rows,
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        columns_sha256=receiver.sha256,
        content_cipher=keyring_of(session).encrypt(text, table=_TABLE, column=_COLUMN, row_id=dispatch_id),
        sent_by=actor.person_id,
        sent_at=at,
    )
    session.put(row, keep=True)
    session.flush()
    return row


def under(
    session: Session, actor: Actor, *, after: tuple[datetime, UUID] | None = None, limit: int | None = None
) -> Sequence[tuple[Dispatch, str | None]]:
    """Return what was sent from the places over which an actor holds triage, the latest first, each with the sender's
    name (None: the console); the files themselves are not read."""
    asked = select(Dispatch, Person.name).outerjoin(Person, Person.id == Dispatch.sent_by).where(_within(actor))
    if after is not None:
        sent_at, last = after
        asked = asked.where(or_(Dispatch.sent_at < sent_at, and_(Dispatch.sent_at == sent_at, Dispatch.id < last)))
    asked = asked.options(defer(Dispatch.content_cipher)).order_by(Dispatch.sent_at.desc(), Dispatch.id.desc())
    return [(row, name) for row, name in session.execute(asked.limit(limit))]


def count(session: Session, actor: Actor) -> int:
    """Count what was sent from the places over which an actor holds triage."""
    return session.scalar(select(func.count()).select_from(Dispatch).where(_within(actor))) or 0


def _within(actor: Actor) -> ColumnElement[bool]:
    reach = (Dispatch.region_code.startswith(prefix, autoescape=True) for prefix in actor.regions(TRIAGE_ROLES))
    return or_(false(), *reach)


def get(session: Session, actor: Actor, dispatch_id: UUID) -> Dispatch:
    """Return one sheet.

    Raises:
        NotFound: there is none of this id in the actor's places.
    """
    row = session.get(Dispatch, dispatch_id)
    if row is None or not any(row.region_code.startswith(prefix) for prefix in actor.regions(TRIAGE_ROLES)):
        raise NotFound("dispatch")
    return row


def content_of(session: Session, row: Dispatch) -> bytes:
    """Return the bytes that were sent.

    Raises:
        Refused: what is kept is not what was sent (dispatch_changed), or its time is over (dispatch_erased).
    """
    if row.content_cipher is None:
        raise refused("dispatch_erased", title=row.title)
    text = keyring_of(session).decrypt(row.content_cipher, table=_TABLE, column=_COLUMN, row_id=row.id)
    content = base64.b64decode(text)
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise refused("dispatch_changed", title=row.title)
    return content
