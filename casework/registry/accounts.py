"""Accounts: people who log in. Made, listed, stopped; what they may do is granted in grants.py by somebody else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from casework.core import personal, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import FieldError, Invalid, NotFound, Refusal, Refused, invalid
from casework.core.i18n import LOCALES
from casework.core.ids import new_id
from casework.registry import audit, logins, sessions, tokens
from casework.registry.pinyin import read_person
from casework.registry.tables import LoginSession, Person, RoleGrant

NAME_LENGTH = 64
_USER_NAME = re.compile(r"[0-9a-z\u3400-\u9fff._@-]+")
_HAS_ACCOUNT = Person.user_name.is_not(None)
_EVER_IN = exists().where(LoginSession.person_id == Person.id)
KINDS: Mapping[str, ColumnElement[bool]] = {
    "in_use": and_(_HAS_ACCOUNT, Person.disabled_at.is_(None), _EVER_IN),
    "new": and_(_HAS_ACCOUNT, Person.disabled_at.is_(None), ~_EVER_IN),
    "off": and_(_HAS_ACCOUNT, Person.disabled_at.is_not(None)),
}
CREATED = "account.created"
# What a person may set for themselves, and the values allowed.
PREFERENCES: Mapping[str, tuple[object, ...]] = {
    "keys": (True, False),
    "density": ("loose", "tight"),
    "large": (True, False),
    # Which messages come by mail besides: each that is urgent by itself, the morning's digest alone, or none.
    "mail": ("all", "digest", "none"),
    # Text messages for what cannot wait; they cost, so nobody gets one who has not asked for it.
    "sms": ("urgent", "none"),
    "start": ("work", "triage", "cases", "followups", "overview", "accounts", "jobs", "audit"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One account as administrators see it; no case content."""

    person: Person
    grants: tuple[RoleGrant, ...]
    last_seen_at: datetime | None
    locked_until: datetime | None
    is_dormant: bool


def read_user_name(value: object, *, field: str = "user_name") -> str:
    """Read a user name: letters, digits, Chinese characters, `. _ @ -`; case does not count.

    Raises:
        Invalid: `user_name_characters`, or what `clean_text` refuses.
    """
    name = texts.ascii_code(texts.clean_text(value, field=field, max_length=NAME_LENGTH, name=True)).strip().lower()
    if not _USER_NAME.fullmatch(name):
        raise invalid(field, "user_name_characters")
    return name


def create_account(
    session: Session,
    *,
    user_name: object,
    name: object,
    hashed: str,
    actor: Actor | None,
    at: datetime,
    must_change: bool = True,
) -> Person:
    """Make an account without any role. `hashed` is made beforehand, by passwords.draw() or hash_password().

    Raises:
        Invalid: user name or name cannot be kept, or the user name is taken.
    """
    faults: list[FieldError] = []
    plain, shown = "", ""
    try:
        plain = read_user_name(user_name)
    except Invalid as mistake:
        faults += mistake.errors
    try:
        shown = texts.clean_text(name, field="name", max_length=NAME_LENGTH, name=True).strip()
    except Invalid as mistake:
        faults += mistake.errors
    if plain and by_user_name(session, plain) is not None:
        faults.append(FieldError("user_name", "user_name_taken"))
    if faults:
        raise Invalid(faults)
    reading = read_person(shown)
    person = Person(
        id=new_id(),
        name=shown,
        pinyin=reading.pinyin,
        initials=reading.initials,
        user_name=plain,
        password_hash=hashed,
        password_set_at=at,
        former_hashes=[],
        must_change=must_change,
        preferences={},
        created_by=None if actor is None else actor.person_id,
        created_at=at,
        updated_at=at,
    )
    session.add(person)
    facts = {"person": str(person.id), "mark": audit.mark_of(hashed)}
    audit.record(session, event=CREATED, actor=actor, at=at, facts=facts)
    session.flush()
    return person


def by_user_name(session: Session, user_name: str) -> Person | None:
    """Return the account of a user name, in whatever case it is typed."""
    return session.scalars(select(Person).where(Person.user_name == logins.plain_name(user_name))).one_or_none()


def user_names(session: Session) -> Mapping[UUID, str]:
    """Return the user names of all who have or had an account, by person."""
    asked = select(Person.id, Person.user_name).where(Person.user_name.is_not(None))
    return {each: str(name) for each, name in session.execute(asked)}


def get_account(session: Session, person_id: UUID, *, lock: bool = False) -> Person:
    """Return an account.

    Raises:
        NotFound: there is none.
    """
    statement = select(Person).where(Person.id == person_id, Person.user_name.is_not(None))
    person = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if person is None:
        raise NotFound("account")
    return person


def lock_person(session: Session, person_id: UUID | None) -> str:
    """Hold a person's row to the end of the transaction, so that deeds are counted one by one; return the user name."""
    asked = select(Person.user_name).where(Person.id == person_id).with_for_update()
    return session.scalar(asked) or ""


