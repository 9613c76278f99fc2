"""What participants and villagers say of a consultation: asked for by link, answered once a token, counted."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casework.cases.tables import Case
from casework.consultations import queries
from casework.consultations.outcome_tables import Rating
from casework.consultations.tables import Consultation
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.hashing import token_digest
from casework.core.ids import new_id

WORDS_LENGTH = 1000
# So long a link can be answered by.
OPEN_FOR = timedelta(days=180)
LINK, PHONE = "link", "phone"
_TOKEN_BYTES, _LONGEST_TOKEN = 24, 64
_TABLE, _WORDS = "ratings", "words_cipher"


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asked, with the token of their link: what is kept of it is its digest."""

    row: Rating
    token: str


def ask(session: Session, row: Consultation, *, by: UUID | None, at: datetime) -> Sequence[Asked]:
    """Ask everybody who came and every reporter behind the topic who was not asked yet."""
    known = of_consultation(session, row.id)
    asked = {each.participant_id or each.case_id for each in known}
    people = [each.id for each in queries.participants_of(session, row) if each.attended and each.id not in asked]
    cases = [case.id for case in reporters_of(session, row.id) if case.id not in asked]
    made = []
    for participant_id, case_id in [*((each, None) for each in people), *((None, each) for each in cases)]:
        rating = Rating(
            id=new_id(), consultation_id=row.id, participant_id=participant_id, case_id=case_id, asked_at=at, channel=""
        )
        made.append(Asked(rating, renew(rating, by=by, at=at)))
        session.put(rating, keep=True)
    session.flush()
    return made


def renew(row: Rating, *, by: UUID | None, at: datetime) -> str:
    """Give somebody who has not answered a link, which ends the one before; return its token."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row.token_digest, row.asked_by, row.expires_at = token_digest(token), by, at + OPEN_FOR
    return token


def reporters_of(session: Session, consultation_id: UUID) -> Sequence[Case]:
    """Return a case for each villager behind a topic, of merged cases too: who reported several is one."""
    asked = select(Case).where(queries.behind(consultation_id)).order_by(Case.number)
    found: dict[object, Case] = {}
    for case in session.scalars(asked):
        found.setdefault(case.reporter_phone_index or case.id, case)
    return list(found.values())


def of_consultation(session: Session, consultation_id: UUID) -> Sequence[Rating]:
    """Return who was asked, in the order of asking."""
    asked = select(Rating).where(Rating.consultation_id == consultation_id)
    return session.scalars(asked.order_by(Rating.asked_at, Rating.id)).all()


def of_token(session: Session, token: str, *, at: datetime) -> Rating | None:
    """Return who was given a token, until it runs out."""
    if len(token) > _LONGEST_TOKEN:
        return None
    row = session.scalars(select(Rating).where(Rating.token_digest == token_digest(token))).one_or_none()
    return None if row is None or at >= row.expires_at else row


def words_of(session: Session, row: Rating) -> str:
    """Return what was said beside the choice."""
    if row.words_cipher is None:
        return ""
    return keyring_of(session).decrypt(row.words_cipher, table=_TABLE, column=_WORDS, row_id=row.id)


def answer(
    session: Session,
    row: Rating,
    *,
    satisfaction: str,
    words: str,
    channel: str,
    at: datetime,
    entered_by: UUID | None = None,
) -> None:
    """Keep an answer; the row is locked and not answered yet."""
    row.satisfaction, row.channel, row.answered_at, row.entered_by = satisfaction, channel, at, entered_by
    if words:
        row.words_cipher = keyring_of(session).encrypt(words, table=_TABLE, column=_WORDS, row_id=row.id)
    session.flush()


def counted(rows: Sequence[Rating]) -> Mapping[str, int]:
    """Count the answers by satisfaction."""
    return Counter(row.satisfaction for row in rows if row.satisfaction is not None)
