"""After a day of the calendar was changed: which running clocks would move, and moving them, with a reason.

Nothing moves by itself: what a villager and a unit were told holds until somebody says so, and each matter's history
says who did and why (domain.md §7 rule 5). Clocks that stand still reckon anew when they go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from casework.cases.actions import MEND
from casework.core import texts
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import Denied
from casework.matters import deadlines
from casework.matters.tables import Deadline
from casework.permissions import may_anywhere
from casework.registry import audit
from casework.registry.calendar import load_calendar
from workflows import clocks, records
from workflows.engine import workflow_of
from workflows.firing import MATTERS

PERMISSION = "calendar.change"
REASON_LENGTH = 200
# So many clocks are looked at for a page, and so many matters are moved at once: each is locked meanwhile.
LOOKED_AT, MOST_MATTERS = 20_000, 500
_PIECE = 1000


@dataclass(frozen=True, slots=True)
class Move:
    """One clock that would move."""

    matter_id: UUID
    matter_kind: str
    number: str
    kind: str
    label: dict[str, str]
    before: datetime
    after: datetime


def would_move(session: Session, *, most: int = MOST_MATTERS) -> list[Move]:
    """Return up to `most` running clocks that are due at another instant by the calendar in force."""
    calendar = load_calendar(session)
    found: list[Move] = []
    for row in _running(session):
        after = deadlines.due_by(row, calendar).due_at
        if after == row.due_at:
            continue
        matter = session.get(MATTERS[row.matter_kind], row.matter_id) if row.matter_kind in MATTERS else None
        if matter is None:
            continue
        label = dict(workflow_of(matter).workflow.clocks[row.kind].label)
        found.append(Move(matter.id, row.matter_kind, matter.number, row.kind, label, row.due_at, after))
        if len(found) == most:
            break
    return found


def recalculate(session: Session, reason: object, *, actor: Actor, at: datetime) -> int:
    """Move the running clocks to where the calendar in force puts them, and return how many moved.

    At most `MOST_MATTERS` matters at once; ask again for the rest. A rung that has fired and lies behind stays fired.

    Raises:
        Denied: the caller may not change the calendar.
        Invalid: no reason, or a too long one.
    """
    if not may_anywhere(actor, PERMISSION):
        raise Denied(PERMISSION)
    told = texts.clean_text(reason, field="reason", max_length=REASON_LENGTH)
    calendar = load_calendar(session)
    moves = sorted(would_move(session), key=lambda move: (move.matter_kind, move.matter_id))
    moved = 0
    for (kind, matter_id), _ in groupby(moves, key=lambda move: (move.matter_kind, move.matter_id)):
        matter = session.get(MATTERS[kind], matter_id, with_for_update=True, populate_existing=True)
        limits = _move(session, matter, calendar, at=at) if matter is not None else []
        if limits:
            records.note(
                session,
                matter,
                actor=actor,
                at=at,
                trigger=MEND,
                event="mended",
                comment=told,
                fields={"limits": limits, "calendar": calendar.version},
            )
            moved += len(limits)
    facts = {"clocks": moved, "calendar": calendar.version}
    audit.record(session, event="calendar.recalculated", actor=actor, at=at, facts=facts)
    session.flush()
    return moved


def _running(session: Session) -> Iterator[Deadline]:
    last: UUID | None = None
    for _ in range(LOOKED_AT // _PIECE):
        rows = deadlines.running(session, after=last, limit=_PIECE)
        yield from rows
        if len(rows) < _PIECE:
            return
        last = rows[-1].id


def _move(session: Session, matter: Any, calendar: WorkCalendar, *, at: datetime) -> list[dict[str, str]]:
    workflow = workflow_of(matter).workflow
    rows = deadlines.of_matter(session, matter.id)
    limits: list[dict[str, str]] = []
    for row in [row for row in rows if row.status == "running"]:
        if deadlines.due_by(row, calendar).due_at == row.due_at:
            continue
        successor = deadlines.supersede(
            session,
            row,
            epoch=deadlines.next_epoch(rows, row.kind),
            ladder=deadlines.Ladder(workflow.clocks[row.kind].rungs),
            calendar=calendar,
            seq=matter.version + 1,
        )
        _keep_fired(successor, row.level, at=at)
        rows.append(successor)
        limits.append({"kind": row.kind, "from": row.due_at.isoformat(), "to": successor.due_at.isoformat()})
    clocks.point_at_leading(workflow, matter, rows)
    return limits


def _keep_fired(successor: Deadline, level: int | None, *, at: datetime) -> None:
    """Let a rung that had fired and still lies behind not fire again; one that lies ahead again will."""
    fired = _behind(successor.rungs, level, at=at)
    if fired is not None:
        deadlines.advance(successor, fired=fired)


def _behind(rungs: Sequence[Sequence[Any]], level: int | None, *, at: datetime) -> int | None:
    behind = [int(rung[0]) for rung in rungs if datetime.fromisoformat(str(rung[1])) <= at]
    reached = [each for each in behind if level is not None and each <= level]
    return max(reached, default=None)
