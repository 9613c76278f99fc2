"""Slogans (四个一, 三个三, 2+3+3) as pages: the head edits them, the office puts them on what was done.

A slogan is never deleted; it ends on a day, and stays on what bore it until then.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import forms, record_rights, slogans
from casework.campaign.record_visibility import subject_of
from casework.campaign.slogans import SLOGAN
from casework.cases import queries as cases
from casework.core import personal
from casework.core.errors import FieldError, Invalid, NotFound
from casework.core.ids import parse_id
from casework.permissions import may_anywhere, permits, require
from casework.slogans.tables import Slogan
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import desks, link_parts, once, record_pages
from web.pages.link_parts import ANNOUNCED, Form, Listed
from web.pages.record_pages import Found
from web.views import reference, wording
from web.views.case_list import state_label
from web.views.link_words import act

blueprint = Blueprint("slogans", __name__)

READ, WRITE = "slogan.read", "slogan.write"
_NAME = "slogans"
_PLAIN = ("label", "explanation", "valid_from", "valid_to", "remark")
_LISTS = {slogans.ACTIVITY: "activities", slogans.PROJECT: "projects"}


@blueprint.get("/slogans")
@needs(READ, anywhere=True)
@record_pages.listing(_NAME)
def show_list(found: Found) -> Listed:
    """List the slogans, ended ones too."""
    return Listed(
        code=_NAME,
        head=("slogan", "explanation", "days"),
        rows=[_row(each) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[],
        told=lambda _name, value: value,
        buttons=[act("slogan.do.new", url_for("slogans.ask_new"))] if may_anywhere(identity.actor(), WRITE) else [],
        room=ANNOUNCED,
    )


@blueprint.get("/slogans/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new slogan."""
    return _form(None)


