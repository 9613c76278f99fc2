"""The working-day calendar: its days by year, what a changed day would move, and moving it.

The rules are casework/registry/calendar_changes.py and workflows/recalculate.py; here are only the doors.
"""

import calendar as calendars
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from babel.dates import get_month_names
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core.errors import FieldError, Invalid
from casework.core.texts import FIRST_YEAR, LAST_YEAR
from casework.registry import calendar_changes
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from casework.registry.tables import AuditEvent, CalendarEntry
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import BABEL_LOCALES, locale, words
from web.pages.admin.admin_parts import cell, moment, page, tabs
from web.views.counting import framed
from workflows import recalculate
from workflows.recalculate import Move

blueprint = Blueprint("admin_calendar", __name__)

_CALENDAR = recalculate.PERMISSION
_SHOWN = 100


@blueprint.get("/admin/calendar")
@needs(_CALENDAR, anywhere=True)
def show_calendar() -> Response:
    """Show the working days of a year."""
    return _calendar(_year(request.args.get("year")))


@blueprint.post("/admin/calendar")
@needs(_CALENDAR, anywhere=True)
def set_day() -> Response:
    """Set one day. Deadlines that run stay where they are until somebody recalculates them."""
    try:
        day = calendar_changes.set_day(unit.session(), request.form, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _calendar(_year(request.form.get("day", "")[:4]), mistake.errors, status=422)
    frames.say(words("admin.day_set", day=frames.told(day)))
    return _to(url_for("admin_calendar.show_calendar", year=day.year))


@blueprint.post("/admin/calendar/<int:year>/confirm")
@needs(_CALENDAR, anywhere=True)
def confirm_year(year: int) -> Response:
    """Say that the plan of a year is complete."""
    calendar_changes.confirm_year(unit.session(), _year(str(year)), actor=identity.actor(), at=unit.at())
    return _to(url_for("admin_calendar.show_calendar", year=_year(str(year))))


@blueprint.get("/admin/calendar/recalculate")
@needs(_CALENDAR, anywhere=True)
def show_moves() -> Response:
    """Show which running clocks the calendar in force would move."""
    return _moves()


@blueprint.post("/admin/calendar/recalculate")
@needs(_CALENDAR, anywhere=True)
def move_clocks() -> Response:
    """Move them, with a reason in each matter's history."""
    try:
        moved = recalculate.recalculate(
            unit.session(), request.form.get("reason"), actor=identity.actor(), at=unit.at()
        )
    except Invalid as mistake:
        return _moves(mistake.errors, status=422)
    frames.say(words("admin.moved", count=moved))
    return _to(url_for("admin_calendar.show_moves"))


def _calendar(year: int, mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    session = unit.session()
    entries = calendar_changes.entries_of(session, year)
    confirmed = calendar_changes.is_confirmed(session, year)
    moving = len(recalculate.would_move(session, most=_SHOWN))
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if calendars.isleap(year) else 365)]
    kinds = [_kind(day, entries.get(day)) for day in days]
    shown = render_template(
        "admin/calendar.html",
        frame=framed("calendar"),
        tabs=tabs("calendar"),
        year={
            "n": year,
            "prev_url": url_for("admin_calendar.show_calendar", year=max(year - 1, FIRST_YEAR)),
            "next_url": url_for("admin_calendar.show_calendar", year=min(year + 1, LAST_YEAR)),
            "confirmed": confirmed,
            "text": words("admin.year_known" if confirmed else "admin.year_unknown", year=year),
            "source": words("admin.year_known_text" if confirmed else "admin.year_unknown_text"),
            "confirm_url": None if confirmed else url_for("admin_calendar.confirm_year", year=year),
        },
        counts={
            "workdays": sum(kind in ("work", "makeup") for kind in kinds),
            "holidays": sum(kind in ("holiday", "local") for kind in kinds),
            "makeup": kinds.count("makeup"),
        },
        months=[_month(year, month, entries) for month in range(1, 13)],
        form=_day_form(mistakes),
        changes=_changes(),
        affected={
            "text": words("admin.would_move_many" if moving == _SHOWN else "admin.would_move", count=moving),
            "url": url_for("admin_calendar.show_moves"),
        }
        if moving
        else None,
    )
    return make_response(shown, status)


