"""Words for codes, days and instants, as people in an office say them."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from casework.core.i18n import say
from web import frames, identity, unit
from web.locales import local, locale, words
from workflows.definition import State, Workflow
from workflows.registry import registry

SHORT_DIGITS = 6


def told(label: Mapping[str, str]) -> str:
    """Return a label in the reader's language."""
    return label[locale()]


def workflow_of(matter: Any) -> Workflow:
    """Return the definition that a matter (or a row of one) goes by."""
    return registry().get(matter.workflow, matter.workflow_version).workflow


def state_of(workflow: Workflow, name: str) -> State:
    """Return a state of a definition."""
    return workflow.states[name]


def short_number(number: str) -> str:
    """Return the part of a number that people say: 000123 of QC-AJ-2026-000123."""
    return number[-SHORT_DIGITS:]


def short_day(day: date) -> str:
    """Say a day in a narrow place: 10-12, or 2025-10-12 when it is not of this year."""
    if day.year != unit.today().year:
        return words("time.day_of_year", year=day.year, month=_month(day), day=f"{day.day:02d}")
    return words("time.day", month=_month(day), day=f"{day.day:02d}")


def long_day(day: date) -> str:
    """Say a day where there is room: 10月15日 周四."""
    year = "" if day.year == unit.today().year else say("calendar.year", locale=locale(), year=day.year)
    weekday = say(f"calendar.weekday.{day.isoweekday()}", locale=locale())
    month = say(f"calendar.month.{day.month}", locale=locale())
    return words("time.long_day", year=year, month=month, day=day.day, weekday=_bare(weekday))


def moment(instant: datetime) -> str:
    """Say an instant of the past: 今天 08:30, 昨天 16:02, 10-12 16:10."""
    there = local(instant)
    at = f"{there:%H:%M}"
    if there.date() == unit.today():
        return words("time.today", time=at)
    if there.date() == unit.today() - timedelta(days=1):
        return words("time.yesterday", time=at)
    return words("time.moment", day=short_day(there.date()), time=at)


def plain_moment(instant: datetime) -> str:
    """Say an instant on paper, where no reader knows what today was: 2026-10-12 16:10."""
    return f"{local(instant):%Y-%m-%d %H:%M}"


def short_moment(instant: datetime) -> str:
    """Say an instant with its day, whenever that was: 10-12 16:10."""
    there = local(instant)
    return words("time.moment", day=short_day(there.date()), time=f"{there:%H:%M}")


def lately(instant: datetime) -> str:
    """Say when something last moved: 今天 08:10, 昨天 16:02, 2 天前, 10-12."""
    there = local(instant).date()
    days = (unit.today() - there).days
    if days < 2:
        return moment(instant)
    return words("time.days_ago", days=days) if days < 7 else short_day(there)


def due_moment(instant: datetime) -> str:
    """Say an instant to come in full: 10月15日 周四 17:30."""
    there = local(instant)
    return words("time.due", day=long_day(there.date()), time=f"{there:%H:%M}")


def clock_time(instant: datetime) -> str:
    """Say the time of an instant: 09:40."""
    return f"{local(instant):%H:%M}"


def file_size(size: int) -> str:
    """Say how large a file is: 412 KB, 1.4 MB."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    tenths = round(size * 10 / (1024 * 1024))
    return f"{tenths // 10}.{tenths % 10} MB"


def joined(parts: list[str]) -> str:
    """Join a list as the language does: 甲、乙."""
    return words("calendar.and").join(part for part in parts if part)


def _month(day: date) -> str:
    return f"{day.month}" if locale() == "zh" else say(f"calendar.month.{day.month}", locale="en")


def _bare(weekday: str) -> str:
    # The catalogue's weekdays carry the blanks and brackets of a due date's sentence.
    return weekday.strip(" ,()\uff08\uff09")


def printed_foot(what: str, day: date, *, at: datetime) -> dict[str, str]:
    """Return the foot of a page on paper: whose it is, what it is of and of which day; who printed it, and when."""
    return {
        "left": words("overview.printed", office=frames.office_name(), what=what, day=day.isoformat()),
        "right": words("overview.printed_by", name=identity.actor().name, moment=plain_moment(at)),
    }
