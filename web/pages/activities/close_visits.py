"""Two visits to one household within a week (casework/campaign/visits.py): the question before the second is kept, and
the same question of one that came without signal or by the API, until somebody says what it is.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, url_for

from casework.activities.tables import Activity
from casework.campaign import forms, record_rights, records, visits
from casework.core.errors import Denied, NotFound, Refused
from casework.core.ids import parse_id
from casework.core.texts import parse_date
from casework.households.tables import Household
from casework.permissions import may_anywhere
from web import identity, unit
from web.access import needs
from web.locales import words
from web.pages import link_parts, once, record_pages
from web.pages.activities import mine
from web.pages.link_parts import Form
from web.views import wording
from web.views.link_words import act

blueprint = Blueprint("close_visits", __name__)

ENTER = "activity.enter"
_NAME = "visits"


@blueprint.get("/visits/close")
@needs(mine.OWN, anywhere=True)
def show_close() -> Response:
    """Tell the form of a visit who was at its households within a week of its day; `id`: what is being written."""
    day = parse_date(request.args.get("on_date", ""), field="on_date")
    besides, asked = parse_id(request.args.get("id", "")), set(request.args.getlist("household"))
    own = [due.household.id for due in mine.own_households() if str(due.household.id) in asked]
    found = [row for each in own for row in visits.near(unit.session(), each, day, besides=besides)]
    return jsonify(visits=lines_of(found))


@blueprint.get("/visits/<uuid:visit_id>/close")
@needs(ENTER)
def ask(visit_id: UUID) -> Response:
    """Show the question of a visit that came within a week of another."""
    row, others = _take(visit_id)
    return _form(row, others)


@blueprint.post("/visits/<uuid:visit_id>/apart")
@needs(ENTER)
@once.sent_once
def keep_both(visit_id: UUID) -> Response:
    """Say that it is a visit of its own."""
    row, others = _take(visit_id, lock=True)
    sent = visits.with_words({visits.APART: True}, record_pages.desk(), kept=row.remark or "")
    return _mend(row, others, sent, "visits.apart.kept")


@blueprint.post("/visits/<uuid:visit_id>/same")
@needs(ENTER)
@once.sent_once
def take_back(visit_id: UUID) -> Response:
    """Say that it is the visit that was there already: this record of it is taken back, the other stands."""
    row, others = _take(visit_id, lock=True)
    days = wording.joined([each.on_date.isoformat() for each in others])
    sent = {"withdrawn": True, "reason": words("visits.apart.reason", day=days)}
    return _mend(row, others, sent, "visits.apart.taken_back")


def lines_of(rows: Iterable[Activity]) -> list[str]:
    """Say each visit in one line: the day, who was there, how."""
    return [_line(each, record_pages.shown(_NAME, each)) for each in rows]


def of_visit(row: Activity) -> list[dict[str, Any]]:
    """Return the question as a section of the page of a visit; nothing where nothing is asked."""
    others = visits.asked_about(unit.session(), row)
    if not others:
        return []
    way = act("visits.apart.do", url_for("close_visits.ask", visit_id=row.id)) if _may(row) else None
    return [_section(others, act=way)]


def of_household(household: Household) -> list[dict[str, Any]]:
    """Return the visits of a household that are asked about, as a section of its page."""
    if not may_anywhere(identity.actor(), "activity.read"):
        return []
    asked = visits.asked_of(unit.session(), household.id)
    return [_section(asked)] if asked else []


def _section(rows: Sequence[Activity], **more: Any) -> dict[str, Any]:
    shown: list[dict[str, Any]] = [
        {
            "text": line,
            "url": url_for("activities.show", activity_id=each.id),
            "sub": None,
            "chips": [],
            "act": None,
        }
        for each, line in zip(rows, lines_of(rows), strict=True)
    ]
    return {
        "code": "close",
        "title": words("visits.apart.title"),
        "nothing": "",
        "note": words("visits.apart.note"),
        "act": None,
        "rows": shown,
        **more,
    }


def _line(row: Activity, told: Any) -> str:
    how = words(f"visit_form.{row.form or records.FORMS[0]}")
    who = told["member"].name if told["member"] else ""
    return " ".join(filter(None, (row.on_date.isoformat(), who, how)))


def _may(row: Activity) -> bool:
    try:
        record_rights.require_mending(unit.session(), row, actor=identity.actor(), at=unit.at())
    except (Denied, Refused):  # it is said to others, who cannot answer
        return False
    return True


def _take(visit_id: UUID, *, lock: bool = False) -> tuple[Activity, Sequence[Activity]]:
    row: Activity = record_pages.taken(_NAME, visit_id, lock=lock)
    record_rights.require_mending(unit.session(), row, actor=identity.actor(), at=unit.at())
    others = visits.asked_about(unit.session(), row)
    if not others:
        raise NotFound
    return row, others


def _mend(row: Activity, others: Sequence[Activity], sent: dict[str, Any], said: str) -> Response:
    def write() -> Response:
        forms.mend(unit.session(), records.VISIT, row, sent, actor=identity.actor(), at=unit.at())
        return link_parts.done(said, url_for("activities.show", activity_id=row.id))

    return link_parts.try_it(write, lambda **why: _form(row, others, **why))


def _form(row: Activity, others: Sequence[Activity], **why: Any) -> Response:
    told = record_pages.shown(_NAME, row)
    page = url_for("activities.show", activity_id=row.id)
    form = Form(
        title=words("visits.apart.title"),
        url=url_for("close_visits.keep_both", visit_id=row.id),
        back=(_line(row, told), page),
        fields=(),
        submit=words("visits.apart.two"),
        note={"tone": "amber", "strong": words("visits.apart.note"), "text": None, "link": None},
        beside=[
            {
                "title": words("visits.apart.others"),
                "rows": [{"text": each, "url": None, "sub": None} for each in lines_of(others)],
                "nothing": "",
            }
        ],
        room=link_parts.MONEY,
        other={"url": url_for("close_visits.take_back", visit_id=row.id), "text": words("visits.apart.same")},
    )
    return link_parts.form_page(form, **why)
