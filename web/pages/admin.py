"""The office's own pages: working days and what a changed day moves, background work, the audit list.

Lists the office keeps (rules, snippets, categories, settings) are admin_lists.py; accounts are accounts.py. Nothing here
touches a case except by way of workflows.
"""

import calendar as calendars
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from babel.dates import get_month_names
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core import ids, texts
from casework.core.errors import FieldError, Invalid
from casework.core.texts import FIRST_YEAR, LAST_YEAR
from casework.matters import dead_events, jobs, outbox
from casework.matters.tables import Job, OutboxEvent
from casework.registry import accounts, audit_list, calendar_changes
from casework.registry import queries as registry
from casework.registry.alarms import standing
from casework.registry.audit_list import Wanted
from casework.registry.calendar import load_calendar
from casework.registry.tables import AuditEvent, CalendarEntry
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import BABEL_LOCALES, local, locale, words
from web.pages.admin_parts import act, cell, page, tabs
from workflows import recalculate

blueprint = Blueprint("admin", __name__)

_CALENDAR, _JOBS, _AUDIT = recalculate.PERMISSION, "jobs.read", "audit.read"
_SHOWN, _PAGE = 100, 50
_JOB_TABS = ("dead", "open", "done")
_STATE_TONES = {"ready": "grey", "running": "teal", "done": "green", "dead": "red"}


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
    return _to(url_for("admin.show_calendar", year=day.year))


@blueprint.post("/admin/calendar/<int:year>/confirm")
@needs(_CALENDAR, anywhere=True)
def confirm_year(year: int) -> Response:
    """Say that the plan of a year is complete."""
    calendar_changes.confirm_year(unit.session(), _year(str(year)), actor=identity.actor(), at=unit.at())
    return _to(url_for("admin.show_calendar", year=_year(str(year))))


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
    return _to(url_for("admin.show_moves"))


@blueprint.get("/admin/jobs")
@needs(_JOBS, anywhere=True)
def show_jobs() -> str:
    """Show what runs in the background, what waits, what was given up."""
    which = request.args.get("which")
    which = which if which in _JOB_TABS else _JOB_TABS[0]
    session = unit.session()
    dead = jobs.count_dead(session) + dead_events.count(session)
    return render_template(
        "admin/jobs.html",
        frame=frames.frame("jobs"),
        health=_health(dead),
        health_url=url_for("admin.show_jobs"),
        tabs=[
            {
                "label": words(f"admin.jobs.{code}"),
                "n": dead if code == "dead" else None,
                "url": url_for("admin.show_jobs", which=code),
                "current": code == which,
            }
            for code in _JOB_TABS
        ],
        rows=_job_rows(which),
        beats=_beats(),
        pager_data=None,
    )


@blueprint.post("/admin/jobs/<uuid:job_id>/retry")
@needs(_JOBS, anywhere=True)
def retry_job(job_id: UUID) -> Response:
    """Give a job its tries back."""
    jobs.retry(unit.session(), job_id, actor=identity.actor(), at=unit.at())
    return _retried()


@blueprint.post("/admin/events/<uuid:event_id>/retry")
@needs(_JOBS, anywhere=True)
def retry_event(event_id: UUID) -> Response:
    """Give an event its tries back."""
    dead_events.retry(unit.session(), event_id, actor=identity.actor(), at=unit.at())
    return _retried()


