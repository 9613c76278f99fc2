"""Sheets of a case to print, and two cases side by side: looking only."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from casework.core.errors import NotFound, refused
from casework.registry.calendar import load_calendar
from web import frames, unit
from web.access import needs
from web.locales import locale, words
from web.pages import desks
from web.views import comparing, counting, papers, wording
from web.views.acts import Desk, case_url, move_url
from workflows import records

blueprint = Blueprint("papers", __name__)


@blueprint.get("/cases/<number>/print")
@needs("case.read")
def show_sheet(number: str) -> Response:
    """Show a whole case to print: internal, masked by role, or (`public`) for readers outside."""
    hand = desks.take(number)
    public = "public" in request.args
    if public:
        records.require(hand.actor, "case.mend", hand.subject)
    desk = hand.desk()
    url = case_url(desk.case)
    other = None
    if desk.may("case.mend"):
        other = {"text": words("sheet.to_internal" if public else "sheet.to_public")}
        other["url"] = f"{url}/print" if public else f"{url}/print?public=1"
    sheet = papers.sheet_of(desk, public=public)
    return _paper("cases/print.html", back_url=url, sheet=sheet, other=other)


@blueprint.get("/cases/<number>/slip")
@needs("case.read")
def show_slip(number: str) -> Response:
    """Show the slip that hands a case to its unit."""
    desk = desks.take(number).desk()
    slip = papers.slip_of(desk)
    if slip is None:
        raise refused("no_slip_yet")
    return _paper("cases/slip.html", back_url=case_url(desk.case), slip=slip)


@blueprint.get("/cases/<number>/compare/<other>")
@needs("case.read")
def compare(number: str, other: str) -> Response:
    """Show two cases side by side, and what may be done with both."""
    left, right = desks.take(number).desk(), desks.take(other).desk()
    if left.case.id == right.case.id:
        raise NotFound("case")
    page = render_template(
        "cases/compare.html",
        frame=counting.framed("cases"),
        back_url=case_url(left.case),
        left=comparing.head_of(left),
        right=comparing.head_of(right),
        rows=comparing.rows_of(left, right, load_calendar(unit.session())),
        verdict=None,
        acts=_acts(left, right),
    )
    return make_response(page)


def _acts(left: Desk, right: Desk) -> list[dict[str, Any]]:
    made = []
    target = right.case.number
    short = wording.short_number(target)
    if "merge" in left.moves.available and right.case.state not in ("merged", "declined"):
        made.append(
            {
                "label": words("compare.merge", number=short),
                "key": "M",
                "url": move_url(left.case, "merge"),
                "fields": {"into": target, "version": left.case.version},
                "main": True,
                "text": words("compare.merge_text", mine=wording.short_number(left.case.number), number=short),
            }
        )
    if left.may("case.link"):
        made.append(
            {
                "label": words("compare.link"),
                "key": "L",
                "url": f"{case_url(left.case)}/links/new",
                "fields": {"to": target},
                "main": not made,
                "text": words("compare.link_text"),
            }
        )
    return made


def _paper(template: str, **context: Any) -> Response:
    frame = {"lang": {"code": locale()}, "office": frames.office_name()}
    return make_response(render_template(template, frame=frame, **context))
