"""Schedulers that are killed, away for days, several at once, and many hands at one rung (reliability.md F3, F4, F5)."""

import os
import random
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import func, select, update

from casework.core import clock
from casework.core.database import Database
from casework.core.database_faults import DatabaseFault
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.matters.daily_work import DAILY
from casework.matters.tables import Deadline, Firing, Job, Notice, OutboxEvent
from tasks.beat import Beat
from tasks.doorbell import Bell
from tasks.worker import Worker
from tests.faults.running import assert_sound
from tests.faults.table import number
from tests.faults.toll import toll
from tests.patience import patience
from tests.tasks.test_worker import beside, number_of, until
from tests.world import World, make_world

T = TypeVar("T")
KILLS, MISSED = number("F3", "kills"), number("F3", "deadlines")
DAYS, SHARED = number("F4", "days"), number("F4", "deadlines")
PROCESSES, RACED = number("F5", "processes"), number("F5", "deadlines")
AWAY = timedelta(hours=72)
BEGUN = "begun"
SCHEDULERS = 4


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Found the county."""
    return make_world(db, tmp_path)


@pytest.fixture
def office(world: World, database_url: str, tmp_path: Path) -> Office:
    """Open its office."""
    settings = read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": database_url})
    return Office(settings, world.db.info["keyring"], world.db)


def overdue(world: World, count: int, *, since: datetime, rungs: int = 3) -> None:
    """Make so many cases whose clock of handling has so many rungs behind it."""
    for _ in range(count):
        world.assigned(at=clock.now())
    words = ("remind", "urge", "supervise")[:rungs]
    ladder = [[n, (since + timedelta(hours=n)).isoformat(), word] for n, word in enumerate(words)]
    with world.db.transaction() as session:
        handling = update(Deadline).where(Deadline.kind == "handle")
        session.execute(handling.values(rungs=ladder, next_level=0, next_fire_at=since))


def work(office: Office) -> None:
    worker = Worker(office, Bell(), sweep_every=timedelta(0))
    beat = Beat(office)
    (office.settings.home / BEGUN).touch()
    while True:
        in_the_end(lambda: beat.tick(at=clock.now()))
        if not in_the_end(worker.tell):
            time.sleep(0.01)


def in_the_end(step: Callable[[], T]) -> T:
    """Look again after a fault of the database, as every lane does."""
    while True:
        try:
            return step()
        except DatabaseFault:
            time.sleep(0.05)


def all_told(db: Database) -> bool:
    due = number_of(db, Deadline, Deadline.next_fire_at <= clock.now())
    return not due and not number_of(db, OutboxEvent, OutboxEvent.status != "done")


def doubled(db: Database) -> int:
    """Count rungs that fired twice, and people who were told one thing twice."""
    with db.reading() as session:
        firings = session.execute(select(Firing.deadline_id, Firing.level)).all()
        notices = session.execute(select(Notice.event_id, Notice.person_id, Notice.channel)).all()
    return len(firings) - len(set(firings)) + len(notices) - len(set(notices))


def kill(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def test_after_three_days_without_a_scheduler_every_rung_fires_once_though_the_first_ones_are_killed(
    office: Office, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    overdue(world, MISSED, since=clock.now() - AWAY)
    # Small batches, so that a kill meets the middle of something.
    monkeypatch.setattr("workflows.firing.LARGEST_BATCH", 10)
    dice, begun = random.Random(3), tmp_path / BEGUN
    for _ in range(KILLS):
        process = beside(office, work)
        # A busy machine takes its time to begin at all, and a kill before that meets nothing.
        assert until(begun.exists, seconds=60)
        begun.unlink()
        time.sleep(dice.uniform(0.02, 0.2))
        kill(process)
    assert number_of(office.db, Firing) < 3 * MISSED, "the kills came too late"
    process = beside(office, work)
    assert until(lambda: all_told(office.db), seconds=120)
    kill(process)
    passed_over = number_of(office.db, Firing, Firing.passed_over)
    fired = number_of(office.db, Firing, ~Firing.passed_over)
    told = number_of(office.db, Notice, Notice.code == "deadline_2", Notice.channel == "app")
    assert (fired, passed_over) == (MISSED, 2 * MISSED)
    assert told >= MISSED and number_of(office.db, Notice, Notice.code == "deadline_0") == 0
    assert not Worker(office, Bell()).sweep()
    assert_sound(world, tmp_path)
    toll("F3", times=KILLS, held=3 * MISSED, doubled=doubled(office.db), what="rungs", told=f"{told} notices")


def test_four_schedulers_beside_each_other_do_everything_once(office: Office, world: World, tmp_path: Path) -> None:
    overdue(world, SHARED, since=clock.now() - timedelta(hours=8), rungs=1)
    at = clock.now().replace(hour=2, minute=0)

    def days(theirs: Office) -> None:
        beat = Beat(theirs)
        for day in range(DAYS):
            in_the_end(lambda day=day: beat.tick(at=at + timedelta(days=day)))  # type: ignore[misc] # binds the day
        work(theirs)

    processes = [beside(office, days) for _ in range(SCHEDULERS)]
    assert until(lambda: all_told(office.db) and _asked(office.db) >= DAYS, seconds=120)
    alive = [each.is_alive() for each in processes]
    for each in processes:
        kill(each)
    assert alive == [True] * SCHEDULERS, "none stumbled over the others"
    with office.db.reading() as session:
        asked = session.execute(select(Job.name, Job.period)).all()
    fired = number_of(office.db, Firing)
    assert fired == SHARED
    assert_sound(world, tmp_path, healed=False)
    twice = doubled(office.db) + len(asked) - len(set(asked))
    toll("F4", times=SCHEDULERS, held=fired + len(asked), doubled=twice, what="rungs and daily jobs")


def _asked(db: Database) -> int:
    """Count the days for which all daily jobs were asked for that every day has."""
    with db.reading() as session:
        per_day = session.scalars(select(func.count()).select_from(Job).where(Job.name == DAILY[0].name))
        return per_day.one()


def test_of_many_processes_at_one_deadline_one_fires_it(office: Office, world: World, tmp_path: Path) -> None:
    overdue(world, RACED, since=clock.now() - timedelta(hours=1), rungs=1)
    start = tmp_path / "now"

    def reach(theirs: Office) -> None:
        worker = Worker(theirs, Bell(), sweep_every=timedelta(0))
        with theirs.db.reading():
            pass
        assert until(start.exists, seconds=60)
        _until_done(worker.sweep)

    processes = [beside(office, reach) for _ in range(PROCESSES)]
    start.touch()
    for each in processes:
        each.join(patience(120))
    assert [each.exitcode for each in processes] == [0] * PROCESSES
    fired = number_of(office.db, Firing)
    lost = RACED - fired if fired < RACED else 0
    toll("F5", times=PROCESSES, held=RACED, lost=lost, doubled=doubled(office.db), what="deadlines")


def _until_done(step: Callable[[], bool]) -> None:
    while in_the_end(step):
        pass
