"""Whatever becomes of Redis while clients write: it is a doorbell, so nobody notices (reliability.md F6, F7)."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from casework.core.database import Database
from tests.faults.recorder import Recorder
from tests.faults.running import (
    WAIT,
    answers,
    free_port,
    heal,
    judge,
    parts,
    recorder_for,
    tell,
    wait_for_answers,
)
from tests.faults.table import number
from tests.faults.wire import Wire, wire_to
from tests.servers import Server
from tests.tasks.test_worker import until
from tests.world import World, make_world

ROUNDS, SECONDS = number("F6", "rounds"), number("F7", "seconds")

pytestmark = pytest.mark.timeout(1500)


@pytest.fixture
def county(database_url: str, tmp_path: Path) -> Iterator[World]:
    """Found the county."""
    db = Database(database_url)
    yield make_world(db, tmp_path)
    db.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_whatever_becomes_of_redis_no_request_notices_and_nothing_is_lost(
    county: World, own_redis: Server, tmp_path: Path
) -> None:
    port = free_port()
    recorder = recorder_for(county, port, rest=0.05)
    with wire_to(own_redis.url) as (wire, url):
        commands = (("serve", "--port", str(port)), ("worker", "--threads", "2"))
        with parts(county, tmp_path, *commands, CASEWORK_REDIS_URL=url):
            assert until(answers(port), seconds=WAIT)
            with recorder.at_work(2):
                wait_for_answers(recorder)
                for n in range(ROUNDS):
                    # Long once, for what waits for it waits in the first seconds as in the last.
                    _freeze(recorder, own_redis, wire, SECONDS if n == 0 else 1)
                    _take_away(recorder, own_redis, wire)
            heal(county)
    judge(county, recorder, tmp_path)
    assert recorder.doubtful == 0, "no request waited or failed"
    tell("F6", recorder, county, times=5 * ROUNDS)
    tell("F7", recorder, county, times=2 * ROUNDS, told=f"frozen for {SECONDS} s at first, then for 1 s")


def _freeze(recorder: Recorder, server: Server, wire: Wire, seconds: int) -> None:
    """Let it stand still, then let the way to it swallow everything."""
    server.pause()
    time.sleep(seconds)
    wait_for_answers(recorder)
    server.resume()
    wire.swallows = True
    time.sleep(seconds)
    wait_for_answers(recorder)
    wire.heal()


def _take_away(recorder: Recorder, server: Server, wire: Wire) -> None:
    """Empty it, cut and half-close the way to it, kill it, start it again."""

    def empty() -> None:
        with redis.Redis.from_url(server.url) as client:
            client.flushall()

    for befall in (empty, wire.drop, wire.half_close, server.kill, server.start):
        befall()
        wait_for_answers(recorder)
