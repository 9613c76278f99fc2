"""Submissions by Open311 as they are kept: the same one again is known, whatever made its sender send it twice.

A sender's own number (FixMyStreet's id, an update's id, an `Idempotency-Key`) is known for ever; without one, equal
parameters within ten minutes are the same submission (open311.md §2.4 no. 9).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casework.core.actors import Actor
from casework.core.columns import canonical
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.ids import new_id
from casework.open311.tables import Submission
from casework.registry.tables import Token

REQUEST, UPDATE = "request", "update"
SAME_WITHIN = timedelta(minutes=10)
_TABLE, _COLUMN = "open311_submissions", "content_cipher"
# All that was sent but for the key, each parameter with all its values.
Sent = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Client:
    """Who sends: the account, and which of its keys."""

    actor: Actor
    person_id: UUID
    token_id: UUID


def take_turn(session: Session, client: Client) -> None:
    """Let submissions by one key come one after another, so that of two alike the second finds the first."""
    session.execute(select(Token.id).where(Token.id == client.token_id).with_for_update())


def known(
    session: Session, client: Client, kind: str, sent: Sent, *, repeat_key: str | None, at: datetime
) -> Submission | None:
    """Return the submission that this one repeats, or None."""
    ours = select(Submission).where(Submission.person_id == client.person_id, Submission.kind == kind)
    if repeat_key is not None:
        return session.scalars(ours.where(Submission.repeat_key == repeat_key)).one_or_none()
    digests = keyring_of(session).blind_indexes(_summed(sent))
    lately = Submission.created_at > at - SAME_WITHIN
    return session.scalars(
        ours.where(Submission.digest.in_(digests), Submission.repeat_key.is_(None), lately)
        .order_by(Submission.created_at.desc())
        .limit(1)
    ).first()


def keep(
    session: Session,
    client: Client,
    kind: str,
    sent: Sent,
    *,
    case_id: UUID,
    repeat_key: str | None,
    at: datetime,
    history_id: UUID | None = None,
) -> Submission:
    """Keep what was accepted, sealed."""
    row_id, keyring, content = new_id(), keyring_of(session), _plain(sent)
    row = Submission(
        id=row_id,
        person_id=client.person_id,
        token_id=client.token_id,
        case_id=case_id,
        kind=kind,
        history_id=history_id,
        repeat_key=repeat_key,
        digest=keyring.blind_index(_summed(sent)),
        content_cipher=keyring.encrypt(
            json.dumps(content, ensure_ascii=False), table=_TABLE, column=_COLUMN, row_id=row_id
        ),
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def own_words(session: Session, person_id: UUID, case_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the description that a client itself sent of each of its cases: no word that was added here."""
    rows = session.scalars(
        select(Submission).where(
            Submission.person_id == person_id, Submission.kind == REQUEST, Submission.case_id.in_(list(case_ids))
        )
    )
    return {row.case_id: next(iter(content_of(session, row).get("description", ())), "") for row in rows}


def content_of(session: Session, row: Submission) -> Sent:
    """Open what was sent; nothing once its case was erased."""
    if row.content_cipher is None:
        return {}
    plain = keyring_of(session).decrypt(row.content_cipher, table=_TABLE, column=_COLUMN, row_id=row.id)
    found: dict[str, list[str]] = json.loads(plain)
    return found


def _plain(sent: Sent) -> dict[str, list[str]]:
    return {name: list(values) for name, values in sent.items()}


def _summed(sent: Sent) -> str:
    # The index reads neither blanks nor the case of letters, which may be all that differs.
    return hashlib.sha256(canonical(_plain(sent)).encode()).hexdigest()
