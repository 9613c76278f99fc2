"""Logging in: a try is counted before it is judged, so that tries at once do not slip past the limit.

Three steps, so that no transaction is open while a password is hashed: `begin` counts, `verify_password` judges,
`let_in` opens the log-in (or `withdraw` takes the count back). Unknown and known names are counted, delayed and
refused alike (reliability.md §4.4). Not here: the second factor's codes (second_factor.py), cookies.
"""

import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, refused
from casework.core.ids import new_id
from casework.registry import audit, passwords, second_factor, sessions
from casework.registry.queries import grants_of
from casework.registry.tables import LoginFailure, LoginSession, Person

MOST_TRIES = 5
TRIES_WITHIN = PAIR_LOCK = timedelta(minutes=15)
MOST_FROM_ANYWHERE = 20
ANYWHERE_WITHIN = timedelta(hours=24)
ANYWHERE_LOCK = timedelta(minutes=30)
MOST_FROM_ADDRESS = 50
ADDRESS_WITHIN = timedelta(hours=1)
DORMANT_AFTER = timedelta(days=90)
_DELAY_SECONDS, _LONGEST_DELAY_SECONDS = 0.2, 0.8
_NAME_LENGTH = 64


class LockedOut(CaseworkError):
    """Too many tries failed; until `until` none is judged."""

    code = "locked_out"

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until.isoformat()}")
        self.until = until


class WrongPassword(CaseworkError):
    """Name and password do not belong together; `left` tries are left from this address."""

    code = "wrong_password"

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} left")
        self.left = left


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that is counted and not yet judged."""

    failure_id: UUID
    user_name: str
    address: str
    left: int
    person_id: UUID | None
    stored: str | None
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class Welcome:
    """A log-in that was opened."""

    person_id: UUID
    name: str
    locale: str
    secret: str
    must_change: bool
    ended_elsewhere: int


def delay_seconds(left: int) -> float:
    """Return how long a refusal is held back: longer with each try that failed before."""
    return min(_DELAY_SECONDS * (MOST_TRIES - 1 - left), _LONGEST_DELAY_SECONDS)


def plain_name(typed: str) -> str:
    """Return a typed user name in the form accounts are known by."""
    return texts.ascii_code(typed).strip().lower()[:_NAME_LENGTH]


def begin(session: Session, *, user_name: str, address: str, at: datetime) -> Attempt:
    """Count a try.

    Raises:
        LockedOut: too many failed for this name from this address, for this name from anywhere, or from this address.
    """
    name = plain_name(user_name)
    # The row is held, so that of several tries at once each sees those before it.
    person = session.scalars(select(Person).where(Person.user_name == name).with_for_update()).one_or_none()
    until = locked_until(session, user_name=name, address=address, at=at)
    if until is not None:
        raise LockedOut(until)
    recent = session.scalar(
        select(func.count())
        .select_from(LoginFailure)
        .where(LoginFailure.user_name == name, LoginFailure.address == address, LoginFailure.at > at - TRIES_WITHIN)
    )
    row = LoginFailure(id=new_id(), user_name=name, address=address, at=at)
    session.add(row)
    left = max(MOST_TRIES - 1 - (recent or 0), 0)
    if person is not None and left == 0:
        # Single failures are counted in their own table; that somebody ran out of tries is worth keeping.
        facts = {"person": str(person.id), "address": address}
        audit.record(session, event="login.tries_used_up", actor=None, at=at, facts=facts)
    known = person is not None and person.disabled_at is None
    return Attempt(
        failure_id=row.id,
        user_name=name,
        address=address,
        left=left,
        person_id=person.id if person is not None and known else None,
        stored=person.password_hash if person is not None and known else None,
        has_second_factor=person is not None and known and second_factor.is_on(session, person),
    )


def withdraw(session: Session, attempt: Attempt) -> None:
    """Take back the count of a try that could not be judged, or whose password was right."""
    session.execute(delete(LoginFailure).where(LoginFailure.id == attempt.failure_id))


def let_in(
    session: Session,
    attempt: Attempt,
    *,
    agent: str,
    at: datetime,
    profile: str,
    came_by: str = sessions.PASSWORD,
    proven_at: datetime | None = None,
) -> Welcome:
    """Open the log-in of a try that was judged right; `proven_at`: when elsewhere, if it was.

    Raises:
        Refused: the account sleeps, or the password given by somebody else has run out.
    """
    person = session.scalars(select(Person).where(Person.id == attempt.person_id).with_for_update()).one()
    withdraw(session, attempt)
    seen = session.scalar(select(func.max(LoginSession.seen_at)).where(LoginSession.person_id == person.id))
    if is_dormant(person, seen_at=seen, at=at):
        raise refused("account_dormant")
    by_password = came_by == sessions.PASSWORD
    if by_password and passwords.is_initial_run_out(person, at=at):
        raise refused("initial_password_run_out", hours=passwords.INITIAL_HOURS)
    _forget(session, user_name=attempt.user_name, address=attempt.address)
    if by_password and passwords.is_worn_out(person, at=at, profile=profile):
        person.must_change = True
    day = at.astimezone(session.info["zone"]).date()
    roles = frozenset(grant.role for grant in grants_of(session, person.id, on=day))
    secret, ended = sessions.begin(
        session,
        person.id,
        roles=roles,
        address=attempt.address,
        agent=agent,
        at=at,
        profile=profile,
        came_by=came_by,
        proven_at=proven_at,
    )
    facts = {"ended_elsewhere": ended, "by": came_by}
    audit.record(session, event="login", actor=Actor(person.id, person.name), at=at, facts=facts)
    return Welcome(person.id, person.name, person.locale, secret, person.must_change, ended)


def locked_until(session: Session, *, user_name: str, address: str, at: datetime) -> datetime | None:
    """Return until when no try for this name from this address is judged; None when it is."""
    ends = (
        _pair_lock(session, user_name, address),
        account_locked_until(session, user_name=user_name, at=at),
        None if _is_loopback(address) else _address_lock(session, address, at=at),
    )
    return max((end for end in ends if end is not None and end > at), default=None)


def account_locked_until(session: Session, *, user_name: str, at: datetime) -> datetime | None:
    """Return until when a name is locked for tries from anywhere: 30 minutes after 20, twice as long each time."""
    return locks(session, [user_name], at=at).get(user_name)


def locks(session: Session, user_names: Collection[str], *, at: datetime) -> Mapping[str, datetime]:
    """Return which of these names are locked for tries from anywhere, and until when."""
    tries: dict[str, list[datetime]] = {}
    for name, failed_at in session.execute(
        select(LoginFailure.user_name, LoginFailure.at)
        .where(LoginFailure.user_name.in_(user_names), LoginFailure.at > at - ANYWHERE_WITHIN)
        .order_by(LoginFailure.at)
    ):
        tries.setdefault(name, []).append(failed_at)
    found = {}
    for name, times in tries.items():
        rounds = len(times) // MOST_FROM_ANYWHERE
        end = times[rounds * MOST_FROM_ANYWHERE - 1] + ANYWHERE_LOCK * 2 ** (rounds - 1) if rounds else at
        if end > at:
            found[name] = end
    return found


def unlock(session: Session, person: Person, *, actor: Actor, at: datetime) -> None:
    """Forget what failed for an account, from wherever: the office's way out of a lock."""
    session.execute(delete(LoginFailure).where(LoginFailure.user_name == person.user_name))
    audit.record(session, event="account.unlocked", actor=actor, at=at, facts={"person": str(person.id)})


