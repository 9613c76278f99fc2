"""PostgreSQL killed, frozen, or at the end of a bad wire while clients write (reliability.md F8)."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from casework.core.database import Database
from casework.core.engines import PING_AFTER_SECONDS
from tests.faults.recorder import Recorder
from tests.faults.running import WAIT, answers, free_port, heal, judge, parts, recorder_for, tell, wait_for_answers
from tests.faults.table import number
from tests.faults.wire import Wire, wire_to
from tests.schema import build_county
from tests.servers import Server
from tests.tasks.test_worker import until
from tests.world import World, make_world

ROUNDS = number("F8", "rounds")
# No request waits longer than this for a way that swallows everything.
PATIENCE = 20

pytestmark = pytest.mark.timeout(1500)


@pytest.fixture
def county(own_postgres: Server, tmp_path: Path) -> Iterator[World]:
    """Found the county on a server that is this test's to hurt."""
    build_county(own_postgres.url)
    db = Database(own_postgres.url)
    yield make_world(db, tmp_path)
    db.close()


def test_whatever_becomes_of_postgresql_what_was_acknowledged_is_there_once(
    county: World, own_postgres: Server, tmp_path: Path
) -> None:
    port = free_port()
    recorder = recorder_for(county, port, rest=0.02)
    command = ("serve", "--port", str(port))
    with wire_to(own_postgres.url) as (wire, url), parts(county, tmp_path, command, CASEWORK_DATABASE_URL=url):
        assert until(answers(port), seconds=WAIT)
        with recorder.at_work(3):
            wait_for_answers(recorder)
            for _ in range(ROUNDS):
                _hurt(recorder, own_postgres, wire)
        heal(county)
    judge(county, recorder, tmp_path)
    assert recorder.doubtful > 0, "nothing met a request"
    tell("F8", recorder, county, times=6 * ROUNDS)


def test_the_first_who_asks_after_a_restart_is_answered(county: World, own_postgres: Server) -> None:
    county.db.ping()
    own_postgres.kill()
    own_postgres.start()
    time.sleep(PING_AFTER_SECONDS + 0.1)
    county.db.ping()


def _hurt(recorder: Recorder, server: Server, wire: Wire) -> None:
    """Do one thing after the other to it; after each the service goes on by itself."""
    server.kill()
    server.start()
    wait_for_answers(recorder)
    server.pause()
    time.sleep(0.5)
    server.resume()
    wait_for_answers(recorder)
    wire.delay = 0.05
    wait_for_answers(recorder, 1)
    for hurt in (wire.drop, wire.half_close):
        wire.heal()
        hurt()
        wait_for_answers(recorder)
    wire.swallows = True
    time.sleep(1.0)
    wire.heal()
    wait_for_answers(recorder)


def test_a_connection_to_a_machine_that_vanished_is_given_up_in_time(county: World) -> None:
    """The kernel is asked to give up a peer that no longer takes or answers anything; by default it waits two hours."""
    with _socket_of(county.db) as connection:
        alive = connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, every, tries = (
            connection.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        unanswered = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert alive
    assert idle + every * tries <= PATIENCE
    assert 0 < unanswered <= PATIENCE * 1000


@contextmanager
def _socket_of(db: Database) -> Iterator[socket.socket]:
    assert urlsplit(db.url).hostname == "127.0.0.1"
    with db.reading() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        with socket.socket(fileno=socket.dup(driver.fileno())) as found:
            yield found
