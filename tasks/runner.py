"""Taking and ending jobs: claimed and counted before they run, kept by a heartbeat, done or postponed afterwards."""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from structlog import contextvars, get_logger

from casework.core import clock
from casework.core.database_faults import DatabaseFault
from casework.core.office import Office
from casework.matters import jobs
from casework.matters.tables import Job
from tasks.faults import FAULTS, told, trace
from tasks.run import LeaseLost, Run, Work


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs jobs for one worker. `worker` names it uniquely; `lease` is how long it may be silent."""

    office: Office
    worker: str
    works: Mapping[str, Work]
    lease: timedelta = jobs.LEASE

    def run_next(self, *, names: Collection[str] | None = None, only: UUID | None = None) -> bool:
        """Run the job that has been due longest; False when there is none to take."""
        at = clock.now()
        with self.office.db.transaction() as session:
            job = jobs.claim(session, worker=self.worker, at=at, names=names, only=only, lease=self.lease)
        if job is None:
            return False
        with contextvars.bound_contextvars(job=str(job.id), work=job.name):
            self._run(job)
        return True

    def rescue(self) -> int:
        """Take back what other workers left behind; return how many jobs."""
        with self.office.db.transaction() as session:
            return jobs.rescue(session, at=clock.now())

    def _run(self, job: Job) -> None:
        try:
            work = self.works[job.name]
            with self._heart(job) as heart:
                result = work(
                    Run(
                        office=self.office,
                        id=job.id,
                        name=job.name,
                        period=job.period,
                        payload=job.payload,
                        at=clock.now(),
                        progress=heart.beat,
                    )
                )
        except LeaseLost:
            get_logger().warning("job_lost")
        except FAULTS as fault:
            get_logger().error("job_failed", attempts=job.attempts, fault=told(fault), trace=trace())
            with self.office.db.transaction() as session:
                jobs.fail(session, job.id, worker=self.worker, at=clock.now(), error=told(fault))
        else:
            with self.office.db.transaction() as session:
                jobs.finish(session, job.id, worker=self.worker, at=clock.now(), result=result)

    @contextmanager
    def _heart(self, job: Job) -> Iterator["_Heart"]:
        heart = _Heart(self, job.id)
        thread = threading.Thread(target=heart.keep_beating, name=f"heart-{job.name}", daemon=True)
        thread.start()
        try:
            yield heart
        finally:
            heart.stopped.set()
            thread.join()


class _Heart:
    """Keeps a lease while the work is busy elsewhere."""

    def __init__(self, runner: Runner, job_id: UUID) -> None:
        self._runner = runner
        self._job_id = job_id
        self.stopped = threading.Event()

    def keep_beating(self) -> None:
        """Renew the lease three times in its length."""
        while not self.stopped.wait(self._runner.lease.total_seconds() / 3):
            try:
                self.beat(None)
            except DatabaseFault as fault:
                # The next beat may get through; if none does, the lease runs out, which is what it is for.
                get_logger().warning("heartbeat_missed", fault=told(fault))
            except LeaseLost:
                return

    def beat(self, progress: Mapping[str, Any] | None) -> None:
        """Renew the lease and note the progress.

        Raises:
            LeaseLost: the job has gone to another worker.
        """
        runner = self._runner
        with runner.office.db.transaction() as session:
            kept = jobs.heartbeat(
                session, self._job_id, worker=runner.worker, at=clock.now(), progress=progress, lease=runner.lease
            )
        if not kept:
            raise LeaseLost(str(self._job_id))
