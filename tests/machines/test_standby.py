"""Figures read from a standby: as of when they are is shown and bounded, and whatever befalls the copy, they are there."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from flask import Flask

from casework.core import clock
from casework.core.database import Database
from casework.core.office import Office
from casework.core.settings import UnsafeSettings, read_settings
from casework.core.standby import Standby
from tests import server_keeper
from tests.machines.cluster import PRIMARY, STANDBY, Cluster
from tests.machines.relays import Relays
from tests.schema import build_schema
from tests.tasks.test_worker import until
from tests.web.api.conftest import give_token
from tests.web.applications import application
from tests.world import World, make_world
from web import lateness

MOST = timedelta(seconds=30)


@dataclass
class Copied:
    """A county with a copy of its database."""

    cluster: Cluster
    network: Relays
    world: World
    office: Office
    app: Flask
    token: str
    others: list[Standby] = field(default_factory=list)

    @property
    def standby(self) -> Standby:
        assert self.office.standby is not None
        return self.office.standby

    def figures(self) -> tuple[int, bool]:
        """Ask how many cases were reported; say whether the answer was read from the copy."""
        with self.app.test_client() as client:
            answer = client.get("/api/v1/statistics", headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        json = answer.get_json()
        (n,) = [each["n"] for each in json["figures"] if each["key"] == "total"]
        return n, lateness.HEADER in answer.headers

    def beside(self) -> Standby:
        """Return another one of the same copy, which remembers nothing."""
        url = self.office.settings.read_database_url
        made = Standby(url, primary=self.world.db, most=MOST, info=self.world.db.info)
        self.others.append(made)
        return made

    def replay(self, *, paused: bool) -> None:
        """Let the copy take in nothing more, or go on."""
        with psycopg.connect(self.cluster.servers[STANDBY].url, autocommit=True) as connection:
            connection.execute(f"SELECT pg_wal_replay_{'pause' if paused else 'resume'}()")


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Copied]:
    network = Relays(())
    folder = server_keeper.session_folder() / f"standby-{uuid4().hex}"
    folder.mkdir(mode=0o711)
    cluster = Cluster(network, folder)
    try:
        build_schema(cluster.servers[PRIMARY].url)
        cluster.split()
        read = cluster.url("desk", read=True)
        home, url = str(tmp_path), cluster.url("desk")
        settings = read_settings(
            {"CASEWORK_HOME": home, "CASEWORK_DATABASE_URL": url, "CASEWORK_READ_DATABASE_URL": read}
        )
        db = Database(url)
        world = make_world(db, tmp_path)
        standby = Standby(read, primary=db, most=timedelta(seconds=settings.read_seconds), info=db.info)
        office = Office(settings, db.info["keyring"], db, standby)
        made = Copied(cluster, network, world, office, application(office), give_token(db, world["lu"].person_id))
        yield made
        for each in made.others:
            each.close()
        office.close()
    finally:
        cluster.stop()
        network.close()
        shutil.rmtree(folder, ignore_errors=True)


def test_figures_come_from_the_copy_within_the_bound_and_from_the_primary_beyond_it(copied: Copied) -> None:
    copied.world.report()
    assert until(lambda: copied.figures() == (1, True))
    page = _page(copied)
    assert "备份库" in page
    assert f"{clock.now().astimezone(copied.office.settings.zone):%Y-%m-%d %H:}" in page

    # It falls behind: what it showed last is within the bound for a while, and is honest about it.
    own, begun = copied.beside(), clock.now()
    assert until(lambda: (lent := own.lend(at=begun)) is not None and lent.as_of == begun)
    copied.replay(paused=True)
    copied.world.report()
    lent = own.lend(at=begun + timedelta(seconds=20))
    assert lent is not None
    assert lent.as_of == begun
    assert own.lend(at=begun + MOST + timedelta(seconds=1)) is None
    assert copied.figures() in ((1, True), (2, False))
    copied.replay(paused=False)
    assert until(lambda: copied.figures() == (2, True))

    # It is cut off from its primary, and does not know that it is late; the primary's position says so.
    own, begun = copied.beside(), clock.now()
    assert until(lambda: own.lend(at=begun) is not None)
    copied.network.cut(STANDBY, PRIMARY)
    copied.world.report()
    assert own.lend(at=begun + MOST + timedelta(seconds=1)) is None
    copied.network.heal(STANDBY, PRIMARY)
    assert until(lambda: copied.figures() == (3, True), seconds=60)

    # It falls; nobody who reads figures notices.
    copied.cluster.servers[STANDBY].kill()
    assert copied.figures() == (3, False)
    assert "备份库" not in _page(copied)
    copied.cluster.servers[STANDBY].start()
    copied.standby._away_until = 0.0
    assert until(lambda: copied.figures()[1])

    # It has taken over and is nobody's copy any more.
    copied.cluster.promote()
    assert copied.standby.lend(at=clock.now()) is None


def _page(copied: Copied) -> str:
    with copied.app.test_client() as client:
        answer = client.get("/overview", headers={"Authorization": f"Bearer {copied.token}", "Accept": "text/html"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"CASEWORK_READ_DATABASE_URL": "postgresql://a@h/c"}, "is no PostgreSQL"),
        (
            {"CASEWORK_READ_DATABASE_URL": "sqlite:///c.db", "CASEWORK_DATABASE_URL": "postgresql://a@h/c"},
            "must begin with postgresql://",
        ),
        (
            {"CASEWORK_READ_DATABASE_URL": "postgresql://a@h/c", "CASEWORK_DATABASE_URL": "postgresql://a@h/c"},
            "that is no standby",
        ),
        ({"CASEWORK_READ_SECONDS": "0"}, "from 1 to 3600"),
    ],
)
def test_a_standby_that_can_be_none_is_refused_at_the_start(given: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings, match=said):
        read_settings({"CASEWORK_HOME": str(tmp_path), **given})
