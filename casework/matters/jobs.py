"""Work for later, as rows: whoever wants something done writes a job, any worker takes it, no broker is trusted.

A job is claimed with a lease and a worker's name, and its try is counted and committed before it runs: a job that kills
its process is dead after `MOST_ATTEMPTS` tries instead of coming back for ever (reliability.md §0.1, F2, F19).
`(name, period)` is unique, so that any number of schedulers may ask for the same periodic work (F4).
"""

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import NotFound, Refusal, Refused
from casework.core.ids import new_id
from casework.core.upserts import insert_into
from casework.matters.tables import Job
from casework.registry import audit

MOST_ATTEMPTS = 5
LEASE = timedelta(seconds=60)
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=1)
_DROPPED = {"dropped": True}
_STOPPED = {"stopped": True}
_LEASE_RAN_OUT = "the worker was gone before the job was done"


def ensure(
    session: Session,
    *,
    name: str,
    period: str,
    run_at: datetime,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
) -> UUID | None:
    """Ask for a job once in a period (a day, an instant, or an id for single work); None when it is there already."""
    job_id = new_id()
    made = session.execute(
        insert_into(session, Job)
        .values(
            id=job_id,
            name=name,
            period=period,
            payload=dict(payload or {}),
            run_at=run_at,
            status="ready",
            attempts=0,
            progress={},
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=["name", "period"])
        .returning(Job.id)
    ).first()
    if made is None:
        return None
    session.has_news()
    return job_id


def claim(
    session: Session,
    *,
    worker: str,
    at: datetime,
    names: Collection[str] | None = None,
    only: UUID | None = None,
    lease: timedelta = LEASE,
) -> Job | None:
    """Take the job that has been due longest, counting the try. Commit before running it.

    `names`: only jobs of these names; `only`: this job, if it is due.
    """
    due = select(Job).where(Job.status == "ready", Job.run_at <= at)
    if names is not None:
        due = due.where(Job.name.in_(sorted(names)))
    if only is not None:
        due = due.where(Job.id == only)
    job = session.scalars(due.order_by(Job.run_at, Job.id).limit(1).with_for_update(skip_locked=True)).first()
    if job is not None:
        job.status, job.worker, job.lease_until = "running", worker, at + lease
        job.attempts += 1
        session.flush()
    return job


def heartbeat(
    session: Session,
    job_id: UUID,
    *,
    worker: str,
    at: datetime,
    progress: Mapping[str, Any] | None = None,
    lease: timedelta = LEASE,
) -> bool:
    """Keep the lease, and say how far the work is; False when the job is no longer this worker's."""
    values: dict[str, Any] = {"lease_until": at + lease}
    if progress is not None:
        values["progress"] = dict(progress)
    return _change(session, job_id, worker, values)


def finish(
    session: Session, job_id: UUID, *, worker: str, at: datetime, result: Mapping[str, Any] | None = None
) -> bool:
    """Mark a job as done; False when it is no longer this worker's, whose effects must then be taken back."""
    values = {
        "status": "done",
        "done_at": at,
        "result": None if result is None else dict(result),
        "lease_until": None,
        "last_error": None,
    }
    return _change(session, job_id, worker, values)


def fail(session: Session, job_id: UUID, *, worker: str, at: datetime, error: str) -> bool:
    """Note that a try failed: it comes again, twice as late each time, and is dead after the last try."""
    attempts = session.scalar(select(Job.attempts).where(Job.id == job_id)) or 0
    return _change(session, job_id, worker, _after_failure(attempts, at=at, error=error))


def rescue(session: Session, *, at: datetime) -> int:
    """Take back the jobs whose worker let the lease run out; return how many."""
    abandoned = session.scalars(
        select(Job).where(Job.status == "running", Job.lease_until < at).with_for_update(skip_locked=True)
    ).all()
    for job in abandoned:
        error = job.last_error if job.attempts < MOST_ATTEMPTS and job.last_error else _LEASE_RAN_OUT
        for name, value in _after_failure(job.attempts, at=at, error=error).items():
            setattr(job, name, value)
    session.flush()
    return len(abandoned)


def retry(session: Session, job_id: UUID, *, actor: Actor, at: datetime) -> Job:
    """Give a dead job its tries back (the administrator, after mending the cause).

    Raises:
        NotFound: there is no such job.
        Refused: it is not dead.
    """
    job = _take_dead(session, job_id)
    job.status, job.attempts, job.run_at, job.done_at = "ready", 0, at, None
    audit.record(session, event="job.retried", actor=actor, at=at, facts={"job": str(job.id), "name": job.name})
    session.flush()
    session.has_news()
    return job


