"""What a move does to the clocks of a matter: start, pause, resume, meet, stop, as the definition says."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from casework.core.database import change
from casework.core.due_dates import Limit
from casework.core.working_days import half
from casework.matters import deadlines
from casework.matters.tables import Deadline
from workflows.context import Context
from workflows.definition import BEFORE, START, Clock, Condition, Workflow


def limit_of(clock: Clock, matter: Any, *, trigger: str) -> Limit:
    """Return the limit of a clock for a matter: the first rule that fits, halved as often as the definition says."""
    for rule in clock.limits:
        if _fits(rule.when, matter, trigger):
            limit = rule.limit
            break
    else:
        raise LookupError(f"no limit of {clock.kind} fits")
    for condition in clock.halve_when:
        # Hours are halved too (rework of a critical case); "urgent" never meets a limit in hours.
        if _fits(condition, matter, trigger) and limit.amount > 1:
            limit = Limit(limit.unit, half(limit.amount))
    return limit


def _fits(condition: Condition, matter: Any, trigger: str) -> bool:
    """Say whether a condition holds of a matter; only what it asks for is looked at."""
    for name, wanted in condition.facts.items():
        value = trigger if name == "trigger" else getattr(matter, name)
        if (value if value is None or type(value) is str else str(value)) != wanted:
            return False
    return True


def follow(context: Context, rows: list[Deadline], *, not_before: datetime | None = None) -> None:
    """Bring the clocks in line with a move just made; `rows` are the matter's clocks and is added to."""
    trigger = context.transition.trigger
    undoing = context.transition.target == BEFORE
    for row in [row for row in rows if row.status in deadlines.LIVE]:
        _continue(context, row, trigger)
    if undoing:
        _take_back(context, rows)
    for clock in context.workflow.clocks.values():
        # A step that stays where it is may be made in several states: a clock begins only where it lives.
        if trigger in clock.starts and clock.lives_in(context.matter.state):
            start(context, clock, rows, trigger=trigger, not_before=not_before)
    point_at_leading(context.workflow, context.matter, rows)


def start(
    context: Context,
    clock: Clock,
    rows: list[Deadline],
    *,
    trigger: str = START,
    not_before: datetime | None = None,
) -> None:
    """Begin the next epoch of a clock; one that runs until a day of the matter's begins only if there is such a day."""
    if clock.until is None:
        limit = limit_of(clock, context.matter, trigger=trigger)
        begin(context, clock, rows, limit=limit, trigger=trigger, not_before=not_before)
        return
    day = _last_day(context, clock.until)
    if day is not None:
        begin(context, clock, rows, until=day, trigger=trigger, not_before=not_before)


def _last_day(context: Context, name: str) -> date | None:
    """Return the day of a matter until which a clock runs: nobody is late with what is not over when the office closes.

    A matter tells the instant at which what takes place on its day `x` is over as `x_until`.
    """
    day: date | None = getattr(context.matter, name, None)
    over: datetime | None = getattr(context.matter, f"{name}_until", None)
    if day is None or over is None:
        return day
    there = over.astimezone(context.calendar.zone)
    is_over = there.date() == day and there.time() <= context.calendar.closes
    return day if is_over else max(day, there.date()) + timedelta(days=1)


def begin(
    context: Context,
    clock: Clock,
    rows: list[Deadline],
    *,
    trigger: str,
    not_before: datetime | None = None,
    **due: Any,
) -> None:
    """Begin the next epoch of a clock; `due` says when it is due and of what in the matter (`deadlines.begin`)."""
    rows.append(
        deadlines.begin(
            context.session,
            matter_id=context.matter.id,
            matter_kind=context.workflow.name,
            kind=clock.kind,
            epoch=deadlines.next_epoch(rows, clock.kind),
            ladder=deadlines.Ladder(clock.rungs, not_before),
            started_by=trigger,
            at=context.at,
            calendar=context.calendar,
            **due,
        )
    )