def _kind(day: date, entry: CalendarEntry | None) -> str:
    weekend = day.weekday() >= calendars.SATURDAY
    if entry is None:
        return "rest" if weekend else "work"
    if entry.is_workday:
        return "makeup" if weekend else "work"
    if weekend and not entry.name:
        return "rest"
    return "holiday" if entry.source == "chinesecalendar" else "local"


def _month(year: int, month: int, entries: Mapping[date, CalendarEntry]) -> dict[str, Any]:
    weeks = [
        [
            {
                "n": day.day,
                "kind": _kind(day, entries.get(day)),
                "note": entries[day].name if day in entries else None,
                "today": day == unit.today(),
            }
            if day.month == month and day.year == year
            else None
            for day in week
        ]
        for week in calendars.Calendar().monthdatescalendar(year, month)
    ]
    names = get_month_names("wide", context="stand-alone", locale=BABEL_LOCALES[locale()])
    return {"label": names[month], "weeks": weeks}


def _day_form(mistakes: Sequence[FieldError]) -> dict[str, Any]:
    sent = request.form if mistakes else {}
    kinds = [(code, words(f"admin.day_kind.{code}")) for code in calendar_changes.KINDS]
    fields, summary = with_mistakes(
        [
            field("day", "admin.day", kind="date", value=sent.get("day")),
            field("kind", "admin.day_kind", kind="radio", value=sent.get("kind"), options=kinds),
            field("name", "admin.day_name", required=False, value=sent.get("name"), hint="admin.day_name_hint"),
            field("source", "admin.day_source", value=sent.get("source"), hint="admin.day_source_hint"),
        ],
        mistakes,
    )
    return {"url": url_for("admin_calendar.set_day"), "fields": fields, "errors": summary}


def _changes() -> list[dict[str, str]]:
    rows = calendar_changes.changes(unit.session())
    names = registry.people_by_id(unit.session(), [row.person_id for row in rows])
    return [
        {
            "when": frames.told_instant(row.at),
            "who": names.get(row.person_id, "") if row.person_id else words("admin.system"),
            "text": _change(row),
        }
        for row in rows
    ]


def _change(row: AuditEvent) -> str:
    if row.event == calendar_changes.YEAR_CONFIRMED:
        return words("admin.change.year", year=row.facts["year"])
    kind = words(f"admin.day_kind.{row.facts['kind']}")
    return words("admin.change.day", day=row.facts["day"], kind=kind, source=row.facts["source"])


def _moves_table(moves: Sequence[Move]) -> dict[str, Any]:
    return {
        "caption": words("admin.moves"),
        "head": [words(f"admin.move_head.{each}") for each in ("number", "clock", "before", "after")],
        "rows": [
            {
                "cells": [
                    cell(move.number),
                    cell(move.label[locale()]),
                    cell(moment(move.before)),
                    cell(moment(move.after)),
                ],
                "acts": [],
            }
            for move in moves[:_SHOWN]
        ],
        "nothing": words("admin.moves_none"),
    }


def _moves(mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    moves = recalculate.would_move(unit.session())
    calendar = load_calendar(unit.session())
    fields, summary = with_mistakes(
        [
            field(
                "reason", "admin.move_reason", hint="admin.move_reason_hint", max=recalculate.REASON_LENGTH, wide=True,
                value=request.form.get("reason") if mistakes else None,
            )
        ],
        mistakes,
    )  # fmt: skip
    many = len(moves) == recalculate.MOST_MATTERS
    shown = page(
        "calendar",
        title=words("admin.moves"),
        tabs=tabs("calendar"),
        note={
            "tone": "amber" if moves else "grey",
            "strong": words("admin.moves_many" if many else "admin.moves_strong", count=len(moves)),
            "text": words("admin.moves_text", calendar=calendar.version) if moves else None,
        },
        form={
            "url": url_for("admin_calendar.move_clocks"),
            "title": words("admin.move"),
            "fields": fields,
            "errors": summary,
            "submit": words("admin.move_button", count=len(moves)),
            "danger": True,
        }
        if moves
        else None,
        table=_moves_table(moves),
    )
    return make_response(shown, status)


def _year(typed: str | None) -> int:
    """Return the year asked for; this one when it is none."""
    asked = typed or ""
    is_year = asked.isascii() and asked.isdigit() and len(asked) == len("2026")
    return int(asked) if is_year and FIRST_YEAR <= int(asked) <= LAST_YEAR else unit.today().year


def _to(path: str) -> Response:
    return make_response(redirect(path, 303))
