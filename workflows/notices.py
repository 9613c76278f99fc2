"""How a notice reads: its code and facts become a sentence in the reader's language, at the moment it is read.

The sentences are casework/locale/messages/notices.toml; what a clock is called comes from the workflow file. Not here:
who is told what (tasks/notices.py) and how notices are kept (casework/matters/notices.py).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from casework.core.i18n import say
from workflows.registry import registry


def sentence(code: str, facts: Mapping[str, Any], *, locale: str, zone: ZoneInfo) -> str:
    """Return the sentence of a notice.

    Raises:
        UnknownMessage: there is no such code.
    """
    params = dict(facts)
    params["due"] = _moment(facts.get("due_at"), locale=locale, zone=zone)
    params["until"] = _day(facts.get("until"), locale=locale)
    if "kind" in facts:
        params["clock"] = clock_label(str(facts.get("workflow", "case")), str(facts["kind"]), locale=locale)
    if "checks" in facts:
        names = [say(f"doctor.{check}", locale=locale) for check in facts["checks"]]
        params |= {"n": len(names), "names": say("calendar.and", locale=locale).join(names)}
    return say(f"notice.{code}", locale=locale, **params)


def clock_label(workflow: str, kind: str, *, locale: str) -> str:
    """Return what a kind of clock is called; its identifier when no definition knows it any more."""
    clock = registry().latest(workflow).workflow.clocks.get(kind)
    return kind if clock is None else clock.label[locale]


def _moment(text: str | None, *, locale: str, zone: ZoneInfo) -> str:
    if text is None:
        return say("notice.no_date", locale=locale)
    at = datetime.fromisoformat(text).astimezone(zone)
    return say("calendar.moment", locale=locale, date=_date(at.date(), locale=locale), time=at.strftime("%H:%M"))


def _day(text: str | None, *, locale: str) -> str:
    return say("notice.no_date", locale=locale) if text is None else _date(date.fromisoformat(text), locale=locale)


def _date(day: date, *, locale: str) -> str:
    # Without the year: what one is told of lies within weeks.
    month = say(f"calendar.month.{day.month}", locale=locale)
    weekday = say(f"calendar.weekday.{day.isoweekday()}", locale=locale)
    return say("calendar.date", locale=locale, year="", month=month, day=day.day, weekday=weekday)
