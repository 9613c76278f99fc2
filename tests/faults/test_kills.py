"""kill -9 of the web, a worker and the whole service while clients write (reliability.md F1, F2; I27).

Everything acknowledged is there exactly once, everything refused is not, each rung fires once, `casework verify` finds
nothing. In `make test` each test takes one engine and few kills; the full tier takes both and many.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import redis
from sqlalchemy import func, select

from casework.core import clock
from casework.core.database import Database
from casework.matters.tables import Firing
from tasks.remote_bell import KEY
from tests.databases import ENGINES
from tests.faults.running import free_port, heal, judge, parts, plain_url, recorder_for, tell, under_fire
from tests.faults.table import number
from tests.servers import Server
from tests.tasks.programs import ROOT
from tests.tasks.test_worker import until
from tests.tiers import FULL, tier
from tests.world import World, make_world

OVERDUE = number("F1", "overdue")
KILLS, KILLS_IN_TURN = number("F1", "kills"), number("F2", "kills_in_turn")

pytestmark = pytest.mark.timeout(1500)


def on(engine: str) -> pytest.MarkDecorator:
    """Run on this engine, in the full tier on both."""
    return pytest.mark.parametrize("database_url", ENGINES if FULL else [engine], indirect=True)


@pytest.fixture
def county(database_url: str, tmp_path: Path) -> Iterator[World]:
    """Found the county, with clocks that are overdue since two months and no worker to see it."""
    db = Database(database_url)
    world = make_world(db, tmp_path)
    for _ in range(OVERDUE):
        world.assigned(at=clock.now() - timedelta(days=60))
    yield world
    db.close()


def all_has_fired(world: World) -> None:
    """See that the three clocks of each overdue case have fired."""
    with world.db.reading() as session:
        clocks = session.scalar(select(func.count(Firing.deadline_id.distinct())))
    assert clocks is not None and clocks >= 3 * OVERDUE


@on("sqlite")
def test_the_whole_service_is_killed_again_and_again(county: World, tmp_path: Path) -> None:
    port = free_port()
    recorder = recorder_for(county, port)
    with parts(county, tmp_path, ("serve", "--port", str(port))) as (service,):
        under_fire(recorder, port, KILLS, service.kill)
        heal(county)
    judge(county, recorder, tmp_path)
    all_has_fired(county)
    assert recorder.doubtful > 0, "no kill met a request"
    tell("F1", recorder, county, times=KILLS)


@on("postgresql")
def test_web_and_worker_are_killed_in_turn_beside_redis(county: World, own_redis: Server, tmp_path: Path) -> None:
    port = free_port()
    recorder = recorder_for(county, port)
    commands = (("serve", "--port", str(port)), ("worker", "--threads", "2"), ("beat",))
    with parts(county, tmp_path, *commands, CASEWORK_REDIS_URL=own_redis.url) as (web, worker, _beat):
        turns = iter([worker, web] * KILLS_IN_TURN)
        under_fire(recorder, port, KILLS_IN_TURN, lambda: next(turns).kill())
        heal(county)
    judge(county, recorder, tmp_path)
    all_has_fired(county)
    tell("F2", recorder, county, times=KILLS_IN_TURN)


@on("postgresql")
def test_processes_of_gunicorn_are_killed_while_others_answer(county: World, own_redis: Server, tmp_path: Path) -> None:
    port = free_port()
    recorder = recorder_for(county, port)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    own = {
        "CASEWORK_HOME": str(tmp_path),
        "CASEWORK_DATABASE_URL": plain_url(county),
        "CASEWORK_REDIS_URL": own_redis.url,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:cli.gunicorn_settings", "cli.wsgi:app"]
    command += ["-b", f"127.0.0.1:{port}"]
    with (tmp_path / "gunicorn.log").open("wb") as said:
        master = subprocess.Popen(command, cwd=ROOT, env=kept | own, stdout=said, stderr=said)
    try:
        blows = iter([partial(_kill_one_child, master.pid)] * KILLS + [partial(_freeze_when_rung, own_redis)])
        under_fire(recorder, port, KILLS + 1, lambda: _strike(blows))
    finally:
        master.terminate()
        master.wait(30)
    # Nobody swept here; a service that comes up afterwards finds all of it.
    with parts(county, tmp_path, ("serve", "--port", "0")):
        heal(county)
    judge(county, recorder, tmp_path)
    all_has_fired(county)
    tell("F1", recorder, county, times=KILLS)


def _strike(blows: Iterator[Callable[[], None]]) -> None:
    next(blows)()


def _freeze_when_rung(redis_server: Server) -> None:
    """See that the processes rang, though the one that loaded them never did; from then on nobody takes a ring."""
    with redis.Redis.from_url(redis_server.url) as client:
        # No worker listens here.
        assert until(lambda: client.llen(KEY) == 1)
    redis_server.pause()


def _kill_one_child(master: int) -> None:
    children = Path(f"/proc/{master}/task/{master}/children").read_text("ascii").split()
    os.kill(int(children[0]), signal.SIGKILL)


def test_the_tier_is_what_was_asked_for() -> None:
    assert tier(100) == (100 if FULL else 10)
