"""Experiences (典型经验) as pages: short write-ups the office publishes, and the bulletin of their quarter takes in.

One is an activity of its own kind, so that it has author, place, industry, pictures, slogans and history like others;
every member reads it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.activities.tables import Activity
from casework.campaign import forms, natural, record_rights, records
from casework.core.errors import NotFound
from casework.permissions import may_anywhere
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import desks, link_options, link_parts, once, options, record_pages
from web.pages.activities import mentions, slogans, trainings
from web.pages.link_parts import ANNOUNCED, Form, Listed
from web.pages.record_pages import Found
from web.views import counting, reference, wording
from web.views.link_words import act

blueprint = Blueprint("experiences", __name__)

READ, WRITE = "activity.read", "activity.write"
_NAME, _KIND = "activities", "experience"
_PLAIN = ("title", "findings", "on_date", "industry_id", "document_no")


@blueprint.get("/experiences")
@needs(READ, anywhere=True)
@record_pages.listing(_NAME, kind=_KIND)
def show_list(found: Found) -> Listed:
    """List the experiences, the latest first."""
    industries = {str(each.id): each.name for each in _industries()}
    return Listed(
        code="experiences",
        head=("title", "author", "place", "on"),
        rows=[_row(each) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[
            ("region", [(each.code, each.name) for each in reference.towns()]),
            ("industry", list(industries.items())),
            ("slogan", slogans.menu()),
        ],
        told=lambda name, value: _told(name, value, industries),
        find="q",
        buttons=[act("experience.do.new", url_for("experiences.ask_new"))]
        if may_anywhere(identity.actor(), WRITE)
        else [],
        room=ANNOUNCED,
    )


@blueprint.get("/experiences/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new experience."""
    return _form(None)