@blueprint.get("/admin/audit")
@needs(_AUDIT, anywhere=True)
def show_audit() -> str:
    """Show the audit, newest first, by kind of event, person and day."""
    asked = {name: request.args.get(name, "").strip() for name in ("event", "person", "from", "to")}
    before = ids.parse_id(request.args.get("before", ""))
    wanted, mistakes = _wanted(asked)
    session = unit.session()
    rows: Sequence[AuditEvent] = () if mistakes else audit_list.events(session, wanted, before=before, limit=_PAGE + 1)
    names = registry.people_by_id(session, [row.person_id for row in rows])
    shown = {name: value for name, value in asked.items() if value}
    older = url_for("admin.show_audit", before=rows[_PAGE - 1].id, **shown) if len(rows) > _PAGE else None
    fields, _ = with_mistakes(
        [
            field(
                "event", "admin.audit.event", kind="select", required=False, value=asked["event"],
                options=[(code, code) for code in audit_list.kinds(session)],
            ),
            field("person", "admin.audit.person", required=False, value=asked["person"], hint="admin.audit.person_hint"),
            field("from", "admin.audit.from", kind="date", required=False, value=asked["from"]),
            field("to", "admin.audit.to", kind="date", required=False, value=asked["to"]),
        ],
        mistakes,
    )  # fmt: skip
    return page(
        "audit",
        title=words("admin.audit.title"),
        find={"url": url_for("admin.show_audit"), "fields": fields, "submit": words("admin.audit.find")},
        table={
            "caption": words("admin.audit.title"),
            "head": [words(f"admin.audit.head.{each}") for each in ("event", "person", "when", "facts")],
            "rows": [_audit_row(row, names) for row in rows[:_PAGE]],
            "nothing": words("admin.audit.nothing"),
        },
        pager_data={"text": "", "prev_url": None, "next_url": older} if older else None,
    )


def _wanted(asked: dict[str, str]) -> tuple[Wanted, list[FieldError]]:
    mistakes: list[FieldError] = []
    days: dict[str, datetime | None] = {"from": None, "to": None}
    zone = unit.office().settings.zone
    for name in days:
        try:
            day = texts.parse_date(asked[name], field=name) if asked[name] else None
        except Invalid as mistake:
            mistakes += mistake.errors
            continue
        if day is not None:
            later = timedelta(days=1) if name == "to" and day < date(LAST_YEAR, 12, 31) else timedelta(0)
            days[name] = datetime.combine(day + later, time(0), tzinfo=zone)
    person_id = None
    if asked["person"]:
        person = accounts.by_user_name(unit.session(), asked["person"])
        person_id = person.id if person is not None else None
        if person is None:
            mistakes.append(FieldError("person", "no_such_account"))
    return Wanted(asked["event"] or None, person_id, days["from"], days["to"]), mistakes


def _audit_row(row: AuditEvent, names: Any) -> dict[str, Any]:
    facts = [f"{name}={value}" for name, value in sorted(row.facts.items())]
    if row.matter_id is not None:
        facts.append(f"matter={row.matter_id}")
    who = names.get(row.person_id, words("admin.system")) if row.person_id else words("admin.system")
    cells = [cell(row.event), cell(who), cell(_moment(row.at)), cell(" ".join(facts))]
    return {"cells": cells, "acts": []}


def _health(dead: int) -> list[dict[str, Any]]:
    session = unit.session()
    waiting = outbox.count_pending(session)
    told: list[dict[str, Any]] = [
        {"label": words("admin.health.outbox"), "text": words("admin.health.events", n=waiting), "tone": "outline"},
        {
            "label": words("admin.health.dead"),
            "text": words("admin.health.events", n=dead),
            "tone": "red" if dead else "green",
        },
    ]
    for name, facts in standing(session).items():
        since = datetime.fromisoformat(str(facts["since"]))
        told.append({"label": words("admin.health.alarm"), "text": name, "tone": "red", "since": _moment(since)})
    return told


def _job_rows(which: str) -> list[dict[str, Any]]:
    session = unit.session()
    if which == "done":
        return [_job_row(row) for row in jobs.listed(session, status="done", limit=_SHOWN)]
    if which == "open":
        running, ready = (jobs.listed(session, status=each, limit=_SHOWN) for each in ("running", "ready"))
        return [_job_row(row) for row in (*running, *ready)]
    dead = jobs.listed(session, status="dead", limit=_SHOWN)
    return [*map(_job_row, dead), *map(_event_row, dead_events.listed(session, limit=_SHOWN))]


