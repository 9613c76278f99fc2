"""Saved filters with their counters: those every office has, those it shares, and one's own."""

import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app

from casework.cases.listing import saved_filters
from casework.core.actors import TRIAGE_ROLES, UNIT_ROLES, Actor
from casework.core.calendars import WorkCalendar
from web import identity, unit
from web.locales import locale
from web.views import addresses, chips, counting

_SECONDS = 15.0
_STORE = "casework_filters"
_OVERSEERS = frozenset({"observer", "auditor", "finance"})
Words = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """A filter on the left of the list: what it asks, before its number is known."""

    code: str
    label: str
    icon: str
    words: Words
    is_shared: bool
    late: bool = False
    counted: bool = True


def standing(calendar: WorkCalendar) -> list[Standing]:
    """Return the filters of the caller, those of every office first."""
    actor, language = identity.actor(), locale()
    days, groups = _days(calendar), _groups(actor)
    made = [
        Standing(
            row["code"],
            row["label"][language],
            row["icon"],
            _dated(row["words"], days),
            is_shared=not row.get("own"),
            late=bool(row.get("late")),
            counted=bool(row.get("counted", True)),
        )
        for row in _standard()
        if not groups.isdisjoint(row["for"])
    ]
    kept = [
        Standing(str(each.id), each.name, "bookmark", _dated(each.query, days), each.is_shared) for each in _own(actor)
    ]
    return made + kept


def shown(filters: Sequence[Standing], counts: Mapping[str, int], *, current: str) -> dict[str, Any]:
    """Return the filters as the template wants them, private above shared."""
    rows = [(each.is_shared, _shown(each, counts.get(f"kept:{each.code}"), current)) for each in filters]
    return {
        "mine": [row for is_shared, row in rows if not is_shared],
        "shared": [row for is_shared, row in rows if is_shared],
    }


def forget() -> None:
    """Read the kept filters anew, after one was kept or dropped."""
    current_app.extensions.pop(_STORE, None)


def _shown(each: Standing, n: int | None, current: str) -> dict[str, Any]:
    return {
        "label": each.label,
        "icon": each.icon,
        "n": "" if n is None else counting.shown(n),
        "url": addresses.query({"f": [each.code], **each.words}),
        "current": each.code == current,
        "late": each.late and bool(n),
    }


def _groups(actor: Actor) -> set[str]:
    groups = set()
    if actor.roles & TRIAGE_ROLES:
        groups.add("triage")
    if actor.roles & UNIT_ROLES:
        groups.add("unit")
    if actor.roles & _OVERSEERS:
        groups.add("overseer")
    if actor.roles & {"member", "liaison"}:
        groups.add("member")
    return groups


def _own(actor: Actor) -> Sequence[saved_filters.Kept]:
    store: dict[Any, tuple[float, Sequence[saved_filters.Kept]]] = current_app.extensions.setdefault(_STORE, {})
    key, now = (actor.person_id, actor.grants), time.monotonic()
    until, rows = store.get(key, (0.0, ()))
    if now >= until:
        rows = saved_filters.of_actor(unit.session(), actor)
        store[key] = (now + _SECONDS, rows)
    return rows


def _days(calendar: WorkCalendar) -> Mapping[str, str]:
    today = unit.today()
    return {
        "@today": today.isoformat(),
        "@week": (today + timedelta(days=7 - today.isoweekday())).isoformat(),
        "@soon": calendar.add_workdays(today, chips.NEARLY).isoformat(),
    }


def _dated(words: Words, days: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [days.get(value, value) for value in values] for name, values in words.items()}


@cache
def _standard() -> Sequence[Mapping[str, Any]]:
    path = Path(__file__).with_name("standard_filters.toml")
    rows: Sequence[Mapping[str, Any]] = tomllib.loads(path.read_text("utf-8"))["filter"]
    return rows