@blueprint.post("/experiences/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def publish() -> Response:
    """Publish an experience."""

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        raw = {**_sent(), "kind": _KIND}
        row = forms.enter(session, records.ACTIVITY, raw, actor=actor, at=at)
        record_rights.require_entering(session, row, actor=actor, at=at)
        return link_parts.done("experience.published", url_for("experiences.show", experience_id=row.id))

    return link_parts.try_it(write, lambda **why: _form(None, **why))


@blueprint.get("/experiences/<uuid:experience_id>")
@needs(READ)
def show(experience_id: UUID) -> Response:
    """Show an experience to read, with its pictures and what it belongs to."""
    row = _take(experience_id)
    told = record_pages.shown(_NAME, row)
    may, url = record_rights.is_office(unit.session(), row, actor=identity.actor(), at=unit.at()), _url(row)
    buttons = [act("experience.do.mend", f"{url}/edit"), act("experience.do.withdraw", f"{url}/withdraw")]
    page = render_template(
        "experiences/show.html",
        frame=counting.framed(ANNOUNCED),
        title=row.title,
        crumb={"text": words("told.tab.experiences"), "url": url_for("experiences.show_list")},
        chips=[{"tone": "grey", "text": words("told.withdrawn")}] if row.withdrawn else [],
        buttons=buttons if may and not row.withdrawn else [],
        byline=wording.joined([each for each in (_author(told), wording.long_day(row.on_date)) if each]),
        content=told["findings"],
        facts=_facts(told),
        attachments=trainings.files_of(row),
        sections=[
            *mentions.section(row, may=may and not row.withdrawn),
            *slogans.section(row, url_for("activities.show", activity_id=row.id), may=may),
        ],
        history=record_pages.history(_NAME, row, plainly=may, said="told") if may else None,
    )
    return make_response(page)


@blueprint.get("/experiences/<uuid:experience_id>/edit")
@needs(WRITE)
def ask_mend(experience_id: UUID) -> Response:
    """Show the form that changes an experience."""
    return _form(_to_write(experience_id))


@blueprint.post("/experiences/<uuid:experience_id>/edit")
@needs(WRITE)
@once.sent_once
def mend(experience_id: UUID) -> Response:
    """Change an experience."""
    row = _to_write(experience_id, lock=True)

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        kept = forms.mend(
            session, records.ACTIVITY, row, _sent(), actor=actor, at=at, expected_version=desks.given_version()
        )
        record_rights.require_outcome(session, kept, actor=actor, at=at)
        return link_parts.done("links.kept", _url(kept))

    return link_parts.try_it(write, lambda **why: _form(row, **why))


@blueprint.get("/experiences/<uuid:experience_id>/withdraw")
@needs(WRITE)
def ask_withdraw(experience_id: UUID) -> Response:
    """Show the form that withdraws an experience."""
    return _withdraw_form(_to_write(experience_id))


@blueprint.post("/experiences/<uuid:experience_id>/withdraw")
@needs(WRITE)
@once.sent_once
def withdraw(experience_id: UUID) -> Response:
    """Withdraw an experience, with a reason; a bulletin that was signed keeps it."""
    row = _to_write(experience_id, lock=True)

    def write() -> Response:
        raw = {"withdrawn": True, **link_parts.sent("reason")}
        forms.mend(unit.session(), records.ACTIVITY, row, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("told.withdrawn", url_for("experiences.show_list"))

    return link_parts.try_it(write, lambda **why: _withdraw_form(row, **why))


# ------------------------------------------------------------------ parts
def _take(experience_id: UUID, *, lock: bool = False) -> Activity:
    row: Activity = record_pages.taken(_NAME, experience_id, lock=lock)
    if row.kind != _KIND:
        raise NotFound(_KIND)
    return row


def _to_write(experience_id: UUID, *, lock: bool = False) -> Activity:
    row = _take(experience_id, lock=lock)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _url(row: Activity) -> str:
    return url_for("experiences.show", experience_id=row.id)


def _industries() -> Any:
    return natural.industries(unit.session(), unit.office().settings.region)


def _author(told: Mapping[str, Any]) -> str:
    """Say who tells of it: the member, else the unit."""
    author = told["member"] or told["org"]
    return "" if author is None else str(author.name)


def _row(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "url": url_for("experiences.show", experience_id=told["id"]),
        "title": told["title"],
        "sub": None if told["industry"] is None else told["industry"].name,
        "cells": [
            {"text": _author(told)},
            {"text": reference.place_told(told["region_code"])},
            {"text": told["on_date"].isoformat()},
        ],
        "act": None,
    }


def _facts(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"label": words("told.head.place"), "text": reference.place_told(told["region_code"]), "link": None}
    ]
    pages = (("industry", "industries.show", "industry.read"), ("member", "members.show", "member.read"))
    for name, endpoint, needed in pages:
        if told[name] is not None:
            link = {"text": told[name].name, "url": url_for(endpoint, **{f"{name}_id": told[name].id})}
            may = may_anywhere(identity.actor(), needed)
            made.append(
                {
                    "label": words(f"told.field.{name}"),
                    "text": "" if may else link["text"],
                    "link": link if may else None,
                }
            )
    if told["org"] is not None:
        made.append({"label": words("told.field.org"), "text": told["org"].name, "link": None})
    if told["document_no"]:
        made.append({"label": words("told.field.document_no"), "text": told["document_no"], "link": None})
    return made


def _told(name: str, value: str, industries: Mapping[str, str]) -> str:
    if name == "region":
        return reference.place_told(value)
    known = industries if name == "industry" else dict(slogans.menu()) if name == "slogan" else {}
    return known.get(value, words("money.this_one") if known else value)


def _sent() -> dict[str, Any]:
    plain = {name: value.replace("\r\n", "\n") for name, value in link_parts.sent(*_PLAIN).items()}
    return {
        **plain,
        "region_code": options.place_typed("region_code") or unit.office().settings.region,
        "member_id": link_options.member_typed("member_id"),
        "org": options.org_typed("org"),
    }


def _form(row: Activity | None, **why: Any) -> Response:
    told = {} if row is None else record_pages.shown(_NAME, row)

    def kept(name: str) -> str:
        value = told.get(name)
        return request.form.get(name, "" if value is None else str(value))

    place, org = kept("region_code"), request.form.get("org", told["org"].code if told.get("org") else "")
    place = "" if place == unit.office().settings.region else place
    member = link_options.member_field("member_id", "told.field.member", required=False)
    if row is not None and "member_id" not in request.form and told["member"]:
        member |= {"value": str(row.member_id), "label_value": told["member"].name}
    fields = [
        field("title", "told.head.title", value=kept("title"), max=200, wide=True),
        field("findings", "experience.field.text", kind="textarea", rows=10, value=kept("findings"), wide=True,
              hint="experience.hint.text"),
        field("region_code", "told.head.place", kind="place", required=False, value=place, hint="duty.hint.place",
              label_value=request.form.get("region_code_text") or (reference.place_told(place) if place else ""),
              data_url=url_for("options.offer_places")),
        field("industry_id", "told.field.industry", kind="select", required=False, value=kept("industry_id"),
              options=[(str(each.id), each.name) for each in _industries()]),
        member,
        field("org", "told.field.org", kind="org", required=False, value=org,
              label_value=reference.org_names().get(org, org), data_url=url_for("options.offer_orgs")),
        field("on_date", "told.head.on", kind="date", value=kept("on_date") or unit.today().isoformat()),
        field("document_no", "told.field.document_no", required=False, value=kept("document_no"), max=60),
    ]  # fmt: skip
    if row is None:
        title, url, back = words("experience.do.new"), url_for("experiences.publish"), url_for("experiences.show_list")
    else:
        fields.append(field("version", "linked.kind", kind="hidden", value=row.version))
        title, url, back = words("experience.do.mend"), f"{_url(row)}/edit", _url(row)
    submit = words("experience.do.publish" if row is None else "links.do.keep")
    form = Form(title, url, (words("told.tab.experiences"), back), fields, submit, room=ANNOUNCED)
    return link_parts.form_page(form, **why)


def _withdraw_form(row: Activity, **why: Any) -> Response:
    fields = [field("reason", "told.field.reason", value=request.form.get("reason"), wide=True)]
    title = words("experience.do.withdraw")
    form = Form(title, f"{_url(row)}/withdraw", (row.title, _url(row)), fields, title, danger=True, room=ANNOUNCED)
    return link_parts.form_page(form, **why)
