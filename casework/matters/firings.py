"""Due rungs, claimed and written in batches with a constant number of statements (performance.md row e).

Here: which clocks have a rung to fire, locked together with their matters, and what a firing leaves behind. Not here:
whether and which rung fires (workflows/firing.py). Nothing here waits for a lock: who works on a matter has it, and its
rungs fire at the next sweep.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, Select, literal, select, tuple_, update

from casework.core import bulk, moulds
from casework.core.columns import Id, Instant
from casework.core.database import Session
from casework.core.ids import new_id_texts
from casework.core.moulds import Press, Stencil, hole
from casework.matters import history
from casework.matters.tables import Deadline, Firing, HistoryEntry, OutboxEvent

EVENT = "deadline.fired"
# What differs from row to row.
_IDS = {name: hole(name, is_id=True) for name in ("id", "matter_id")}
_FALLEN = {**_IDS, "deadline_id": hole("deadline_id", is_id=True), "level": hole("level"), "due_at": hole("due_at")}
_WRITTEN = {
    **_IDS,
    **{name: hole(name) for name in ("seq", "trigger", "fields", "workflow_version", "prev_hash", "hash")},
    **{name: hole("state") for name in ("from_state", "to_state")},
}
_TOLD = {**_IDS, **{name: hole(name) for name in ("seq", "facts", "next_try_at")}}
# Where a clock stands among those that are due: when it is to fire, and its id.
Place = tuple[datetime, UUID]


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

    @property
    def place(self) -> Place:
        """Where it stands among those that are due."""
        return self.fire_at, self.id


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a due clock: which rung fires, which are passed over, which comes next.

    A rung is (level, ISO instant, name). `fires` None: the clock is not to fire where its matter stands.
    """

    clock: DueClock
    fires: Sequence[Any] | None = None
    passed_over: Sequence[Sequence[Any]] = ()
    following: Sequence[Any] | None = None


@dataclass(frozen=True, slots=True)
class _Stencils:
    """What all rows of a sweep share, table by table."""

    fired: Stencil
    passed_over: Stencil
    history: Stencil
    outbox: Stencil


@lru_cache(8)
def _stencils_of(dialect: Dialect, at: datetime) -> _Stencils:
    press, nobody = Press(dialect), UUID(int=0)
    nothing = {"id": nobody, "matter_id": nobody}
    firing = {**nothing, "deadline_id": nobody, "level": 0, "due_at": at, "fired_at": at}
    when = {"at": at, "recorded_at": at, "actor_id": None, "for_id": None, "comment": None}
    moved = {"seq": 0, "trigger": "", "from_state": "", "to_state": "", "fields": {}, "workflow_version": 0}
    told = {"event": EVENT, "created_at": at, "status": "pending", "attempts": 0, "next_try_at": at}
    history_row = {**nothing, **when, **moved, "prev_hash": "", "hash": ""}
    return _Stencils(
        fired=press.stencil([(press.mould(Firing, {**firing, "passed_over": False}), _FALLEN)]),
        passed_over=press.stencil([(press.mould(Firing, {**firing, "passed_over": True}), _FALLEN)]),
        history=press.stencil([(press.mould(HistoryEntry, history_row), _WRITTEN)]),
        outbox=press.stencil([(press.mould(OutboxEvent, {**nothing, **told, "seq": 0, "facts": {}}), _TOLD)]),
    )


