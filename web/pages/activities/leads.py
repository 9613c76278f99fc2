"""Leads (线索) as pages: the list, one with what the town answered, and the forms that tell, answer and withdraw."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.activities.tables import Activity, Lead
from casework.campaign import forms, leads, record_lists, record_rights
from casework.campaign.leads import LEAD
from casework.campaign.record_visibility import find, subject_of
from casework.campaign.visits import VISIT
from casework.core.errors import NotFound
from casework.households.tables import Household
from casework.permissions import may_anywhere, permits, require
from web import identity, unit
from web.access import needs
from web.api.campaign import record_answers
from web.api.links.households import READ as READ_HOUSEHOLD
from web.forms import field
from web.locales import local, words
from web.pages import desks, link_parts, once, record_pages
from web.pages.link_parts import Form, Listed
from web.pages.record_pages import Found
from web.views import lead_views, reference, wording
from web.views.link_words import act
from workflows.campaign import leads as leading
from workflows.revealing import FIELDS_OF_LEAD

blueprint = Blueprint("leads", __name__)

READ, ENTER, WRITE, ANSWER, REVEAL = "lead.read", "lead.enter", "lead.write", "lead.answer", "lead.reveal"
_NAME = "leads"


@blueprint.get("/leads")
@needs(READ, anywhere=True)
@record_pages.listing(_NAME)
def show_list(found: Found) -> Listed:
    """List the leads the caller may know of, the latest visits first."""
    return Listed(
        code=_NAME,
        head=("head_name", "risks", "town", "on_day", "state"),
        rows=[_row(each) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[
            ("state", [(code, words(f"leads.state.{code}")) for code in leads.STATES]),
            ("risk", lead_views.risks()),
            ("region", [(each.code, each.name) for each in reference.towns()]),
        ],
        told=_told,
    )


@blueprint.get("/leads/new")
@needs(ENTER, anywhere=True)
def ask_new() -> Response:
    """Show the form that tells the town of a risk; `visit` of the address is the visit that found it."""
    return _new_form(_visit())


@blueprint.post("/leads/new")
@needs(ENTER, anywhere=True)
@once.sent_once
def tell() -> Response:
    """Tell the town of a risk that a visit found."""
    visit = _visit()

    def write() -> Response:
        raw = {"activity_id": str(visit.id), "risks": request.form.getlist("risks"), **link_parts.sent("findings")}
        row = leading.tell(unit.session(), raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("leads.told", url_for("leads.show", lead_id=row.id))

    return link_parts.try_it(write, lambda **why: _new_form(visit, **why))


@blueprint.get("/leads/<uuid:lead_id>")
@needs(READ)
def show(lead_id: UUID) -> Response:
    """Show a lead: whose household, which risks, what the town answered, and what was changed."""
    row = _take(lead_id)
    told = record_pages.shown(_NAME, row)
    subject = subject_of(unit.session(), row, on=unit.today())
    url, actor = url_for("leads.show", lead_id=row.id), identity.actor()
    may = permits(actor, WRITE, subject)
    buttons = []
    if permits(actor, ANSWER, subject) and not row.withdrawn:
        buttons.append(act("leads.do.answer", f"{url}/answer"))
    if may and not row.withdrawn:
        buttons.append(act("leads.do.withdraw", f"{url}/withdraw"))
    others = record_answers.shown(LEAD, leads.others_of(unit.session(), actor, row, on=unit.today()))
    return link_parts.record_page(
        words("leads.of", head=told["household"].name),
        (words("links.tab.leads"), url_for("leads.show_list")),
        chips=lead_views.chips_of(row.answer, withdrawn=row.withdrawn),
        buttons=buttons,
        facts=_facts(row, told, may_reveal=permits(actor, REVEAL, subject)),
        sections=[lead_views.section(others, code="other_leads")] if others else [],
        history=record_pages.history(_NAME, row, plainly=may, said="leads"),
    )


@blueprint.get("/leads/<uuid:lead_id>/answer")
@needs(ANSWER)
def ask_answer(lead_id: UUID) -> Response:
    """Show the form in which the town says what it found out."""
    row = _take(lead_id)
    _require_answering(row)
    return _answer_form(row)


@blueprint.post("/leads/<uuid:lead_id>/answer")
@needs(ANSWER)
@once.sent_once
def answer(lead_id: UUID) -> Response:
    """Say what the town found out."""
    row = _take(lead_id, lock=True)
    _require_answering(row)

    def write() -> Response:
        raw = link_parts.sent("answer", "reply", "answered_on")
        session, actor, at = unit.session(), identity.actor(), unit.at()
        leading.answer(session, row, raw, actor=actor, at=at, expected_version=desks.given_version())
        return link_parts.done("leads.answered", url_for("leads.show", lead_id=row.id))

    return link_parts.try_it(write, lambda **why: _answer_form(row, **why))


@blueprint.get("/leads/<uuid:lead_id>/withdraw")
@needs(WRITE)
def ask_withdraw(lead_id: UUID) -> Response:
    """Show the form that takes a lead back."""
    return _withdraw_form(_to_write(lead_id))


@blueprint.post("/leads/<uuid:lead_id>/withdraw")
@needs(WRITE)
@once.sent_once
def withdraw(lead_id: UUID) -> Response:
    """Take a lead back, with a reason."""
    row = _to_write(lead_id, lock=True)

    def write() -> Response:
        raw = {"withdrawn": True, **link_parts.sent("reason")}
        forms.mend(unit.session(), LEAD, row, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("leads.withdrawn", url_for("leads.show", lead_id=row.id))

    return link_parts.try_it(write, lambda **why: _withdraw_form(row, **why))


def section_of(household: Household) -> list[dict[str, Any]]:
    """Return the leads on a household, of those the caller may know of, as a section of its page."""
    found = record_pages.of(_NAME, household=household.id).rows if may_anywhere(identity.actor(), READ) else ()
    return [lead_views.section(found)] if found else []


def of_visit(visit: Activity) -> list[dict[str, Any]]:
    """Return the way to the lead that a visit gave, or to tell of one, as a section of the visit's page."""
    if visit.kind != VISIT or visit.withdrawn or not may_anywhere(identity.actor(), READ):
        return []
    found = record_pages.of(_NAME, activity=visit.id).rows
    if not found and not permits(identity.actor(), ENTER, subject_of(unit.session(), visit, on=unit.today())):
        return []
    way = None if found else act("leads.do.tell", url_for("leads.ask_new", visit=visit.id))
    return [{**lead_views.section(found), "act": way}]


