"""The administrator's page of the installation itself: the doctor's lines with their cures, backups, open log-ins.

Nothing here touches a case. What waits and what was given up is admin.py's; the audit admin_audit.py's.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from casework.keeping import saving_log
from casework.keeping.doctor.examining import examine_office
from casework.keeping.doctor.lines import FAULT, OK, WARNING, Line, size
from casework.matters import pulses
from casework.matters.tables import Pulse
from casework.permissions import may_anywhere
from casework.registry import queries as registry
from casework.registry import sessions
from casework.registry.sessions import Anyones
from web import broker, frames, identity, unit
from web.access import needs
from web.locales import locale, words
from web.pages.account.profile import device
from web.pages.admin import retention
from web.pages.admin.admin_parts import act, moment
from web.views.counting import framed

blueprint = Blueprint("admin_system", __name__)

_TONES = {OK: "green", WARNING: "amber", FAULT: "red"}
_ORDER = {FAULT: 0, WARNING: 1, OK: 2}
_PULSES = {"alive": "green", "silent": "red", "ended": "grey"}
_SHOWN = 20
# Where a line is mended, and the permission that opens the page.
_PLACES = {
    "jobs": ("admin.show_jobs", "jobs.read"),
    "calendar": ("admin_calendar.show_calendar", "calendar.change"),
}


@blueprint.get("/admin/system")
@needs("system.read", anywhere=True)
def show_system() -> str:
    """Show how this installation stands."""
    office, at = unit.office(), unit.at()
    lines = sorted(examine_office(office, at=at, broker=broker.ask(office.settings)), key=lambda x: _ORDER[x.state])
    open_now = sessions.all_open(unit.session(), at=at)
    names = registry.people_by_id(unit.session(), {row.person_id for row in open_now})
    return render_template(
        "admin/system.html",
        frame=framed("system"),
        summary=_summary(lines),
        lines=[_line(each) for each in lines],
        backups=[
            {"name": each.name, "when": moment(each.at), "age": _age(at - each.at), "size": size(each.size)}
            for each in saving_log.listed(office.settings.backups)[:_SHOWN]
        ],
        workers=[_worker(each) for each in pulses.every(unit.session())],
        retention=retention.shown(),
        folder=str(office.settings.backups),
        sessions=[_session(row, names) for row in open_now],
    )


@blueprint.post("/admin/sessions/<uuid:session_id>/end")
@needs("session.end", anywhere=True)
def end_session(session_id: UUID) -> Response:
    """End somebody's log-in."""
    sessions.end_anyones(unit.session(), session_id, actor=identity.actor(), at=unit.at())
    frames.say(words("profile.session_ended"))
    return make_response(redirect(url_for("admin_system.show_system"), 303))


def _summary(lines: list[Line]) -> dict[str, Any]:
    counts = {state: sum(line.state == state for line in lines) for state in _TONES}
    code = FAULT if counts[FAULT] else WARNING if counts[WARNING] else OK
    return {"tone": _TONES[code], "text": words(f"admin.system.{code}", n=counts[code])}


def _line(line: Line) -> dict[str, Any]:
    endpoint, needed = _PLACES.get(line.check, (None, ""))
    leads = line.state != OK and endpoint is not None and may_anywhere(identity.actor(), needed)
    return {
        "title": line.title(locale=locale()),
        "state": {"label": words(f"admin.system.state.{line.state}"), "tone": _TONES[line.state]},
        "message": line.message(locale=locale()),
        "cure": line.cure(locale=locale()),
        "url": url_for(endpoint) if leads and endpoint else None,
    }


def _worker(row: Pulse) -> dict[str, Any]:
    state = pulses.state(row, at=unit.at())
    return {
        "name": row.name,
        "kind": words(f"admin.system.kind.{row.kind}"),
        "since": moment(row.started_at),
        "seen": moment(row.seen_at),
        "state": {"tone": _PULSES[state], "label": words(f"admin.system.pulse.{state}")},
    }


def _session(row: Anyones, names: Any) -> dict[str, Any]:
    own = row.id == identity.identity().session_id
    end = (
        [] if own else [act("admin.system.end", url_for("admin_system.end_session", session_id=row.id), method="post")]
    )
    return {
        "who": names.get(row.person_id, ""),
        "device": device(row.agent),
        "where": row.address,
        "since": moment(row.created_at),
        "seen": moment(row.seen_at),
        "acts": end,
        "own": own,
    }


def _age(age: timedelta) -> str:
    hours = max(int(age.total_seconds() // 3600), 0)
    return words("admin.system.days", n=hours // 24) if hours >= 48 else words("admin.system.hours", n=hours)
