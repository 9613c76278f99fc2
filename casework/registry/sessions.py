"""The log-ins of browsers: opened, listed, ended. Who a log-in belongs to is asked in identities.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.hashing import new_token
from casework.core.ids import new_id
from casework.registry import audit
from casework.registry.account_rules import LONGEST_REST, idle_limit, session_age_limit, sessions_at_once
from casework.registry.tables import LoginSession

PASSWORD, OIDC = "password", "oidc"
_AGENT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Anyones:
    """One log-in that lives, as the administrator sees it."""

    id: UUID
    person_id: UUID
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One log-in that lives, as its owner sees it."""

    id: UUID
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime


def begin(
    session: Session,
    person_id: UUID,
    *,
    roles: frozenset[str],
    address: str,
    agent: str,
    at: datetime,
    profile: str,
    came_by: str = PASSWORD,
    proven_at: datetime | None = None,
) -> tuple[str, int]:
    """Open a log-in; returns the secret for the cookie and how many in use elsewhere had to end for it.

    `proven_at`: when its owner proved who they are, where that was before.
    """
    too_many = _living(session, person_id)[sessions_at_once(roles, profile=profile) - 1 :]
    for old in too_many:
        old.ended_at = at
    in_use = [old for old in too_many if at - old.seen_at <= idle_limit(roles, profile=profile)]
    secret, digest = new_token("cws")
    session.add(
        LoginSession(
            id=new_id(),
            person_id=person_id,
            digest=digest,
            address=address,
            agent=agent[:_AGENT_LENGTH],
            came_by=came_by,
            created_at=at,
            proven_at=proven_at or at,
            seen_at=at,
        )
    )
    return secret, len(in_use)


def prove(session: Session, session_id: UUID, *, by: str, actor: Actor, at: datetime) -> None:
    """Note that the owner of a log-in has proven anew who they are."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(proven_at=at))
    audit.record(session, event="session.proven", actor=actor, at=at, facts={"by": by})


def list_open(
    session: Session, person_id: UUID, *, roles: frozenset[str], at: datetime, profile: str
) -> Sequence[OpenSession]:
    """Return the log-ins of a person that live, the one used last first."""
    rest, age = idle_limit(roles, profile=profile), session_age_limit()
    return [
        OpenSession(row.id, row.address, row.agent, row.created_at, row.seen_at)
        for row in _living(session, person_id)
        if at - row.seen_at <= rest and at - row.created_at <= age
    ]


def all_open(session: Session, *, at: datetime, limit: int = 200) -> Sequence[Anyones]:
    """Return everybody's log-ins that may live, the one used last first.

    By the longest rest that any role has: one that has rested too long for its own roles ends when it is used.
    """
    living = select(LoginSession).where(
        LoginSession.ended_at.is_(None),
        LoginSession.seen_at >= at - LONGEST_REST,
        LoginSession.created_at >= at - session_age_limit(),
    )
    rows = session.scalars(living.order_by(LoginSession.seen_at.desc(), LoginSession.id.desc()).limit(limit))
    return [Anyones(x.id, x.person_id, x.address, x.agent, x.created_at, x.seen_at) for x in rows]


def end_anyones(session: Session, session_id: UUID, *, actor: Actor, at: datetime) -> None:
    """End somebody's log-in, and write down who did.

    Raises:
        NotFound: there is no such log-in.
    """
    row = session.get(LoginSession, session_id)
    if row is None:
        raise NotFound("session")
    if row.ended_at is None:
        row.ended_at = at
        audit.record(session, event="session.ended", actor=actor, at=at, facts={"person": str(row.person_id)})


def end(session: Session, person_id: UUID, *, session_id: UUID, at: datetime) -> None:
    """End one log-in of a person.

    Raises:
        NotFound: it is none of theirs.
    """
    row = session.get(LoginSession, session_id)
    if row is None or row.person_id != person_id:
        raise NotFound("session")
    row.ended_at = row.ended_at or at


def end_all(
    session: Session, person_id: UUID, *, at: datetime, but: UUID | None = None, came_by: str | None = None
) -> int:
    """End every log-in of a person (`but` one; opened in one way only) and return how many there were."""
    living = _living(session, person_id)
    rows = [row for row in living if row.id != but and came_by in (None, row.came_by)]
    for row in rows:
        row.ended_at = at
    return len(rows)


def _living(session: Session, person_id: UUID) -> Sequence[LoginSession]:
    return session.scalars(
        select(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None))
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    ).all()
