"""The web application over the county of tests/world.py, as browsers and programs meet it."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from casework.core import clock
from casework.core.actors import SYSTEM
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.hashing import hash_password
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.registry import accounts, audit, passwords, sessions, tokens
from casework.registry.queries import grants_of
from casework.registry.tables import Person
from tests.web.applications import application
from tests.world import World

PASSWORD = "Pferd-Wolke-77-lila"
_TOKEN_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


@cache
def password_hash() -> str:
    """Return the hash of PASSWORD, made once."""
    return hash_password(PASSWORD)


@dataclass
class Desk:
    """One office with its application."""

    world: World
    office: Office
    app: Flask

    def client(self, **options: Any) -> FlaskClient:
        """Return somebody who is not logged in."""
        return self.app.test_client(**options)

    def browser(self, user: str) -> "Browser":
        """Open a browser in which somebody is logged in. Filling in the form is for the tests of the log-in."""
        made = Browser(self.client())
        with self.office.db.transaction() as session:
            person = accounts.by_user_name(session, user)
            assert person is not None
            secret, _ended = sessions.begin(
                session,
                person.id,
                roles=frozenset(grant.role for grant in grants_of(session, person.id, on=clock.now().date())),
                address="127.0.0.1",
                agent="test",
                at=clock.now(),
                profile=self.office.settings.account_profile,
            )
        made.client.set_cookie("casework_session", secret)
        return made

    def token(self, user: str, *, kind: str = tokens.API) -> str:
        """Make a bearer token for one of the cast."""
        with self.office.db.transaction() as session:
            person = accounts.by_user_name(session, user)
            assert person is not None
            return tokens.create(session, person, actor=SYSTEM, at=clock.now(), kind=kind)[1]

    def bearer(self, user: str) -> dict[str, str]:
        """Return the headers of a program that works for one of the cast."""
        return {"Authorization": f"Bearer {self.token(user)}"}

    def person(self, user: str) -> Person:
        """Read somebody as stored."""
        with self.office.db.reading() as session:
            found = accounts.by_user_name(session, user)
            assert found is not None
            return found


@dataclass
class Browser:
    """A browser that fills in the forms it is given: the token of the last page goes along.

    Who sends a form without having seen a page opens one first. Most tests look at a page anyway, and one more page in
    every test is a tenth of them.
    """

    client: FlaskClient
    seen_token: str = ""

    @property
    def form_token(self) -> str:
        """Return the token of the last page."""
        if not self.seen_token:
            self.get("/profile")
        return self.seen_token

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self._kept(self.client.get(path, **options))

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form."""
        sent = {"csrf_token": self.form_token, **(data or {})}
        return self._kept(self.client.post(path, data=sent, **options))

    def log_in(self, user: str, password: str, **more: str) -> TestResponse:
        """Fill in the log-in."""
        self.get("/login")
        answer = self.post("/login", {"account": user, "password": password, **more})
        if answer.status_code == 303:
            # The form token changed with the log-in; the next page has the new one.
            self.get("/profile")
        return answer

    def _kept(self, answer: TestResponse) -> TestResponse:
        found = _TOKEN_FIELD.search(answer.text) if answer.mimetype == "text/html" else None
        if found:
            self.seen_token = found[1]
        return answer


def make_desk(world: World, folder: Path, **env: str) -> Desk:
    """Open the web of a county; everybody's password is PASSWORD. `env`: settings beside the defaults."""
    settings = read_settings({"CASEWORK_HOME": str(folder), "CASEWORK_DATABASE_URL": world.db.url, **env})
    keyring = world.db.info["keyring"]
    assert isinstance(keyring, Keyring)
    office = Office(settings, keyring, world.db)
    give_passwords(world.db)
    app = application(office)
    app.testing = True
    # Faults are answered as in an office, not raised through the client.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["LOGIN_DELAY_FACTOR"] = 0
    return Desk(world, office, app)


def give_passwords(db: Database) -> None:
    """Give everybody PASSWORD, set today."""
    with db.transaction() as session:
        for person in session.query(Person).where(Person.user_name.is_not(None)):
            person.password_hash = password_hash()
            person.password_set_at = clock.now()
            facts = {"person": str(person.id), "mark": audit.mark_of(person.password_hash)}
            audit.record(session, event=passwords.RESET, actor=None, at=clock.now(), facts=facts)
