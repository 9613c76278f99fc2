"""Answers given once to a caller's key, so that a request sent twice is done once (reliability.md F14).

The row stands in the transaction of the change itself: either both are kept or neither is. A second request of the
same key is told apart by a digest of what it asks. The answer is kept sealed, since it may hold personal data, and
for seven days.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, delete, func, literal, select

from casework.core.columns import canonical
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import CaseworkError, invalid
from casework.core.ids import new_id
from casework.matters.tables import IdempotencyKey

KEPT_DAYS = 7
LONGEST_KEY = 200
FIELD = "Idempotency-Key"
_TABLE, _COLUMN = "idempotency_keys", "body"


class InFlight(CaseworkError):
    """A request with the same key is being worked on at this moment (409)."""

    code = "in_flight"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was given."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Once:
    """A request that carries a key: who sent it, which key, and a digest of what it asks."""

    person_id: UUID
    key: str
    fingerprint: str


def read_key(text: str) -> str:
    """Read the key of a header, bare or in quotation marks.

    Raises:
        Invalid: `key_form`, unless it is 1 to 200 visible ASCII characters.
    """
    key = text.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 0 < len(key) <= LONGEST_KEY or not all("!" <= character <= "~" for character in key):
        raise invalid(FIELD, "key_form", max=LONGEST_KEY)
    return key


def fingerprint(*, method: str, path: str, body: object) -> str:
    """Digest what a request asks; `body` is anything JSON holds, so that spacing and order do not count."""
    return hashlib.sha256(canonical([method, path, body]).encode()).hexdigest()


def answered(session: Session, once: Once, *, at: datetime) -> Answer | None:
    """Return the answer given before, or None when this request is the first and now has the key to itself.

    Raises:
        InFlight: another request with this key has not ended yet.
        Invalid: the key was used for something else.
    """
    row, is_ours = _look(session, once)
    if row is not None and row.created_at < at - timedelta(days=KEPT_DAYS):
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.id == row.id))
        row = None
    if row is None:
        if not is_ours:
            raise InFlight
        return None
    if row.fingerprint != once.fingerprint:
        raise invalid(FIELD, "key_reused")
    if row.status is None or row.body is None:
        raise InFlight
    body = keyring_of(session).decrypt(row.body, table=_TABLE, column=_COLUMN, row_id=row.id)
    return Answer(row.status, row.headers, body)


def keep(session: Session, once: Once, answer: Answer, *, at: datetime) -> None:
    """Keep an answer with the change it tells of; whoever comes second finds it."""
    row_id = new_id()
    session.put(
        IdempotencyKey(
            id=row_id,
            person_id=once.person_id,
            key=once.key,
            fingerprint=once.fingerprint,
            status=answer.status,
            headers=dict(answer.headers),
            body=keyring_of(session).encrypt(answer.body, table=_TABLE, column=_COLUMN, row_id=row_id),
            created_at=at,
        )
    )


def led_to(session: Session, person_id: UUID, beginning: str) -> str | None:
    """Return where the last answer led that was given to one of a person's keys that begin so; None for none."""
    asked = select(IdempotencyKey.headers).where(
        IdempotencyKey.person_id == person_id, IdempotencyKey.key.startswith(beginning, autoescape=True)
    )
    headers = session.scalars(asked.order_by(IdempotencyKey.created_at.desc()).limit(1)).first()
    return None if headers is None else headers.get("Location")


def forget_old(session: Session, *, at: datetime, limit: int = 1000) -> int:
    """Delete up to `limit` answers older than seven days, whose keys may be used anew; return how many."""
    old = (
        select(IdempotencyKey.id)
        .where(IdempotencyKey.created_at < at - timedelta(days=KEPT_DAYS))
        .order_by(IdempotencyKey.created_at)
        .limit(limit)
    )
    ids = session.scalars(old).all()
    if ids:
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.id.in_(ids)))
    return len(ids)


def _look(session: Session, once: Once) -> tuple[IdempotencyKey | None, bool]:
    """Return the row of a key, and whether nobody else is at work with it.

    On PostgreSQL an advisory lock, held until the transaction ends, tells work in progress; on SQLite a writing
    transaction is alone anyway.
    """
    known = select(IdempotencyKey).where(IdempotencyKey.person_id == once.person_id, IdempotencyKey.key == once.key)
    if session.get_bind().dialect.name != "postgresql":
        return session.scalars(known).first(), True
    lock = func.pg_try_advisory_xact_lock(literal(_lock_number(once)), type_=BigInteger)
    is_ours = bool(session.scalar(select(lock)))
    # Asked after the lock: what the other request kept is visible by now.
    return session.scalars(known).first(), is_ours


def _lock_number(once: Once) -> int:
    digest = hashlib.sha256(f"{once.person_id}\0{once.key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
