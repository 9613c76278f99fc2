"""What is printed of supervised matters: the slip, the leader's page for Monday, the notice of a month in Word."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.bulletins import oversight, printing
from casework.core.calendars import WorkCalendar
from casework.core.due_dates import Due
from casework.core.errors import NotFound, refused
from casework.matters import deadlines
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from casework.supervisions import board as kept
from casework.supervisions import queries
from web import frames, identity, unit
from web.access import needs
from web.api import supervisions as api
from web.api.answers import seen_by
from web.api.bulletins import MEDIA
from web.locales import locale, words
from web.pages.supervisions import subject_of, take
from web.views import palettes, papers, reference, wording
from web.views import supervision_board as board
from web.views import supervision_views as views
from workflows.registry import registry as workflows

blueprint = Blueprint("supervision_papers", __name__)

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_FORMATS = ("docx", "pdf")
_PARTS = ("listed", "late", "silent", "week", "strike_off")
_MOST_MOVED, _MOST_ROWS = 12, 8


@blueprint.get("/supervision/<uuid:supervision_id>/slip")
@needs(api.READ)
def show_slip(supervision_id: UUID) -> Response:
    """Show the slip of a matter on one A4; while nobody has signed it, it says that it is a draft."""
    row = take(supervision_id)
    session, seen = unit.session(), seen_by(subject_of(row))
    people = registry.people_by_id(session, [row.issued_by])
    handle = next((each for each in reversed(deadlines.of_matter(session, row.id)) if each.kind == "handle"), None)
    slip = {
        "issuer": frames.office_name(),
        "number": row.slip_number or words("supervision.unsigned"),
        "is_draft": row.slip_number is None,
        "initiated_on": row.initiated_on.isoformat(),
        "source": "　".join(
            each for each in (words(f"supervision.source.{row.source}"), row.source_words or "") if each
        ),
        "level": views.level_chip(row.level).text,
        "org": reference.org_name(row.lead_org_id),
        "co_orgs": wording.joined([each.name for each in queries.co_orgs_of(session, [row.id])[row.id]]),
        "leader": row.leader or "",
        "title": seen(row.title),
        "requirement": seen(row.requirement),
        "due": wording.due_moment(handle.due_at) if handle is not None else wording.long_day(row.due_on),
        "arithmetic": Due.from_json(handle.due).explain(locale()) if handle is not None else "",
        "issued_by": people.get(row.issued_by, "") if row.issued_by is not None else "",
        "issued_on": "" if row.issued_on is None else row.issued_on.isoformat(),
        "progress": seen(row.progress) or "",
        "result": seen(row.result) or "",
        **papers.foot_of(views.url_of(row)),
    }
    return _paper("supervision/slip.html", back_url=views.url_of(row), slip=slip)


@blueprint.get("/supervision/monday")
@needs(api.READ, anywhere=True)
def show_monday() -> Response:
    """Show the leader's page for Monday: what is listed, late, silent, due this week, and what has moved."""
    calendar, counts = load_calendar(unit.session()), board.counted()
    sheet = {
        "issuer": frames.office_name(),
        "day": unit.today().isoformat(),
        "sums": [{"label": words(f"supervision.monday.{name}"), "n": counts[name]} for name in _PARTS],
        "total": counts["open"],
        "groups": [
            {
                "title": words(f"supervision.monday.{name}"),
                "n": counts[name],
                "rows": _rows_of(name, calendar) if counts[name] else [],
            }
            for name in _PARTS
        ],
        "moved": [
            {"day": wording.short_moment(entry.at), "step": words(f"supervision.moved.{entry.trigger}"), "title": title}
            for entry, title in board.moved_entries(board.last_monday())[:_MOST_MOVED]
        ],
        **papers.foot_of(views.URL),
    }
    return _paper("supervision/monday.html", back_url=url_for("supervisions.show_board"), sheet=sheet)


def _rows_of(name: str, calendar: WorkCalendar) -> list[dict[str, Any]]:
    """Return the first matters of a part, as many as fit on the sheet."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    until = at + timedelta(days=board.DAYS_AHEAD)
    found = kept.part(session, actor, name, at=at, until=until, limit=_MOST_ROWS)
    return [views.line_of(row, calendar) | {"leader": row.leader or "", "urges": row.urges} for row in found]


@blueprint.get("/supervision/months/<month>")
@needs(api.INITIATE, anywhere=True)
def fetch_month(month: str) -> Response:
    """Write the notice of a month (2026-10) as Word, or as PDF: a draft to be signed on paper."""
    found = _MONTH.fullmatch(month)
    if found is None:
        raise NotFound("month")
    year, number = int(found[1]), int(found[2])
    if (year, number) > (unit.today().year, unit.today().month):
        raise refused("month_not_yet", month=month)
    format = request.args.get("format", _FORMATS[0])
    if format not in _FORMATS:
        return make_response(redirect(url_for("supervision_papers.fetch_month", month=month)))
    county = unit.office().settings.region
    place = registry.region(unit.session(), county)
    states = workflows().latest("supervision").workflow.states
    made = oversight.of_month(
        unit.session(),
        county=county,
        name="" if place is None else place.name,
        year=year,
        month=number,
        at=unit.at(),
        labels={name: wording.told(state.label) for name, state in states.items()},
    )
    settings = unit.office().settings
    content = printing.write(made, format, home=settings.home, base_url=request.url_root.rstrip("/"))
    response = Response(content, mimetype=MEDIA[format])
    response.headers["Content-Disposition"] = f'attachment; filename="supervision-{month}.{format}"'
    # What is in a file is never run in the office's own name.
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


def _paper(template: str, **context: Any) -> Response:
    frame = {"lang": {"code": locale()}, "office": frames.office_name()}
    return make_response(render_template(template, frame=frame, palette_url=palettes.sheet_url(), **context))
