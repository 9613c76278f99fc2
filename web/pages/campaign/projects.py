"""Projects as pages: the list, one with its money by stage, its households and who is credited, and its form."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import forms, natural, record_rights, records
from casework.cases import fund_ledger
from casework.cases.fund_ledger import Asked
from casework.core import money
from casework.funds import sums
from casework.funds.actions import STAGES
from casework.permissions import Subject, may_anywhere, permits
from casework.projects.tables import Project
from web import identity, unit
from web.access import needs
from web.api.money.fund_ledger import words_of
from web.forms import field
from web.locales import words
from web.pages import link_parts, once, options, record_pages
from web.pages.activities import slogans
from web.pages.campaign import industry_forms
from web.pages.link_parts import MONEY, Form, Listed
from web.pages.record_pages import Found
from web.views import addresses, fund_views, reference
from web.views.link_words import act
from workflows.money.campaign_funds import READ as MONEY_READ
from workflows.money.campaign_funds import WRITE as MONEY_WRITE

blueprint = Blueprint("projects", __name__)

READ, WRITE = "project.read", "project.write"
_COUNTY = 6
_FIRST_HOMES, _MOST_HOMES = 10, 2_000
_PLAIN = ("name", "kind", "content", "department", "industry_id", "progress", "begun_on", "finished_on", "remark")


@blueprint.get("/projects")
@needs(READ, anywhere=True)
@record_pages.listing("projects")
def show_list(found: Found) -> Listed:
    """List projects, those entered last first."""
    return Listed(
        code="projects",
        head=("name", "kind", "place", "industry", "progress"),
        rows=[_row(each) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[
            ("kind", kinds()),
            ("region", [(each.code, each.name) for each in reference.towns()]),
            ("slogan", slogans.menu()),
        ],
        told=_told,
        find="q",
        buttons=[act("money.do.new_project", url_for("projects.ask_new"))]
        if may_anywhere(identity.actor(), WRITE)
        else [],
        room=MONEY,
    )


@blueprint.get("/projects/<uuid:project_id>")
@needs(READ)
def show(project_id: UUID) -> Response:
    """Show a project: what it is, how far its money has come, which households earn more by it, who is credited."""
    row = record_pages.taken("projects", project_id)
    told = record_pages.shown("projects", row)
    may = permits(identity.actor(), WRITE, Subject(row.region_code))
    url = url_for("projects.show", project_id=row.id)
    buttons = [act("money.do.mend", f"{url}/edit")] if may else []
    if may:
        buttons.append(industry_forms.new_button("beneficiaries", project_id=str(row.id)))
    if permits(identity.actor(), MONEY_WRITE, Subject(row.region_code)):
        place = row.region_code
        buttons.insert(0, act("money.do.new", url_for("funds.ask_new", project=row.name, region_code=place)))
    asked = money_of(row)
    return link_parts.record_page(
        row.name,
        (words("money.tab.projects"), url_for("projects.show_list")),
        room=MONEY,
        chips=[{"tone": "outline", "text": words(f"record.project.{row.kind}")}],
        buttons=buttons,
        facts=[*_facts(told), _road(asked)],
        sections=[
            _stages(asked),
            _credited(asked),
            _homes(row),
            *slogans.section(row, url, may=may),
        ],
        history=record_pages.history("projects", row, plainly=may),
    )


@blueprint.get("/projects/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new project."""
    return _form(None)


