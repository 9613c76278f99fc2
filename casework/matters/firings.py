"""Due rungs, claimed and written in batches with a constant number of statements (performance.md row e).

Here: which clocks have a rung to fire, locked together with their matters, and what a firing leaves behind. Not here:
whether and which rung fires (workflows/firing.py). Nothing here waits for a lock: who works on a matter has it, and its
rungs fire at the next sweep.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update

from casework.core import bulk
from casework.core.actors import SYSTEM
from casework.core.database import Session
from casework.core.ids import new_id
from casework.matters import history
from casework.matters.tables import Deadline, Firing, HistoryEntry, OutboxEvent

EVENT = "deadline.fired"


@dataclass(slots=True)
class Matter:
    """What a firing needs of a matter, and what it changes of it."""

    id: UUID
    state: str
    version: int
    workflow: str
    workflow_version: int
    head_hash: str
    due_kind: str | None
    due_level: int | None


@dataclass(frozen=True, slots=True)
class DueClock:
    """A clock with a rung to fire."""

    id: UUID
    kind: str
    status: str
    due_at: datetime
    level: int | None
    rungs: Sequence[Sequence[Any]]
    subject_id: UUID | None
    fire_at: datetime
    matter: Matter


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a due clock: which rung fires, which are passed over, which comes next.

    A rung is (level, ISO instant, name). `fires` None: the clock is not to fire where its matter stands.
    """

    clock: DueClock
    fires: Sequence[Any] | None = None
    passed_over: Sequence[Sequence[Any]] = ()
    following: Sequence[Any] | None = None


@dataclass(slots=True)
class _Written:
    """The rows of one batch, table by table."""

    firings: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    clocks: list[dict[str, Any]] = field(default_factory=list)
    matters: dict[UUID, dict[str, Any]] = field(default_factory=dict)


def kinds_due(session: Session, tables: Mapping[str, type[Any]], *, at: datetime) -> Sequence[str]:
    """Return the kinds of matters of which a rung is due; where none is, one look at the index says so for all kinds.

    Right after much was fired that look passes over what the server has not tidied yet: it is made once, not for each.
    """
    soonest = select(Deadline.id).where(Deadline.next_fire_at <= at).order_by(Deadline.next_fire_at).limit(1)
    if session.scalar(soonest) is None:
        return []
    questions = (
        _due(table, Deadline.id, kind=kind, at=at).limit(1).exists().label(kind) for kind, table in tables.items()
    )
    row = session.execute(select(*questions)).one()
    return [kind for kind, is_due in zip(tables, row, strict=True) if is_due]


def due_ids(session: Session, table: type[Any], *, kind: str, at: datetime, limit: int) -> Sequence[UUID]:
    """Return the clocks that are due, oldest first, without taking them."""
    return session.scalars(_due(table, Deadline.id, kind=kind, at=at).limit(limit)).all()


def claim(
    session: Session,
    table: type[Any],
    *,
    kind: str,
    at: datetime,
    limit: int,
    since: datetime | None = None,
    only: UUID | None = None,
) -> Sequence[DueClock]:
    """Take up to `limit` due clocks with their matters, oldest first, passing over those somebody holds.

    `since`: where the last batch ended, so that the server need not walk over what it has just fired.
    """
    columns = (
        *(Deadline.id, Deadline.kind, Deadline.status, Deadline.due_at, Deadline.level, Deadline.rungs),
        *(Deadline.subject_id, Deadline.next_fire_at),
        *(table.id, table.state, table.version, table.workflow, table.workflow_version, table.head_hash),
        *(table.due_kind, table.due_level),
    )
    statement = _due(table, *columns, kind=kind, at=at).limit(limit)
    if since is not None:
        statement = statement.where(Deadline.next_fire_at >= since)
    if only is not None:
        statement = statement.where(Deadline.id == only)
    rows = session.execute(statement.with_for_update(of=[Deadline, table], skip_locked=True)).all()
    # A matter with several due clocks is one object, so that its rows follow each other.
    matters: dict[UUID, Matter] = {}
    return [
        DueClock(
            id=row[0],
            kind=row[1],
            status=row[2],
            due_at=row[3],
            level=row[4],
            rungs=row[5],
            subject_id=row[6],
            fire_at=row[7],
            matter=matters.setdefault(row[8], Matter(*row[8:])),
        )
        for row in rows
    ]


