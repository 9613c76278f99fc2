"""Signs of life of workers and beats: a row a process, renewed every half minute, so that a silent one is seen.

A process that ends says so; one that is killed or frozen falls silent. Work never waits for any of it: what a dead
worker had under way comes back by its lease (jobs.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from casework.core.database import Session
from casework.matters.tables import Pulse

WORKER, BEAT = "worker", "beat"
EVERY = timedelta(seconds=30)
SILENT_AFTER = timedelta(minutes=2)
_KEPT = timedelta(days=7)


def beat(session: Session, name: str, *, kind: str, at: datetime) -> None:
    """Say that a process is alive."""
    row = session.get(Pulse, name)
    if row is None:
        session.add(Pulse(name=name, kind=kind, started_at=at, seen_at=at, ended_at=None))
    else:
        row.seen_at, row.ended_at = at, None


def end(session: Session, name: str, *, at: datetime) -> None:
    """Say that a process ends, by its own will."""
    row = session.get(Pulse, name)
    if row is not None:
        row.seen_at = row.ended_at = at


def every(session: Session) -> Sequence[Pulse]:
    """Return all that are known of, the one seen last first."""
    return session.scalars(select(Pulse).order_by(Pulse.kind.desc(), Pulse.seen_at.desc(), Pulse.name)).all()


def state(row: Pulse, *, at: datetime) -> str:
    """Say how a process stands: `alive`, `silent` or `ended`."""
    if row.ended_at is not None:
        return "ended"
    return "alive" if at - row.seen_at < SILENT_AFTER else "silent"


def forget_old(session: Session, *, at: datetime) -> int:
    """Delete what nobody looks for any more: ended yesterday, or silent for a week; return how many."""
    over = or_(Pulse.ended_at < at - timedelta(days=1), Pulse.seen_at < at - _KEPT)
    gone = session.execute(delete(Pulse).where(over))
    return int(getattr(gone, "rowcount", 0))
