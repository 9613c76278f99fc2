"""The deadline of a case as a wall calendar, its arithmetic in lines, and the other clocks beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.cases.folders import latest_clocks
from casework.core.calendars import GridDay, WorkCalendar
from casework.core.due_dates import Due, Limit
from casework.matters.deadlines import LIVE, UNMET, pauses_of
from casework.matters.tables import Deadline
from web import unit
from web.locales import local, locale, words
from web.views import chips, wording
from workflows import clocks
from workflows.definition import Workflow

_SIMPLE = ("acknowledge", "contact")


@dataclass(frozen=True, slots=True)
class Day:
    """Shape Day."""

    n: int
    note: str
    kind: str
    today: bool = False
    badge: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """Shape DeadlineCard."""

    title: str
    chip: chips.Deadline
    when: str
    weeks: list[list[Day]]
    sums: list[dict[str, Any]]
    note: str
    clocks: list[dict[str, Any]]


def leading(workflow: Workflow, rows: Sequence[Deadline]) -> Deadline | None:
    """Return the clock that matters: the leading one that lives, else the last that was met."""
    latest = [row for row in latest_clocks(rows) if workflow.clocks[row.kind].leads]
    live = [row for row in latest if row.status in LIVE]
    if live:
        return min(live, key=lambda row: row.due_at)
    met = [row for row in latest if row.status == "met" and row.met_at is not None]
    return max(met, key=lambda row: row.met_at or row.due_at, default=None)


def card_of(
    case: Any, workflow: Workflow, rows: Sequence[Deadline], calendar: WorkCalendar, *, begun: str | None = None
) -> Card | None:
    """Return the card of a case; None for one without any clock. `begun`: how a matter that is no case began."""
    row = leading(workflow, rows)
    if row is None:
        return None
    due, pauses = Due.from_json(row.due), pauses_of(row)
    ended = row.met_at if row.status == "met" else None
    as_of = ended or unit.at()
    grid = calendar.month_grid(due, as_of, pauses)
    is_late = row.status == "running" and unit.at() > row.due_at
    return Card(
        title=words("deadline.title", clock=wording.told(workflow.clocks[row.kind].label)),
        chip=chip_of(row, case, calendar),
        when=wording.due_moment(row.due_at),
        weeks=[
            _gap(week.gap) if not week.days else [_day(day, is_late=is_late, ended=ended) for day in week.days]
            for week in grid
        ],
        sums=_sums(row, due, workflow, begun or words("history.report")),
        note=_note(row, due, workflow),
        clocks=[
            _other(each, workflow, calendar, case) for each in latest_clocks(rows) if _is_shown(each, row, workflow)
        ],
    )


def chip_of(row: Deadline, case: Any, calendar: WorkCalendar) -> chips.Deadline:
    """Return where a clock stands, in full words."""
    if row.status == "paused":
        until = case.suspended_until
        text = (
            words("due_chip.paused") if until is None else words("due_chip.paused_until", day=wording.short_day(until))
        )
        return chips.Deadline(text, "grey", "pause-circle")
    if row.status == "met" and row.met_at is not None:
        late = -calendar.working_days_between(row.met_at, row.due_at) if row.met_at > row.due_at else 0
        if late:
            return chips.Deadline(words("due_chip.met_late", days=late), "red")
        return chips.Deadline(words("due_chip.met"), "green")
    if row.status != "running":
        return chips.Deadline(words("due_chip.stopped"), "grey", "pause-circle")
    made = chips.of_clock(row.due_at, calendar, level=row.level)
    if row.due.get("provisional") and made.tone == "outline":
        return chips.Deadline(made.text, "dashed", None, words("due_chip.provisional"))
    return made


def limit_text(limit: Limit) -> str:
    """Say a limit: 7 个工作日, 24 小时."""
    return words(f"rule.{limit.unit}", amount=limit.amount)


def clock_preview(case: Any, workflow: Workflow, calendar: WorkCalendar) -> dict[str, str]:
    """Say the deadline that assigning now would set; `case` needs its kind and urgency only."""
    clock = workflow.clocks["handle"]
    limit = clocks.limit_of(clock, case, trigger="assign")
    due = calendar.due(unit.at(), limit)
    kind = words(f"kind.{case.kind}")
    note = words("deadline.preview_note") if limit.unit == "working_day" else ""
    if due.provisional:
        note = words("due_chip.provisional")
    return {
        "limit": words("deadline.preview_limit", kind=kind, limit=limit_text(limit)),
        "due": wording.due_moment(due.due_at),
        "note": note,
    }


def _gap(weeks: int) -> list[Day]:
    return [Day(0, words("deadline.gap", weeks=weeks), "over")] + [Day(0, "", "over") for _ in range(6)]


def _day(day: GridDay, *, is_late: bool, ended: datetime | None) -> Day:
    flags = set(day.flags)
    kind, note = "", ""
    if "due" in flags:
        kind, note = "due past" if is_late else "due", words("deadline.due")
    elif "paused" in flags:
        kind, note = "pause", words("deadline.paused")
    elif "counted" in flags and day.ordinal is not None:
        kind, note = "count", words("deadline.nth", n=day.ordinal)
    elif flags & {"received", "arrived"}:
        kind, note = "got", words("deadline.received")
    elif "off" in flags and day.name:
        note = _holiday(day.name)
    elif flags & {"off", "weekend"}:
        note = words("deadline.off")
    badge = words("deadline.makeup") if "makeup" in flags else None
    return Day(day.day.day, note, kind, "today" in flags and ended is None, badge)


def _holiday(name: str) -> str:
    # Cells are narrow: the first two characters say which holiday begins, in English the word for any.
    return name[:2] if locale() == "zh" else words("deadline.off")


def _sums(row: Deadline, due: Due, workflow: Workflow, reported: str) -> list[dict[str, Any]]:
    begun = wording.short_day(local(row.started_at).date())
    starter = workflow.by_trigger.get(row.started_by)
    how = wording.told(starter.label) if starter is not None else reported
    agreed = next((step for step in due.steps if step.code == "agreed"), None)
    if agreed is None:
        text = words("deadline.begun", day=begun, how=how, limit=limit_text(due.limit))
    else:
        text = words("deadline.begun_agreed", day=begun, how=how)
    made: list[dict[str, Any]] = [{"text": text, "amount": _first_due(due)}]
    for step in due.steps:
        if step.code.startswith("pause.") and "amount" in step.params:
            first, last = (wording.short_day(_date(step.params[end])) for end in ("first", "last"))
            days = first if first == last else words("deadline.range", first=first, last=last)
            amount = words("deadline.plus", days=step.params["amount"])
            made.append({"text": words("deadline.paused_days", days=days), "amount": amount})
        elif step.code == "extended":
            made.append({"text": words("deadline.extended"), "amount": wording.short_day(_date(step.params["on"]))})
    made.append({"text": words("deadline.now_due"), "amount": wording.short_moment(row.due_at), "strong": True})
    return made


def _first_due(due: Due) -> str:
    """Return when it would have been due without pause or extension."""
    for step in due.steps:
        if step.code in ("unpaused", "agreed"):
            return wording.short_day(_date(step.params["on"]))
        if step.code == "due_before":
            return wording.short_day(local(datetime.fromisoformat(step.params["due"])).date())
    return wording.short_day(local(due.due_at).date())


def _date(text: str) -> Any:
    return datetime.fromisoformat(text).date()


def _note(row: Deadline, due: Due, workflow: Workflow) -> str:
    told = words("deadline.sentence", text=due.explain(locale()))
    climbs = row.status == "running" and (row.next_level or 0) > 0 and row.kind in workflow.clocks
    if climbs and row.next_fire_at is not None:
        when, level = wording.short_moment(row.next_fire_at), words(f"level.{row.next_level}")
        told += words("deadline.next_rung", when=when, level=level)
    return told


def _is_shown(each: Deadline, main: Deadline, workflow: Workflow) -> bool:
    clock = workflow.clocks[each.kind]
    return each is not main and not clock.per_row and (each.kind in _SIMPLE or clock.leads) and each.status not in UNMET


def _other(row: Deadline, workflow: Workflow, calendar: WorkCalendar, case: Any) -> dict[str, Any]:
    when = row.met_at if row.met_at is not None else row.due_at
    return {
        "label": wording.told(workflow.clocks[row.kind].label),
        "when": wording.short_moment(when),
        "chip": chip_of(row, case, calendar),
    }
