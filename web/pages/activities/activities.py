"""Activities as pages: the list, one with who attended and what came of it, and the form that records one.

What was decided on the spot (现场办公) becomes cases, or matters that a unit answers for, in the same save and by the
same workflow as the API's.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, url_for

from casework.campaign import records
from casework.campaign.quarters import Quarter, quarter_of
from casework.core.errors import FieldError, Invalid, Refused
from casework.permissions import Subject, may_anywhere, permits
from web import errors, frames, identity, unit
from web.access import needs
from web.forms import with_mistakes
from web.locales import locale, words
from web.pages import link_parts, once, record_pages
from web.pages.activities import activity_form, close_visits, leads, slogans, trainings
from web.pages.link_parts import ANNOUNCED, MONEY, Listed
from web.pages.record_pages import Found
from web.views import counting, reference
from web.views.link_words import act
from workflows.campaign import visiting

blueprint = Blueprint("activities", __name__)

READ, WRITE = "activity.read", "activity.write"
_QUARTERS = 8
_PROSE = ("findings", "policy", "difficulty", "measures", "result", "evidence", "remark")


@blueprint.get("/activities")
@needs(READ, anywhere=True)
@record_pages.listing("activities")
def show_list(found: Found) -> Listed:
    """List activities, the latest first."""
    return Listed(
        code="activities",
        head=("title", "kind", "who", "place", "on"),
        rows=[_row(each) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[
            ("kind", activity_form.kinds()),
            ("quarter", [(name, name) for name in _last_quarters()]),
            ("region", [(each.code, each.name) for each in reference.towns()]),
            ("slogan", slogans.menu()),
        ],
        told=_told,
        find="q",
        buttons=[act("money.do.new_activity", url_for("activities.ask_new"))]
        if may_anywhere(identity.actor(), WRITE)
        else [],
        room=MONEY,
    )


@blueprint.get("/activities/<uuid:activity_id>")
@needs(READ)
def show(activity_id: UUID) -> Response:
    """Show an activity, who attended, and what came of it."""
    row = record_pages.taken("activities", activity_id)
    told = record_pages.shown("activities", row)
    along = record_pages.of("attendances", activity=row.id)
    may = permits(identity.actor(), WRITE, Subject(row.region_code))
    people = [
        {
            "text": each["member"].name,
            "chips": [
                {"tone": "outline", "text": words(f"attendance.{each['part']}")},
                *_standing(each["status"], each["leave"]),
            ],
        }
        for each in along.rows
    ]
    return link_parts.record_page(
        title_of(told),
        _back(row),
        room=ANNOUNCED if row.kind == trainings.TRAINING else MONEY,
        chips=[
            {"tone": "outline", "text": kind_told(row.kind)},
            *_ahead(row),
            *([{"tone": "grey", "text": words("money.withdrawn")}] if row.withdrawn else []),
        ],
        buttons=trainings.buttons_of(row) if may and not row.withdrawn else [],
        attachments=trainings.files_of(row),
        facts=_facts(told),
        sections=[
            *close_visits.of_visit(row),
            record_pages.section("along", people, n=along.total),
            record_pages.section("outcome", [*record_pages.cases_of(row.id), *record_pages.tasks_of(row.id)]),
            *leads.of_visit(row),
            *slogans.section(row, url_for("activities.show", activity_id=row.id), may=may),
        ],
        history=record_pages.history("activities", row, plainly=may),
    )


@blueprint.get("/activities/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of an activity; `kind` of the address is chosen in it."""
    return _form()