@blueprint.post("/projects/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Enter a project."""

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        row = forms.enter(session, records.PROJECT, _sent(), actor=actor, at=at)
        record_rights.require_entering(session, row, actor=actor, at=at)
        return link_parts.done("links.kept", url_for("projects.show", project_id=row.id))

    return link_parts.try_it(write, lambda **why: _form(None, **why))


@blueprint.get("/projects/<uuid:project_id>/edit")
@needs(WRITE)
def ask_mend(project_id: UUID) -> Response:
    """Show the form that mends a project."""
    return _form(_to_mend(project_id))


@blueprint.post("/projects/<uuid:project_id>/edit")
@needs(WRITE)
def mend(project_id: UUID) -> Response:
    """Mend a project."""
    row = _to_mend(project_id, lock=True)

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        version = int(given) if (given := request.form.get("version", "")).isdecimal() else None
        kept = forms.mend(session, records.PROJECT, row, _sent(), actor=actor, at=at, expected_version=version)
        record_rights.require_outcome(session, kept, actor=actor, at=at)
        return link_parts.done("links.kept", url_for("projects.show", project_id=kept.id))

    return link_parts.try_it(write, lambda **why: _form(row, **why))


def money_of(row: Project) -> Asked:
    """Return the question that finds a project's money: by its name, in its county, or in its place where others of
    that name are.
    """
    county = row.region_code[:_COUNTY]
    same = [each for each in natural.projects_named(unit.session(), county, {row.name}) if not each.withdrawn]
    return Asked(project=row.name, regions=(county if len(same) < 2 else row.region_code,), is_standing=True)


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of projects with their words."""
    return [(code, words(f"record.project.{code}")) for code in records.PROJECT_KINDS]


def row_of(told: Any) -> dict[str, Any]:
    """Return a project as a row of a section."""
    return {
        "text": told["name"],
        "url": url_for("projects.show", project_id=told["id"]),
        "sub": told["progress"] or None,
        "chips": [{"tone": "outline", "text": words(f"record.project.{told['kind']}")}],
    }


def _row(told: Any) -> dict[str, Any]:
    return {
        "url": url_for("projects.show", project_id=told["id"]),
        "title": told["name"],
        "sub": told["department"] or None,
        "cells": [
            {"text": words(f"record.project.{told['kind']}")},
            {"text": reference.place_told(told["region_code"])},
            {"text": told["industry"].name if told["industry"] else ""},
            {"text": told["progress"]},
        ],
        "act": None,
    }


def _told(name: str, value: str) -> str:
    if name == "kind":
        return words(f"record.project.{value}")
    if name == "region":
        return reference.place_told(value)
    if name == "slogan":
        return dict(slogans.menu()).get(value, words("money.this_one"))
    return words("money.this_one") if name == "industry" else value


def _facts(told: Any) -> list[dict[str, Any]]:
    days = [each.isoformat() for each in (told["begun_on"], told["finished_on"]) if each]
    plain = {
        "place": reference.place_told(told["region_code"]),
        "content": told["content"],
        "department": told["department"],
        "entity": told["entity"].name if told["entity"] else "",
        "progress": told["progress"],
        "days": words("links.from_to", begins=days[0], ends=days[1]) if len(days) > 1 else "".join(days),
        "households_told": "" if told["households_told"] is None else str(told["households_told"]),
        "remark": told["remark"],
    }
    facts: list[dict[str, Any]] = [
        {"label": words(f"money.fact.{name}"), "text": text} for name, text in plain.items() if text
    ]
    if told["industry"]:
        url = url_for("industries.show", industry_id=told["industry"].id)
        facts.append({"label": words("money.fact.industry"), "links": [{"text": told["industry"].name, "url": url}]})
    return facts


def _by_stage(asked: Asked) -> dict[str, int]:
    return fund_ledger.totals(unit.session(), identity.actor(), asked, at=unit.at())[1]


def _road(asked: Asked) -> dict[str, Any]:
    reached = _by_stage(asked)
    return {
        "label": words("money.fact.road"),
        "chips": [
            {"tone": "teal" if reached.get(stage) else "outline", "text": words(f"fund_stage.{stage}")}
            for stage in STAGES
            if stage in reached or stage not in ("idea", "coordinating")
        ],
    }


def _stages(asked: Asked) -> dict[str, Any]:
    may = may_anywhere(identity.actor(), MONEY_READ)
    rows = [
        {
            "text": words("money.line_of", stage=words(f"fund_stage.{stage}"), amount=money.wan(fen)),
            "url": url_for("funds.show_list") + addresses.query({**words_of(asked), "stage": [stage]}) if may else None,
        }
        for stage, fen in _by_stage(asked).items()
    ]
    address = url_for("fund_totals.show") + addresses.query({**words_of(asked), "by": ["source"]})
    totals = {"text": words("money.do.totals"), "url": address} if may and rows else None
    return record_pages.section("stages", rows, act=totals)


def _credited(asked: Asked) -> dict[str, Any]:
    session = unit.session()
    lines = fund_ledger.page(session, identity.actor(), asked, at=unit.at(), before=None, limit=link_parts.PAGE_SIZE)
    first = {each.line.allocation_id: each.line for each in reversed(lines)}
    shares = sums.shares(session, list(first))
    rows = [
        {
            "text": share.holder,
            "url": url_for("funds.show", line_id=first[allocation].id),
            "sub": fund_views.told_share(share) + " " + first[allocation].document_no,
        }
        for allocation, held in shares.items()
        for share in held
    ]
    return record_pages.section("shares", rows)


def _homes(row: Project) -> dict[str, Any]:
    is_whole = request.args.get("households") == "all"
    found = record_pages.of("beneficiaries", limit=_MOST_HOMES if is_whole else _FIRST_HOMES, project=row.id)
    more = {"text": words("money.do.all"), "url": url_for("projects.show", project_id=row.id, households="all")}
    rows = [_home(each) for each in found.rows]
    return record_pages.section("beneficiaries", rows, n=found.total, act=more if found.total > len(rows) else None)


def _home(told: Any) -> dict[str, Any]:
    return {
        "text": told["household"].name,
        "url": url_for("households.show", household_id=told["household_id"])
        if may_anywhere(identity.actor(), "household.read")
        else None,
        "sub": words("links.since", day=told["on_date"].isoformat()),
    }


def _sent() -> dict[str, Any]:
    raw: dict[str, Any] = {name: request.form.get(name, "").replace("\r\n", "\n") for name in _PLAIN}
    people = request.form.get("households_told", "").strip()
    raw["households_told"] = int(people) if people.isascii() and people.isdecimal() and len(people) < 10 else people
    return {**raw, "region_code": options.place_typed("region_code")}


def _to_mend(project_id: UUID, *, lock: bool = False) -> Project:
    row: Project = record_pages.taken("projects", project_id, lock=lock)
    record_rights.require_mending(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _form(row: Project | None, **why: Any) -> Response:
    sent = request.form

    def typed(name: str) -> Any:
        known = "" if row is None else getattr(row, name)
        return sent.get(name, "" if known is None else str(known))

    place = typed("region_code")
    industries = natural.industries(unit.session(), unit.office().settings.region)
    fields: Sequence[dict[str, Any]] = [
        field("name", "money.field.name", value=typed("name"), max=200),
        field("kind", "money.filter.kind", kind="select", value=typed("kind"), options=kinds()),
        field("region_code", "money.fact.place", kind="place", value=place,
              label_value=sent.get("region_code_text") or (reference.place_told(place) if place else ""),
              data_url=url_for("options.offer_places")),
        field("industry_id", "money.fact.industry", kind="select", required=False, value=typed("industry_id"),
              options=[(str(each.id), each.name) for each in industries]),
        field("department", "money.fact.department", required=False, value=typed("department")),
        field("progress", "money.fact.progress", required=False, value=typed("progress")),
        field("begun_on", "money.field.begun_on", kind="date", required=False, value=typed("begun_on")),
        field("finished_on", "money.field.finished_on", kind="date", required=False, value=typed("finished_on")),
        field("households_told", "money.fact.households_told", kind="number", required=False,
              value=typed("households_told")),
        field("content", "money.fact.content", kind="textarea", required=False, rows=3, wide=True,
              value=typed("content")),
        field("remark", "money.fact.remark", kind="textarea", required=False, rows=2, wide=True, value=typed("remark")),
    ]  # fmt: skip
    if row is None:
        title, url, back = words("money.do.new_project"), url_for("projects.enter"), url_for("projects.show_list")
    else:
        fields = [*fields, field("version", "money.field.name", kind="hidden", value=row.version)]
        title, url = words("money.do.mend"), url_for("projects.mend", project_id=row.id)
        back = url_for("projects.show", project_id=row.id)
    named = words("money.tab.projects") if row is None else row.name
    form = Form(title, url, (named, back), fields, words("links.do.keep"), room=MONEY)
    return link_parts.form_page(form, **why)