def _job_row(row: Job) -> dict[str, Any]:
    retry = [act("admin.retry", url_for("admin.retry_job", job_id=row.id), method="post")]
    return {
        "id": str(row.id),
        "name": _job_name(row.name),
        "about": row.period,
        "state": {"label": words(f"admin.state.{row.status}"), "tone": _STATE_TONES[row.status]},
        "tries": row.attempts,
        "when": _moment(row.done_at or row.run_at),
        "error": row.last_error if row.status != "done" else None,
        "acts": retry if row.status == "dead" else [],
    }


def _event_row(row: OutboxEvent) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": words("admin.event", event=row.event),
        "about": str(row.matter_id or ""),
        "state": {"label": words("admin.state.dead"), "tone": "red"},
        "tries": row.attempts,
        "when": _moment(row.done_at or row.created_at),
        "error": row.last_error,
        "acts": [act("admin.retry", url_for("admin.retry_event", event_id=row.id), method="post")],
    }


def _beats() -> list[dict[str, Any]]:
    """Return the latest run of each periodic job: those known by a day."""
    last: dict[str, Job] = {}
    for row in jobs.listed(unit.session(), limit=200):
        if len(row.period) == len("2026-01-01"):
            last.setdefault(row.name, row)
    return [
        {
            "name": _job_name(name),
            "every": words("admin.daily"),
            "last": _moment(row.done_at) if row.done_at else words(f"admin.state.{row.status}"),
            "next": _moment(row.run_at + timedelta(days=1)),
        }
        for name, row in sorted(last.items())
    ]


def _job_name(code: str) -> str:
    told = words(f"admin.job.{code}")
    return code if told.startswith("admin.") else told


def _calendar(year: int, mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    session = unit.session()
    entries = calendar_changes.entries_of(session, year)
    confirmed = calendar_changes.is_confirmed(session, year)
    moving = len(recalculate.would_move(session, most=_SHOWN))
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if calendars.isleap(year) else 365)]
    kinds = [_kind(day, entries.get(day)) for day in days]
    shown = render_template(
        "admin/calendar.html",
        frame=frames.frame("calendar"),
        tabs=tabs("calendar"),
        year={
            "n": year,
            "prev_url": url_for("admin.show_calendar", year=max(year - 1, FIRST_YEAR)),
            "next_url": url_for("admin.show_calendar", year=min(year + 1, LAST_YEAR)),
            "confirmed": confirmed,
            "text": words("admin.year_known" if confirmed else "admin.year_unknown", year=year),
            "source": words("admin.year_known_text" if confirmed else "admin.year_unknown_text"),
            "confirm_url": None if confirmed else url_for("admin.confirm_year", year=year),
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
            "url": url_for("admin.show_moves"),
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


def _month(year: int, month: int, entries: Any) -> dict[str, Any]:
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
    return {"url": url_for("admin.set_day"), "fields": fields, "errors": summary}


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
            "url": url_for("admin.move_clocks"),
            "title": words("admin.move"),
            "fields": fields,
            "errors": summary,
            "submit": words("admin.move_button", count=len(moves)),
            "danger": True,
        }
        if moves
        else None,
        table={
            "caption": words("admin.moves"),
            "head": [words(f"admin.move_head.{each}") for each in ("number", "clock", "before", "after")],
            "rows": [
                {
                    "cells": [
                        cell(move.number),
                        cell(move.label[locale()]),
                        cell(_moment(move.before)),
                        cell(_moment(move.after)),
                    ],
                    "acts": [],
                }
                for move in moves[:_SHOWN]
            ],
            "nothing": words("admin.moves_none"),
        },
    )
    return make_response(shown, status)


def _moment(instant: datetime) -> str:
    return f"{local(instant):%Y-%m-%d %H:%M}"


def _year(typed: str | None) -> int:
    """Return the year asked for; this one when it is none."""
    asked = typed or ""
    is_year = asked.isascii() and asked.isdigit() and len(asked) == len("2026")
    return int(asked) if is_year and FIRST_YEAR <= int(asked) <= LAST_YEAR else unit.today().year


def _retried() -> Response:
    frames.say(words("admin.retried"))
    return _to(url_for("admin.show_jobs"))


def _to(path: str) -> Response:
    return make_response(redirect(path, 303))
