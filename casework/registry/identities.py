"""Who a token or a log-in belongs to, with every grant that holds today: asked once in each request.

One statement joins the token or session with person and grants; a second one runs only for those who stand in for
somebody. Not here: passwords and lock-outs (logins.py), what the grants allow (casework/permissions.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select, update

from casework.core.actors import Actor, Grant
from casework.core.columns import Day, Instant
from casework.core.database import Session
from casework.core.driver.questions import Question
from casework.registry import second_factor
from casework.registry.account_rules import THREE_OFFICERS, idle_limit, is_officer, session_age_limit
from casework.registry.queries import deputised_by
from casework.registry.sessions import PASSWORD
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
    # How a log-in was opened: by `password` or `oidc`.
    came_by: str = PASSWORD
    # Whether there is a password to prove oneself by, and when the owner of a log-in last did so by anything.
    has_password: bool = False
    proven_at: datetime | None = None
    # When the token or log-in was last noted as used.
    seen_at: datetime | None = None

    @property
    def own_roles(self) -> frozenset[str]:
        """The roles held in person, not for somebody else."""
        return frozenset(grant.role for grant in self.actor.grants if grant.of is None)


def by_token(session: Session, *, digest: str, at: datetime) -> Identity | None:
    """Return whom a bearer token belongs to; None when there is no such token, or it or its owner has ended."""
    rows = _rows(session, _of_token(), digest=digest, at=at)
    if not rows:
        return None
    first = rows[0]
    return replace(
        _identity(session, rows, at=at), token_kind=first.kind, token_id=first.door_id, seen_at=first.seen_at
    )


def by_session(session: Session, *, digest: str, at: datetime, profile: str) -> Identity | None:
    """Return whose log-in this is; None when it has ended by hand, by idleness or by age (`profile`)."""
    rows = _rows(session, _of_session(), digest=digest, at=at)
    if not rows:
        return None
    first, found = rows[0], _identity(session, rows, at=at)
    if at - first.seen_at > idle_limit(found.own_roles, profile=profile):
        return None
    if at - first.created_at > session_age_limit():
        return None
    # Whom the provider vouches for has no password to change here.
    must_change = found.must_change and first.came_by == PASSWORD
    return replace(
        found,
        session_id=first.door_id,
        seen_at=first.seen_at,
        must_change=must_change,
        came_by=first.came_by,
        proven_at=first.proven_at,
    )


@cache
def _of_token() -> Question:
    door = Token.__table__.c
    return _statement(door, door.kind, door.used_at.label("seen_at"))


@cache
def _of_session() -> Question:
    door = LoginSession.__table__.c
    return _statement(door, door.created_at, door.seen_at, door.came_by, door.proven_at)


def _statement(door: Any, *more: ColumnElement[Any]) -> Question:
    """Join a door to its owner and the grants that hold, one row a grant.

    In plain columns and built once: this runs in every request, and making it anew costs more than running it.
    """
    person, grant, deputy = Person.__table__.c, RoleGrant.__table__.c, Deputy.__table__.c
    day, at = bindparam("day", type_=Day()), bindparam("at", type_=Instant())
    stands_in = exists().where(deputy.deputy_id == person.id, deputy.valid_from <= day, deputy.valid_to >= day)
    asked = (
        select(
            door.id.label("door_id"),
            *more,
            *(person[name] for name in ("name", "user_name", "locale", "must_change", "preferences", "totp_secret")),
            person.id.label("person_id"),
            person.password_hash.is_not(None).label("has_password"),
            *(grant[name] for name in ("role", "region", "org_id", "valid_from", "valid_to")),
            stands_in.label("stands_in"),
        )
        .join_from(door.id.table, Person.__table__, person.id == door.person_id)
        .outerjoin(RoleGrant.__table__, and_(grant.person_id == person.id, _holds(grant, day)))
        .where(
            door.digest == bindparam("digest"),
            or_(door.ended_at.is_(None), door.ended_at > at),
            person.disabled_at.is_(None),
            person.user_name.is_not(None),
        )
        .order_by(grant.id)
    )
    return Question(asked)


def _rows(session: Session, question: Question, *, digest: str, at: datetime) -> Sequence[Any]:
    values = {"digest": digest, "at": at, "day": _day(session, at)}
    return question.named(session.connection(), values)


def _holds(grant: Any, day: Any) -> ColumnElement[bool]:
    return and_(
        or_(grant.valid_from.is_(None), grant.valid_from <= day),
        or_(grant.valid_to.is_(None), grant.valid_to >= day),
    )


def _identity(session: Session, rows: Sequence[Any], *, at: datetime) -> Identity:
    first = rows[0]
    grants = [
        Grant(row.role, row.region, row.org_id, row.valid_from, row.valid_to) for row in rows if row.role is not None
    ]
    # The three officers stand in for nobody: they would see what their office keeps from them.
    if first.stands_in and not is_officer({grant.role for grant in grants}):
        grants += _lent(session, first.person_id, on=_day(session, at))
    return Identity(
        actor=Actor(first.person_id, first.name, tuple(grants), locale=first.locale),
        user_name=first.user_name,
        must_change=first.must_change,
        preferences=first.preferences,
        has_second_factor=second_factor.is_on_in(session, first.person_id, first.totp_secret),
        has_password=first.has_password,
    )


def _lent(session: Session, person_id: UUID, *, on: date) -> list[Grant]:
    # The three offices are held in person and never lent (reliability.md §4.4).
    absent = deputised_by(session, person_id, on=on)
    rows = session.scalars(
        select(RoleGrant)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.person_id.in_(absent), Person.disabled_at.is_(None), _holds(RoleGrant, on))
        .where(RoleGrant.role.not_in(THREE_OFFICERS))
        .order_by(RoleGrant.id)
    )
    return [Grant(row.role, row.region, row.org_id, row.valid_from, row.valid_to, of=row.person_id) for row in rows]


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
