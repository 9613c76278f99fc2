"""A person's password over time: drawn at random, changed, too old, used before (reliability.md §4.4).

Hashing takes 30 ms of a core, so nothing here hashes while a transaction is open: read the facts, judge without the
database, then keep. What a good password is: casework/core/hashing.py.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from casework.core import hashing
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, refused
from casework.registry import audit, sessions
from casework.registry.account_rules import is_officer, password_age_limit
from casework.registry.queries import grants_of
from casework.registry.tables import Person

CHANGED, RESET, STRENGTHENED = "password.changed", "password.reset", "password.strengthened"
HISTORY = 5
# A password somebody else has seen is good for one day and one use.
INITIAL_HOURS = 24
# Without the characters that are taken for one another on paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 5


@dataclass(frozen=True, slots=True)
class PasswordFacts:
    """What a change of password is judged by."""

    person_id: UUID
    user_name: str
    name: str
    officer: bool
    stored: str | None
    former: tuple[str, ...]


def draw() -> tuple[str, str]:
    """Draw a random password of 99 bits; returns it in plain, to be shown once, and its hash.

    Raises:
        Busy: too many passwords are being hashed.
    """
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    plain = "-".join(groups)
    return plain, hashing.hash_password(plain)


def facts_of(session: Session, person_id: UUID, *, at: datetime) -> PasswordFacts:
    """Return what a change of this person's password is judged by.

    Raises:
        NotFound: there is no such account.
    """
    person = session.get(Person, person_id)
    if person is None or person.user_name is None:
        raise NotFound("account")
    roles = {grant.role for grant in grants_of(session, person_id, on=at.astimezone(session.info["zone"]).date())}
    return PasswordFacts(
        person_id,
        person.user_name,
        person.name,
        is_officer(roles),
        person.password_hash,
        tuple(person.former_hashes),
    )


def judge(facts: PasswordFacts, *, current: str, fresh: str, again: str, profile: str) -> str:
    """Judge a change and return the hash of the new password. Slow; call it with no transaction open.

    Raises:
        Invalid: every mistake: `password_wrong` on `current`, the rules of the profile and `password_used` on
            `fresh`, `password_differs` on `again`.
        Busy: too many passwords are being hashed.
    """
    faults = []
    if not hashing.verify_password(current, stored=facts.stored):
        faults.append(FieldError("current", "password_wrong"))
    faults += hashing.check_password(
        fresh, user_name=facts.user_name, profile=profile, admin=facts.officer, words=[facts.name], field="fresh"
    )
    if fresh != again:
        faults.append(FieldError("again", "password_differs"))
    if not faults and any(hashing.verify_password(fresh, stored=old) for old in (facts.stored, *facts.former) if old):
        faults.append(FieldError("fresh", "password_used", {"count": HISTORY}))
    if faults:
        raise Invalid(faults)
    return hashing.hash_password(fresh)


def keep(
    session: Session, facts: PasswordFacts, *, hashed: str, actor: Actor, at: datetime, session_id: UUID | None = None
) -> None:
    """Keep a judged password; every other log-in of this person ends.

    Raises:
        Refused: the password was changed elsewhere meanwhile.
    """
    person = session.scalars(select(Person).where(Person.id == facts.person_id).with_for_update()).one()
    if person.password_hash != facts.stored:
        raise refused("password_changed_meanwhile")
    _set(person, hashed, at=at, must_change=False)
    sessions.end_all(session, person.id, at=at, but=session_id)
    audit.record(session, event=CHANGED, actor=actor, at=at, facts=_told(person.id, hashed))


def reset(
    session: Session, person: Person, *, hashed: str, actor: Actor | None, at: datetime, must_change: bool = True
) -> None:
    """Give a person the password of this hash; every log-in of theirs ends, and by default it must be changed."""
    _set(person, hashed, at=at, must_change=must_change)
    sessions.end_all(session, person.id, at=at)
    audit.record(session, event=RESET, actor=actor, at=at, facts=_told(person.id, hashed))


def strengthen(session: Session, person_id: UUID, *, stored: str, hashed: str, at: datetime) -> None:
    """Put a stronger hash of the same password in the place of the one it was judged by, if that still stands."""
    same = (Person.id == person_id) & (Person.password_hash == stored)
    done = session.execute(update(Person).where(same).values(password_hash=hashed).returning(Person.id))
    if done.first() is not None:
        audit.record(session, event=STRENGTHENED, actor=None, at=at, facts=_told(person_id, hashed))


def is_worn_out(person: Person, *, at: datetime, profile: str) -> bool:
    """Say whether the password has to be changed for its age."""
    limit = password_age_limit(profile=profile)
    return limit is not None and person.password_set_at is not None and at - person.password_set_at > limit


def is_initial_run_out(person: Person, *, at: datetime) -> bool:
    """Say whether a password given by somebody else was not used in time."""
    given = person.password_set_at
    return person.must_change and given is not None and at - given > timedelta(hours=INITIAL_HOURS)


def _told(person_id: UUID, hashed: str) -> dict[str, str | None]:
    return {"person": str(person_id), "mark": audit.mark_of(hashed)}


def _set(person: Person, hashed: str, *, at: datetime, must_change: bool) -> None:
    if person.password_hash is not None:
        person.former_hashes = [person.password_hash, *person.former_hashes][: HISTORY - 1]
    person.password_hash = hashed
    person.password_set_at = at
    person.must_change = must_change
    person.updated_at = at
    person.version += 1
