"""The API as its callers know it: the county of tests/world.py, a token for each of the cast, one clock for all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from casework.core.database import Database, Session
from casework.core.encryption import Keyring
from casework.core.ids import new_id
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.registry import grants, tokens
from casework.registry.tables import Person
from tests.web.applications import application
from tests.world import MORNING, World, make_world

BASE = "/api/v1"


@dataclass
class Api:
    """The application with the county behind it. `api("an", "GET", "/cases")` calls as 安老师."""

    app: Flask
    world: World
    office: Office
    tokens: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        who: str | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """Call as somebody (None: without a token) and return the answer."""
        given = dict(headers or {})
        if who is not None:
            given["Authorization"] = f"Bearer {self.tokens[who]}"
        if body is not None:
            more["json"] = body
        where = path if path.startswith("/api") else f"{BASE}{path}"
        with self.app.test_client() as client:
            return client.open(where, method=method, headers=given, buffered=True, **more)

    def ok(self, who: str, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Call, expect success, and return the JSON."""
        response = self(who, method, path, body, **more)
        assert response.status_code in (200, 201), response.get_data(as_text=True)
        return response.get_json()

    def move(self, who: str, case_id: str, trigger: str, *, comment: str | None = None, **fields: Any) -> TestResponse:
        """Call for a move."""
        body = {"trigger": trigger, "fields": fields} | ({} if comment is None else {"comment": comment})
        return self(who, "POST", f"/cases/{case_id}/transitions", body)

    def join(self, user: str, name: str, role: str, *, region: str | None = None, org: str | None = None) -> None:
        """Let somebody further join, with a token."""
        at = MORNING
        with self.office.db.transaction() as session:
            person = Person(id=new_id(), name=name, user_name=user, created_at=at, updated_at=at)
            session.add(person)
            session.flush()
            org_id = None if org is None else self.world.orgs[org]
            grants.add_grant(session, person, grants.Scope(role, region, org_id), actor=None, at=at)
        self.tokens[user] = give_token(self.office.db, person.id)


def give_token(db: Database, person_id: Any) -> str:
    """Make a token for a person."""
    with db.transaction() as session:
        return add_token(session, person_id)


def add_token(session: Session, person_id: Any) -> str:
    """Make a token for a person in a transaction under way."""
    _, plain = tokens.create(session, session.get_one(Person, person_id), actor=None, at=MORNING)
    return plain


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Let it be a Wednesday morning, and let the test move on."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def api(db: Database, tmp_path: Path, clock: time_machine.Traveller) -> Api:
    """Open the office of the small county and give everybody a token."""
    settings = read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": db.url})
    world = make_world(db, tmp_path)
    office = Office(settings, Keyring.open(tmp_path), db)
    app = application(office)
    # A fault of ours is to be seen where it happens, not as a polite page.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    made = Api(app, world, office)
    with db.transaction() as session:
        for user, actor in world.actors.items():
            if user != "ding":
                made.tokens[user] = add_token(session, actor.person_id)
    made.join("ding", "丁某", "handler", org="JYJ")
    return made


def at(text: str) -> datetime:
    """Read an instant of an answer."""
    return datetime.fromisoformat(text)