def drop(session: Session, job_id: UUID, *, actor: Actor, at: datetime) -> Job:
    """Put a dead job aside: it is not done and will not be. What it was and why it failed stays.

    Raises:
        NotFound: there is no such job.
        Refused: it is not dead.
    """
    job = _take_dead(session, job_id)
    job.status, job.result, job.done_at = "done", _DROPPED, at
    audit.record(session, event="job.dropped", actor=actor, at=at, facts={"job": str(job.id), "name": job.name})
    session.flush()
    return job


def _take_dead(session: Session, job_id: UUID) -> Job:
    job = session.scalars(select(Job).where(Job.id == job_id).with_for_update()).one_or_none()
    if job is None:
        raise NotFound("job")
    if job.status != "dead":
        raise Refused([Refusal("job_not_dead")])
    return job


def stop(session: Session, job_id: UUID, *, at: datetime) -> bool:
    """Put an end to a job for whoever asked for it; False when it has ended already.

    It is nobody's from now on: its worker learns so when it next tells how far it is, and stops between two
    transactions.
    """
    stopped = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.status.in_(("ready", "running")))
        .values(status="done", result=_STOPPED, done_at=at, worker=None, lease_until=None)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return stopped.first() is not None


def state_of(session: Session, job_id: UUID) -> Job | None:
    """Return a job as it stands now, None when it is long done and was tidied away."""
    return session.get(Job, job_id, populate_existing=True)


def is_under_way(job: Job | None) -> bool:
    """Say whether a job waits or is being done."""
    return job is not None and job.status in ("ready", "running")


def is_stopped(job: Job) -> bool:
    """Say whether a job ended because whoever asked for it stopped it."""
    return job.status == "done" and job.result == _STOPPED


def is_dropped(job: Job) -> bool:
    """Say whether a job counts as done only because somebody put it aside."""
    return job.status == "done" and job.result == _DROPPED


def listed(session: Session, *, status: str | None = None, limit: int = 200) -> Sequence[Job]:
    """Return jobs for the administrator's page, the latest first."""
    chosen = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    return session.scalars(chosen if status is None else chosen.where(Job.status == status)).all()


def count_dead(session: Session) -> int:
    """Count the jobs that were given up."""
    return session.scalar(select(func.count()).select_from(Job).where(Job.status == "dead")) or 0


def last_done(session: Session, *, name: str, before: datetime) -> datetime | None:
    """Return when a periodic job was last done before an instant; None when it never was."""
    return session.scalar(
        select(func.max(Job.done_at)).where(Job.name == name, Job.status == "done", Job.done_at < before)
    )


def newest(session: Session, *, name: str, prefix: str) -> Job | None:
    """Return the job of a name that was asked for last, of those whose period begins so; None when there is none."""
    asked = select(Job).where(Job.name == name, Job.period.startswith(prefix, autoescape=True))
    return session.scalars(asked.order_by(Job.created_at.desc(), Job.id.desc()).limit(1)).one_or_none()


def forget_done(session: Session, *, before: datetime) -> int:
    """Delete the jobs done before an instant; the dead ones stay in sight. Return how many."""
    gone = session.execute(delete(Job).where(Job.status == "done", Job.done_at < before))
    return int(getattr(gone, "rowcount", 0))


def is_waiting(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a job is to be run, or rescued, at `at`."""
    return or_(and_(Job.status == "ready", Job.run_at <= at), and_(Job.status == "running", Job.lease_until < at))


def _after_failure(attempts: int, *, at: datetime, error: str) -> dict[str, Any]:
    values: dict[str, Any] = {"worker": None, "lease_until": None, "last_error": error[:500]}
    if attempts >= MOST_ATTEMPTS:
        return values | {"status": "dead", "done_at": at}
    delay = min(_FIRST_DELAY * 2 ** max(attempts - 1, 0), _LONGEST_DELAY)
    # Apart from each other, so that what failed together does not come back together.
    return values | {"status": "ready", "run_at": at + delay * random.uniform(0.8, 1.2)}


def _change(session: Session, job_id: UUID, worker: str, values: Mapping[str, Any]) -> bool:
    changed = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.status == "running", Job.worker == worker)
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None
