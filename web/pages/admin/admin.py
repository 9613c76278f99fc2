"""The office's own pages: background work with what was given up, and the audit list.

The working-day calendar is admin_calendar.py; lists the office keeps (rules, snippets, categories, settings) are
admin_lists.py; accounts are accounts.py. Nothing here touches a case.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core import ids, texts
from casework.core.errors import FieldError, Invalid
from casework.core.texts import LAST_YEAR
from casework.matters import jobs, outbox
from casework.matters.daily_work import BY_NAME, next_instant
from casework.matters.tables import Job, OutboxEvent
from casework.permissions import may_anywhere
from casework.registry import accounts, audit_list
from casework.registry import queries as registry
from casework.registry.alarms import standing
from casework.registry.audit_list import Wanted
from casework.registry.calendar import load_calendar
from casework.registry.tables import AuditEvent
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages.admin.admin_parts import act, cell, moment, page
from web.views import auditing
from web.views.counting import framed

blueprint = Blueprint("admin", __name__)

_JOBS, _AUDIT = "jobs.read", "audit.read"
_SHOWN, _PAGE = 100, 50
_JOB_TABS = ("dead", "open", "done")
_STATE_TONES = {"ready": "grey", "running": "teal", "done": "green", "dead": "red"}


@blueprint.get("/admin/jobs")
@needs(_JOBS, anywhere=True)
def show_jobs() -> str:
    """Show what runs in the background, what waits, what was given up."""
    which = request.args.get("which")
    which = which if which in _JOB_TABS else _JOB_TABS[0]
    session = unit.session()
    dead = jobs.count_dead(session) + outbox.count_dead(session)
    return render_template(
        "admin/jobs.html",
        frame=framed("jobs"),
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
    outbox.retry(unit.session(), event_id, actor=identity.actor(), at=unit.at())
    return _retried()


@blueprint.post("/admin/jobs/<uuid:job_id>/drop")
@needs(_JOBS, anywhere=True)
def drop_job(job_id: UUID) -> Response:
    """Put a job that was given up aside for good."""
    jobs.drop(unit.session(), job_id, actor=identity.actor(), at=unit.at())
    return _dropped()


@blueprint.post("/admin/events/<uuid:event_id>/drop")
@needs(_JOBS, anywhere=True)
def drop_event(event_id: UUID) -> Response:
    """Put an event that was given up aside for good."""
    outbox.drop(unit.session(), event_id, actor=identity.actor(), at=unit.at())
    return _dropped()


@blueprint.get("/admin/audit")
@needs(_AUDIT, anywhere=True)
def show_audit() -> str:
    """Show the audit, newest first, by kind of event, person and day."""
    filters = asked()
    before = ids.parse_id(request.args.get("before", ""))
    filtered, mistakes = wanted(filters)
    session = unit.session()
    rows: Sequence[AuditEvent] = ()
    if not mistakes:
        rows = audit_list.events(session, filtered, before=before, limit=_PAGE + 1)
    names = registry.people_by_id(session, auditing.people_in(rows))
    shown: dict[str, Any] = {name: value for name, value in filters.items() if value}
    older = url_for("admin.show_audit", before=rows[_PAGE - 1].id, **shown) if len(rows) > _PAGE else None
    return page(
        "audit",
        title=words("admin.audit.title"),
        find={
            "url": url_for("admin.show_audit"),
            "fields": _filter_fields(filters, mistakes),
            "submit": words("admin.audit.find"),
        },
        form=_export_form(shown) if rows and may_anywhere(identity.actor(), "audit.export") else None,
        table={
            "caption": words("admin.audit.title"),
            "head": [words(f"admin.audit.head.{each}") for each in ("event", "person", "when", "facts")],
            "rows": [_audit_row(row, names) for row in rows[:_PAGE]],
            "nothing": words("admin.audit.nothing"),
        },
        pager_data={"text": "", "prev_url": None, "next_url": older} if older else None,
    )


def asked() -> dict[str, str]:
    """Return the filter of the audit as it stands in the address."""
    return {name: request.args.get(name, "").strip() for name in ("event", "person", "from", "to")}


def _filter_fields(filters: dict[str, str], mistakes: list[FieldError]) -> list[dict[str, Any]]:
    kinds = [(code, auditing.kind_of(code)) for code in audit_list.kinds(unit.session())]
    fields, _ = with_mistakes(
        [
            field("event", "admin.audit.event", kind="select", required=False, value=filters["event"], options=kinds),
            field(
                "person", "admin.audit.person", required=False, value=filters["person"], hint="admin.audit.person_hint"
            ),
            field("from", "admin.audit.from", kind="date", required=False, value=filters["from"]),
            field("to", "admin.audit.to", kind="date", required=False, value=filters["to"]),
        ],
        mistakes,
    )
    return list(fields)


def _export_form(shown: dict[str, Any]) -> dict[str, Any]:
    formats = [(code, code.upper()) for code in ("xlsx", "csv")]
    return {
        "url": url_for("admin_audit.take_out", **shown),
        "title": words("admin.audit.export"),
        "fields": [field("format", "admin.audit.format", kind="select", value="xlsx", options=formats)],
        "errors": [],
        "submit": words("admin.audit.take_out"),
        "danger": False,
        "links": [],
    }


def wanted(filters: dict[str, str]) -> tuple[Wanted, list[FieldError]]:
    """Read the filter of the audit, with its mistakes."""
    mistakes: list[FieldError] = []
    days: dict[str, datetime | None] = {"from": None, "to": None}
    zone = unit.office().settings.zone
    for name in days:
        try:
            day = texts.parse_date(filters[name], field=name) if filters[name] else None
        except Invalid as mistake:
            mistakes += mistake.errors
            continue
        if day is not None:
            later = timedelta(days=1) if name == "to" and day < date(LAST_YEAR, 12, 31) else timedelta(0)
            days[name] = datetime.combine(day + later, time(0), tzinfo=zone)
    person_id = None
    if filters["person"]:
        person = accounts.by_user_name(unit.session(), filters["person"])
        person_id = person.id if person is not None else None
        if person is None:
            mistakes.append(FieldError("person", "no_such_account"))
    return Wanted(filters["event"] or None, person_id, days["from"], days["to"]), mistakes


def _audit_row(row: AuditEvent, names: Any) -> dict[str, Any]:
    who = names.get(row.person_id, words("admin.system")) if row.person_id else words("admin.system")
    cells = [cell(auditing.kind_of(row.event)), cell(who), cell(moment(row.at)), cell(auditing.facts_of(row, names))]
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
        told.append({"label": words("admin.health.alarm"), "text": _alarm(name), "tone": "red", "since": moment(since)})
    return told


def _alarm(name: str) -> str:
    told = words(f"admin.alarm.{name}")
    return name if told.startswith("admin.") else told


def _job_rows(which: str) -> list[dict[str, Any]]:
    session = unit.session()
    if which == "done":
        return [_job_row(row) for row in jobs.listed(session, status="done", limit=_SHOWN)]
    if which == "open":
        running, ready = (jobs.listed(session, status=each, limit=_SHOWN) for each in ("running", "ready"))
        return [_job_row(row) for row in (*running, *ready)]
    dead = jobs.listed(session, status="dead", limit=_SHOWN)
    return [*map(_job_row, dead), *map(_event_row, outbox.dead(session, limit=_SHOWN))]


def _job_row(row: Job) -> dict[str, Any]:
    may = [
        act("admin.retry", url_for("admin.retry_job", job_id=row.id), method="post"),
        act("admin.put_aside", url_for("admin.drop_job", job_id=row.id), method="post"),
    ]
    code = "dropped" if jobs.is_dropped(row) else row.status
    return {
        "id": str(row.id),
        "name": _job_name(row.name),
        "about": row.period,
        "state": {"label": words(f"admin.state.{code}"), "tone": _STATE_TONES[row.status]},
        "tries": row.attempts,
        "when": moment(row.done_at or row.run_at),
        "error": row.last_error if row.status != "done" else None,
        "acts": may if row.status == "dead" else [],
    }


def _event_row(row: OutboxEvent) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": words("admin.event", event=row.event),
        "about": str(row.matter_id or ""),
        "state": {"label": words("admin.state.dead"), "tone": "red"},
        "tries": row.attempts,
        "when": moment(row.done_at or row.created_at),
        "error": row.last_error,
        "acts": [
            act("admin.retry", url_for("admin.retry_event", event_id=row.id), method="post"),
            act("admin.put_aside", url_for("admin.drop_event", event_id=row.id), method="post"),
        ],
    }


def _beats() -> list[dict[str, Any]]:
    """Return the latest run of each periodic job, and when it is due next."""
    last: dict[str, Job] = {}
    for row in jobs.listed(unit.session(), limit=200):
        if row.name in BY_NAME:
            last.setdefault(row.name, row)
    zone, calendar = unit.office().settings.zone, load_calendar(unit.session())
    return [
        {
            "name": _job_name(name),
            "every": words("admin.workdays" if plan.workdays else "admin.daily", at=f"{plan.at:%H:%M}"),
            "last": moment(row.done_at) if row.done_at else words(f"admin.state.{row.status}"),
            "next": moment(next_instant(plan, at=unit.at(), zone=zone, calendar=calendar)),
        }
        for name, row in sorted(last.items())
        for plan in (BY_NAME[name],)
    ]


def _job_name(code: str) -> str:
    return words(f"admin.job.{code}")


def _retried() -> Response:
    frames.say(words("admin.retried"))
    return _to(url_for("admin.show_jobs"))


def _dropped() -> Response:
    frames.say(words("admin.dropped"))
    return _to(url_for("admin.show_jobs"))


def _to(path: str) -> Response:
    return make_response(redirect(path, 303))
