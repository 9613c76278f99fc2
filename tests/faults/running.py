"""The service as programs of its own, hurt while clients write, and the judgement afterwards."""

import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from casework.core import clock
from casework.keeping.verify import verify
from casework.matters.tables import Deadline, Firing, OutboxEvent
from tests.faults.recorder import Recorder, against
from tests.faults.toll import toll
from tests.tasks.programs import Program
from tests.tasks.test_worker import until
from tests.web.api.conftest import give_token
from tests.world import World
from workflows.lifecycles import lifecycles

# A program takes its time to come up on a busy machine, and here many do.
WAIT = 240.0


class Part:
    """One program that is killed and started again."""

    def __init__(self, home: Path, settings: dict[str, str], *arguments: str) -> None:
        self.home, self.settings, self.arguments = home, settings, arguments
        self.running = self._start()

    def _start(self) -> Program:
        return Program(list(self.arguments), home=self.home, settings=self.settings)

    def kill(self) -> None:
        """End it as a power cut would, and start it again."""
        self.end()
        self.running = self._start()

    def end(self) -> None:
        """End it for good."""
        self.running.process.kill()
        self.running.process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> Callable[[], bool]:
    """Return a question: does somebody listen?"""

    def ask() -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return ask


def plain_url(world: World) -> str:
    """Return the address of the world's database as a setting has it."""
    return world.db.url.replace("+psycopg", "")


@contextmanager
def parts(world: World, home: Path, *commands: tuple[str, ...], **more: str) -> Iterator[list[Part]]:
    """Run the parts of a service."""
    settings = {"CASEWORK_DATABASE_URL": plain_url(world), **more}
    running = [Part(home, settings, *command) for command in commands]
    try:
        yield running
    finally:
        for each in running:
            each.end()


def recorder_for(world: World, port: int, *, rest: float = 0.0) -> Recorder:
    """Return clients that write as 何干事."""
    return Recorder(lambda: port, give_token(world.db, world["he"].person_id), rest=rest)


def under_fire(recorder: Recorder, port: int, kills: int, victims: Callable[[], Any], *, clients: int = 4) -> None:
    """Kill somebody again and again while clients write; end only when a last request was answered."""
    assert until(answers(port), seconds=WAIT)
    dice = random.Random(20261014)
    with recorder.at_work(clients):
        for _ in range(kills):
            # Not before something was written since the last time, and at no instant in particular.
            wait_for_answers(recorder)
            time.sleep(dice.uniform(0.0, 0.2))
            victims()
        wait_for_answers(recorder)


def wait_for_answers(recorder: Recorder, more: int = 3) -> None:
    """Wait until so many further requests have succeeded."""
    last = recorder.told["ok"]
    assert until(lambda: recorder.told["ok"] >= last + more, seconds=WAIT)


def heal(world: World) -> None:
    """Wait until everything that was overdue has fired and everything is told."""

    def nothing_waits() -> bool:
        with world.db.reading() as session:
            due = session.scalar(select(func.count()).where(Deadline.next_fire_at <= clock.now()))
            return not due and not session.scalar(select(func.count()).where(OutboxEvent.status != "done"))

    assert until(nothing_waits, seconds=WAIT)


def assert_sound(world: World, home: Path, *, healed: bool = True) -> None:
    """Let `casework verify` look at everything."""
    found = verify(world.db, at=clock.now(), attachments=home / "attachments", lifecycles=lifecycles(), healed=healed)
    assert {each.name: each.first for each in found if each.rows} == {}


def judge(world: World, recorder: Recorder, home: Path, *, least: int = 10) -> None:
    """Hold what clients were told, the firings and all invariants against the database."""
    found = against(recorder, world.db)
    assert (found.lost, found.doubled) == ([], [])
    assert recorder.told["ok"] > least
    assert recorder.told.keys() <= {"ok", "fail"}, "each had its answer in the end"
    with world.db.reading() as session:
        fired = [tuple(row) for row in session.execute(select(Firing.deadline_id, Firing.level))]
    assert len(fired) == len(set(fired)), "each rung once"
    assert_sound(world, home)


def tell(name: str, recorder: Recorder, world: World, *, times: int, told: str = "") -> None:
    """Tell the toll of a fault that clients met."""
    found = against(recorder, world.db)
    doubtful = f"{recorder.doubtful} had no answer at first"
    toll(
        name,
        times=times,
        held=recorder.told["ok"],
        lost=len(found.lost),
        doubled=len(found.doubled),
        what="acknowledged requests",
        told=f"{doubtful}; {told}" if told else doubtful,
    )
