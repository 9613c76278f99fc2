"""Due rungs, claimed and written in batches with a constant number of statements (performance.md row e).

Here: which clocks have a rung to fire, locked together with their matters, and what a firing leaves behind. Not here:
whether and which rung fires (workflows/firing.py). Nothing here waits for a lock: who works on a matter has it, and its
rungs fire at the next sweep.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update

from casework.core import bulk, moulds
from casework.core.database import Session
from casework.core.ids import new_id_texts
from casework.core.moulds import Mould, Press
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


class _Cast:
    """The rows of one batch, table by table; what all of a table share is cast once, in its mould.

    A row of history says here in its own words what `history.seal` says of any row: to make each of them by way of
    that, and every value by way of its column, took most of a sweep's time.
    """

    def __init__(self, session: Session, *, at: datetime, tell_at: datetime, ids: int) -> None:
        self._press = Press(session.get_bind().dialect)
        self._ids = iter(new_id_texts(ids))
        self._at = at.astimezone(UTC).isoformat()
        nobody, nothing = UUID(int=0), {"id": UUID(int=0), "matter_id": UUID(int=0)}
        firing = {**nothing, "deadline_id": nobody, "level": 0, "due_at": at, "fired_at": at}
        self._firings = [self._press.mould(Firing, {**firing, "passed_over": over}) for over in (False, True)]
        when = {"at": at, "recorded_at": at, "actor_id": None, "for_id": None, "comment": None}
        moved = {"seq": 0, "trigger": "", "from_state": "", "to_state": "", "fields": {}, "workflow_version": 0}
        self._history = self._press.mould(HistoryEntry, {**nothing, **when, **moved, "prev_hash": "", "hash": ""})
        told = {"event": EVENT, "created_at": at, "status": "pending", "attempts": 0, "next_try_at": tell_at}
        self._outbox = self._press.mould(OutboxEvent, {**nothing, **told, "seq": 0, "facts": {}})
        self.clocks: list[dict[str, Any]] = []
        self.matters: dict[UUID, dict[str, Any]] = {}

    def fire(self, verdict: Verdict, rung: Sequence[Any]) -> None:
        """Cast what a rung that fires leaves behind, and move its matter on."""
        clock, matter, value = verdict.clock, verdict.clock.matter, self._press.value
        level, _, name = rung
        matter_id, seq = value(matter.id), matter.version + 1
        for mould, fallen in self._fallen(verdict, rung):
            self._add(
                mould,
                {
                    "deadline_id": value(clock.id),
                    "matter_id": matter_id,
                    "level": value(fallen[0]),
                    # When this rung was to fire, which is not when the clock runs out.
                    "due_at": self._instant(fallen[1]),
                },
            )
        about = f'"due_at":{_quoted(clock.due_at.isoformat())},"kind":{_quoted(clock.kind)},"level":{level:d}'
        subject = "" if clock.subject_id is None else f',"subject_id":"{clock.subject_id}"'
        passed_over = ",".join([f"{other[0]:d}" for other in verdict.passed_over])
        fields = f'{{{about},"passed_over":[{passed_over}]{subject}}}'
        stands, before = _quoted(matter.state), matter.head_hash
        sealed = (
            f'["{matter.id}",{seq},"{self._at}","{self._at}",null,null,{_quoted(name)},{stands},{stands},null,{fields},'
            f"{matter.workflow_version:d}]"
        )
        digest = history.seal_words(before, sealed)
        state = value(matter.state)
        row = {"matter_id": matter_id, "seq": value(seq), "trigger": value(name), "from_state": state}
        row |= {"to_state": state, "fields": value(fields), "workflow_version": value(matter.workflow_version)}
        self._add(self._history, {**row, "prev_hash": before, "hash": digest})
        facts = value(f"{{{about}{subject}}}")
        self._add(self._outbox, {"matter_id": matter_id, "seq": value(seq), "facts": facts})
        matter.version, matter.head_hash = seq, digest
        if matter.due_kind == clock.kind:
            matter.due_level = level
        changed = {"version": seq, "head_hash": digest, "due_level": matter.due_level}
        self.matters[matter.id] = {"id": matter.id, **changed}

    def _fallen(self, verdict: Verdict, rung: Sequence[Any]) -> Iterator[tuple[Mould, Sequence[Any]]]:
        fired, passed_over = self._firings
        yield fired, rung
        for other in verdict.passed_over:
            yield passed_over, other

    def _add(self, mould: Mould, changed: dict[str, Any]) -> None:
        changed["id"] = self._press.id(next(self._ids))
        self._press.add(mould, changed)

    def _instant(self, iso: str) -> Any:
        # Read in any case: what is no instant spoils the row it stands in, here as on the server.
        at = datetime.fromisoformat(iso)
        return iso if self._press.is_postgresql else self._press.cell(Firing, "due_at", at)

    def write(self, session: Session) -> bool:
        """Write what fired; say whether anything did."""
        rows = self._press.take()
        moulds.write(session, rows, (Firing.__tablename__, HistoryEntry.__tablename__, OutboxEvent.__tablename__))
        return bool(rows)


@lru_cache(4096)
def _quoted(text: str) -> str:
    """Return a text as canonical JSON has it."""
    return json.dumps(text, ensure_ascii=False)


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
    verdicts = list(verdicts)
    fallen = sum(1 + len(verdict.passed_over) for verdict in verdicts if verdict.fires is not None)
    cast = _Cast(session, at=at, tell_at=tell_at, ids=fallen + 2 * len(verdicts))
    for verdict in verdicts:
        if verdict.fires is not None:
            cast.fire(verdict, verdict.fires)
        cast.clocks.append(_clock_after(verdict))
    has_fired = cast.write(session)
    bulk.update(session, Deadline, cast.clocks)
    bulk.update(session, table, list(cast.matters.values()), same={"updated_at": at})
    if has_fired:
        session.has_news()


def postpone(session: Session, clock_id: UUID, *, until: datetime) -> None:
    """Push a clock whose rung could not be fired ahead, so that it does not stand in the way of the others."""
    session.execute(
        update(Deadline)
        .where(Deadline.id == clock_id, Deadline.next_fire_at.is_not(None))
        .values(next_fire_at=until)
        .execution_options(synchronize_session=False)
    )


def _clock_after(verdict: Verdict) -> dict[str, Any]:
    following = verdict.following
    return {
        "id": verdict.clock.id,
        "level": verdict.clock.level if verdict.fires is None else verdict.fires[0],
        "next_level": None if following is None else following[0],
        "next_fire_at": None if following is None else datetime.fromisoformat(following[1]),
    }
