"""Clocks as rows: begin, pause, resume, end, extend, and the ladder of rungs each of them carries.

A clock is one row per epoch. An extension or a changed limit supersedes the row and begins the next epoch, so that
what was true before stays readable. Due instants come from the working-day calendar and are kept with their
arithmetic and the version of the calendar (domain.md §7 rule 5); nothing here reads the system clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import bindparam, select

from casework.core.calendars import WorkCalendar
from casework.core.columns import Id
from casework.core.database import Session, change
from casework.core.driver.loading import columns_of
from casework.core.driver.questions import Question
from casework.core.due_dates import Due, Limit, Pause
from casework.core.ids import new_id
from casework.matters.tables import Deadline

LIVE = ("running", "paused")
# Ended without having been met, and ended so that nobody can say.
UNKNOWN = "unknown"
UNMET = ("stopped", UNKNOWN)
_CLOSE_OF_DAY = Limit("end_of_day")


@cache
def _of_matter() -> Question:
    asked = select(*columns_of(Deadline)).where(Deadline.matter_id == bindparam("matter_id", type_=Id()))
    return Question(asked.order_by(Deadline.started_at, Deadline.epoch))


class Rung(Protocol):
    """One rung of a ladder, as the workflow file tells it."""

    @property
    def level(self) -> int: ...
    @property
    def working_days(self) -> int: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of a clock and the instant before which none of them fires (the import of an old history)."""

    rungs: Sequence[Rung]
    not_before: datetime | None = None


def of_matter(session: Session, matter_id: UUID) -> list[Deadline]:
    """Return every clock of a matter, all epochs, oldest first, also those not written yet."""
    waiting = [row for row in session.waiting(Deadline) if row.matter_id == matter_id]
    if session.is_waiting(matter_id):
        return waiting
    return [*(row for row, _ in session.load(Deadline, _of_matter(), {"matter_id": matter_id})), *waiting]


def running(session: Session, *, after: UUID | None = None, limit: int = 1000) -> Sequence[Deadline]:
    """Return up to `limit` running clocks of all matters by id, those after `after`: a changed calendar moves them."""
    chosen = select(Deadline).where(Deadline.status == "running").order_by(Deadline.id).limit(limit)
    return session.scalars(chosen if after is None else chosen.where(Deadline.id > after)).all()


def begin(
    session: Session,
    *,
    matter_id: UUID,
    matter_kind: str,
    kind: str,
    epoch: int,
    ladder: Ladder,
    started_by: str,
    at: datetime,
    calendar: WorkCalendar,
    limit: Limit = _CLOSE_OF_DAY,
    until: date | None = None,
    subject_id: UUID | None = None,
) -> Deadline:
    """Begin a clock at `at` and set its ladder.

    It is due after `limit`, or at the close of the day `until` (a co-unit's date, expected money), or of the next
    working day when that day is none.
    """
    due_at, told = calendar.plain_due(at, limit)
    rungs = _rungs(ladder, calendar, due_at=due_at, started_at=at)
    row = session.make(
        Deadline,
        id=new_id(),
        matter_id=matter_id,
        matter_kind=matter_kind,
        kind=kind,
        epoch=epoch,
        status="running",
        started_at=at,
        started_by=started_by,
        due_at=due_at,
        limit_unit=limit.unit,
        limit_amount=limit.amount,
        due=told,
        pauses=[],
        pauses_before=0,
        rungs=rungs,
        **_next_of(rungs),
        subject_id=subject_id,
    )
    if until is not None:
        row.extended_to = calendar.workday_from(until)
        _set_due(row, calendar)
        _set_ladder(row, ladder, calendar)
    session.put(row, keep=True)
    return row


def pause(row: Deadline, *, at: datetime) -> None:
    """Let the clock stand still from `at`; no rung fires meanwhile."""
    row.status = "paused"
    row.pauses = [*row.pauses, [at.isoformat(), None]]
    row.next_level = None
    row.next_fire_at = None


def resume(row: Deadline, *, at: datetime, calendar: WorkCalendar, rungs: Sequence[Rung]) -> int:
    """Let the clock run on and move its due instant; return by how many working days it moved."""
    old = row.due_at
    row.pauses = [*row.pauses[:-1], [row.pauses[-1][0], at.isoformat()]]
    row.status = "running"
    _set_due(row, calendar)
    _set_ladder(row, Ladder(rungs), calendar)
    return calendar.count_workdays(day_of(calendar, old), day_of(calendar, row.due_at))


def end(row: Deadline, *, at: datetime, met: bool, seq: int, known: bool = True) -> None:
    """End the clock: met, or stopped unmet. `seq` is the history row that ended it.

    `known`: whether it was watched while it ran; of a life that a file told afterwards nobody knows whether what
    stopped a clock unmet had been done before.
    """
    if row.status == "paused":
        row.pauses = [*row.pauses[:-1], [row.pauses[-1][0], at.isoformat()]]
    unmet = "stopped" if known else UNKNOWN
    ending = {"status": "met", "met_at": at} if met else {"status": unmet, "met_at": None}
    change(row, **ending, ended_seq=seq, next_level=None, next_fire_at=None)


def restart(row: Deadline, *, calendar: WorkCalendar, rungs: Sequence[Rung]) -> None:
    """Take an ending back, as if it had not been (undoing a merge)."""
    row.status = "running"
    row.met_at = None
    row.ended_seq = None
    _set_ladder(row, Ladder(rungs), calendar)


