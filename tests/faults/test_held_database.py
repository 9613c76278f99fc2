"""A database that somebody else holds: writers wait, then hear 503; a long reader stops nobody (reliability.md F10)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from casework.cases.tables import Case
from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.engines import LOG_BYTES
from casework.core.office import Office
from casework.core.settings import read_settings
from tests.faults.running import assert_sound
from tests.faults.table import number
from tests.faults.toll import toll
from tests.web.api.conftest import Api, give_token
from tests.web.applications import application
from tests.world import World, make_world

WRITES = number("F10", "writes")
# One write takes a sixth of it.
SLACK_BYTES = 1 << 20


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Found the county."""
    return make_world(db, tmp_path)


@contextmanager
def held(db: Database, case_id: UUID) -> Iterator[None]:
    """Hold what a change of the case needs: the case on PostgreSQL, the writer's place on SQLite."""
    with db.engine.connect() as connection, connection.begin():
        if db.is_postgresql:
            connection.execute(select(Case.id).where(Case.id == case_id).with_for_update())
        yield


def test_who_waits_too_long_for_the_database_hears_when_to_come_again(world: World, tmp_path: Path) -> None:
    settings = read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": world.db.url})
    office = Office(settings, Keyring.open(tmp_path), world.db)
    api = Api(application(office), world, office, {"an": give_token(world.db, world["an"].person_id)})
    case_id = world.report()
    with held(world.db, case_id):
        answer = api.move("an", str(case_id), "assign", org="SLJ")
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
        assert api("an", "GET", f"/cases/{case_id}").status_code == 200, "who only looks is not held up"
    assert api.move("an", str(case_id), "assign", org="SLJ").status_code == 200
    rows = [row.trigger for row in world.history(case_id)]
    twice = rows.count("assign") - 1
    toll("F10", times=1, held=len(rows), doubled=twice, what="history rows", told=world.db.engine.dialect.name)


def test_a_long_reader_stops_nobody_and_the_log_shrinks_after_it(world: World, tmp_path: Path) -> None:
    def cases() -> int:
        with world.db.reading() as session:
            return session.scalar(select(func.count()).select_from(Case)) or 0

    with world.db.reading() as session:
        seen = [session.scalar(select(func.count()).select_from(Case))]
        for n in range(WRITES):
            world.report()
            if n % 20 == 0 and world.db.is_postgresql:
                # Who rests in the middle of a transaction is sent away after half a minute; this one goes on reading.
                session.scalar(select(func.count()).select_from(Case))
        seen.append(session.scalar(select(func.count()).select_from(Case)))
        longest = _log_bytes(world.db)
    if not world.db.is_postgresql:
        # A reader of SQLite sees one instant; PostgreSQL keeps no log for it, and shows what has been committed.
        assert seen == [0, 0] and longest > 0
    for _ in range(WRITES):
        world.report()
    assert cases() == 2 * WRITES
    # What the reader has held back is written home, and its place is used again.
    assert _log_bytes(world.db) <= min(longest, LOG_BYTES) + SLACK_BYTES
    assert_sound(world, tmp_path, healed=False)
    told = f"{world.db.engine.dialect.name}, log at most {longest >> 20} MiB"
    toll("F10", times=1, held=2 * WRITES, lost=2 * WRITES - cases(), what="reports", told=told)


def _log_bytes(db: Database) -> int:
    log = Path(f"{db.engine.url.database}-wal")
    return log.stat().st_size if not db.is_postgresql and log.exists() else 0