def list_accounts(
    session: Session,
    *,
    at: datetime,
    which: str = "in_use",
    words: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Sequence[Account]:
    """Return accounts of one kind (`in_use`, `new`: never logged in, `off`), by user name, those after `after`."""
    statement = select(Person).where(KINDS[which]).order_by(Person.user_name).limit(limit)
    if after is not None:
        statement = statement.where(Person.user_name > after)
    if words.strip():
        key = words.strip()
        statement = statement.where(
            or_(
                Person.user_name.contains(logins.plain_name(key), autoescape=True),
                Person.name.contains(key, autoescape=True),
                Person.initials.startswith(key.lower(), autoescape=True),
            )
        )
    people = session.scalars(statement).all()
    return _with_facts(session, people, at=at)


def account_of(session: Session, person: Person, *, at: datetime) -> Account:
    """Return one account as administrators see it."""
    return _with_facts(session, [person], at=at)[0]


def count_accounts(session: Session) -> Mapping[str, int]:
    """Count the accounts of each kind."""
    return {
        kind: session.scalar(select(func.count()).select_from(Person).where(condition)) or 0
        for kind, condition in KINDS.items()
    }


def list_without_grants(session: Session, *, at: datetime, limit: int = 50) -> Sequence[Person]:
    """Return the accounts in use that wait for their first role, or have none any more."""
    today = at.astimezone(session.info["zone"]).date()
    holds = exists().where(
        RoleGrant.person_id == Person.id, or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today)
    )
    return session.scalars(
        select(Person).where(_HAS_ACCOUNT, Person.disabled_at.is_(None), ~holds).order_by(Person.id).limit(limit)
    ).all()


def disable(session: Session, person: Person, *, reason: object, actor: Actor, at: datetime) -> None:
    """Stop an account: its log-ins and tokens end at once. Nothing of what the person did is touched.

    Raises:
        Invalid: no reason was given.
        Refused: it is the actor's own, or it is stopped already.
    """
    words = texts.clean_text(reason, field="reason", max_length=200, multiline=False)
    if person.id == actor.person_id:
        raise Refused([Refusal("own_account")])
    if person.disabled_at is not None:
        raise Refused([Refusal("account_disabled")])
    person.disabled_at = at
    _touch(person, at)
    sessions.end_all(session, person.id, at=at)
    for token in tokens.list_living(session, person.id, at=at):
        token.ended_at = at
    facts = {"person": str(person.id), "reason": words}
    audit.record(session, event="account.disabled", actor=actor, at=at, facts=facts)


def enable(session: Session, person: Person, *, actor: Actor, at: datetime) -> None:
    """Let a stopped account be used again; its tokens stay ended."""
    if person.disabled_at is not None:
        person.disabled_at = None
        _touch(person, at)
        audit.record(session, event="account.enabled", actor=actor, at=at, facts={"person": str(person.id)})


def rename(person: Person, name: object, *, at: datetime) -> None:
    """Change how a person is shown.

    Raises:
        Invalid: the name cannot be kept.
    """
    person.name = texts.clean_text(name, field="name", max_length=NAME_LENGTH, name=True).strip()
    reading = read_person(person.name)
    person.pinyin, person.initials = reading.pinyin, reading.initials
    _touch(person, at)


def prefer(person: Person, given: Mapping[str, Any], *, at: datetime) -> None:
    """Keep what a person sets for themselves: `locale`, and the names of `PREFERENCES`.

    Raises:
        Invalid: an unknown setting, or a value it cannot have.
    """
    faults = []
    for name, value in given.items():
        allowed: tuple[object, ...] = LOCALES if name == "locale" else PREFERENCES.get(name, ())
        if not allowed:
            faults.append(FieldError(name, "unknown_field"))
        elif value not in allowed:
            choices = ", ".join(str(each).lower() for each in allowed)
            faults.append(FieldError(name, "not_a_choice", {"choices": choices}))
    if faults:
        raise Invalid(faults)
    person.locale = given.get("locale", person.locale)
    person.preferences = {**person.preferences, **{n: v for n, v in given.items() if n != "locale"}}
    _touch(person, at)


def keep_phone(session: Session, person: Person, typed: object, *, at: datetime) -> None:
    """Keep the number a person wants text messages at; empty: none any more.

    Raises:
        Invalid: it is none.
    """
    number = personal.parse_phone(typed, field="phone")
    person.phone_cipher = (
        keyring_of(session).encrypt(number, table="people", column="phone_cipher", row_id=person.id) if number else None
    )
    _touch(person, at)


def keep_mail(person: Person, typed: object, *, at: datetime) -> None:
    """Keep the address a person wants mail at; empty: none any more.

    Raises:
        Invalid: it is none.
    """
    person.mail = personal.parse_mail(typed, field="mail_address")
    _touch(person, at)


def plain_phone(session: Session, person: Person) -> str | None:
    """Return the number in plain, for its owner and for what is sent."""
    stored = person.phone_cipher
    if stored is None:
        return None
    return keyring_of(session).decrypt(stored, table="people", column="phone_cipher", row_id=person.id)


def _with_facts(session: Session, people: Sequence[Person], *, at: datetime) -> list[Account]:
    ids = [person.id for person in people]
    today = at.astimezone(session.info["zone"]).date()
    grants: dict[UUID, list[RoleGrant]] = {}
    held = select(RoleGrant).where(
        RoleGrant.person_id.in_(ids), or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today)
    )
    for row in session.scalars(held.order_by(RoleGrant.id)):
        grants.setdefault(row.person_id, []).append(row)
    last = (
        select(LoginSession.person_id, func.max(LoginSession.seen_at))
        .where(LoginSession.person_id.in_(ids))
        .group_by(LoginSession.person_id)
    )
    seen = dict(session.execute(last).all())
    locks = logins.locks(session, [person.user_name or "" for person in people], at=at)
    return [
        Account(
            person=person,
            grants=tuple(grants.get(person.id, ())),
            last_seen_at=seen.get(person.id),
            locked_until=locks.get(person.user_name or ""),
            is_dormant=logins.is_dormant(person, seen_at=seen.get(person.id), at=at),
        )
        for person in people
    ]


def _touch(person: Person, at: datetime) -> None:
    person.version += 1
    person.updated_at = at