def _told(name: str, value: str) -> str:
    if name == "region":
        return reference.place_told(value)
    if name in ("state", "risk"):
        return words(f"leads.state.{value}" if name == "state" else f"risk.{value}")
    return words("money.this_one") if name in ("household", "member", "activity") else value


def _take(lead_id: UUID, *, lock: bool = False) -> Lead:
    found: Lead = record_pages.taken(_NAME, lead_id, lock=lock)
    return found


def _to_write(lead_id: UUID, *, lock: bool = False) -> Lead:
    row = _take(lead_id, lock=lock)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _require_answering(row: Lead) -> None:
    require(identity.actor(), ANSWER, subject_of(unit.session(), row, on=unit.today()))


def _visit() -> Activity:
    """Return the visit that the form is about.

    Raises:
        NotFound: there is none, or none the caller may know of.
    """
    try:
        visit_id = UUID(request.values.get("visit", ""))
    except ValueError:
        raise NotFound(VISIT) from None
    only = record_lists.LISTINGS["visits"].only()
    found: Activity = find(unit.session(), identity.actor(), Activity, visit_id, on=unit.today(), only=only)
    return found


def _row(told: Any) -> dict[str, Any]:
    return {
        "url": url_for("leads.show", lead_id=told["id"]),
        "title": told["household"].name,
        "sub": reference.place_told(told["region_code"]),
        "cells": [
            {"text": lead_views.risks_told(told["risks"])},
            {"text": _town(told)},
            {"text": wording.short_day(told["on_date"])},
            {"text": "", "chips": lead_views.chips_of(told["answer"], withdrawn=told["withdrawn"])},
        ],
        "act": None,
    }


def _town(told: Any) -> str:
    return words("leads.no_town") if told["org"] is None else str(told["org"].name)