def supersede(
    session: Session,
    row: Deadline,
    *,
    epoch: int,
    ladder: Ladder,
    calendar: WorkCalendar,
    seq: int,
    limit: Limit | None = None,
    until: date | None = None,
) -> Deadline:
    """Begin the next epoch of a clock with another limit or an extended day; start and pauses are kept.

    A day on which nobody works runs to the next working day (domain.md §7 rule 1).
    """
    successor = session.make(
        Deadline,
        id=new_id(),
        matter_id=row.matter_id,
        matter_kind=row.matter_kind,
        kind=row.kind,
        epoch=epoch,
        status=row.status,
        started_at=row.started_at,
        started_by=row.started_by,
        limit_unit=row.limit_unit if limit is None else limit.unit,
        limit_amount=row.limit_amount if limit is None else limit.amount,
        extended_to=row.extended_to if until is None else calendar.workday_from(until),
        pauses_before=row.pauses_before if until is None else len(row.pauses),
        pauses=list(row.pauses),
        rungs=[],
        subject_id=row.subject_id,
    )
    _set_due(successor, calendar)
    _set_ladder(successor, ladder, calendar)
    if successor.status == "paused":
        successor.next_level = None
        successor.next_fire_at = None
    row.status = "superseded"
    row.ended_seq = seq
    row.next_level = None
    row.next_fire_at = None
    session.put(successor, keep=True)
    return successor


def pauses_of(row: Deadline) -> tuple[Pause, ...]:
    """Return the pauses of a clock as values."""
    return tuple(
        Pause(datetime.fromisoformat(str(start)), None if end is None else datetime.fromisoformat(end))
        for start, end in row.pauses
    )


def next_epoch(rows: Iterable[Deadline], kind: str) -> int:
    """Return the number of the epoch that a new clock of `kind` gets."""
    last = 0
    for row in rows:
        if row.kind == kind and row.epoch > last:
            last = row.epoch
    return last + 1


def outcome(last: Deadline | None) -> str | None:
    """Return how the last epoch of a clock was met: `on_time` (no later than due) or `late`; None if it was not.

    `unknown`: nobody can say whether it was.
    """
    if last is None or last.met_at is None:
        return UNKNOWN if last is not None and last.status == UNKNOWN else None
    return "on_time" if last.met_at <= last.due_at else "late"


def advance(row: Deadline, *, fired: int) -> None:
    """Note that `fired` was the highest rung reached, and point at the next one."""
    row.level = fired
    following = [rung for rung in row.rungs if rung[0] > fired]
    row.next_level = following[0][0] if following else None
    row.next_fire_at = datetime.fromisoformat(following[0][1]) if following else None


def day_of(calendar: WorkCalendar, instant: datetime) -> date:
    """Return the office's wall-calendar day of an instant."""
    return instant.astimezone(calendar.zone).date()


def due_by(row: Deadline, calendar: WorkCalendar) -> Due:
    """Return when a clock is due by a calendar, which may be another than the one it was reckoned with."""
    due = due_before_extension(row, calendar)
    if row.extended_to is not None and row.extended_to > day_of(calendar, due.due_at):
        pauses = pauses_of(row)
        due = calendar.extended_due(due, row.extended_to, pauses[row.pauses_before :], as_of=_open_since(pauses))
    return due


def due_before_extension(row: Deadline, calendar: WorkCalendar) -> Due:
    """Return when a clock was due before its day was put off; when it is due where nobody put it off."""
    limit = Limit(row.limit_unit, row.limit_amount)  # type: ignore[arg-type] # was checked when the clock began
    pauses = pauses_of(row)
    before = pauses if row.extended_to is None else pauses[: row.pauses_before]
    return calendar.due(row.started_at, limit, before, as_of=_open_since(pauses))


def _open_since(pauses: Sequence[Pause]) -> datetime | None:
    # An open pause counts as ending where it began until somebody resumes: nothing is given away in advance.
    return next((each.start for each in pauses if each.end is None), None)


def _set_due(row: Deadline, calendar: WorkCalendar) -> None:
    due = due_by(row, calendar)
    row.due = due.as_json()
    row.due_at = due.due_at


def _set_ladder(row: Deadline, ladder: Ladder, calendar: WorkCalendar) -> None:
    row.rungs = _rungs(ladder, calendar, due_at=row.due_at, started_at=row.started_at, level=row.level)
    for name, value in _next_of(row.rungs).items():
        setattr(row, name, value)


def _rungs(
    ladder: Ladder, calendar: WorkCalendar, *, due_at: datetime, started_at: datetime, level: int | None = None
) -> list[list[Any]]:
    # A rung before its clock's beginning is left out (contract.md), as is one before an import.
    since = started_at if ladder.not_before is None else max(started_at, ladder.not_before)
    farthest = 0
    for rung in ladder.rungs:
        farthest = max(farthest, rung.working_days)
    if (calendar.shift(due_at, farthest) if farthest else due_at) <= since:
        return []
    rungs: list[list[Any]] = []
    for rung in ladder.rungs:
        fire_at = calendar.shift(due_at, rung.working_days) if rung.working_days else due_at
        if fire_at > since and (level is None or rung.level > level):
            rungs.append([rung.level, fire_at.isoformat(), rung.name])
    return rungs


def _next_of(rungs: Sequence[Sequence[Any]]) -> dict[str, Any]:
    if not rungs:
        return {"next_level": None, "next_fire_at": None}
    return {"next_level": int(str(rungs[0][0])), "next_fire_at": datetime.fromisoformat(str(rungs[0][1]))}


def _as_json(pauses: Sequence[Pause]) -> list[list[str | None]]:
    return [[each.start.isoformat(), None if each.end is None else each.end.isoformat()] for each in pauses]
