"""What every test may ask for: servers, databases, the shared data. A room's own fixtures stand in its folder."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import hypothesis
import pytest
from playwright.sync_api import Browser

from casework.core.database import Database
from casework.core.memory import garbage
from tests import cheap_hashes, constants, databases, early, server_keeper, servers, statements
from tests.web.previews.photographer import open_browser

T = TypeVar("T")
# A busy machine is no fault of the code; and what lands must not depend on the luck of one run.
hypothesis.settings.register_profile("here", deadline=None)
# What fails there is told as it was found, with what to find it by again: to make it small takes minutes, and the limit
# on a test's time would end that and tell nothing. Whoever works on it at home has it made small.
_UNSHRUNK = [each for each in hypothesis.Phase if each not in (hypothesis.Phase.shrink, hypothesis.Phase.explain)]
hypothesis.settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, phases=_UNSHRUNK, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")
# Fixtures that make the county of tests/world.py where it is not there yet.
_OF_THE_COUNTY = frozenset({"world", "desk", "api"})
_ours = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Open the folder that all processes of this session share; servers start when a test first asks."""
    config.stash[_ours] = server_keeper.open_session()
    statements.share()
    constants.share()
    cheap_hashes.charge_little()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for garbage as the product does: never while some hundred files are read in, nor through them later."""
    with garbage.reading_in():
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let workers begin with what takes long."""
    items[:] = early.long_ones_first(items, [item.nodeid for item in items], workers=early.workers())


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what the session started."""
    ours = config.stash.get(_ours, False)
    if ours:
        databases.drop_templates()
    databases.close_administration()
    if ours:
        server_keeper.close_session()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real petitions, places and categories, which is no part of the product."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("CASEWORK_SHARED_DATA", beside))
    if not folder.is_dir():
        pytest.fail(f"No shared data at {folder}: set CASEWORK_SHARED_DATA to its folder.", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Return the URL of a PostgreSQL where databases may be made; most tests want `database_url` or `db`."""
    return _or_fail(lambda: server_keeper.server_url("postgres"))


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """Return the URL of this xdist worker's own numbered database on a Redis-protocol server."""
    number = int(worker_id.removeprefix("gw")) % 16 if worker_id.startswith("gw") else 0
    return urlsplit(_or_fail(lambda: server_keeper.server_url("redis")))._replace(path=f"/{number}").geturl()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Lend this worker's browser; Playwright allows a process only one at a time."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(params=databases.ENGINES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Lend the URL of a database of this test's own with the schema and no rows, once on each engine.

    For a test that asks for the county of tests/world.py it is already in it: founding takes longer than a copy.
    """
    if request.param == "postgresql":
        request.getfixturevalue("postgres_url")
    holding = "schema" if _OF_THE_COUNTY.isdisjoint(request.fixturenames) else "county"
    with databases.fresh_database(request.param, holding=holding) as url:
        yield url


@pytest.fixture(params=databases.ENGINES)
def empty_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Lend the URL of a database of this test's own without any table, once on each engine."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_url")
    with databases.fresh_database(request.param, holding=None) as url:
        yield url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """Lend an open Database with the schema and no rows, once on each engine."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def own_postgres() -> Iterator[servers.Server]:
    """Lend a PostgreSQL of this test's own, to be killed, paused and started again."""
    yield from lend(servers.postgres_server)


@pytest.fixture
def own_redis() -> Iterator[servers.Server]:
    """Lend a Redis-protocol server of this test's own, to be killed, paused and started again."""
    yield from lend(servers.redis_server)


def lend(start: Callable[[Path], servers.Server]) -> Iterator[servers.Server]:
    """Start a server of one's own, lend it, and take it away."""
    folder = server_keeper.session_folder() / f"own-{uuid4().hex}"
    server = _or_fail(lambda: start(folder))
    yield server
    server.stop()
    shutil.rmtree(folder)


def _or_fail(start: Callable[[], T]) -> T:
    try:
        return start()
    except servers.ServerUnavailable as why:
        pytest.fail(str(why), pytrace=False)