def _continue(context: Context, row: Deadline, trigger: str) -> None:
    clock = context.workflow.clocks[row.kind]
    state = context.matter.state
    seq = context.matter.version + 1
    if trigger in clock.met_by:
        deadlines.end(row, at=context.at, met=True, seq=seq)
    elif not clock.lives_in(state):
        deadlines.end(row, at=context.at, met=False, seq=seq, known=context.recorded_at is None)
    elif clock.until is not None and trigger in clock.starts:
        # The day it ran until has moved: it begins anew.
        deadlines.end(row, at=context.at, met=False, seq=seq)
    elif row.status == "running" and state in clock.paused_in:
        deadlines.pause(row, at=context.at)
    elif row.status == "paused" and state in clock.runs_in:
        old = row.due_at
        moved = deadlines.resume(row, at=context.at, calendar=context.calendar, rungs=clock.rungs)
        if clock.leads:
            context.noted["moved"] = {
                "kind": row.kind,
                "days": moved,
                "from": old.isoformat(),
                "to": row.due_at.isoformat(),
            }


def _take_back(context: Context, rows: Sequence[Deadline]) -> None:
    # Undoing a step (unmerge) starts again what that very step had ended.
    undone = context.matter.version
    for row in rows:
        clock = context.workflow.clocks[row.kind]
        if (
            row.ended_seq == undone
            and row.status in ("met", *deadlines.UNMET)
            and context.matter.state in clock.runs_in
        ):
            deadlines.restart(row, calendar=context.calendar, rungs=clock.rungs)


def point_at_leading(workflow: Workflow, matter: Any, rows: Sequence[Deadline]) -> None:
    """Copy the clock that matters now onto the matter, for lists; none while it stands still.

    A matter with a column `<kind>_outcome` also gets how the last clock of that kind was met: `on_time`, `late`,
    None; `unknown` where nobody can say.
    """
    table: type = type(matter)
    columns, leading = _outcomes(table, workflow.clock_kinds), None
    last: dict[str, Deadline] = {}
    # Asked at every step of every life, so the rows are gone through once.
    for row in rows:
        kind = row.kind
        if kind in columns and (kind not in last or row.epoch > last[kind].epoch):
            last[kind] = row
        if row.status == "running" and workflow.clocks[kind].leads and (leading is None or row.due_at < leading.due_at):
            leading = row
    told: dict[str, Any] = {"due_at": None, "due_kind": None, "due_level": None}
    if leading is not None:
        told = {"due_at": leading.due_at, "due_kind": leading.kind, "due_level": leading.level}
    for kind, column in columns.items():
        told[column] = deadlines.outcome(last.get(kind))
    change(matter, **told)


@cache
def _outcomes(matter: type, kinds: tuple[str, ...]) -> Mapping[str, str]:
    return {kind: f"{kind}_outcome" for kind in kinds if hasattr(matter, f"{kind}_outcome")}


def relimit(context: Context, rows: list[Deadline]) -> list[Mapping[str, Any]]:
    """Give running clocks the limit that now fits (kind or urgency was mended); return what changed."""
    changes: list[Mapping[str, Any]] = []
    for row in [row for row in rows if row.status in deadlines.LIVE]:
        clock = context.workflow.clocks[row.kind]
        if clock.per_row or clock.until is not None:
            continue
        limit = limit_of(clock, context.matter, trigger=row.started_by)
        if (limit.unit, limit.amount) == (row.limit_unit, row.limit_amount):
            continue
        successor = deadlines.supersede(
            context.session,
            row,
            epoch=deadlines.next_epoch(rows, row.kind),
            ladder=deadlines.Ladder(clock.rungs),
            calendar=context.calendar,
            seq=context.matter.version + 1,
            limit=limit,
        )
        rows.append(successor)
        changes.append({"kind": row.kind, "from": row.due_at.isoformat(), "to": successor.due_at.isoformat()})
    point_at_leading(context.workflow, context.matter, rows)
    return changes
