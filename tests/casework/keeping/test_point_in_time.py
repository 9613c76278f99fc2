"""Back to an instant between two writes, with the very settings and scripts of deploy/postgresql."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from casework import migrations
from casework.cases.tables import Case
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.keeping.verify import verify
from tests import server_keeper, servers
from tests.laws.source import ROOT
from tests.world import MORNING, World, make_world
from workflows.lifecycles import lifecycles

DEPLOY = ROOT / "deploy" / "postgresql"
SCRIPTS = ("keep-wal.sh", "base-backup.sh", "point-in-time.sh")


@dataclass
class Place:
    """A folder with scripts and kept changes, and the cluster that keeps them."""

    folder: Path
    server: servers.Server

    @property
    def programs(self) -> Path:
        return Path(self.server.command[0]).parent

    def run(self, script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(self.folder / script), *(str(each) for each in arguments)]
        environment = {**os.environ, "PG_BIN": str(self.programs)}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def ask(self, statement: str) -> object:
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            row = connection.execute(statement).fetchone()
        return None if row is None else row[0]


def settings_of(folder: Path) -> dict[str, str]:
    """Return deploy/postgresql/archiving.conf with our folders in the place of an office's."""
    text = (DEPLOY / "archiving.conf").read_text("utf-8")
    text = text.replace("/opt/casework/postgresql", str(folder)).replace("/srv/wal", str(folder / "wal"))
    found = re.findall(r"^(\w+) = (?:'(.*)'|(\S+))$", text, re.MULTILINE)
    return {name: quoted or plain for name, quoted, plain in found}


@pytest.fixture
def place() -> Iterator[Place]:
    """Start a cluster that keeps its changes as an office's does."""
    folder = server_keeper.session_folder() / f"kept-{uuid4().hex}"
    (folder / "wal").mkdir(parents=True)
    for name in SCRIPTS:
        shutil.copy(DEPLOY / name, folder / name)
    for path in (folder, *folder.rglob("*")):
        servers._give_to_nobody(path)
    settings = settings_of(folder)
    assert settings["archive_mode"] == "on" and "keep-wal.sh" in settings["archive_command"]
    server = servers.postgres_server(folder / "cluster", settings=settings)
    yield Place(folder, server)
    server.stop()
    shutil.rmtree(folder)


def kept_until_now(place: Place) -> None:
    """Close the file of changes under way and wait until it is kept."""
    last = place.ask("SELECT pg_walfile_name(pg_switch_wal())")
    end = time.monotonic() + 60
    while not (place.folder / "wal" / str(last)).exists():
        assert time.monotonic() < end, place.ask("SELECT last_failed_wal FROM pg_stat_archiver")
        time.sleep(0.05)


def opened(place: Place, home: Path) -> Database:
    url = place.server.url.replace("/postgres", "/office").replace("postgresql://", "postgresql+psycopg://")
    return Database(url, keyring=Keyring.open(home))


def test_the_office_goes_back_to_an_instant_between_two_writes(place: Place, tmp_path: Path) -> None:
    place.ask("SELECT 1")
    with psycopg.connect(place.server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE office TEMPLATE template0 ENCODING 'UTF8'")
    db = opened(place, tmp_path)
    migrations.upgrade(db)
    world = make_world(db, tmp_path)
    base = place.folder / "base"
    made = place.run("base-backup.sh", base, "-d", place.server.url)
    assert made.returncode == 0, made.stderr
    assert "is there already" in place.run("base-backup.sh", base, "-d", place.server.url).stderr
    before = world.assigned()
    instant = str(place.ask("SELECT clock_timestamp()::text"))
    after = world.assigned(title="误导入的一件")
    kept_until_now(place)
    db.close()
    place.server.kill()
    # The disk with the data is gone; base and changes lay on another.
    data = place.folder / "cluster" / "data"
    shutil.rmtree(data)
    assert place.run("point-in-time.sh", base, place.folder / "wal", data, "it's").returncode == 1
    laid = place.run("point-in-time.sh", base, place.folder / "wal", data, instant)
    assert laid.returncode == 0, laid.stderr
    for path in (data, *data.rglob("*")):
        servers._give_to_nobody(path)
    place.server.start()
    end = time.monotonic() + 60
    while place.ask("SELECT pg_is_in_recovery()"):
        assert time.monotonic() < end
        time.sleep(0.05)
    db = opened(place, tmp_path)
    with db.reading() as session:
        assert session.get(Case, before) is not None and session.get(Case, after) is None
    found = verify(db, at=MORNING, attachments=tmp_path / "attachments", lifecycles=lifecycles())
    assert {each.name: each.rows for each in found if each.rows} == {}
    # It goes on from there, and keeps its changes on a time line of its own.
    again = World(db, world.actors, world.orgs).assigned()
    kept_until_now(place)
    with db.reading() as session:
        assert session.get(Case, again) is not None
    assert {path.name[:8] for path in (place.folder / "wal").iterdir()} >= {"00000001", "00000002"}
    db.close()


def test_a_kept_file_of_changes_is_never_overwritten(tmp_path: Path) -> None:
    one, other, kept = tmp_path / "one", tmp_path / "other", tmp_path / "kept"
    one.write_text("changes")
    other.write_text("other changes")
    codes = [
        subprocess.run(["sh", str(DEPLOY / "keep-wal.sh"), str(path), str(kept)], check=False).returncode
        for path in (one, one, other)
    ]
    assert codes == [0, 0, 1] and kept.read_text() == "changes"
