"""What of my work is about consultations: clocks that run out, looks back that are due, and people to be telephoned."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from casework.consultations import waiting
from casework.consultations.waiting import Waiting
from casework.core.calendars import WorkCalendar
from web.locales import words
from web.pages.consultations import consultation_parts as parts
from web.views import chips, wording

# What is done on the page of what comes after a consultation; the rest on its own.
_AFTER = ("look_back", waiting.CALL)


def row(each: Waiting, calendar: WorkCalendar) -> Mapping[str, Any]:
    """Return one line of what waits in a consultation."""
    found = each.consultation
    url = url_for("consultation_after.show", meeting=found.number) if each.kind in _AFTER else parts.url_of(found)
    return {
        "url": parts.url_of(found),
        "title": found.title,
        "number_short": wording.short_number(found.number),
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
