"""What of my work is about consultations: clocks that run out, looks back that are due, and people to be telephoned."""

from typing import Any

from flask import url_for

from casework.consultations import waiting
from casework.consultations.waiting import Waiting
from casework.core.calendars import WorkCalendar
from web import identity, unit
from web.locales import words
from web.pages.consultations import consultation_parts as parts
from web.views import chips, wording

# What is done on the page of what comes after a consultation; the rest on its own.
_AFTER = ("look_back", waiting.CALL)


def rows(calendar: WorkCalendar) -> list[dict[str, Any]]:
    """Return what waits for the caller, earliest first."""
    found = waiting.of_office(unit.session(), identity.actor(), at=unit.at())
    return [_row(each, calendar) for each in found]


def _row(each: Waiting, calendar: WorkCalendar) -> dict[str, Any]:
    row = each.consultation
    url = url_for("consultation_after.show", meeting=row.number) if each.kind in _AFTER else parts.url_of(row)
    return {
        "url": parts.url_of(row),
        "title": row.title,
        "number_short": wording.short_number(row.number),
        "about": _about(each),
        "chip": None if each.due_at is None else chips.of_clock(each.due_at, calendar, level=None),
        "state": None,
        "act": {"label": words("work.act.meeting"), "url": url, "main": False},
    }


def _about(each: Waiting) -> str:
    if each.kind == waiting.CALL:
        return words("work.meeting_tell", n=each.count)
    if each.kind == waiting.CONVERT:
        return words("work.meeting_convert", n=each.count)
    return wording.told(parts.WORKFLOW.clocks[each.kind].label)
