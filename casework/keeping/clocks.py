"""The clocks of one matter against its history: I7 and I9 of reliability.md §3. I8 is asked over all at once."""

import json
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from casework.keeping.histories import Entry, MatterRow
from casework.keeping.lifecycles import ClockRule, Lifecycle
from casework.keeping.view import as_id
from casework.matters.deadlines import LIVE

Report = Callable[[str, str], None]


class ClockRow(NamedTuple):
    """A clock in one epoch."""

    matter_id: Any
    id: Any
    kind: str
    epoch: int
    status: str
    due_at: Any
    ended_seq: int | None
    level: int | None
    next_level: int | None
    next_fire_at: Any


class FiringRow(NamedTuple):
    """A rung that fired or was passed over."""

    matter_id: Any
    deadline_id: Any
    level: int
    due_at: Any
    fired_at: Any
    passed_over: Any


def check_firings(
    lifecycle: Lifecycle,
    clocks: Sequence[ClockRow],
    firings: Sequence[FiringRow],
    rungs: Sequence[Entry],
    *,
    report: Report,
) -> None:
    """Check that each rung fired once, not early, not while its clock had ended or stood still (I7).

    `rungs` are the rows of the history that ladders wrote; every firing has its own.
    """
    by_id = {clock.id: clock for clock in clocks}
    # Clocks of one kind that belong to rows (two things agreed by one day) fire the same level at one instant.
    written: dict[tuple[Any, Any, Any], list[Entry]] = {}
    for rung in rungs:
        written.setdefault(_fired(rung), []).append(rung)
    levels: dict[Any, set[int]] = {}
    for firing in firings:
        clock = by_id.get(firing.deadline_id)
        if clock is None:
            continue  # an orphan, which I19 tells
        label = f"{as_id(firing.deadline_id)} level {firing.level}"
        known = levels.setdefault(clock.id, set())
        is_once = firing.level not in known and firing.fired_at >= firing.due_at
        known.add(firing.level)
        if not firing.passed_over:
            entries = written.get((clock.kind, firing.level, firing.fired_at))
            entry = entries.pop(0) if entries else None
            is_once = is_once and entry is not None and _ran(lifecycle, clock, entry)
        if not is_once:
            report("I7", label)
    for left in chain.from_iterable(written.values()):
        report("I7", f"{as_id(left.matter_id)}#{left.seq}")
    for clock in clocks:
        if clock.level != max(levels.get(clock.id, ()), default=None):
            report("I7", as_id(clock.id))


def _fired(entry: Entry) -> tuple[Any, Any, Any]:
    try:
        fields = json.loads(entry.fields)
    except ValueError:
        return None, entry.seq, entry.at
    return fields.get("kind"), fields.get("level"), entry.at


def _ran(lifecycle: Lifecycle, clock: ClockRow, entry: Entry) -> bool:
    rule = lifecycle.clocks.get(clock.kind)
    if rule is None or entry.from_state not in rule.runs_in:
        return False
    return clock.ended_seq is None or entry.seq <= clock.ended_seq


def check_leading(lifecycle: Lifecycle, matter: MatterRow, clocks: Sequence[ClockRow], *, report: Report) -> None:
    """Check that a matter in a timed state has exactly one live leading clock, and points at it (I9)."""
    live = [clock for clock in clocks if clock.status in LIVE]
    leading = [clock for clock in live if _leads(lifecycle, clock.kind)]
    wanted = any(rule.leads and not rule.per_row and _lives(rule, matter.state) for rule in lifecycle.clocks.values())
    stands = all(_stands(lifecycle, clock, matter.state) for clock in clocks)
    if len(leading) != int(wanted) or not stands or not _points(matter, leading):
        report("I9", as_id(matter.id))


def _leads(lifecycle: Lifecycle, kind: str) -> bool:
    rule = lifecycle.clocks.get(kind)
    return rule is not None and rule.leads


def _lives(rule: ClockRule, state: str) -> bool:
    return state in rule.runs_in or state in rule.paused_in


def _stands(lifecycle: Lifecycle, clock: ClockRow, state: str) -> bool:
    """Say whether a clock is what its matter's state makes of it."""
    if clock.status != "running" and (clock.next_fire_at is not None or clock.next_level is not None):
        return False
    if clock.status not in LIVE:
        return True
    rule = lifecycle.clocks.get(clock.kind)
    if rule is None:
        return False
    if rule.per_row:
        # It belongs to a row of the matter and may be begun while the matter itself stands still.
        return _lives(rule, state)
    return state in (rule.runs_in if clock.status == "running" else rule.paused_in)


def _points(matter: MatterRow, leading: Sequence[ClockRow]) -> bool:
    running = [(clock.due_at, clock.kind, clock.level) for clock in leading if clock.status == "running"]
    pointed = (matter.due_at, matter.due_kind, matter.due_level)
    return pointed in running if running else pointed == (None, None, None)
