"""What a reporter says of a result themselves: asked for by a link that is theirs, answered once."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casework.cases.ratings.rating_tables import CaseRating
from casework.cases.tables import Case
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.hashing import token_digest
from casework.core.ids import new_id

WORDS_LENGTH = 1000
# So long a link can be answered by.
OPEN_FOR = timedelta(days=60)
_TOKEN_BYTES, _LONGEST_TOKEN = 24, 64
_TABLE, _WORDS = "case_ratings", "words_cipher"


def of_case(session: Session, case: Case) -> CaseRating | None:
    """Return what was asked since the case was last resolved."""
    if case.resolved_at is None:
        return None
    asked = select(CaseRating).where(CaseRating.case_id == case.id, CaseRating.asked_at >= case.resolved_at)
    return session.scalars(asked.order_by(CaseRating.asked_at.desc(), CaseRating.id).limit(1)).one_or_none()


def ask(session: Session, case: Case, *, by: UUID | None, at: datetime) -> tuple[CaseRating, str]:
    """Give the reporter a link, which ends the one before; return its token, told this once."""
    token, row = secrets.token_urlsafe(_TOKEN_BYTES), of_case(session, case)
    if row is None:
        row = CaseRating(id=new_id(), case_id=case.id, asked_at=at)
        session.add(row)
    row.token_digest, row.asked_by, row.expires_at = token_digest(token), by, at + OPEN_FOR
    session.flush()
    return row, token


def of_token(session: Session, token: str, *, at: datetime) -> CaseRating | None:
    """Return who was given a token, until it runs out."""
    if len(token) > _LONGEST_TOKEN:
        return None
    row = session.scalars(select(CaseRating).where(CaseRating.token_digest == token_digest(token))).one_or_none()
    return None if row is None or at >= row.expires_at else row


def answer(
    session: Session,
    case: Case,
    row: CaseRating,
    *,
    satisfaction: str,
    words: str,
    at: datetime,
    solved: str | None = None,
) -> None:
    """Keep an answer; the case is locked and the row not answered yet."""
    row.solved, row.satisfaction, row.answered_at = solved, satisfaction, at
    if words:
        row.words_cipher = keyring_of(session).encrypt(words, table=_TABLE, column=_WORDS, row_id=row.id)
    case.own_rating, case.own_solved = satisfaction, solved
    session.flush()


def words_of(session: Session, row: CaseRating) -> str:
    """Return what was said beside the choice."""
    if row.words_cipher is None:
        return ""
    return keyring_of(session).decrypt(row.words_cipher, table=_TABLE, column=_WORDS, row_id=row.id)
