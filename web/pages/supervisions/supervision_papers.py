"""What is printed of supervised matters: the slip, the leader's page for Monday, the notice of a month in Word."""

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.bulletins import oversight, oversight_week, printing
from casework.bulletins.oversight_week import Line
from casework.core.calendars import WorkCalendar
from casework.core.due_dates import Due
from casework.core.errors import NotFound, refused
from casework.documents.model import Official
from casework.matters import deadlines
from casework.permissions import Subject, may_anywhere
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from casework.supervisions import board as kept
from casework.supervisions import queries
from web import frames, identity, unit
from web.access import needs
from web.api.answers import seen_by
from web.api.campaign.bulletins import MEDIA
from web.api.supervisions import supervisions as api
from web.locales import locale, words
from web.pages.supervisions.supervisions import subject_of, take
from web.views import palettes, papers, reference, wording
from web.views import supervision_board as board
from web.views import supervision_views as views
from workflows.registry import registry as workflows

blueprint = Blueprint("supervision_papers", __name__)

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_FORMATS = ("docx", "pdf")
_PARTS = ("listed", "late", "silent", "week", "strike_off")
_MOST_MOVED, _MOST_ROWS, _MOST_LISTED = 12, 8, 200


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


@blueprint.get("/supervision/listed")
@needs(api.READ, anywhere=True)
def show_listed() -> Response:
    """Show the weekly report of the listed matters under the leader of each, what is missing said first."""
    told = _listed()
    sheet = {
        "issuer": frames.office_name(),
        "day": unit.today().isoformat(),
        "total": len(told),
        "late": sum(each.is_late for each in told),
        "missing": [{"title": _seen(each), "org": each.org} for each in told if each.is_missing],
        "leaders": [
            {
                "name": words("supervision.led_by", name=leader) if leader else words("supervision.no_leader"),
                "rows": [_listed_row(each) for each in theirs],
            }
            for leader, theirs in groupby(told, key=lambda each: each.row.leader)
        ],
        **papers.foot_of(f"{views.URL}/listed"),
    }
    may_write = may_anywhere(identity.actor(), api.INITIATE)
    word_url = url_for("supervision_papers.fetch_listed") if may_write else None
    back = url_for("supervisions.show_board")
    return _paper("supervision/listed.html", back_url=back, word_url=word_url, sheet=sheet)


@blueprint.get("/supervision/listed/word")
@needs(api.INITIATE, anywhere=True)
def fetch_listed() -> Response:
    """Write the weekly report as Word: a draft to be signed on paper."""
    made = oversight_week.of_week(unit.session(), _listed(), name=_county_name(), at=unit.at())
    return _file(made, _FORMATS[0], f"listed-{unit.today():%Y-%m-%d}")


def _listed() -> Sequence[Line]:
    session = unit.session()
    rows = kept.listed(session, identity.actor(), limit=_MOST_LISTED)
    return oversight_week.lines(session, rows, at=unit.at())


def _seen(line: Line) -> str:
    row = line.row
    return seen_by(Subject(row.region_code, lead_org_id=row.lead_org_id))(row.title) or ""


def _listed_row(line: Line) -> dict[str, Any]:
    row = line.row
    seen = seen_by(Subject(row.region_code, lead_org_id=row.lead_org_id))
    return {
        "title": seen(row.title),
        "number": row.slip_number or row.number,
        "org": line.org,
        "level": views.level_chip(row.level),
        "due": wording.long_day(row.due_on),
        "late": line.is_late,
        "progress": seen(row.progress) or "",
        "when": "" if row.progress_at is None else wording.moment(row.progress_at),
        "review": words(f"supervision.review.{row.progress_review}") if row.progress_review else "",
        "report_due": "" if line.due_at is None else wording.due_moment(line.due_at),
        "missing": line.is_missing,
        "urges": row.urges,
    }


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
    states = workflows().latest("supervision").workflow.states
    made = oversight.of_month(
        unit.session(),
        county=county,
        name=_county_name(),
        year=year,
        month=number,
        at=unit.at(),
        labels={name: wording.told(state.label) for name, state in states.items()},
    )
    return _file(made, format, f"supervision-{month}")


def _county_name() -> str:
    place = registry.region(unit.session(), unit.office().settings.region)
    return "" if place is None else place.name


def _file(made: Official, format: str, name: str) -> Response:
    home = unit.office().settings.home
    content = printing.write(made, format, home=home, base_url=request.url_root.rstrip("/"))
    response = Response(content, content_type=MEDIA[format])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    return response


def _paper(template: str, **context: Any) -> Response:
    frame = {"lang": {"code": locale()}, "office": frames.office_name()}
    return make_response(render_template(template, frame=frame, palette_url=palettes.sheet_url(), **context))
