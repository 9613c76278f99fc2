"""The members' home (委员之家) as pages: who is on duty when, the roster on paper, and what was brought there.

What people bring becomes cases in the same save, as on a visit. A member records the duties of their own.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.campaign import duties, forms, record_rights
from casework.campaign.duties import DUTY
from casework.campaign.record_visibility import own_member
from casework.core import texts
from casework.core.errors import FieldError, Invalid, Refused, invalid
from casework.duties.tables import Duty
from casework.permissions import may_anywhere
from web import errors, frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages import link_options, link_parts, once, record_pages
from web.pages.activities import activity_form
from web.pages.link_parts import ANNOUNCED, Form, Listed
from web.pages.record_pages import Found
from web.views import counting, wording
from web.views.link_words import act
from workflows.campaign import duties as workflow
from workflows.campaign import visiting

blueprint = Blueprint("duties", __name__)

READ, WRITE, RECORD = "duty.read", "duty.write", "activity.enter"
_WEEK, _MOST_TURNS = 7, 60
_TOLD = ("findings", "policy")


@blueprint.get("/duties")
@needs(READ, anywhere=True)
@record_pages.listing("duties")
def show_list(found: Found) -> Listed:
    """List the duties, those that lie furthest ahead first."""
    homes = [(str(each.id), each.name) for each in duties.homes(unit.session())]
    buttons = [
        act("duty.do.print", url_for("member_homes.show_roster")),
        act("duty.do.homes", url_for("member_homes.show_list")),
    ]
    if may_anywhere(identity.actor(), WRITE):
        buttons.insert(0, act("duty.do.plan", url_for("duties.ask_new")))
    names = dict(homes)
    return Listed(
        code="duties",
        head=("member", "on_day", "hours", "home", "recorded"),
        rows=[_row(each) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[
            ("home", homes if len(homes) > 1 else []),
            ("recorded", [(each, words(f"duty.recorded.{each}")) for each in ("true", "false")]),
        ],
        told=lambda name, value: words(f"duty.recorded.{value}") if name == "recorded" else names.get(value, value),
        buttons=buttons,
        room=ANNOUNCED,
    )


@blueprint.get("/duties/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form that puts members on duty, one after the other."""
    return _new_form()


