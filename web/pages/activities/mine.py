"""The page of a member (我的联户): what waits on this phone, the households to visit by need, and what was reported.

Also what lets its pages open without signal: the worker of the browser, and a fresh form token for what is sent later.
"""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, url_for
from flask_wtf.csrf import generate_csrf

from casework.assessment import queries as sheets_of
from casework.assessment import sheets
from casework.campaign import due_visits, receipts
from casework.campaign.due_visits import Asked, Due
from casework.campaign.record_visibility import own_member
from casework.cases.filters import Filter
from casework.cases.listing import lists
from casework.registry.calendar import load_calendar
from web import identity, unit
from web.access import needs, open_to_all
from web.api import answers
from web.locales import locale, words
from web.pages.activities import duties
from web.views import chips, counting, sheet_views, visit_form, visit_views, wording
from web.views.people import credit_views

blueprint = Blueprint("mine", __name__)

OWN = "visit.own"
_REPORTS, _OWED, _TURNS = 5, 5, 4


@blueprint.get("/mine")
@needs(OWN, anywhere=True)
def show() -> Response:
    """Show the caller's households by need; what waits on the phone is drawn there by its script."""
    found = own_households()
    page = render_template(
        "visits/mine.html",
        frame=counting.framed("mine"),
        outbox=outbox(),
        nobody=None if own_member(unit.session(), identity.actor()) else words("visits.no_member"),
        progress=visit_views.progress(found),
        households=[visit_views.card_of(due) for due in found],
        owed=_owed(),
        turns=duties.turns_of(own_member(unit.session(), identity.actor()), limit=_TURNS),
        reports=_reports(),
        credits=credit_views.opened(own_member(unit.session(), identity.actor())),
        labels=visit_form.labels(),
        draft=_draft(),
    )
    return make_response(page)


@blueprint.get("/mine/token")
@needs(OWN, anywhere=True)
def show_token() -> Response:
    """Tell whose log-in this is and a form token that holds now: a kept page may carry an old one."""
    return jsonify(person=str(identity.person_id()), csrf=generate_csrf())


@blueprint.get("/sw.js")
@open_to_all("the worker holds nothing but the rules by which a browser keeps two pages")
def show_worker() -> Response:
    """Answer with the worker that opens two pages without signal; at the root, since only there it reaches them."""
    text = (Path(current_app.static_folder or "") / "js" / "worker.js").read_text("utf-8")
    return Response(text, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


def own_households() -> list[Due]:
    """Return the households the caller is linked to, by need; none for who is no member of the roll."""
    session, actor = unit.session(), identity.actor()
    member = own_member(session, actor)
    if member is None:
        return []
    return list(due_visits.page(session, actor, Asked(member=member), on=unit.today()))


def outbox() -> dict[str, Any]:
    """Return what the script of the outbox must know: whose it is, and where it sends."""
    return {
        "person": str(identity.person_id()),
        "token_url": url_for("mine.show_token"),
        "visits_url": url_for("api.visits_enter_record"),
        "activities_url": url_for("api.activities_enter_record"),
        "activity_pages": url_for("activities.show_list"),
        "form_url": url_for("visits.ask_new"),
        "close_url": url_for("close_visits.show_close"),
        "mine_url": url_for("mine.show"),
        "report_url": url_for("intake.show_new"),
        "lead_url": url_for("leads.ask_new"),
        "login_url": url_for("login.show"),
        "worker_url": url_for("mine.show_worker"),
    }


def _owed() -> list[dict[str, str]]:
    """Return the announcements the caller has still to answer, the most pressing first."""
    return [
        {
            "url": url_for("announcements.show", announcement_id=row.id),
            "title": row.title,
            "about": words("told.owes")
            if row.answer_by is None
            else words("told.owes_by", day=wording.long_day(row.answer_by)),
        }
        for row in receipts.owed(unit.session(), identity.actor(), limit=_OWED)
    ]


def _draft() -> dict[str, Any] | None:
    """Return the sheet of the caller's latest year as a band, and the way to its records; None while there is none."""
    session, actor = unit.session(), identity.actor()
    member = own_member(session, actor)
    row = None if member is None else sheets_of.newest_of(session, actor, member)
    if row is None:
        return None
    told = {
        "band": sheets.band_label(row, locale()),
        "n": sheet_views.number_of_records(row),
        "due": "" if row.due_at is None else wording.due_moment(row.due_at),
        "state": sheet_views.chip_of(row)["text"],
    }
    asks = row.state == "computed"
    return {
        "title": words("assessments.mine.title_final" if row.frozen else "assessments.mine.title", year=row.year),
        "text": words("assessments.mine.ask" if asks else "assessments.mine.state", **told),
        "link": {
            "text": words("assessments.mine.look" if asks else "assessments.mine.see"),
            "url": url_for("assessments.show", sheet_id=row.id),
        },
    }


def _reports() -> dict[str, Any]:
    session, actor, at = unit.session(), identity.actor(), unit.at()
    mine = Filter(reported_by=identity.person_id())
    found = lists.page(session, actor, at=at, filter=mine, sort="updated", limit=_REPORTS, count=True)
    calendar = load_calendar(session)
    rows = [
        {
            "url": f"/cases/{row.number}",
            "title": answers.title_of(row),
            "about": "・".join(filter(None, (wording.moment(row.reported_at), row.lead_org_name))),
            "state": chips.state_chip(row),
            "chip": chips.of_row(row, calendar) if row.is_open else None,
        }
        for row in found.items
    ]
    return {"rows": rows, "n": found.total, "url": "/cases?reported_by=me"}
