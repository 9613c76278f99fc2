"""One office and the case of the pictures, for every test about days. The expectations are the tests' own."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from casework.core.calendars import Due, GridDay, Limit, Pause, WorkCalendar, known_years, seed_days

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(seed_days(2004, 2026), known_years(), ZONE, version="2026.1")
SEVEN_DAYS = Limit("working_day", 7)


def at(text: str) -> datetime:
    """Return the instant that a clock in the office shows as `text`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def closing(text: str) -> datetime:
    """Return the close of business of a day, as it is stored."""
    return at(text + "T17:30").astimezone(UTC)


def codes(due: Due) -> list[str]:
    """Return the codes of the arithmetic, in order."""
    return [step.code for step in due.steps]


def drawn(cell: GridDay) -> str:
    """Return a cell of the deadline card as one would read it out."""
    told = [str(cell.day.day), *cell.flags, cell.name, cell.ordinal]
    return " ".join(str(part) for part in told if part)


# Assigned on 24 September, suspended from the 29th until 10 October.
ASSIGNED = at("2026-09-24T11:05")
WAITING_FOR_PIPES = Pause(at("2026-09-29T16:05"), at("2026-10-10T09:10"), "等管材")

EXAMPLES = [
    # received, working days, counted from, due, due if only weekdays counted
    ("2025-01-24T10:00", 5, "2025-01-24", "2025-02-07", "2025-01-31"),
    ("2025-01-26T09:30", 3, "2025-01-26", "2025-02-06", "2025-01-29"),
    ("2025-01-27T18:10", 7, "2025-02-05", "2025-02-13", "2025-02-05"),
    ("2025-04-25T11:00", 7, "2025-04-25", "2025-05-08", "2025-05-06"),
    ("2025-05-30T17:31", 1, "2025-06-03", "2025-06-04", "2025-06-02"),
    ("2025-09-26T09:00", 15, "2025-09-26", "2025-10-23", "2025-10-17"),
    ("2025-09-30T15:00", 3, "2025-09-30", "2025-10-11", "2025-10-03"),
    ("2025-12-31T14:00", 3, "2025-12-31", "2026-01-06", "2026-01-05"),
    ("2026-02-14T10:00", 5, "2026-02-14", "2026-02-28", "2026-02-20"),
    ("2026-02-21T12:00", 3, "2026-02-24", "2026-02-27", "2026-02-25"),
    ("2026-04-30T09:00", 15, "2026-04-30", "2026-05-25", "2026-05-21"),
    ("2026-09-30T17:45", 7, "2026-10-08", "2026-10-16", "2026-10-09"),
    ("2026-12-25T10:00", 3, "2026-12-25", "2026-12-30", "2026-12-30"),
    ("2026-09-20T09:00", 7, "2026-09-20", "2026-09-30", "2026-09-29"),
]
