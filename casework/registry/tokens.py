"""Bearer tokens and addresses of calendars: made for programs, shown once, kept as SHA-256, ended when revoked."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.hashing import new_token
from casework.core.ids import new_id
from casework.registry import audit
from casework.registry.tables import Person, Token

CREATED, REVOKED = "token.created", "token.revoked"
API, OPEN311, CALENDAR = KINDS = ("api", "open311", "calendar")
LABEL_LENGTH = 60
_PREFIXES = {API: "cw", OPEN311: "cw311", CALENDAR: "cwcal"}


def create(
    session: Session,
    person: Person,
    *,
    actor: Actor | None,
    at: datetime,
    kind: str = API,
    label: object = "",
    until: datetime | None = None,
) -> tuple[Token, str]:
    """Make a token for a person, for good or `until` an instant; returns the row and the plain token, nowhere kept.

    Raises:
        Invalid: `label` cannot be kept.
    """
    named = texts.clean_text(label, field="label", max_length=LABEL_LENGTH, required=False, multiline=False)
    plain, digest = new_token(_PREFIXES[kind])
    row = Token(id=new_id(), person_id=person.id, digest=digest, kind=kind, label=named, created_at=at, ended_at=until)
    session.add(row)
    facts = {"person": str(person.id), "token": str(row.id), "kind": kind, "mark": audit.mark_of(digest)}
    audit.record(session, event=CREATED, actor=actor, at=at, facts=facts)
    return row, plain


def list_living(session: Session, person_id: UUID, *, at: datetime, kinds: Collection[str] = KINDS) -> Sequence[Token]:
    """Return the tokens of a person that work, newest first."""
    asked = select(Token).where(
        Token.person_id == person_id, Token.kind.in_(kinds), or_(Token.ended_at.is_(None), Token.ended_at > at)
    )
    return session.scalars(asked.order_by(Token.id.desc())).all()


def revoke(session: Session, person_id: UUID, *, token_id: UUID, actor: Actor, at: datetime) -> None:
    """End a token of a person.

    Raises:
        NotFound: it is none of theirs.
    """
    row = session.get(Token, token_id)
    if row is None or row.person_id != person_id:
        raise NotFound("token")
    if row.ended_at is None or row.ended_at > at:
        row.ended_at = at
        facts = {"person": str(person_id), "token": str(token_id)}
        audit.record(session, event=REVOKED, actor=actor, at=at, facts=facts)