@blueprint.post("/activities/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def record() -> Response:
    """Record an activity with who attended; each decision that was written down becomes a case in the same save."""
    raw, numbers = activity_form.read()
    try:
        made = visiting.record(
            unit.session(), records.ACTIVITY, raw, found_in=visiting.CASES, actor=identity.actor(), at=unit.at()
        )
    except Invalid as mistake:
        return _form(mistakes=activity_form.renumbered(mistake.errors, numbers), status=422)
    except Refused as refused:
        return _form(said=errors.sentences(refused.refusals), status=409)
    made_of_it = [*(each.number for each in made.cases), *(each.number for each in made.tasks)]
    cases = ", ".join(made_of_it)
    frames.say(words("money.recorded_with", cases=cases) if cases else words("links.kept"))
    return link_parts.led_to(url_for("activities.show", activity_id=made.activity.id))


def kind_told(kind: str) -> str:
    """Say what a kind of activity is called."""
    label: str = records.activity_kinds()[kind]["label"][locale()]
    return label


def title_of(told: Mapping[str, Any]) -> str:
    """Say an activity in one line: its title, or what kind it was and whom it was about."""
    about = next((told[name].name for name in ("household", "industry") if told[name]), "")
    return told["title"] or " ".join(filter(None, (kind_told(told["kind"]), about)))


def row_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return an activity as a row of a section."""
    return {
        "text": title_of(told),
        "url": url_for("activities.show", activity_id=told["id"]),
        "sub": " ".join(filter(None, (told["on_date"].isoformat(), _who(told)))),
        "chips": [{"tone": "outline", "text": kind_told(told["kind"])}],
    }


def _row(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "url": url_for("activities.show", activity_id=told["id"]),
        "title": title_of(told),
        "sub": None,
        "cells": [
            {"text": kind_told(told["kind"])},
            {"text": _who(told)},
            {"text": reference.place_told(told["region_code"])},
            {"text": told["on_date"].isoformat()},
        ],
        "act": None,
    }


def _who(told: Mapping[str, Any]) -> str:
    return words("calendar.and").join(told[name].name for name in ("member", "org") if told[name])


def _back(row: Any) -> tuple[str, str]:
    if row.kind == trainings.TRAINING:
        return words("told.tab.trainings"), url_for("trainings.show_list")
    return words("money.tab.activities"), url_for("activities.show_list")


def _ahead(row: Any) -> list[dict[str, str]]:
    return [{"tone": "blue", "text": words("told.to_come")}] if row.on_date > unit.today() else []


def _standing(status: str, leave: str) -> list[dict[str, str]]:
    if status == "present":
        return []
    return [{"tone": "amber", "text": words(f"attendance.{status}.{leave}" if leave else f"attendance.{status}")}]


def _facts(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    plain = {
        "on": told["on_date"].isoformat(),
        "place": reference.place_told(told["region_code"]),
        "who": _who(told),
        "form": words(f"visit_form.{told['form']}") if told["form"] else "",
        "companions": told["companions"],
        "people": "" if told["people"] is None else str(told["people"]),
        "document_no": told["document_no"],
        **{name: told[name] for name in _PROSE},
        "next_on": told["next_on"].isoformat() if told["next_on"] else "",
    }
    facts: list[dict[str, Any]] = [
        {"label": words(f"money.fact.{name}"), "text": text} for name, text in plain.items() if text
    ]
    pages = {"household": ("households.show", "household.read"), "industry": ("industries.show", "industry.read")}
    for name, (endpoint, needed) in pages.items():
        if told[name]:
            link = {"text": told[name].name, "url": url_for(endpoint, **{f"{name}_id": told[name].id})}
            shown = {"links": [link]} if may_anywhere(identity.actor(), needed) else {"text": link["text"]}
            facts.insert(2, {"label": words(f"money.fact.{name}"), **shown})
    return facts


def _last_quarters() -> list[str]:
    found: list[Quarter] = [quarter_of(unit.today())]
    while len(found) < _QUARTERS:
        found.append(quarter_of(found[-1].first - timedelta(days=1)))
    return [str(each) for each in found]


def _told(name: str, value: str) -> str:
    if name == "kind":
        return kind_told(value) if value in records.activity_kinds() else value
    if name == "region":
        return reference.place_told(value)
    if name == "slogan":
        return dict(slogans.menu()).get(value, words("money.this_one"))
    if name == "form":
        return words(f"visit_form.{value}")
    return words("money.this_one") if name in ("industry", "member", "household") else value


def _form(*, mistakes: Sequence[FieldError] = (), said: str | None = None, status: int = 200) -> Response:
    fields, summary = with_mistakes(activity_form.fields(), mistakes)
    blocks = [with_mistakes(block, mistakes)[0] for block in activity_form.blocks()]
    labels = {each["name"]: each["label"] for block in blocks for each in block}
    page = render_template(
        "activities/new.html",
        frame=counting.framed(MONEY),
        title=words("money.do.new_activity"),
        crumb={"text": words("money.tab.activities"), "url": url_for("activities.show_list")},
        said=said,
        form={
            "url": url_for("activities.record"),
            "fields": [*fields, once.field(once.given_number())],
            "errors": [{**each, "label": labels.get(each["field"], each["label"])} for each in summary],
            "blocks": [{"fields": block, "open": activity_form.is_told(block)} for block in blocks],
        },
    )
    return make_response(page, status)
