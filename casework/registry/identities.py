"""Who a token or a log-in belongs to, with every grant that holds today: asked once in each request.

One statement joins the token or session with person and grants; a second one runs only for those who stand in for
somebody. Not here: passwords and lock-outs (logins.py), what the grants allow (casework/permissions.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, update

from casework.core.actors import Actor, Grant
from casework.core.database import Session
from casework.registry import second_factor
from casework.registry.account_rules import THREE_OFFICERS, idle_limit, is_officer, session_age_limit
from casework.registry.queries import deputised_by
from casework.registry.tables import Deputy, LoginSession, Person, RoleGrant, Token


@dataclass(frozen=True, slots=True)
class Identity:
    """A known caller: the person, what they carry, and what let them in."""

    actor: Actor
    user_name: str
    must_change: bool
    preferences: Mapping[str, Any]
    has_second_factor: bool = False
    token_kind: str | None = None
    token_id: UUID | None = None
    session_id: UUID | None = None
    # When the token or log-in was last noted as used.
    seen_at: datetime | None = None

    @property
    def own_roles(self) -> frozenset[str]:
        """The roles held in person, not for somebody else."""
        return frozenset(grant.role for grant in self.actor.grants if grant.of is None)


def by_token(session: Session, *, digest: str, at: datetime) -> Identity | None:
    """Return whom a bearer token belongs to; None when there is no such token, or it or its owner has ended."""
    living = or_(Token.ended_at.is_(None), Token.ended_at > at)
    rows = _rows(session, Token, (Token.digest == digest, living), on=_day(session, at))
    if not rows:
        return None
    token: Token = rows[0][0]
    found = _identity(session, rows, at=at)
    return replace(found, token_kind=token.kind, token_id=token.id, seen_at=token.used_at)


def by_session(session: Session, *, digest: str, at: datetime, profile: str) -> Identity | None:
    """Return whose log-in this is; None when it has ended by hand, by idleness or by age (`profile`)."""
    rows = _rows(
        session, LoginSession, (LoginSession.digest == digest, LoginSession.ended_at.is_(None)), on=_day(session, at)
    )
    if not rows:
        return None
    found = _identity(session, rows, at=at)
    login: LoginSession = rows[0][0]
    idle, age = at - login.seen_at, at - login.created_at
    if idle > idle_limit(found.own_roles, profile=profile) or age > session_age_limit():
        return None
    return replace(found, session_id=login.id, seen_at=login.seen_at)


def _rows(
    session: Session,
    door: type[Token] | type[LoginSession],
    conditions: Sequence[ColumnElement[bool]],
    *,
    on: date,
) -> Sequence[Any]:
    stands_in = exists().where(Deputy.deputy_id == Person.id, Deputy.valid_from <= on, Deputy.valid_to >= on)
    return session.execute(
        select(door, Person, RoleGrant, stands_in)
        .join(Person, Person.id == door.person_id)
        .outerjoin(RoleGrant, and_(RoleGrant.person_id == Person.id, _holds(on)))
        .where(*conditions, Person.disabled_at.is_(None), Person.user_name.is_not(None))
        .order_by(RoleGrant.id)
    ).all()


def _holds(on: date) -> ColumnElement[bool]:
    return and_(
        or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= on),
        or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= on),
    )


def _identity(session: Session, rows: Sequence[Any], *, at: datetime) -> Identity:
    person: Person = rows[0][1]
    grants = [_grant(row[2]) for row in rows if row[2] is not None]
    # The three officers stand in for nobody: they would see what their office keeps from them.
    if rows[0][3] and not is_officer({grant.role for grant in grants}):
        grants += _lent(session, person.id, on=_day(session, at))
    return Identity(
        actor=Actor(person.id, person.name, tuple(grants), locale=person.locale),
        user_name=person.user_name or "",
        must_change=person.must_change,
        preferences=person.preferences,
        has_second_factor=second_factor.is_on(session, person),
    )


def _lent(session: Session, person_id: UUID, *, on: date) -> list[Grant]:
    # The three offices are held in person and never lent (reliability.md §4.4).
    absent = deputised_by(session, person_id, on=on)
    rows = session.scalars(
        select(RoleGrant)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.person_id.in_(absent), Person.disabled_at.is_(None), _holds(on))
        .where(RoleGrant.role.not_in(THREE_OFFICERS))
        .order_by(RoleGrant.id)
    )
    return [replace(_grant(row), of=row.person_id) for row in rows]


def _grant(row: RoleGrant) -> Grant:
    return Grant(row.role, row.region, row.org_id, row.valid_from, row.valid_to)


def _day(session: Session, at: datetime) -> date:
    return at.astimezone(session.info["zone"]).date()


def is_use_to_be_noted(found: Identity, *, at: datetime) -> bool:
    """Say whether the use of a log-in was last noted more than a minute ago, that of a token more than an hour."""
    often = timedelta(minutes=1) if found.session_id is not None else timedelta(hours=1)
    return found.seen_at is None or at - found.seen_at > often


def note_use(session: Session, found: Identity, *, at: datetime) -> None:
    """Note that a log-in or token is in use; two requests at once do no harm."""
    if found.session_id is not None:
        session.execute(update(LoginSession).where(LoginSession.id == found.session_id).values(seen_at=at))
    if found.token_id is not None:
        session.execute(update(Token).where(Token.id == found.token_id).values(used_at=at))