def _due(table: type[Any], *columns: Any, kind: str, at: datetime) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Deadline)
        .join(table, table.id == Deadline.matter_id)
        .where(Deadline.next_fire_at <= at, Deadline.matter_kind == kind)
        .order_by(Deadline.next_fire_at)
    )


def write(session: Session, table: type[Any], verdicts: Iterable[Verdict], *, at: datetime, tell_at: datetime) -> None:
    """Write a batch in five statements: firings, history, outbox, clocks, matters.

    `at` stands for now in all of it; `tell_at` is when the outbox may first be read.
    """
    written = _Written()
    same = _same_history(at)
    for verdict in verdicts:
        if verdict.fires is not None:
            _fire(written, verdict, verdict.fires, same=same)
        written.clocks.append(_clock_after(verdict))
    bulk.insert(session, Firing, written.firings, same={"fired_at": at})
    bulk.insert(session, HistoryEntry, written.history, same=same)
    bulk.insert(session, OutboxEvent, written.outbox, same=_same_event(at, tell_at))
    bulk.update(session, Deadline, written.clocks)
    bulk.update(session, table, list(written.matters.values()), same={"updated_at": at})
    if written.outbox:
        session.has_news()


def postpone(session: Session, clock_id: UUID, *, until: datetime) -> None:
    """Push a clock whose rung could not be fired ahead, so that it does not stand in the way of the others."""
    session.execute(
        update(Deadline)
        .where(Deadline.id == clock_id, Deadline.next_fire_at.is_not(None))
        .values(next_fire_at=until)
        .execution_options(synchronize_session=False)
    )


def _same_history(at: datetime) -> dict[str, Any]:
    return {"at": at, "recorded_at": at, "actor_id": SYSTEM.person_id, "for_id": None, "comment": None}


def _same_event(at: datetime, tell_at: datetime) -> dict[str, Any]:
    return {"event": EVENT, "created_at": at, "status": "pending", "attempts": 0, "next_try_at": tell_at}


def _fire(written: _Written, verdict: Verdict, rung: Sequence[Any], *, same: Mapping[str, Any]) -> None:
    clock, matter = verdict.clock, verdict.clock.matter
    level, _, name = rung
    facts: dict[str, Any] = {"kind": clock.kind, "level": level, "due_at": clock.due_at.isoformat()}
    if clock.subject_id is not None:
        facts["subject_id"] = str(clock.subject_id)
    written.firings.append(_firing(clock, rung, passed_over=False))
    written.firings += [_firing(clock, other, passed_over=True) for other in verdict.passed_over]
    entry = {
        "id": new_id(),
        "matter_id": matter.id,
        "seq": matter.version + 1,
        "trigger": name,
        "from_state": matter.state,
        "to_state": matter.state,
        "fields": {**facts, "passed_over": [other[0] for other in verdict.passed_over]},
        "workflow_version": matter.workflow_version,
        "prev_hash": matter.head_hash,
    }
    entry["hash"] = history.seal({**entry, **same})
    written.history.append(entry)
    written.outbox.append({"id": new_id(), "matter_id": matter.id, "seq": entry["seq"], "facts": facts})
    matter.version, matter.head_hash = entry["seq"], entry["hash"]
    if matter.due_kind == clock.kind:
        matter.due_level = level
    written.matters[matter.id] = {
        "id": matter.id,
        "version": matter.version,
        "head_hash": matter.head_hash,
        "due_level": matter.due_level,
    }


def _firing(clock: DueClock, rung: Sequence[Any], *, passed_over: bool) -> dict[str, Any]:
    return {
        "id": new_id(),
        "deadline_id": clock.id,
        "matter_id": clock.matter.id,
        "level": rung[0],
        # When this rung was to fire, which is not when the clock runs out.
        "due_at": datetime.fromisoformat(rung[1]),
        "passed_over": passed_over,
    }


def _clock_after(verdict: Verdict) -> dict[str, Any]:
    following = verdict.following
    return {
        "id": verdict.clock.id,
        "level": verdict.clock.level if verdict.fires is None else verdict.fires[0],
        "next_level": None if following is None else following[0],
        "next_fire_at": None if following is None else datetime.fromisoformat(following[1]),
    }
