"""What somebody has typed and not yet sent, kept sealed and apart from the record: no change of it loses a word.

A draft is known by person, form and what it is about. It ends when the form is sent or thrown away, or after
ninety days.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, delete, select

from casework.core.columns import canonical
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import invalid
from casework.core.upserts import insert_into
from casework.matters.tables import Draft

KEPT_DAYS = 90
# The form of what was handed in for somebody else to sign begins with this.
HANDED = "handed."
LARGEST = 100_000
_TABLE, _COLUMN = "drafts", "content"

Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as it was last kept."""

    fields: Fields
    updated_at: datetime


def keep(session: Session, person_id: UUID, *, form: str, matter_id: UUID, fields: Fields, at: datetime) -> None:
    """Keep what stands in a form; empty fields are left out, and a form with nothing in it ends its draft.

    Raises:
        Invalid: above a hundred thousand characters.
    """
    told = {name: value for name, value in fields.items() if value}
    text = canonical(told)
    if len(text) > LARGEST:
        raise invalid("", "too_long", max=LARGEST, length=len(text))
    if not told:
        drop(session, person_id, form=form, matter_id=matter_id)
        return
    row_id = _id(person_id, form, matter_id)
    sealed = keyring_of(session).encrypt(text, table=_TABLE, column=_COLUMN, row_id=row_id)
    fresh = insert_into(session, Draft).values(
        id=row_id, person_id=person_id, form=form, matter_id=matter_id, content=sealed, updated_at=at
    )
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=["person_id", "form", "matter_id"],
            set_={"content": fresh.excluded.content, "updated_at": fresh.excluded.updated_at},
        )
    )


def get(session: Session, person_id: UUID, *, form: str, matter_id: UUID) -> Kept | None:
    """Return a draft, or None when there is none."""
    row = session.scalars(select(Draft).where(*_which(person_id, form, matter_id))).one_or_none()
    return None if row is None else Kept(unseal(session, row), row.updated_at)


def unseal(session: Session, row: Draft) -> Fields:
    """Return the fields of a draft that was read with something else."""
    plain = keyring_of(session).decrypt(row.content, table=_TABLE, column=_COLUMN, row_id=row.id)
    fields: Fields = json.loads(plain)
    return fields


def latest(session: Session, *, form: str, matter_id: UUID) -> tuple[UUID, Kept] | None:
    """Return the draft of a form that was kept last, whoever wrote it, and who that was."""
    row = session.scalars(
        select(Draft).where(Draft.form == form, Draft.matter_id == matter_id).order_by(Draft.updated_at.desc()).limit(1)
    ).one_or_none()
    return None if row is None else (row.person_id, Kept(unseal(session, row), row.updated_at))


def drop_all(session: Session, *, form: str, matter_id: UUID) -> None:
    """End everybody's draft of a form."""
    session.execute(delete(Draft).where(Draft.form == form, Draft.matter_id == matter_id))


def drop(session: Session, person_id: UUID, *, form: str, matter_id: UUID) -> None:
    """End a draft; it is no mistake if there is none."""
    session.execute(delete(Draft).where(*_which(person_id, form, matter_id)))


def forget_old(session: Session, *, at: datetime) -> int:
    """Delete drafts that nobody has touched for ninety days; return how many."""
    gone = session.execute(delete(Draft).where(Draft.updated_at < at - timedelta(days=KEPT_DAYS)))
    return int(getattr(gone, "rowcount", 0))


def _which(person_id: UUID, form: str, matter_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Draft.person_id == person_id, Draft.form == form, Draft.matter_id == matter_id


def _id(person_id: UUID, form: str, matter_id: UUID) -> UUID:
    # Made from what it belongs to: writing it again is the same row, and the seal is bound to that row.
    return uuid5(person_id, f"{form}/{matter_id}")
