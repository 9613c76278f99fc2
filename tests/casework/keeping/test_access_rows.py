"""What lets somebody in, done in the product, is as the audit tells; done past it, it is not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import update

from casework.core.database import Database, Session
from casework.core.hashing import hash_password
from casework.keeping.access_rows import doors
from casework.keeping.view import view_of
from casework.registry import accounts, grants, passwords, second_factor, tokens
from casework.registry.tables import Deputy, Person, Token
from tests.world import MORNING, World, make_world

LATER = MORNING + timedelta(hours=1)


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return make_world(db, tmp_path)


def found(world: World) -> list[str]:
    with view_of(world.db, at=LATER) as view:
        return [each.partition(" ")[2] for each in doors(view)]


def with_everything(session: Session, world: World) -> Person:
    """Make an account with a password that was changed and kept more safely, a second factor, tokens, a deputy."""
    by, first, second = world["guanli"], hash_password("Fluss-Birke-41"), hash_password("Berg-Linde-93")
    person = accounts.create_account(session, user_name="qian", name="钱某", hashed=first, actor=by, at=MORNING)
    facts = passwords.facts_of(session, person.id, at=MORNING)
    passwords.keep(session, facts, hashed=second, actor=by, at=MORNING)
    session.flush()
    passwords.strengthen(session, person.id, stored=second, hashed=first, at=MORNING)
    secret, _ = second_factor.begin(session, person, issuer="office")
    second_factor.confirm(session, person, code=pyotp.TOTP(secret).at(MORNING), actor=by, at=MORNING)
    (lost, _), _ = (tokens.create(session, person, actor=by, at=MORNING) for _ in range(2))
    session.flush()
    tokens.revoke(session, person.id, token_id=lost.id, actor=by, at=MORNING)
    days = {"valid_from": MORNING.date(), "valid_to": MORNING.date() + timedelta(days=9)}
    bai = session.get_one(Person, world["bai"].person_id)
    grants.appoint_deputy(session, bai, person, actor=by, at=MORNING, **days)
    return person


PAST: dict[str, Callable[[Session, Person], object]] = {
    "qian: password": lambda s, who: s.execute(update(Person).where(Person.id == who.id).values(password_hash="x")),
    "qian: second_factor": lambda s, who: s.execute(update(Person).where(Person.id == who.id).values(totp_secret=None)),
    "token: revoked": lambda s, who: s.execute(
        update(Token).where(Token.person_id == who.id, Token.ended_at.is_not(None)).values(ended_at=None)
    ),
    "deputy: valid_to": lambda s, who: s.execute(
        update(Deputy).where(Deputy.deputy_id == who.id).values(valid_to=MORNING.date() + timedelta(days=99))
    ),
}


@pytest.mark.parametrize("what", PAST)
def test_what_is_changed_past_the_product_is_named(what: str, world: World) -> None:
    with world.db.transaction() as session:
        person = with_everything(session, world)
    assert found(world) == []
    with world.db.transaction() as session:
        PAST[what](session, person)
    assert found(world) == [what]


def test_a_stopped_account_whose_time_is_over_accuses_nobody(world: World) -> None:
    with world.db.transaction() as session:
        person = with_everything(session, world)
    with world.db.transaction() as session:
        row = accounts.get_account(session, person.id)
        accounts.disable(session, row, reason="退休", actor=world["guanli"], at=MORNING)
        row.totp_secret = None
    assert found(world) == []
