"""Chips: the state of a case and where its clock stands, always in words, with a tone and an icon behind them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.core.calendars import WorkCalendar
from web import unit
from web.locales import local, locale, words
from web.views import wording

# Fewer working days than this and a clock is nearly due (look/README "Deadline chip").
NEARLY = 2
LISTED = 3


@dataclass(frozen=True, slots=True)
class State:
    """Shape State."""

    code: str
    label: str
    tone: str
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """Shape Deadline."""

    text: str
    tone: str
    icon: str | None = None
    note: str | None = None
    note_tone: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    """Shape Chip."""

    tone: str
    text: str
    icon: str | None = None


_ICONS = {"suspended": "pause-circle", "coordinated": "arrow-repeat"}


def state_chip(matter: Any, *, icons: bool = True) -> State:
    """Return the state of a matter, or of a row of one."""
    state = wording.workflow_of(matter).states[matter.state]
    return State(matter.state, state.label[locale()], state.tone, _ICONS.get(matter.state) if icons else None)


def of_row(row: Any, calendar: WorkCalendar) -> Deadline | None:
    """Return the clock of a list's row, short: days without their unit, which stands in the head of the column."""
    if row.state == "suspended":
        if row.suspended_until is None:
            return Deadline(words("due_chip.paused"), "grey", "pause-circle")
        day = wording.short_day(row.suspended_until)
        return Deadline(words("due_chip.paused_until", day=day), "grey", "pause-circle")
    if not row.is_open or row.due_at is None:
        return None
    left = calendar.working_days_between(unit.at(), row.due_at)
    late = unit.at() > row.due_at
    note = words(f"level.{row.due_level}") if row.due_level is not None else None
    if row.due_kind == "follow_up" and not late:
        return Deadline(words("due_chip.call_in", days=left), _tone(left, row.due_level), "telephone", note)
    text = _short(row.due_at, left, late=late)
    return Deadline(text, _tone(left, row.due_level, late=late), None, note, "red" if late else None)


def of_clock(due_at: datetime, calendar: WorkCalendar, *, level: int | None = None) -> Deadline:
    """Return a running clock in full words."""
    left = calendar.working_days_between(unit.at(), due_at)
    late = unit.at() > due_at
    if late:
        text = words("due_chip.late_days", days=-left)
    elif left == 0:
        text = words("due_chip.today", time=wording.clock_time(due_at))
    else:
        text = words("due_chip.left_days", days=left)
    return Deadline(text, _tone(left, level, late=late))


def accept_by(row: Any, calendar: WorkCalendar) -> Chip:
    """Return by when a report must be taken up: 今日受理, 明日受理, 24小时内, or how late it is."""
    if row.due_at is None:
        return Chip("grey", words("accept.none"))
    now = unit.at()
    if now > row.due_at:
        return Chip("red", words("due_chip.late_days_short", days=-calendar.working_days_between(now, row.due_at)))
    left = calendar.working_days_between(now, row.due_at)
    if row.urgency == "critical":
        return Chip("red", words("accept.by_time", time=wording.clock_time(row.due_at)))
    if left == 0:
        return Chip("amber", words("accept.today"))
    if left == 1:
        return Chip("grey", words("accept.tomorrow"))
    return Chip("grey", words("accept.by_day", day=wording.short_day(local(row.due_at).date())))


def urgency_chip(urgency: str) -> Chip | None:
    """Return the word for haste, none for what is usual."""
    tones = {"critical": "solid", "urgent": "red"}
    return Chip(tones[urgency], words(f"urgency.{urgency}")) if urgency in tones else None


def _short(due_at: datetime, left: int, *, late: bool) -> str:
    if late:
        return words("due_chip.late_days_short", days=-left)
    if left == 0:
        return words("due_chip.today_short", time=wording.clock_time(due_at))
    return words("due_chip.left_days_short", days=left)


def _tone(left: int, level: int | None, *, late: bool = False) -> str:
    if late:
        return "solid" if level is not None and level >= LISTED else "red"
    return "amber" if left <= NEARLY else "outline"
