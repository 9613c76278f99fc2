"""The job table: asked for once, claimed with a lease, counted before it runs, dead after the last try."""

import threading
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from casework.core.actors import Actor
from casework.core.database import Database
from casework.core.errors import NotFound, Refused
from casework.core.ids import new_id
from casework.core.office import Office
from casework.matters import jobs
from casework.matters.tables import Job
from tasks.run import LeaseLost, Run
from tasks.runner import Runner
from tests.world import MORNING

MINUTE = timedelta(minutes=1)


def ensure(db: Database, name: str = "tidy", period: str = "2026-10-14", **payload: Any) -> UUID | None:
    with db.transaction() as session:
        return jobs.ensure(session, name=name, period=period, run_at=MORNING, at=MORNING, payload=payload)


def claim(db: Database, worker: str = "one", at=MORNING, **options: Any) -> Job | None:
    with db.transaction() as session:
        return jobs.claim(session, worker=worker, at=at, **options)


def read(db: Database, job_id: UUID | None) -> Job:
    with db.reading() as session:
        job = session.get(Job, job_id)
        assert job is not None
        return job


def test_a_periodic_job_is_made_once_however_many_ask(db: Database) -> None:
    made: list[UUID | None] = []
    threads = [threading.Thread(target=lambda: made.append(ensure(db))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([each for each in made if each is not None]) == 1
    assert ensure(db) is None
    assert ensure(db, period="2026-10-15") is not None


def test_a_job_is_taken_by_one_worker_and_the_try_is_counted_before_it_runs(db: Database) -> None:
    job_id = ensure(db)
    job = claim(db)
    assert job is not None
    assert (job.id, job.attempts, job.worker, job.lease_until) == (job_id, 1, "one", MORNING + jobs.LEASE)
    assert claim(db, "two") is None
    assert read(db, job_id).status == "running"


def test_a_job_is_not_taken_before_its_time_nor_by_who_does_not_do_such_work(db: Database) -> None:
    ensure(db)
    assert claim(db, at=MORNING - MINUTE) is None
    assert claim(db, names=["import"]) is None
    assert claim(db, names=["import", "tidy"]) is not None


def test_many_workers_share_the_jobs_without_doing_one_twice(db: Database) -> None:
    for n in range(40):
        ensure(db, period=str(n))
    taken: list[UUID] = []

    def work(worker: str) -> None:
        while (job := claim(db, worker)) is not None:
            taken.append(job.id)
            with db.transaction() as session:
                assert jobs.finish(session, job.id, worker=worker, at=MORNING)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 40


def test_a_failing_job_comes_back_later_each_time_and_is_dead_after_five(db: Database) -> None:
    job_id = ensure(db)
    at, waits = MORNING, []
    for _ in range(jobs.MOST_ATTEMPTS):
        job = claim(db, at=at)
        assert job is not None
        with db.transaction() as session:
            assert jobs.fail(session, job.id, worker="one", at=at, error="ValueError: broken")
        job = read(db, job_id)
        waits.append(job.run_at - at)
        at = job.run_at
    job = read(db, job_id)
    assert (job.status, job.attempts, job.last_error) == ("dead", 5, "ValueError: broken")
    assert all(1.3 <= two / one <= 3 for one, two in pairwise(waits[:4]))
    assert claim(db, at=at + timedelta(days=9)) is None


def test_an_abandoned_job_is_taken_back_when_its_lease_has_run_out(db: Database) -> None:
    job_id = ensure(db)
    claim(db)
    with db.transaction() as session:
        assert jobs.rescue(session, at=MORNING + jobs.LEASE) == 0
        assert jobs.heartbeat(session, job_id, worker="one", at=MORNING + MINUTE, progress={"rows": 7})  # type: ignore[arg-type] # it is there
    with db.transaction() as session:
        assert jobs.rescue(session, at=MORNING + jobs.LEASE + timedelta(seconds=1)) == 0
        assert jobs.rescue(session, at=MORNING + MINUTE + jobs.LEASE + timedelta(seconds=1)) == 1
    job = read(db, job_id)
    assert (job.status, job.worker, job.progress) == ("ready", None, {"rows": 7})


def test_who_has_lost_a_job_can_neither_keep_nor_end_it(db: Database) -> None:
    job_id = ensure(db)
    assert job_id is not None
    claim(db)
    with db.transaction() as session:
        jobs.rescue(session, at=MORNING + timedelta(hours=1))
    claim(db, "two", at=MORNING + timedelta(hours=2))
    with db.transaction() as session:
        assert not jobs.heartbeat(session, job_id, worker="one", at=MORNING)
        assert not jobs.finish(session, job_id, worker="one", at=MORNING)
        assert not jobs.fail(session, job_id, worker="one", at=MORNING, error="late")
        assert jobs.finish(session, job_id, worker="two", at=MORNING, result={"done": 1})
    assert read(db, job_id).result == {"done": 1}


def test_a_dead_job_gets_its_tries_back_by_the_administrator_s_word(db: Database) -> None:
    job_id = ensure(db)
    assert job_id is not None
    admin = Actor(new_id(), "管理员")
    with db.transaction() as session, pytest.raises(Refused):
        jobs.retry(session, job_id, actor=admin, at=MORNING)
    with db.transaction() as session, pytest.raises(NotFound):
        jobs.retry(session, new_id(), actor=admin, at=MORNING)
    with db.transaction() as session:
        job = session.get(Job, job_id)
        assert job is not None
        job.status, job.attempts = "dead", 5
    with db.transaction() as session:
        assert jobs.count_dead(session) == 1
        jobs.retry(session, job_id, actor=admin, at=MORNING)
    job = read(db, job_id)
    assert (job.status, job.attempts) == ("ready", 0)


def runner(office: Office, lease: timedelta = jobs.LEASE, **works: Any) -> Runner:
    return Runner(office, "one", works, lease)


def test_a_run_job_keeps_its_result(office: Office) -> None:
    job_id = ensure(office.db, rows=3)

    def work(run: Run) -> dict[str, Any]:
        run.progress({"half": True})
        return {"rows": run.payload["rows"], "period": run.period}

    assert runner(office, tidy=work).run_next()
    job = read(office.db, job_id)
    assert (job.status, job.result, job.progress) == ("done", {"rows": 3, "period": "2026-10-14"}, {"half": True})
    assert not runner(office, tidy=work).run_next()


def test_a_job_that_raises_is_postponed_with_what_it_said(office: Office) -> None:
    job_id = ensure(office.db)

    def work(_run: Run) -> None:
        raise ZeroDivisionError("none left")

    runner(office, tidy=work).run_next()
    job = read(office.db, job_id)
    assert (job.status, job.attempts, job.last_error) == ("ready", 1, "ZeroDivisionError: none left")


def test_a_job_nobody_knows_is_postponed_too(office: Office) -> None:
    job_id = ensure(office.db, name="forgotten")
    runner(office).run_next()
    assert read(office.db, job_id).last_error == "KeyError: 'forgotten'"


def test_long_work_keeps_its_lease_without_saying_anything(office: Office) -> None:
    job_id = ensure(office.db)
    assert job_id is not None
    seen: list[bool] = []

    def work(_run: Run) -> None:
        begun = read(office.db, job_id).lease_until
        for _ in range(100):
            threading.Event().wait(0.05)
            if read(office.db, job_id).lease_until != begun:
                seen.append(True)
                return

    runner(office, lease=timedelta(seconds=0.6), tidy=work).run_next()
    assert seen == [True]


def test_who_has_lost_the_job_learns_it_at_the_next_word_of_progress(office: Office) -> None:
    job_id = ensure(office.db)
    lost: list[bool] = []

    def work(run: Run) -> None:
        with office.db.transaction() as session:
            job = session.get(Job, job_id)
            assert job is not None
            job.worker = "two"
        try:
            run.progress({})
        except LeaseLost:
            lost.append(True)
            raise

    runner(office, tidy=work).run_next()
    assert (lost, read(office.db, job_id).status) == ([True], "running")