@blueprint.post("/duties/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Put members on duty: the first on the first day, each of the others so many days later."""

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        raw = link_parts.sent("home_id", "on_date", "hours")
        members = [link_options.member_named(each) for each in request.form.getlist("members") if each.strip()]
        first, step = _first_day(raw["on_date"]), _step()
        if not members:
            raise invalid("members", "required")
        for n, member in enumerate(members[:_MOST_TURNS]):
            day = (first + timedelta(days=n * step)).isoformat()
            try:
                row = forms.enter(session, DUTY, {**raw, "member_id": member, "on_date": day}, actor=actor, at=at)
            except Invalid as mistake:
                raise Invalid([_of_form(each) for each in mistake.errors]) from None
            record_rights.require_entering(session, row, actor=actor, at=at)
        frames.say(words("duty.planned", n=len(members)))
        return link_parts.led_to(url_for("duties.show_list"))

    return link_parts.try_it(write, _new_form)


@blueprint.get("/duties/<uuid:duty_id>")
@needs(READ)
def show(duty_id: UUID) -> Response:
    """Show a duty and what was brought to it."""
    row = record_pages.taken("duties", duty_id)
    told = record_pages.shown("duties", row)
    is_office, url = _is_office(row), url_for("duties.show", duty_id=row.id)
    is_mine = row.member_id == own_member(unit.session(), identity.actor())
    can_record = not row.withdrawn and row.activity_id is None and row.on_date <= unit.today()
    buttons = [act("duty.do.record", f"{url}/record")] if can_record and (is_office or is_mine) else []
    if is_office and not row.withdrawn and row.activity_id is None:
        buttons += [act("duty.do.mend", f"{url}/edit"), act("duty.do.withdraw", f"{url}/withdraw")]
    facts = [
        ("on_day", wording.long_day(row.on_date)),
        ("hours", row.hours),
        ("member", told["member"].name),
        ("home", told["home"].name),
        ("remark", told["remark"]),
    ]
    return link_parts.record_page(
        words("duty.of", member=told["member"].name, day=wording.short_day(row.on_date)),
        (words("told.tab.duties"), url_for("duties.show_list")),
        room=ANNOUNCED,
        chips=[_chip(told)],
        buttons=buttons,
        facts=[{"label": words(f"told.head.{name}"), "text": text} for name, text in facts if text],
        sections=[_brought(row)],
        history=record_pages.history("duties", row, plainly=is_office) if is_office else None,
    )


@blueprint.get("/duties/<uuid:duty_id>/record")
@needs(RECORD)
def ask_record(duty_id: UUID) -> Response:
    """Show the form in which is written what was brought to a duty."""
    row: Duty = record_pages.taken("duties", duty_id)
    workflow.require_recording(unit.session(), row, actor=identity.actor(), at=unit.at())
    return _record_form(row)


@blueprint.post("/duties/<uuid:duty_id>/record")
@needs(RECORD)
@once.sent_once
def record(duty_id: UUID) -> Response:
    """Record what was brought; each need that was written down becomes a case in the same save."""
    row: Duty = record_pages.taken("duties", duty_id, lock=True)
    workflow.require_recording(unit.session(), row, actor=identity.actor(), at=unit.at())
    raw, numbers = activity_form.read()
    told = {name: raw[name] for name in (*_TOLD, "people", visiting.CASES) if name in raw}
    told |= {name: request.form[name].replace("\r\n", "\n") for name in _TOLD if request.form.get(name, "").strip()}
    mistakes = [] if told.get("findings") else [FieldError("findings", "required")]
    try:
        made = workflow.record(unit.session(), row, told, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _record_form(row, mistakes=[*mistakes, *activity_form.renumbered(mistake.errors, numbers)], status=422)
    except Refused as refused:
        return _record_form(row, said=errors.sentences(refused.refusals), status=409)
    if mistakes:
        return _record_form(row, mistakes=mistakes, status=422)
    numbered = ", ".join(each.number for each in made.cases)
    frames.say(words("money.recorded_with", cases=numbered) if numbered else words("links.kept"))
    return link_parts.led_to(url_for("duties.show", duty_id=row.id))


@blueprint.get("/duties/<uuid:duty_id>/edit")
@needs(WRITE)
def ask_mend(duty_id: UUID) -> Response:
    """Show the form that changes who is on duty when."""
    return _mend_form(_to_write(duty_id))


@blueprint.post("/duties/<uuid:duty_id>/edit")
@needs(WRITE)
@once.sent_once
def mend(duty_id: UUID) -> Response:
    """Change who is on duty when."""
    row = _to_write(duty_id, lock=True)

    def write() -> Response:
        raw = {**link_parts.sent("on_date", "hours", "remark"), "member_id": link_options.member_typed("member_id")}
        forms.mend(unit.session(), DUTY, row, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("links.kept", url_for("duties.show", duty_id=row.id))

    return link_parts.try_it(write, lambda **why: _mend_form(row, **why))


@blueprint.get("/duties/<uuid:duty_id>/withdraw")
@needs(WRITE)
def ask_withdraw(duty_id: UUID) -> Response:
    """Show the form that takes a duty off the roster."""
    return _withdraw_form(_to_write(duty_id))


@blueprint.post("/duties/<uuid:duty_id>/withdraw")
@needs(WRITE)
@once.sent_once
def withdraw(duty_id: UUID) -> Response:
    """Take a duty off the roster, with a reason."""
    row = _to_write(duty_id, lock=True)

    def write() -> Response:
        raw = {"withdrawn": True, **link_parts.sent("reason")}
        forms.mend(unit.session(), DUTY, row, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("duty.withdrawn", url_for("duties.show_list"))

    return link_parts.try_it(write, lambda **why: _withdraw_form(row, **why))


# ------------------------------------------------------------------ parts
def turns_of(member_id: UUID | None, *, limit: int) -> list[dict[str, Any]]:
    """Return the duties of a member for their own page: those ahead, and past ones that are still to be recorded."""
    if member_id is None:
        return []
    today = unit.today()
    return [
        {
            "url": url_for("duties.show", duty_id=each.duty.id),
            "title": words("duty.turn", home=each.home.name, day=wording.long_day(each.duty.on_date)),
            "about": " ".join(filter(None, (each.duty.hours or each.home.hours, each.home.address))),
            "record_url": url_for("duties.ask_record", duty_id=each.duty.id) if each.duty.on_date <= today else None,
        }
        for each in duties.of_member(unit.session(), member_id, limit=limit)
    ]


def _row(told: Any) -> dict[str, Any]:
    return {
        "url": url_for("duties.show", duty_id=told["id"]),
        "title": told["member"].name,
        "sub": None,
        "cells": [
            {"text": wording.long_day(told["on_date"])},
            {"text": told["hours"]},
            {"text": told["home"].name},
            {"text": "", "chips": [_chip(told)]},
        ],
        "act": None,
    }


def _chip(told: Any) -> dict[str, str]:
    if told["activity_id"] is not None:
        return {"tone": "green", "text": words("duty.recorded.true")}
    if told["on_date"] > unit.today():
        return {"tone": "blue", "text": words("duty.ahead")}
    return {"tone": "amber", "text": words("duty.recorded.false")}


def _brought(row: Duty) -> dict[str, Any]:
    """Return what was recorded of a duty: its words with the way to the activity, and its cases."""
    rows: list[dict[str, Any]] = []
    if row.activity_id is not None:
        activity = record_pages.shown("activities", record_pages.taken("activities", row.activity_id))
        url = url_for("activities.show", activity_id=row.activity_id)
        people = words("duty.people", n=activity["people"]) if activity["people"] is not None else None
        rows = [{"text": activity["findings"], "url": url, "sub": people}, *record_pages.cases_of(row.activity_id)]
    return {**record_pages.section("outcome", rows), "title": words("duty.brought")}


def _is_office(row: Duty) -> bool:
    return record_rights.is_office(unit.session(), row, actor=identity.actor(), at=unit.at())


def _to_write(duty_id: UUID, *, lock: bool = False) -> Duty:
    row: Duty = record_pages.taken("duties", duty_id, lock=lock)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _first_day(typed: str) -> date:
    return texts.parse_date(typed, field="on_date")


def _step() -> int:
    return texts.parse_int(request.form.get("every") or str(_WEEK), field="every", minimum=0, maximum=92)


def _of_form(mistake: FieldError) -> FieldError:
    return replace(mistake, field="members") if mistake.field == "member_id" else mistake


# ------------------------------------------------------------------ forms
def _back(row: Duty) -> tuple[str, str]:
    return wording.long_day(row.on_date), url_for("duties.show", duty_id=row.id)


def _new_form(**why: Any) -> Response:
    sent = request.form
    homes = [(str(each.id), each.name) for each in duties.homes(unit.session())]
    only = homes[0][0] if len(homes) == 1 else None
    chosen = [value for value in sent.getlist("members") if value.strip()]
    fields = [
        field("home_id", "told.head.home", kind="select", options=homes, value=sent.get("home_id", only)),
        field("hours", "told.head.hours", required=False, value=sent.get("hours"), max=40, hint="duty.hint.hours"),
        field("on_date", "duty.field.first", kind="date", value=sent.get("on_date")),
        field("every", "duty.field.every", kind="number", required=False, value=sent.get("every", str(_WEEK)),
              hint="duty.hint.every"),
        field("members", "duty.field.members", kind="orgs", value="", wide=True, hint="duty.hint.members",
              chosen=[{"value": each, "label": link_options.member_label(each)} for each in chosen],
              data_url=url_for("link_options.offer_members")),
    ]  # fmt: skip
    back = (words("told.tab.duties"), url_for("duties.show_list"))
    form = Form(words("duty.do.plan"), url_for("duties.enter"), back, fields, words("links.do.keep"), room=ANNOUNCED)
    return link_parts.form_page(form, **why)


def _mend_form(row: Duty, **why: Any) -> Response:
    told, sent = record_pages.shown("duties", row), request.form
    member = {
        **link_options.member_field("member_id", "told.head.member", required=True),
        **({} if "member_id" in sent else {"value": str(row.member_id), "label_value": told["member"].name}),
    }
    fields = [
        member,
        field("on_date", "told.head.on_day", kind="date", value=sent.get("on_date", row.on_date.isoformat())),
        field("hours", "told.head.hours", required=False, value=sent.get("hours", row.hours), max=40),
        field("remark", "told.head.remark", kind="textarea", rows=2, required=False, wide=True,
              value=sent.get("remark", row.remark)),
    ]  # fmt: skip
    url = url_for("duties.mend", duty_id=row.id)
    form = Form(words("duty.do.mend"), url, _back(row), fields, words("links.do.keep"), room=ANNOUNCED)
    return link_parts.form_page(form, **why)


def _withdraw_form(row: Duty, **why: Any) -> Response:
    fields = [field("reason", "linked.reason", value=request.form.get("reason"), wide=True)]
    title, url = words("duty.do.withdraw"), url_for("duties.withdraw", duty_id=row.id)
    form = Form(title, url, _back(row), fields, title, danger=True, room=ANNOUNCED)
    return link_parts.form_page(form, **why)


def _record_form(
    row: Duty, *, mistakes: Sequence[FieldError] = (), said: str | None = None, status: int = 200
) -> Response:
    sent = request.form
    told = [
        field("findings", "duty.field.findings", kind="textarea", rows=4, wide=True, value=sent.get("findings")),
        field("policy", "money.fact.policy", kind="textarea", rows=2, required=False, wide=True,
              value=sent.get("policy")),
        field("people", "duty.field.people", kind="number", required=False, value=sent.get("people")),
    ]  # fmt: skip
    fields, summary = with_mistakes(told, mistakes)
    blocks = [with_mistakes(block, mistakes)[0] for block in activity_form.blocks()]
    labels = {each["name"]: each["label"] for block in blocks for each in block}
    page = render_template(
        "activities/new.html",
        frame=counting.framed(ANNOUNCED),
        title=words("duty.do.record"),
        crumb=dict(zip(("text", "url"), _back(row), strict=True)),
        said=said,
        form={
            "url": url_for("duties.record", duty_id=row.id),
            "fields": [*fields, once.field(once.given_number())],
            "errors": [{**each, "label": labels.get(each["field"], each["label"])} for each in summary],
            "blocks": [{"fields": block, "open": activity_form.is_told(block)} for block in blocks],
        },
    )
    return make_response(page, status)