@blueprint.post("/slogans/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Enter a slogan."""

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        raw = {**_sent(), "region_code": unit.office().settings.region}
        row = forms.enter(session, SLOGAN, raw, actor=actor, at=at)
        record_rights.require_entering(session, row, actor=actor, at=at)
        reference.forget()
        return link_parts.done("links.kept", url_for("slogans.show", slogan_id=row.id))

    return link_parts.try_it(write, lambda **why: _form(None, **why))


@blueprint.get("/slogans/<uuid:slogan_id>")
@needs(READ)
def show(slogan_id: UUID) -> Response:
    """Show a slogan, and what bears it of all that the reader may know of."""
    row: Slogan = record_pages.taken(_NAME, slogan_id)
    url, may = url_for("slogans.show", slogan_id=row.id), _may_write(row)
    buttons = [act("slogan.do.mend", f"{url}/edit")] if may else []
    if may_anywhere(identity.actor(), slogans.MARK) and _is_in_force(row):
        buttons.append(act("slogan.do.put_on_case", f"{url}/cases"))
    facts = {"explanation": row.explanation, "days": _days(row), "remark": row.remark}
    return link_parts.record_page(
        row.label,
        (words("told.tab.slogans"), url_for("slogans.show_list")),
        room=ANNOUNCED,
        chips=[] if _is_in_force(row) else [{"tone": "grey", "text": words("slogan.ended")}],
        buttons=buttons,
        facts=[{"label": words(f"told.head.{name}"), "text": text} for name, text in facts.items() if text],
        sections=[*(_borne(row, kind) for kind in _LISTS if _may_read(kind)), _cases(row)],
        history=record_pages.history(_NAME, row, plainly=may) if may else None,
    )


@blueprint.get("/slogans/<uuid:slogan_id>/edit")
@needs(WRITE)
def ask_mend(slogan_id: UUID) -> Response:
    """Show the form that changes or ends a slogan."""
    return _form(_to_write(slogan_id))


@blueprint.post("/slogans/<uuid:slogan_id>/edit")
@needs(WRITE)
@once.sent_once
def mend(slogan_id: UUID) -> Response:
    """Change a slogan, or end it on a day."""
    row = _to_write(slogan_id, lock=True)

    def write() -> Response:
        version = desks.given_version()
        forms.mend(unit.session(), SLOGAN, row, _sent(), actor=identity.actor(), at=unit.at(), expected_version=version)
        reference.forget()
        return link_parts.done("links.kept", url_for("slogans.show", slogan_id=row.id))

    return link_parts.try_it(write, lambda **why: _form(row, **why))


@blueprint.get("/slogans/<uuid:slogan_id>/cases")
@needs(slogans.MARK)
def ask_case(slogan_id: UUID) -> Response:
    """Show the form that puts a slogan on a case."""
    return _case_form(_to_put(slogan_id))


@blueprint.post("/slogans/<uuid:slogan_id>/cases")
@needs(slogans.MARK)
@once.sent_once
def put_on_case(slogan_id: UUID) -> Response:
    """Put a slogan on a case, named by its number."""
    row = _to_put(slogan_id)

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        try:
            number = request.form.get("case", "").strip()
            case_id = slogans.take(session, slogans.CASE, number, actor=actor, at=at)
        except NotFound:
            raise Invalid([FieldError("case", "no_such_case")]) from None
        slogans.put(session, row, slogans.CASE, case_id, actor=actor, at=at)
        return link_parts.done("links.kept", url_for("slogans.show", slogan_id=row.id))

    return link_parts.try_it(write, lambda **why: _case_form(row, **why))


@blueprint.get("/activities/<uuid:record_id>/slogans", defaults={"kind": slogans.ACTIVITY})
@blueprint.get("/projects/<uuid:record_id>/slogans", defaults={"kind": slogans.PROJECT})
@needs(slogans.MARK)
def ask_record(kind: str, record_id: UUID) -> Response:
    """Show which slogans an activity or a project bears, to be ticked."""
    return _ticks(kind, record_id)


@blueprint.post("/activities/<uuid:record_id>/slogans", defaults={"kind": slogans.ACTIVITY})
@blueprint.post("/projects/<uuid:record_id>/slogans", defaults={"kind": slogans.PROJECT})
@needs(slogans.MARK)
@once.sent_once
def keep_record(kind: str, record_id: UUID) -> Response:
    """Let an activity or a project bear the slogans that were ticked."""
    return _keep(kind, record_id)


def section(row: Any, url: str, *, may: bool) -> list[dict[str, Any]]:
    """Return the section of an activity's or project's page that tells its slogans; none where nobody has any."""
    if not may_anywhere(identity.actor(), READ):
        return []
    borne = slogans.on_record(unit.session(), row.id)
    if not borne and not (may and slogans.in_force(unit.session(), on=unit.today())):
        return []
    rows = [
        {"text": each.label, "url": url_for("slogans.show", slogan_id=each.id), "sub": each.explanation or None}
        for each in borne
    ]
    told = record_pages.section("outcome", rows, act=act("slogan.do.tick", f"{url}/slogans") if may else None)
    return [{**told, "code": "slogans", "title": words("told.tab.slogans")}]


def menu() -> list[tuple[str, str]]:
    """Return the slogans a list can be narrowed to."""
    if not may_anywhere(identity.actor(), READ):
        return []
    return [(str(each.id), each.label) for each in slogans.every(unit.session())]


# ------------------------------------------------------------------ parts
def _borne(row: Slogan, kind: str) -> dict[str, Any]:
    name = _LISTS[kind]
    found = record_pages.of(name, limit=10, slogan=row.id)
    everything = act("money.do.all", url_for(f"{name}.show_list", slogan=row.id)) if found.rows else None
    rows = [
        {
            "text": each.get("title") or each.get("name") or words(f"money.tab.{name}"),
            "url": url_for(f"{name}.show", **{f"{kind}_id": each["id"]}),
            "sub": each["on_date"].isoformat() if "on_date" in each else None,
        }
        for each in found.rows
    ]
    title = words(f"slogan.on.{kind}", n=found.total)
    return {**record_pages.section(name, rows, act=everything), "title": title}


def _cases(row: Slogan) -> dict[str, Any]:
    ids = slogans.records_of(unit.session(), row.id, slogans.CASE)
    found = cases.seen_of(unit.session(), identity.actor(), ids, at=unit.at())
    rows = [
        {
            "text": words("links.case", number=wording.short_number(case.number), title=personal.scrub(case.title)),
            "url": f"/cases/{case.number}",
            "chips": [{"tone": "outline", "text": state_label(case.state)}],
        }
        for case in found
    ]
    everything = act("money.do.all", f"/cases?slogan={row.id}") if rows else None
    return {**record_pages.section("outcome", rows, act=everything), "title": words("slogan.on.case", n=len(rows))}


def _row(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "url": url_for("slogans.show", slogan_id=told["id"]),
        "title": told["label"],
        "sub": None,
        "cells": [{"text": told["explanation"]}, {"text": _told_days(told["valid_from"], told["valid_to"])}],
        "act": None,
    }


def _days(row: Slogan) -> str:
    return _told_days(row.valid_from, row.valid_to)


def _told_days(begins: Any, ends: Any) -> str:
    if ends is None:
        return words("slogan.since", day=begins.isoformat())
    return words("slogan.from_to", begins=begins.isoformat(), ends=ends.isoformat())


def _is_in_force(row: Slogan) -> bool:
    return row.valid_from <= unit.today() and (row.valid_to is None or row.valid_to >= unit.today())


def _may_read(kind: str) -> bool:
    return may_anywhere(identity.actor(), f"{kind}.read")


def _may_write(row: Slogan) -> bool:
    return permits(identity.actor(), WRITE, subject_of(unit.session(), row, on=unit.today()))


def _to_write(slogan_id: UUID, *, lock: bool = False) -> Slogan:
    row: Slogan = record_pages.taken(_NAME, slogan_id, lock=lock)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _to_put(slogan_id: UUID) -> Slogan:
    row: Slogan = record_pages.taken(_NAME, slogan_id)
    require(identity.actor(), slogans.MARK, subject_of(unit.session(), row, on=unit.today()))
    return row


def _named(kind: str, record_id: UUID) -> dict[str, Any]:
    return {f"{kind}_id": record_id}


def _sent() -> dict[str, Any]:
    return {name: value.replace("\r\n", "\n") for name, value in link_parts.sent(*_PLAIN).items()}


def _form(row: Slogan | None, **why: Any) -> Response:
    def kept(name: str) -> str:
        value = None if row is None else getattr(row, name)
        return request.form.get(name, "" if value is None else str(value))

    begins = kept("valid_from") or unit.today().isoformat()
    fields = [
        field("label", "told.head.slogan", value=kept("label"), max=30),
        field("explanation", "told.head.explanation", kind="textarea", rows=4, required=False, wide=True,
              value=kept("explanation"), hint="slogan.hint.explanation"),
        field("valid_from", "slogan.field.from", kind="date", value=begins),
        field("valid_to", "slogan.field.to", kind="date", required=False, value=kept("valid_to"),
              hint="slogan.hint.to"),
        field("remark", "told.head.remark", kind="textarea", rows=2, required=False, wide=True, value=kept("remark")),
    ]  # fmt: skip
    if row is None:
        title, url, back = words("slogan.do.new"), url_for("slogans.enter"), url_for("slogans.show_list")
    else:
        fields.append(field("version", "linked.kind", kind="hidden", value=row.version))
        title, url = words("slogan.do.mend"), url_for("slogans.mend", slogan_id=row.id)
        back = url_for("slogans.show", slogan_id=row.id)
    form = Form(title, url, (words("told.tab.slogans"), back), fields, words("links.do.keep"), room=ANNOUNCED)
    return link_parts.form_page(form, **why)


def _case_form(row: Slogan, **why: Any) -> Response:
    typed = request.form.get("case", "")
    fields = [field("case", "slogan.field.case", kind="case", value=typed, label_value=typed,
                    data_url=url_for("options.offer_cases"))]  # fmt: skip
    url = url_for("slogans.put_on_case", slogan_id=row.id)
    back = (row.label, url_for("slogans.show", slogan_id=row.id))
    form = Form(words("slogan.do.put_on_case"), url, back, fields, words("links.do.keep"), room=ANNOUNCED)
    return link_parts.form_page(form, **why)


def _ticks(kind: str, record_id: UUID, **why: Any) -> Response:
    slogans.take(unit.session(), kind, record_id, actor=identity.actor(), at=unit.at())
    row = record_pages.taken(_LISTS[kind], record_id)
    borne = slogans.on_record(unit.session(), record_id)
    offered = {each.id: each for each in [*slogans.in_force(unit.session(), on=unit.today()), *borne]}
    options = [(str(each.id), each.label) for each in offered.values()]
    fields = [field("slogan", "told.tab.slogans", kind="checks", required=False, wide=True, options=options,
                    picked=[str(each.id) for each in borne])]  # fmt: skip
    url = url_for(f"{_LISTS[kind]}.show", **_named(kind, record_id))
    title = getattr(row, "title", "") or getattr(row, "name", "") or words(f"money.tab.{_LISTS[kind]}")
    form = Form(words("slogan.do.tick"), f"{url}/slogans", (title, url), fields, words("links.do.keep"), room=ANNOUNCED)
    return link_parts.form_page(form, **why)


def _keep(kind: str, record_id: UUID) -> Response:
    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        taken = slogans.take(session, kind, record_id, actor=actor, at=at)
        chosen: Sequence[UUID] = [each for each in map(parse_id, request.form.getlist("slogan")) if each is not None]
        slogans.bear(session, kind, taken, chosen, actor=actor, at=at)
        return link_parts.done("links.kept", url_for(f"{_LISTS[kind]}.show", **_named(kind, record_id)))

    return link_parts.try_it(write, lambda **why: _ticks(kind, record_id, **why))
