"""The servers and databases of the tests themselves: every installation starts, and nothing outlives its session."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from sqlalchemy import inspect, text

from casework.core.database import Database
from tests import server_keeper, servers

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder() -> Iterator[Path]:
    made = servers.new_folder()
    yield made
    subprocess.run(["rm", "-rf", str(made)], check=True)


def name_of(binaries: servers.Binaries) -> str:
    return f"{binaries.origin}-{binaries.folder.parent.name}"


@pytest.mark.parametrize("binaries", servers.postgres_binaries(), ids=name_of)
def test_every_postgresql_of_this_machine_starts_and_comes_back_after_a_kill(
    binaries: servers.Binaries, folder: Path
) -> None:
    server = servers.postgres_server(folder / "server", binaries=binaries)
    try:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('饮水')")
        server.kill()
        server.start()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT word FROM kept").fetchall() == [("饮水",)]
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
            assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
    finally:
        server.stop()
    assert not server.is_running


@pytest.mark.parametrize("binaries", servers.redis_binaries(), ids=name_of)
def test_every_redis_of_this_machine_starts_and_freezes(binaries: servers.Binaries, folder: Path) -> None:
    server = servers.redis_server(folder / "server", binaries=binaries)
    try:
        with redis.Redis.from_url(server.url, socket_timeout=0.3, retry=None) as client:
            assert client.ping()
            server.pause()
            with pytest.raises(redis.TimeoutError):
                client.ping()
            server.resume()
            assert client.ping()
    finally:
        server.stop()
    assert not server.is_running


def test_strangers_on_this_machine_get_no_access(postgres_url: str) -> None:
    if server_keeper.GIVEN_URL["postgres"] in os.environ:
        return  # Whoever lends a server decides who may use it.
    address = postgres_url.replace(str(urlsplit(postgres_url).password), "guess", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_a_fresh_database_has_the_schema(db: Database) -> None:
    with db.reading() as session:
        assert "cases" in inspect(session.connection()).get_table_names()


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_writes_no_other_test_sees(empty_database_url: str, turn: int) -> None:
    database = Database(empty_database_url)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE mine (turn int)"))
    database.close()
    assert turn in {1, 2}


def test_a_killed_session_leaves_no_server_behind() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_TEST_")}
    code = (
        "import time; from tests import server_keeper as k; k.open_session();"
        "print(k.session_folder(), k.server_url('postgres'), k.server_url('redis'), flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as session:
        assert session.stdout is not None
        line = session.stdout.readline()
        folder, postgres, cache = line.split()
        psycopg.connect(postgres).close()
        session.send_signal(signal.SIGKILL)
    until = time.monotonic() + 15
    while Path(folder).exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not Path(folder).exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres)
    with pytest.raises(redis.ConnectionError), redis.Redis.from_url(cache, retry=None) as client:
        client.ping()


def test_a_missing_server_is_one_sentence_that_helps(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(servers, "postgres_binaries", list)
    with pytest.raises(servers.ServerUnavailable, match=r"set CASEWORK_TEST_DATABASE_URL, or install") as refused:
        servers.postgres_server(folder / "server")
    assert "\n" not in str(refused.value)