def _facts(row: Lead, told: Any, *, may_reveal: bool) -> list[dict[str, Any]]:
    actor = identity.actor()
    facts: list[dict[str, Any]] = []
    if may_anywhere(actor, READ_HOUSEHOLD):
        link = {"text": told["household"].name, "url": url_for("households.show", household_id=row.household_id)}
        facts.append({"label": words("linked.head_name"), "links": [link]})
    elif may_reveal:
        facts += [_sealed(row, name, told["household"].name) for name in FIELDS_OF_LEAD]
    plain = [
        ("village", reference.place_told(row.region_code)),
        ("risks", lead_views.risks_told(row.risks)),
        ("found", told["findings"]),
        ("found_by", told["member"].name if told["member"] else ""),
        ("on_day", wording.long_day(row.on_date)),
        ("told_to", words("leads.told_to", town=_town(told), when=wording.long_day(local(row.created_at).date()))),
        ("answer", words(f"leads.answer.{row.answer}") if row.answer else words("leads.waits")),
        ("reply", told["reply"]),
        ("answered_on", "" if row.answered_on is None else wording.long_day(row.answered_on)),
        ("remark", told["remark"]),
    ]
    facts += [{"label": words(f"linked.{name}"), "text": text} for name, text in plain if text]
    if may_anywhere(actor, "activity.read"):
        link = {"text": wording.long_day(row.on_date), "url": f"/activities/{row.activity_id}"}
        facts.append({"label": words("linked.visit"), "links": [link]})
    return facts


def _sealed(row: Lead, name: str, head: str) -> dict[str, Any]:
    shown = head if name == "head_name" else words("leads.hidden")
    url = url_for("reveal.ask_of_lead", lead_id=row.id, field=name)
    return {
        "label": words(f"linked.{name}"),
        "masked": {"text": shown, "reveal_url": url, "what": words(f"linked.{name}")},
    }


def _new_form(visit: Activity, **why: Any) -> Response:
    told = record_pages.shown("visits", visit)
    fields = [
        field("risks", "linked.risks", kind="checks", options=lead_views.risks(), wide=True,
              picked=request.form.getlist("risks")),
        field("findings", "linked.found", kind="textarea", rows=4, wide=True, hint="leads.hint.found",
              value=request.form.get("findings", "")),
        field("visit", "linked.visit", kind="hidden", value=str(visit.id)),
    ]  # fmt: skip
    title = words("leads.tell_of", head=told["household"].name)
    back = (words("money.tab.activities"), f"/activities/{visit.id}")
    note = {"tone": "blue", "text": words("leads.no_status"), "more": None}
    return link_parts.form_page(
        Form(title, url_for("leads.tell"), back, fields, words("leads.do.tell"), note=note), **why
    )


def _form(row: Lead, code: str, fields: list[dict[str, Any]], url: str, *, danger: bool = False) -> Form:
    head = record_pages.shown(_NAME, row)["household"].name
    back = (words("leads.of", head=head), url_for("leads.show", lead_id=row.id))
    version = field("version", "linked.risks", kind="hidden", value=row.version)
    return Form(words(code), url, back, [*fields, version], words(code), danger=danger)


def _answer_form(row: Lead, **why: Any) -> Response:
    sent = request.form
    day = row.answered_on or unit.today()
    fields = [
        field("answer", "linked.answer", kind="radio", options=lead_views.answers(), wide=True,
              value=sent.get("answer", row.answer)),
        field("reply", "linked.reply", kind="textarea", rows=4, wide=True, required=False, hint="leads.hint.reply",
              value=sent.get("reply", row.reply)),
        field("answered_on", "linked.answered_on", kind="date", required=False,
              value=sent.get("answered_on", day.isoformat())),
    ]  # fmt: skip
    return link_parts.form_page(_form(row, "leads.do.answer", fields, url_for("leads.answer", lead_id=row.id)), **why)


def _withdraw_form(row: Lead, **why: Any) -> Response:
    fields = [field("reason", "linked.reason", value=request.form.get("reason"), wide=True)]
    url = url_for("leads.withdraw", lead_id=row.id)
    return link_parts.form_page(_form(row, "leads.do.withdraw", fields, url, danger=True), **why)