class _Cast:
    """The rows of one batch, table by table; what all of a table share is cast once, in its stencil.

    A row of history says here in its own words what `history.seal` says of any row: to make each of them by way of
    that, and every value by way of its column, took most of a sweep's time.
    """

    def __init__(self, session: Session, *, at: datetime, tell_at: datetime, ids: int) -> None:
        dialect = session.get_bind().dialect
        self._press, self._stencils = Press(dialect), _stencils_of(dialect, at)
        self._ids = iter(new_id_texts(ids))
        self._at = at.astimezone(UTC).isoformat()
        self._tell_at = self._press.cell(OutboxEvent, "next_try_at", tell_at)
        self.clocks: list[dict[str, Any]] = []
        self.matters: dict[UUID, dict[str, Any]] = {}

    def fire(self, verdict: Verdict, rung: Sequence[Any]) -> None:
        """Cast what a rung that fires leaves behind, and move its matter on."""
        clock, press, stencils, ids = verdict.clock, self._press, self._stencils, self._ids
        matter, (level, instant, name) = clock.matter, rung
        matter_id, clock_id, seq = str(matter.id), str(clock.id), matter.version + 1
        about = f'"due_at":{_quoted(clock.due_at.isoformat())},"kind":{_quoted(clock.kind)},"level":{level:d}'
        subject = "" if clock.subject_id is None else f',"subject_id":"{clock.subject_id}"'
        passed_over = ",".join([f"{other[0]:d}" for other in verdict.passed_over])
        fields = f'{{{about},"passed_over":[{passed_over}]{subject}}}'
        stands, before = _quoted(matter.state), matter.head_hash
        sealed = (
            f'["{matter_id}",{seq},"{self._at}","{self._at}",null,null,{_quoted(name)},{stands},{stands},null,{fields},'
            f"{matter.workflow_version:d}]"
        )
        digest = history.seal_words(before, sealed)
        filling = {
            "id": next(ids),
            "deadline_id": clock_id,
            "matter_id": matter_id,
            "level": level,
            # When this rung was to fire, which is not when the clock runs out.
            "due_at": self._instant(instant),
        }
        press.cast(stencils.fired, filling)
        for level_below, instant_below, _ in verdict.passed_over:
            below = {"id": next(ids), "level": level_below, "due_at": self._instant(instant_below)}
            press.cast(stencils.passed_over, {**filling, **below})
        filling |= {
            "id": next(ids),
            "seq": seq,
            "trigger": press.value(name),
            "state": press.value(matter.state),
            "fields": press.value(fields),
            "workflow_version": matter.workflow_version,
            "prev_hash": before,
            "hash": digest,
            "facts": press.value(f"{{{about}{subject}}}"),
            "next_try_at": self._tell_at,
        }
        press.cast(stencils.history, filling)
        filling["id"] = next(ids)
        press.cast(stencils.outbox, filling)
        matter.version, matter.head_hash = seq, digest
        if matter.due_kind == clock.kind:
            matter.due_level = level
        changed = {"version": seq, "head_hash": digest, "due_level": matter.due_level}
        self.matters[matter.id] = {"id": matter.id, **changed}

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

    Right after much was fired that look passes over what the server has not tidied yet.
    """
    connection = session.connection()
    looks = (_soonest(select(Deadline.id), kind=kind, at=at).limit(1) for kind in tables)
    found = connection.execute(select(*(look.scalar_subquery() for look in looks))).one()
    maybe = [kind for kind, first in zip(tables, found, strict=True) if first is not None]
    if not maybe:
        return []
    firsts = (_due(tables[kind], Deadline.id, kind=kind, at=at).limit(1) for kind in maybe)
    row = connection.execute(select(*(first.scalar_subquery() for first in firsts))).one()
    return [kind for kind, first in zip(maybe, row, strict=True) if first is not None]


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
    after: Place | None = None,
    only: UUID | None = None,
) -> Sequence[DueClock]:
    """Take up to `limit` due clocks with their matters, oldest first, passing over those somebody holds.

    `after`: where the last batch ended, so that the server need not walk over what was just fired or is just held.
    """
    columns = (
        *(Deadline.id, Deadline.kind, Deadline.status, Deadline.due_at, Deadline.level, Deadline.rungs),
        *(Deadline.subject_id, Deadline.next_fire_at),
        *(table.id, table.state, table.version, table.workflow, table.workflow_version, table.head_hash),
        *(table.due_kind, table.due_level),
    )
    statement = _due(table, *columns, kind=kind, at=at).limit(limit)
    if after is not None:
        place = tuple_(literal(after[0], Instant()), literal(after[1], Id()))
        statement = statement.where(tuple_(Deadline.next_fire_at, Deadline.id) > place)
    if only is not None:
        statement = statement.where(Deadline.id == only)
    rows = session.connection().execute(statement.with_for_update(of=[Deadline, table], skip_locked=True)).all()
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
    joined = select(*columns).select_from(Deadline).join(table, table.id == Deadline.matter_id)
    return _soonest(joined, kind=kind, at=at)


def _soonest(asked: Select[Any], *, kind: str, at: datetime) -> Select[Any]:
    # In the order of the index: else a planner who last saw many due may read the whole table for one.
    asked = asked.where(Deadline.next_fire_at <= at, Deadline.matter_kind == kind)
    return asked.order_by(Deadline.next_fire_at, Deadline.id)


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
    bulk.update(session, table, list(cast.matters.values()), same={"updated_at": at} if table.rung_updates else None)
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
