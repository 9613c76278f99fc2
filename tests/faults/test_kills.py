"""kill -9 of the web, a worker and the whole service while clients write (reliability.md F1, F2, F3; I27).

Everything acknowledged is there exactly once, everything refused is not, each rung fires once, `casework verify` finds
nothing. `CASEWORK_TEST_TIER=full` kills ten times as often.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.core import clock
from casework.core.database import Database
from casework.keeping.verify import verify
from casework.matters.tables import Deadline, Firing, OutboxEvent
from tests.faults.recorder import Recorder, against
from tests.servers import Server
from tests.tasks.programs import ROOT, Program
from tests.tasks.test_worker import until
from tests.tiers import FULL, tier
from tests.web.api.conftest import give_token
from tests.world import World, make_world
from workflows.lifecycles import lifecycles

CLIENTS = 4
OVERDUE = tier(200)
KILLS_OF_THE_SERVICE, KILLS_OF_PARTS = (50, 100) if FULL else (3, 4)

# A program takes its time to come up on a busy machine, and here many do.
pytestmark = pytest.mark.timeout(1500)
WAIT = 240.0


@pytest.fixture
def county(database_url: str, tmp_path: Path) -> Iterator[World]:
    """Found the county, with clocks that are overdue since yesterday and no worker to see it."""
    db = Database(database_url)
    world = make_world(db, tmp_path)
    for _ in range(OVERDUE):
        world.assigned(at=clock.now() - timedelta(days=60))
    yield world
    db.close()


class Part:
    """One program that is killed and started again."""

    def __init__(self, home: Path, settings: dict[str, str], *arguments: str) -> None:
        self.home, self.settings, self.arguments = home, settings, arguments
        self.running = self._start()

    def _start(self) -> Program:
        return Program(list(self.arguments), home=self.home, settings=self.settings)

    def kill(self) -> None:
        """End it as a power cut would, and start it again."""
        self.running.process.kill()
        self.running.process.wait()
        self.running = self._start()

    def end(self) -> None:
        """End it for good."""
        self.running.process.kill()
        self.running.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> Callable[[], bool]:
    def ask() -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return ask


@contextmanager
def parts(world: World, home: Path, *commands: tuple[str, ...], **more: str) -> Iterator[list[Part]]:
    """Run the parts of a service."""
    settings = {"CASEWORK_DATABASE_URL": world.db.url.replace("+psycopg", ""), **more}
    running = [Part(home, settings, *command) for command in commands]
    try:
        yield running
    finally:
        for each in running:
            each.end()


def under_fire(recorder: Recorder, port: int, kills: int, victims: Callable[[], Any]) -> None:
    """Kill somebody again and again while clients write; end only when a last request was answered."""
    assert until(answers(port), seconds=WAIT)
    dice = random.Random(20261014)
    with recorder.at_work(CLIENTS):
        for _ in range(kills):
            before = recorder.told["ok"]
            # Not before something was written since the last time, and at no instant in particular.
            assert until(lambda least=before: recorder.told["ok"] > least + 2, seconds=WAIT)  # type: ignore[misc] # binds the count
            time.sleep(dice.uniform(0.0, 0.2))
            victims()
        last = recorder.told["ok"]
        assert until(lambda: recorder.told["ok"] > last + 2, seconds=WAIT)


def heal(world: World) -> None:
    """Wait until everything that was overdue has fired and everything is told."""

    def nothing_waits() -> bool:
        with world.db.reading() as session:
            due = session.scalar(select(func.count()).where(Deadline.next_fire_at <= clock.now()))
            return not due and not session.scalar(select(func.count()).where(OutboxEvent.status != "done"))

    assert until(nothing_waits, seconds=WAIT)


def judge(world: World, recorder: Recorder, home: Path) -> None:
    """Hold what clients were told, the firings and all invariants against the database."""
    assert against(recorder, world.db) == []
    assert recorder.told["ok"] > 10
    assert recorder.told.keys() <= {"ok", "fail"}, "each had its answer in the end"
    with world.db.reading() as session:
        fired = [tuple(row) for row in session.execute(select(Firing.deadline_id, Firing.level))]
    # Three clocks of each overdue case have fired, each rung once.
    assert len(fired) == len(set(fired))
    assert len({deadline_id for deadline_id, _ in fired}) >= 3 * OVERDUE
    found = verify(world.db, at=clock.now(), attachments=home / "attachments", lifecycles=lifecycles(), healed=True)
    assert {each.name: each.first for each in found if each.rows} == {}


def test_the_whole_service_is_killed_again_and_again(county: World, tmp_path: Path) -> None:
    port = free_port()
    recorder = Recorder(lambda: port, give_token(county.db, county["he"].person_id))
    with parts(county, tmp_path, ("serve", "--port", str(port))) as (service,):
        under_fire(recorder, port, KILLS_OF_THE_SERVICE, service.kill)
        heal(county)
    judge(county, recorder, tmp_path)
    assert recorder.doubtful > 0, "no kill met a request"


def test_web_and_worker_are_killed_in_turn_beside_redis(county: World, own_redis: Server, tmp_path: Path) -> None:
    port = free_port()
    recorder = Recorder(lambda: port, give_token(county.db, county["he"].person_id))
    commands = (("serve", "--port", str(port)), ("worker", "--threads", "2"), ("beat",))
    with parts(county, tmp_path, *commands, CASEWORK_REDIS_URL=own_redis.url) as (web, worker, _beat):
        turns = iter([worker, web] * KILLS_OF_PARTS)
        under_fire(recorder, port, KILLS_OF_PARTS, lambda: next(turns).kill())
        heal(county)
    judge(county, recorder, tmp_path)


def test_processes_of_gunicorn_are_killed_while_others_answer(county: World, tmp_path: Path) -> None:
    port = free_port()
    recorder = Recorder(lambda: port, give_token(county.db, county["he"].person_id))
    log = tmp_path / "gunicorn.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    own = {"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": county.db.url.replace("+psycopg", "")}
    command = [sys.executable, "-m", "gunicorn", "web.wsgi:app", "-b", f"127.0.0.1:{port}", "-w", "2"]
    with log.open("wb") as said:
        master = subprocess.Popen(command, cwd=ROOT, env=kept | own, stdout=said, stderr=said)
    try:
        under_fire(recorder, port, KILLS_OF_PARTS, lambda: _kill_one_child(master.pid))
    finally:
        master.terminate()
        master.wait(30)
    # Nobody swept here; a service that comes up afterwards finds all of it.
    with parts(county, tmp_path, ("serve", "--port", "0")):
        heal(county)
    judge(county, recorder, tmp_path)


def _kill_one_child(master: int) -> None:
    children = Path(f"/proc/{master}/task/{master}/children").read_text("ascii").split()
    os.kill(int(children[0]), signal.SIGKILL)


def test_the_tier_is_what_was_asked_for() -> None:
    assert tier(100) == (100 if FULL else 10)