def is_dormant(person: Person, *, seen_at: datetime | None, at: datetime) -> bool:
    """Say whether an account was neither used (last at `seen_at`) nor given a password for 90 days."""
    last = max((each for each in (seen_at, person.password_set_at) if each is not None), default=None)
    return last is not None and at - last > DORMANT_AFTER


def forget_failures(session: Session, *, before: datetime) -> int:
    """Delete the failures before an instant, for the nightly tidying; none counts for longer than a day."""
    rows = session.execute(delete(LoginFailure).where(LoginFailure.at < before).returning(LoginFailure.id))
    return len(rows.all())


def _forget(session: Session, *, user_name: str, address: str) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.user_name == user_name, LoginFailure.address == address))


def _pair_lock(session: Session, user_name: str, address: str) -> datetime | None:
    last = session.scalars(
        select(LoginFailure.at)
        .where(LoginFailure.user_name == user_name, LoginFailure.address == address)
        .order_by(LoginFailure.at.desc())
        .limit(MOST_TRIES)
    ).all()
    if len(last) < MOST_TRIES or last[0] - last[-1] > TRIES_WITHIN:
        return None
    return last[0] + PAIR_LOCK


def _address_lock(session: Session, address: str, *, at: datetime) -> datetime | None:
    tries = session.scalars(
        select(LoginFailure.at)
        .where(LoginFailure.address == address, LoginFailure.at > at - ADDRESS_WITHIN)
        .order_by(LoginFailure.at.desc())
        .limit(MOST_FROM_ADDRESS)
    ).all()
    return tries[-1] + ADDRESS_WITHIN if len(tries) == MOST_FROM_ADDRESS else None


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
