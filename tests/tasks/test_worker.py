"""The worker under fire: killed at any instant, given work that kills it, woken by the bell (reliability.md F2, F5, F19)."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.core import clock
from casework.core.database import Database
from casework.core.office import Office
from casework.matters import jobs
from casework.matters.tables import Deadline, Firing, HistoryEntry, Job, Notice, OutboxEvent
from tasks.doorbell import Bell
from tasks.run import Run
from tasks.worker import Worker
from tests.faults.table import number
from tests.faults.toll import toll
from tests.patience import patience
from tests.tasks.conftest import Post
from tests.tasks.many import multiply
from tests.world import World

DEADLINES, KILLS = number("F2", "deadlines"), number("F2", "kills")
POISONED, GOOD = number("F19", "poisoned"), number("F19", "good")
# A copy of this process: nothing has to be imported anew, so a test can afford many of them.
fork = multiprocessing.get_context("fork")


def beside(office: Office, run: Callable[[Office], None]) -> BaseProcess:
    """Start a process that runs with connections of its own."""

    def start() -> None:
        db = Database(office.settings.database_url, keyring=office.keyring)
        run(Office(office.settings, office.keyring, db))

    process = fork.Process(target=start, daemon=True)
    process.start()
    return process


def until(is_so: Callable[[], bool], *, seconds: float = 10.0) -> bool:
    """Wait until something is so."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > patience(seconds):
            return False
        time.sleep(0.02)
    return True


def number_of(db: Database, table: type[Any], *conditions: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def tell_for_ever(office: Office) -> None:
    worker = Worker(office, Bell(), sweep_every=timedelta(0))
    while True:
        worker.tell()


def test_a_worker_that_is_killed_again_and_again_fires_and_tells_everything_once(
    office: Office, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = clock.now() - timedelta(days=1)
    case_id = world.assigned(at=clock.now())
    multiply(world, DEADLINES, case_id=case_id, fire_at=yesterday)
    # Small batches, so that a kill meets the middle of something.
    monkeypatch.setattr("workflows.firing.LARGEST_BATCH", 40)
    dice = random.Random(20261014)
    for _ in range(KILLS):
        process = beside(office, tell_for_ever)
        time.sleep(dice.uniform(0.02, 0.25))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    last = Worker(office, Bell(), sweep_every=timedelta(0))
    while last.tell():
        pass
    with office.db.reading() as session:
        fired = select(Firing.deadline_id).where(~Firing.passed_over)
        assert session.scalar(select(func.count(fired.subquery().c.deadline_id.distinct()))) == DEADLINES
        assert session.scalar(select(func.count()).select_from(Firing)) == DEADLINES
        assert session.scalar(select(func.count()).where(HistoryEntry.trigger == "remind")) == DEADLINES
        told = select(Notice.event_id, Notice.person_id).where(Notice.code == "deadline_0")
        assert len(session.execute(told).all()) == len(session.execute(told.distinct()).all()) == DEADLINES
        assert session.scalar(select(func.count()).where(OutboxEvent.status != "done")) == 0
        assert session.scalar(select(func.count()).where(Deadline.next_fire_at <= clock.now())) == 0
    toll("F2", times=KILLS, held=DEADLINES, what="deadlines")


def die(_run: Run) -> None:
    os._exit(9)


def succeed(_run: Run) -> dict[str, Any]:
    return {"pid": os.getpid()}


def work_for_ever(office: Office) -> None:
    works = {"poison": die, "good": succeed}
    worker = Worker(office, Bell(), lease=timedelta(seconds=0.15), works=works)
    while True:
        if not worker.work():
            time.sleep(0.01)


def test_work_that_kills_its_worker_is_dead_after_five_tries_and_the_rest_is_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_FIRST_DELAY", timedelta(milliseconds=5))
    now = clock.now()
    with office.db.transaction() as session:
        for n in range(POISONED):
            jobs.ensure(session, name="poison", period=str(n), run_at=now, at=now)
        for n in range(GOOD):
            jobs.ensure(session, name="good", period=str(n), run_at=now, at=now)
    crashes = 0
    while number_of(office.db, Job, Job.status.in_(("ready", "running"))):
        process = beside(office, work_for_ever)
        until(lambda: not process.is_alive() or not number_of(office.db, Job, Job.status.in_(("ready", "running"))))  # noqa: B023 - used at once
        crashes += process.exitcode == 9
        process.kill()
        process.join()
    with office.db.reading() as session:
        dead = session.scalars(select(Job).where(Job.status == "dead")).all()
    assert {(job.name, job.attempts) for job in dead} == {("poison", jobs.MOST_ATTEMPTS)}
    assert all(job.last_error for job in dead)
    assert number_of(office.db, Job, Job.status == "done", Job.name == "good") == GOOD
    assert crashes == POISONED * jobs.MOST_ATTEMPTS
    toll("F19", times=POISONED, held=GOOD, what="good jobs", told=f"{crashes} crashes")


@pytest.fixture
def running(office: Office) -> Iterator[Worker]:
    """Lend a worker that would look by itself only once a minute, but is rung for."""
    bell = Bell()
    office.db.on_news(bell.ring)
    worker = Worker(office, bell, poll=timedelta(seconds=60), works={"good": succeed})
    worker.start()
    yield worker
    assert worker.stop()


def test_a_critical_report_is_in_the_box_within_moments_of_its_commit(
    running: Worker, office: Office, world: World, post: Post
) -> None:
    assert until(lambda: running._swept_at is not None)
    started = time.monotonic()
    world.report("chen", at=clock.now(), urgency="critical")
    assert until(lambda: post.told("reported_critical") == {"an", "he"})
    assert time.monotonic() - started < 5


def test_a_job_begins_within_moments_of_its_commit(running: Worker, office: Office) -> None:
    now = clock.now()
    with office.db.transaction() as session:
        job_id = jobs.ensure(session, name="good", period="1", run_at=now, at=now)
    assert until(lambda: number_of(office.db, Job, Job.id == job_id, Job.status == "done") == 1, seconds=5)


def test_without_a_bell_the_worker_finds_its_work_by_itself(office: Office, world: World, post: Post) -> None:
    worker = Worker(office, Bell(), poll=timedelta(milliseconds=50))
    worker.start()
    world.report("chen", at=clock.now(), urgency="critical")
    assert until(lambda: post.told("reported_critical") == {"an", "he"})
    assert worker.stop()


def test_a_lane_that_fails_looks_again(
    office: Office, world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.worker._REST", 0.05)
    bell = Bell()
    office.db.on_news(bell.ring)
    worker = Worker(office, bell, poll=timedelta(milliseconds=50))
    calls = []
    tell = worker.tell

    def stumble() -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("once")
        return tell()

    monkeypatch.setattr(worker, "tell", stumble)
    worker.start()
    world.report("chen", at=clock.now(), urgency="critical")
    assert until(lambda: post.told("reported_critical") == {"an", "he"})
    assert worker.stop()


def test_an_idle_worker_only_looks(office: Office) -> None:
    worker = Worker(office, Bell())
    worker.tell()
    with office.db.transaction():
        # On SQLite this holds the writer's place: an idle worker does not ask for it.
        assert not worker.tell()
        assert not worker.work()
        assert not worker.post()


def test_a_bell_wakes_who_waits_and_who_was_about_to() -> None:
    bell = Bell()
    heard = bell.rings
    bell.ring()
    started = time.monotonic()
    assert bell.wait(heard, seconds=5) == heard + 1
    assert time.monotonic() - started < 4
    assert bell.wait(heard + 1, seconds=0.01) == heard + 1
