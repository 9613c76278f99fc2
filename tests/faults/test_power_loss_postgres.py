"""The power fails while PostgreSQL writes: it starts again by itself, and no client was told too much (F17)."""

import random
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from casework.cases.tables import Case
from casework.core.database import Database
from casework.core.database_faults import DatabaseFault
from tests import server_keeper
from tests.faults import powerless_postgres as powerless
from tests.faults.running import WAIT, assert_sound
from tests.faults.table import number
from tests.faults.toll import toll
from tests.schema import build_county
from tests.servers import Server, postgres_server
from tests.tasks.test_worker import until
from tests.world import World, make_world

CUTS = number("F17", "cuts")
CLIENTS = 3

pytestmark = pytest.mark.timeout(1500)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Lend a folder in memory, which other users can walk through."""
    made = server_keeper.session_folder() / f"powerless-{uuid4().hex}"
    made.mkdir(mode=0o711)
    yield made
    shutil.rmtree(made)


@contextmanager
def writing(
    folder: Path, keys: Path, settings: Mapping[str, str], at_work: threading.Event
) -> Iterator[tuple[Server, World, list[UUID]]]:
    """Let clients report one case after the other while it is asked for; what they are told is noted as they hear it."""
    server = postgres_server(folder / "pg", settings=settings)
    told: list[UUID] = []
    stopped = threading.Event()
    try:
        build_county(server.url)
        world = make_world(Database(server.url), keys)

        def report() -> None:
            while not stopped.is_set():
                if not at_work.wait(0.1):
                    continue
                # Who waits for a server that is stopped for a moment may hear that it took too long: nothing was told.
                with suppress(DatabaseFault):
                    told.append(world.report())

        clients = [threading.Thread(target=report) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            assert until(lambda: len(told) > CLIENTS, seconds=WAIT)
            yield server, world, told
        finally:
            stopped.set()
            for client in clients:
                client.join()
            world.db.close()
    finally:
        server.stop()


def lost_by_cuts(
    folder: Path, keys: Path, settings: Mapping[str, str], *, cuts: int, until_lost: bool = False
) -> tuple[int, int]:
    """Cut the power again and again, or `until_lost`; return how much clients had been told, and how much was gone."""
    lost, known, data = 0, 0, folder / "pg" / "data"
    heard: set[UUID] = set()
    at_work = threading.Event()
    at_work.set()
    with writing(folder, keys, settings, at_work) as (server, world, told):
        flushed = powerless.checkpoint(server, data, folder / "flushed")
        for n in range(cuts):
            assert until(partial(_are_more, told, known), seconds=WAIT)
            # In this order: what was told by then is flushed by then, and more of both may follow.
            heard = set(told)
            left = folder / f"left{n}"
            powerless.cut(server, data, flushed=flushed, into=left, dice=random.Random(n))
            # Else there would be ever more to look at, on a slow machine without an end.
            at_work.clear()
            lost += len(heard - _kept(server, left, world, keys))
            known = len(told)
            at_work.set()
            shutil.rmtree(left)
            if lost and until_lost:
                break
    return len(heard), lost


def _are_more(told: list[UUID], known: int) -> bool:
    return len(told) >= known + 5


def _kept(server: Server, left: Path, world: World, keys: Path) -> set[UUID]:
    """Start a server on what was left, look at all of it, and return the cases that are there."""
    again = powerless.started(server, left)
    try:
        db = Database(again.url)
        db.info["keyring"] = world.db.info["keyring"]
        with db.reading() as session:
            found = set(session.scalars(select(Case.id)))
        assert_sound(World(db), keys, healed=False)
        db.close()
    finally:
        again.kill()
    return found


def test_whenever_the_power_fails_postgresql_keeps_what_was_acknowledged(folder: Path, tmp_path: Path) -> None:
    known, lost = lost_by_cuts(folder, tmp_path, powerless.DURABLE, cuts=CUTS)
    toll("F17", times=CUTS, held=known, lost=lost, what="acknowledged transactions", told="postgresql with fsync")


def test_a_server_that_acknowledges_before_it_flushes_is_caught(folder: Path, tmp_path: Path) -> None:
    hasty = powerless.DURABLE | {
        "synchronous_commit": "off",
        "wal_writer_delay": "10s",
        "wal_writer_flush_after": "1GB",
        # A page that makes room for another is written after its log: with room for all, nothing else flushes.
        "shared_buffers": "64MB",
        "bgwriter_lru_maxpages": "0",
    }
    assert lost_by_cuts(folder, tmp_path, hasty, cuts=3, until_lost=True)[1] > 0
