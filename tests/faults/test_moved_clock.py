"""The wall clock of a running worker jumps a month ahead, is mended, and jumps two hours back (reliability.md F11, F12)."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from casework.core import clock
from casework.core.database import Database
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.matters.tables import Deadline, Firing
from casework.registry import alarms
from tasks.doorbell import Bell
from tasks.worker import ALARM, Worker
from tests.faults.running import assert_sound
from tests.faults.table import number
from tests.faults.test_schedulers import all_told, doubled, in_the_end, overdue
from tests.faults.toll import toll
from tests.tasks.test_worker import beside, number_of, until
from tests.world import World, make_world

JUMPS, DEADLINES = number("F11", "jumps"), number("F11", "deadlines")
MONTH, TWO_HOURS = timedelta(days=30), timedelta(hours=2)


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Found the county."""
    return make_world(db, tmp_path)


def by_the_clock_of(file: Path) -> Callable[[Office], None]:
    """Return a worker whose wall clock goes wrong by as many seconds as the file says."""

    def run(office: Office) -> None:
        ahead = 0.0
        with time_machine.travel(clock.now(), tick=True) as traveller:
            worker = Worker(office, Bell(), sweep_every=timedelta(0))
            while True:
                wanted = float(file.read_text("ascii"))
                if wanted != ahead:
                    traveller.shift(wanted - ahead)
                    ahead = wanted
                in_the_end(worker.tell)
                (file.parent / "done").write_text(str(wanted), "ascii")

    return run


class Wall:
    """The clock that the worker reads."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "ahead"
        self._done = folder / "done"
        self.file.write_text("0", "ascii")

    def set(self, ahead: timedelta) -> None:
        """Let it be wrong by so much, and wait until the worker has looked twice by it."""
        draft = self.file.with_suffix(".draft")
        draft.write_text(str(ahead.total_seconds()), "ascii")
        draft.replace(self.file)
        for _ in range(2):
            self._done.unlink(missing_ok=True)
            assert until(lambda: self._said() == ahead.total_seconds(), seconds=60)

    def _said(self) -> float | None:
        text = self._done.read_text("ascii") if self._done.exists() else ""
        return float(text) if text else None


def test_a_worker_whose_clock_jumps_ahead_and_back_fires_nothing_too_early_and_nothing_twice(
    world: World, database_url: str, tmp_path: Path
) -> None:
    settings = read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": database_url})
    office = Office(settings, world.db.info["keyring"], world.db)
    overdue(world, DEADLINES // 2, since=clock.now() - timedelta(days=1))
    for _ in range(DEADLINES // 2):
        # Due within the month that the clock jumps over.
        world.assigned(at=clock.now())
    wall = Wall(tmp_path)
    process = beside(office, by_the_clock_of(wall.file))
    fired = 3 * (DEADLINES // 2)
    assert until(lambda: all_told(world.db) and number_of(world.db, Firing) == fired, seconds=60)
    for n in range(1, JUMPS + 1):
        wall.set(MONTH)
        assert alarm_stands(world.db) and number_of(world.db, Firing) == fired
        wall.set(timedelta(0))
        assert not alarm_stands(world.db)
        wall.set(-TWO_HOURS)
        assert not alarm_stands(world.db) and number_of(world.db, Firing) == fired
        wall.set(timedelta(0))
        # It goes on where it stood.
        world.assigned(at=clock.now() - timedelta(days=60))
        assert until(lambda n=n: _late(world.db) == n, seconds=60)  # type: ignore[misc] # binds the count
        fired = number_of(world.db, Firing)
    assert process.is_alive() and process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert_sound(world, tmp_path, healed=False)
    twice = doubled(world.db)
    toll("F11", times=JUMPS, held=fired, doubled=twice, what="rungs", told="fired none while ahead, an alarm stood")
    toll("F12", times=JUMPS, held=fired, doubled=twice, what="rungs")


def alarm_stands(db: Database) -> bool:
    with db.reading() as session:
        return ALARM in alarms.standing(session)


def _late(db: Database) -> int:
    """Count the clocks of first contact that have fired: only the cases of long ago have such."""
    return number_of(db, Firing, Firing.deadline_id == Deadline.id, Deadline.kind == "contact")
