"""The county of tests/world.py, opened as an office, on both engines; and what the tests of later work share."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.core.database import Database
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.matters.tables import Notice
from casework.registry import accounts
from casework.registry.tables import Person
from tasks.relay import relay
from tasks.sending import releasing
from tests.world import MORNING, World, make_world


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Found the small county in a fresh database."""
    return make_world(db, tmp_path)


@pytest.fixture
def office(world: World, database_url: str, tmp_path: Path) -> Office:
    """Open the office of that county."""
    settings = read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": database_url})
    keyring = world.db.info["keyring"]
    return Office(settings, keyring, world.db)


@dataclass(frozen=True)
class Told:
    """A notice in the words of the tests: to whom, what, on which channel, and what became of it."""

    to: str
    code: str
    channel: str
    fate: str
    reason: str | None


@dataclass
class Post:
    """Tells of what happened, and reads who was told."""

    world: World

    def tell(self, *, at: datetime, mails: bool = False) -> None:
        """Relay and release, as a worker does."""
        relay(self.world.db, at=at, mails=mails)
        releasing.release(self.world.db, at=at)

    def notices(self, *, channel: str | None = "app") -> list[Told]:
        """Return every notice there is."""
        names = {actor.person_id: name for name, actor in self.world.actors.items()}
        with self.world.db.reading() as session:
            rows = session.scalars(select(Notice).order_by(Notice.id)).all()
        return [
            Told(names[row.person_id], row.code, row.channel, row.fate, row.fate_reason)
            for row in rows
            if channel is None or row.channel == channel
        ]

    def told(self, code: str) -> set[str]:
        """Return who has been told a code in the application."""
        return {each.to for each in self.notices() if each.code == code and each.fate == "sent"}

    def rows(self) -> list[Notice]:
        """Return the rows themselves."""
        with self.world.db.reading() as session:
            return list(session.scalars(select(Notice).order_by(Notice.id)))


@pytest.fixture
def post(world: World) -> Post:
    """Lend the reading end of the notices."""
    return Post(world)


@pytest.fixture
def give_mail(world: World) -> Callable[..., None]:
    """Lend a way to give people an address."""

    return lambda *names: give_addresses(world, *names)


def give_addresses(world: World, *names: str) -> None:
    """Give people an address."""
    with world.db.transaction() as session:
        for name in names:
            person = session.get_one(Person, world[name].person_id)
            accounts.keep_mail(person, f"{name}@county.invalid", at=MORNING)


def with_mail(office: Office, url: str) -> Office:
    """Return the office with a mail server."""
    return replace(office, settings=replace(office.settings, mail_url=url, mail_from="casework@county.invalid"))
