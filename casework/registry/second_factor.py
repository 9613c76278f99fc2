"""The second factor: six digits that change every half minute (TOTP, RFC 6238), and ten codes for a lost phone.

Secret, last step used and the digests of the spare codes are one encrypted value of the person's row, so that a code
read over a shoulder does not work twice (reliability.md §4.4).
"""

import hmac
import json
import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

import pyotp

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import Keyring
from casework.core.errors import NotFound, invalid
from casework.core.hashing import token_digest
from casework.registry import audit
from casework.registry.account_rules import needs_second_factor
from casework.registry.tables import Person

ON, OFF = "second_factor.on", "second_factor.off"
STEP_SECONDS = 30
SPARE_CODES = 10
_CELL = {"table": "people", "column": "totp_secret"}


@dataclass(slots=True)
class _Kept:
    secret: str = ""
    last_step: int = 0
    spares: list[str] = field(default_factory=list)
    # Drawn and not yet confirmed; until then the one before goes on working.
    pending: str = ""


def is_required(roles: Collection[str], *, https: bool, profile: str) -> bool:
    """Say whether somebody with these roles must have one: by the profile, wherever the office is on a network."""
    return https and needs_second_factor(roles, profile=profile)


def is_on(session: Session, person: Person) -> bool:
    """Say whether a log-in of this person asks for a code."""
    return is_on_in(session, person.id, person.totp_secret)


def is_on_in(session: Session, person_id: UUID, stored: str | None) -> bool:
    """Say the same of what is stored in a person's row."""
    kept = _read(session, person_id, stored)
    return kept is not None and bool(kept.secret)


def spares_left(session: Session, person: Person) -> int:
    """Return how many spare codes are left."""
    kept = _open(session, person)
    return 0 if kept is None else len(kept.spares)


def begin(session: Session, person: Person, *, issuer: str) -> tuple[str, str]:
    """Draw a secret to be confirmed by a first code; returns it and the address for the phone's QR code."""
    kept = _open(session, person) or _Kept()
    kept.pending = pyotp.random_base32()
    _keep(session, person, kept)
    return kept.pending, _address(person, kept, issuer)


def pending(session: Session, person: Person, *, issuer: str) -> tuple[str, str]:
    """Return the secret that waits for its first code, and its address.

    Raises:
        NotFound: none waits.
    """
    kept = _open(session, person)
    if kept is None or not kept.pending:
        raise NotFound("second_factor")
    return kept.pending, _address(person, kept, issuer)


def confirm(session: Session, person: Person, *, code: str, actor: Actor, at: datetime) -> list[str]:
    """Turn the second factor on by a first code; returns the spare codes, shown once.

    Raises:
        Invalid: `code_wrong` on `code`.
        NotFound: none waits to be confirmed.
    """
    kept = _open(session, person)
    if kept is None or not kept.pending:
        raise NotFound("second_factor")
    step = _step(kept.pending, code, after=0, at=at)
    if step is None:
        raise invalid("code", "code_wrong")
    spares = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(SPARE_CODES)]
    _keep(session, person, _Kept(kept.pending, step, [token_digest(spare) for spare in spares]))
    audit.record(session, event=ON, actor=actor, at=at, facts={"person": str(person.id)})
    return spares


def use(session: Session, person: Person, *, code: str, at: datetime) -> bool:
    """Say whether a code opens the door, and use it up."""
    kept = _open(session, person)
    if kept is None or not kept.secret:
        return False
    step = _step(kept.secret, code, after=kept.last_step, at=at)
    if step is not None:
        kept.last_step = step
    elif (digest := token_digest(code.strip().lower())) in kept.spares:
        kept.spares.remove(digest)
    else:
        return False
    _keep(session, person, kept)
    return True


def turn_off(session: Session, person: Person, *, actor: Actor, at: datetime) -> None:
    """Take the second factor away, for a lost phone."""
    person.totp_secret = None
    audit.record(session, event=OFF, actor=actor, at=at, facts={"person": str(person.id)})


def _address(person: Person, kept: _Kept, issuer: str) -> str:
    return pyotp.TOTP(kept.pending).provisioning_uri(name=person.user_name or "", issuer_name=issuer)


def _step(secret: str, code: str, *, after: int, at: datetime) -> int | None:
    """Return the step a code belongs to: this one, the one before or the next, and none up to `after`."""
    plain = "".join(code.split())
    now = int(at.timestamp()) // STEP_SECONDS
    machine = pyotp.TOTP(secret)
    for step in (now, now - 1, now + 1):
        expected = machine.generate_otp(step)
        if step > after and hmac.compare_digest(expected.encode(), plain.encode("utf-8", "replace")):
            return step
    return None


def _open(session: Session, person: Person) -> _Kept | None:
    return _read(session, person.id, person.totp_secret)


def _read(session: Session, person_id: UUID, stored: str | None) -> _Kept | None:
    if stored is None:
        return None
    keyring: Keyring = session.info["keyring"]
    return _Kept(**json.loads(keyring.decrypt(stored, row_id=person_id, **_CELL)))


def _keep(session: Session, person: Person, kept: _Kept) -> None:
    keyring: Keyring = session.info["keyring"]
    person.totp_secret = keyring.encrypt(json.dumps(asdict(kept)), row_id=person.id, **_CELL)
