"""Suggestions (意见建议) as pages: the list, one with who signed along and what became of it, and the forms of both."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.activities.tables import Cosignature, Suggestion
from casework.campaign import forms, record_lists, record_names, record_rights, records
from casework.campaign.record_lists import LISTINGS
from casework.campaign.record_visibility import find
from casework.core import personal
from casework.core.errors import Invalid
from casework.core.ids import parse_id
from casework.permissions import may_anywhere
from web import identity, unit
from web.access import needs
from web.api import paging
from web.api.campaign.campaign_records import desk
from web.api.operations import Parameter
from web.forms import field
from web.locales import local, words
from web.pages import desks, link_options, link_parts, once, options
from web.pages.link_parts import PAGE_SIZE, Form, Listed
from web.views import reference, wording
from web.views.histories import Entry
from web.views.link_words import act
from workflows.campaign import suggestion_answers

blueprint = Blueprint("suggestions", __name__)

READ, ENTER, WRITE = "contribution.read", "contribution.enter", "contribution.write"
_NAME = "suggestions"
_LISTING = LISTINGS[_NAME]
_FILTERS = (Parameter("adoption", {"type": "string"}, ""), Parameter("region", {"type": "string"}, ""))
_TONES = {"": "amber", "adopted": "green", "partly": "teal", "declined": "outline"}


@blueprint.get("/suggestions")
@needs(READ, anywhere=True)
def show_list() -> Response:
    """List the suggestions the caller may know of, the newest first."""
    asked = link_parts.asked_words(_FILTERS)
    given = {name: values for name, values in asked.items() if name != "cursor"}
    at_desk = desk()
    try:
        conditions = record_lists.read_filters(at_desk, _LISTING, given)
        after = _after()
    except Invalid as mistake:
        return link_parts.without_wrong(mistake, asked)
    rows = record_lists.page(at_desk, _LISTING, conditions, after=after, limit=PAGE_SIZE + 1)
    shown, more = paging.cut(_NAME, rows, PAGE_SIZE, lambda row: record_lists.place_of(_LISTING, row))
    named = record_names.names_of(unit.session(), records.SUGGESTION, shown)
    listed = Listed(
        code=_NAME,
        head=("suggestion", "proposed_by", "addressed_to", "on_day", "adoption"),
        rows=[_row(row, named) for row in shown],
        more=more,
        total=record_lists.count(at_desk, _LISTING, conditions),
        menus=[
            ("adoption", [(code, words(f"record.suggestion.{code}")) for code in records.ADOPTIONS]),
            ("region", [(each.code, each.name) for each in reference.towns()]),
        ],
        told=lambda name, value: (
            reference.place_told(value) if name == "region" else words(f"record.suggestion.{value}")
        ),
        buttons=[act("suggestions.do.enter", url_for("suggestions.ask_new"))]
        if may_anywhere(identity.actor(), ENTER)
        else [],
    )
    return link_parts.list_page(asked, listed)


@blueprint.get("/suggestions/new")
@needs(ENTER, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new suggestion."""
    return _new_form()


@blueprint.post("/suggestions/new")
@needs(ENTER, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Enter a suggestion; a member's own is theirs without saying so."""

    def write() -> Response:
        raw: dict[str, Any] = link_parts.sent_or_left("content", "on_date", "proposer", "addressed_to")
        raw["region_code"] = options.place_typed("region_code")
        if member := link_options.member_typed("member_id"):
            raw["member_id"] = member
        row = forms.enter(unit.session(), records.SUGGESTION, raw, actor=identity.actor(), at=unit.at())
        record_rights.require_entering(unit.session(), row, actor=identity.actor(), at=unit.at())
        return link_parts.done("suggestions.entered", url_for("suggestions.show", suggestion_id=row.id))

    return link_parts.try_it(write, _new_form)


@blueprint.get("/suggestions/<uuid:suggestion_id>")
@needs(READ)
def show(suggestion_id: UUID) -> Response:
    """Show a suggestion: who made it, who signed along, what became of it, and what was changed."""
    row = _take(suggestion_id)
    named = record_names.names_of(unit.session(), records.SUGGESTION, [row])
    may, url = _is_office(row), url_for("suggestions.show", suggestion_id=row.id)
    buttons = [act("suggestions.do.answer", f"{url}/answer"), act("suggestions.do.sign", f"{url}/sign")] if may else []
    return link_parts.record_page(
        words("suggestions.of", who=_who(row, named)),
        (words("links.tab.suggestions"), url_for("suggestions.show_list")),
        chips=[_chip(row)],
        buttons=buttons,
        facts=_facts(row, named),
        sections=[_signers(row, may=may)],
        history=_history(row),
    )


@blueprint.get("/suggestions/<uuid:suggestion_id>/answer")
@needs(WRITE)
def ask_answer(suggestion_id: UUID) -> Response:
    """Show the form that says what became of a suggestion."""
    return _answer_form(_to_write(suggestion_id))


@blueprint.post("/suggestions/<uuid:suggestion_id>/answer")
@needs(WRITE)
@once.sent_once
def answer(suggestion_id: UUID) -> Response:
    """Say whether a suggestion was adopted, and reply to it."""
    row = _to_write(suggestion_id, lock=True)

    def write() -> Response:
        raw = link_parts.sent("adoption", "reply", "answered_on")
        suggestion_answers.mend(
            unit.session(),
            row,
            {name: value or None for name, value in raw.items()},
            actor=identity.actor(),
            at=unit.at(),
            expected_version=desks.given_version(),
        )
        return link_parts.done("suggestions.answered", url_for("suggestions.show", suggestion_id=row.id))

    return link_parts.try_it(write, lambda **why: _answer_form(row, **why))


@blueprint.get("/suggestions/<uuid:suggestion_id>/sign")
@needs(WRITE)
def ask_sign(suggestion_id: UUID) -> Response:
    """Show the form that enters a further member who signed."""
    return _sign_form(_to_write(suggestion_id))


@blueprint.post("/suggestions/<uuid:suggestion_id>/sign")
@needs(WRITE)
@once.sent_once
def sign(suggestion_id: UUID) -> Response:
    """Enter a further member who signed."""
    row = _to_write(suggestion_id)

    def write() -> Response:
        raw = {"suggestion_id": str(row.id), "member_id": link_options.member_typed("member_id")}
        forms.enter(unit.session(), records.COSIGNATURE, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("suggestions.signed", url_for("suggestions.show", suggestion_id=row.id))

    return link_parts.try_it(write, lambda **why: _sign_form(row, **why))


@blueprint.get("/suggestions/<uuid:suggestion_id>/signers/<uuid:record_id>/withdraw")
@needs(WRITE)
def ask_withdraw(suggestion_id: UUID, record_id: UUID) -> Response:
    """Show the form that takes a signature back."""
    return _withdraw_form(_to_write(suggestion_id), _signer(suggestion_id, record_id))


@blueprint.post("/suggestions/<uuid:suggestion_id>/signers/<uuid:record_id>/withdraw")
@needs(WRITE)
@once.sent_once
def withdraw(suggestion_id: UUID, record_id: UUID) -> Response:
    """Take a signature back, with a reason; it counts nowhere from then on."""
    row, signed = _to_write(suggestion_id), _signer(suggestion_id, record_id, lock=True)

    def write() -> Response:
        raw = {"withdrawn": True, **link_parts.sent("reason")}
        forms.mend(unit.session(), records.COSIGNATURE, signed, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("suggestions.unsigned", url_for("suggestions.show", suggestion_id=row.id))

    return link_parts.try_it(write, lambda **why: _withdraw_form(row, signed, **why))


def _after() -> record_lists.Place | None:
    found = paging.values_behind(_NAME, count=2)
    record_id = None if found is None else parse_id(str(found[1]))
    return None if found is None or record_id is None else record_lists.read_place(_LISTING, str(found[0]), record_id)


def _take(suggestion_id: UUID, *, lock: bool = False) -> Suggestion:
    found: Suggestion = find(unit.session(), identity.actor(), Suggestion, suggestion_id, on=unit.today(), lock=lock)
    return found


def _is_office(row: Suggestion) -> bool:
    return record_rights.is_office(unit.session(), row, actor=identity.actor(), at=unit.at())


def _to_write(suggestion_id: UUID, *, lock: bool = False) -> Suggestion:
    row = _take(suggestion_id, lock=lock)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _signer(suggestion_id: UUID, record_id: UUID, *, lock: bool = False) -> Cosignature:
    only = (Cosignature.suggestion_id == suggestion_id,)
    found: Cosignature = find(
        unit.session(), identity.actor(), Cosignature, record_id, on=unit.today(), only=only, lock=lock
    )
    return found


def _seen(text: str) -> str:
    return text if may_anywhere(identity.actor(), ENTER) else personal.scrub(text)


def _chip(row: Suggestion) -> dict[str, str]:
    return {"tone": _TONES[row.adoption], "text": words(f"record.suggestion.{row.adoption or 'none'}")}


def _who(row: Suggestion, named: record_names.Named) -> str:
    """Say who made it: the member, the unit, or as it was told in words."""
    org = None if row.org_id is None else named.orgs.get(row.org_id)
    member = "" if row.member_id is None else named.names.get(row.member_id, "")
    return member or ("" if org is None else org.name) or _seen(row.proposer) or words("suggestions.nobody")


def _row(row: Suggestion, named: record_names.Named) -> dict[str, Any]:
    return {
        "url": url_for("suggestions.show", suggestion_id=row.id),
        "title": _seen(row.content),
        "sub": reference.place_told(row.region_code),
        "cells": [
            {"text": _who(row, named)},
            {"text": _seen(row.addressed_to)},
            {"text": wording.short_day(row.on_date)},
            {"text": "", "chips": [_chip(row)]},
        ],
        "act": None,
    }


def _facts(row: Suggestion, named: record_names.Named) -> list[dict[str, Any]]:
    who: dict[str, Any] = {"label": words("linked.proposed_by"), "text": _who(row, named)}
    if row.member_id is not None and may_anywhere(identity.actor(), "member.read"):
        who = {**who, "text": "", "links": [{"text": who["text"], "url": f"/members/{row.member_id}"}]}
    told = [
        ("suggestion", _seen(row.content)),
        ("addressed_to", _seen(row.addressed_to)),
        ("where", reference.place_told(row.region_code)),
        ("on_day", wording.long_day(row.on_date)),
        ("reply", _seen(row.reply)),
        ("answered_on", "" if row.answered_on is None else wording.long_day(row.answered_on)),
        ("remark", _seen(row.remark)),
    ]
    return [who, *({"label": words(f"linked.{name}"), "text": text} for name, text in told if text)]


def _signers(row: Suggestion, *, may: bool) -> dict[str, Any]:
    at_desk, listing = desk(), LISTINGS["cosignatures"]
    conditions = record_lists.read_filters(at_desk, listing, {"suggestion": [str(row.id)]})
    found = record_lists.page(at_desk, listing, conditions, after=None, limit=PAGE_SIZE)
    named = record_names.names_of(unit.session(), records.COSIGNATURE, found)
    url = url_for("suggestions.show", suggestion_id=row.id)
    return {
        "code": "signers",
        "title": words("suggestions.signers"),
        "rows": [
            {
                "text": named.names.get(each.member_id, ""),
                "url": None,
                "sub": None,
                "chips": [],
                "act": act("suggestions.do.unsign", f"{url}/signers/{each.id}/withdraw") if may else None,
            }
            for each in found
        ],
        "nothing": words("suggestions.no_signers"),
        "act": act("suggestions.do.sign", f"{url}/sign") if may else None,
    }


def _history(row: Suggestion) -> list[Entry]:
    changes = record_names.changes_of(unit.session(), records.SUGGESTION, row.id)
    return [
        Entry(
            when=wording.moment(each.at),
            at=local(each.at).isoformat(timespec="seconds"),
            kind="note" if each.person_id else "system",
            actor=each.person_name or words("history.system"),
            verb=words(
                f"suggestions.did.{'answer' if 'adoption' in each.fields and each.trigger == 'mend' else each.trigger}"
            ),
            text=None,
            sub=_seen(each.reason) or None,
        )
        for each in reversed(changes)
    ]


def _back(row: Suggestion) -> tuple[str, str]:
    named = record_names.names_of(unit.session(), records.SUGGESTION, [row])
    url = url_for("suggestions.show", suggestion_id=row.id)
    return words("suggestions.of", who=_who(row, named)), url


def _new_form(**why: Any) -> Response:
    sent = request.form
    place = sent.get("region_code", "")
    fields = [
        field("content", "linked.suggestion", kind="textarea", rows=4, wide=True, value=sent.get("content")),
        field("region_code", "linked.village", kind="place", value=place,
              label_value=sent.get("region_code_text") or (reference.place_told(place) if place.isdigit() else place),
              data_url=url_for("options.offer_places"), hint="links.hint.place"),
        field("on_date", "linked.on_day", kind="date", value=sent.get("on_date", unit.today().isoformat())),
        field("addressed_to", "linked.addressed_to", required=False, value=sent.get("addressed_to")),
    ]  # fmt: skip
    if may_anywhere(identity.actor(), WRITE):
        fields += [
            link_options.member_field("member_id", "linked.holder", required=False, hint="suggestions.hint.member"),
            field("proposer", "suggestions.proposer", required=False, value=sent.get("proposer")),
        ]
    back = (words("links.tab.suggestions"), url_for("suggestions.show_list"))
    form = Form(
        words("suggestions.do.enter"), url_for("suggestions.enter"), back, fields, words("suggestions.do.enter")
    )
    return link_parts.form_page(form, **why)


def _answer_form(row: Suggestion, **why: Any) -> Response:
    sent = request.form
    answered = unit.today() if row.answered_on is None else row.answered_on
    choices = [(code, words(f"record.suggestion.{code}")) for code in records.ADOPTIONS]
    fields = [
        field("adoption", "linked.adoption", kind="radio", value=sent.get("adoption", row.adoption), options=choices,
              wide=True),
        field("reply", "linked.reply", kind="textarea", required=False, rows=4, wide=True,
              value=sent.get("reply", row.reply)),
        field("answered_on", "linked.answered_on", kind="date", value=sent.get("answered_on", answered.isoformat())),
        field("version", "linked.kind", kind="hidden", value=row.version),
    ]  # fmt: skip
    beside = [{"title": words("linked.suggestion"), "rows": [{"text": row.content}], "nothing": ""}]
    return _form(row, "answer", fields, beside=beside, **why)


def _sign_form(row: Suggestion, **why: Any) -> Response:
    fields = [link_options.member_field("member_id", "linked.holder", required=True, hint="suggestions.hint.sign")]
    return _form(row, "sign", fields, **why)


def _withdraw_form(row: Suggestion, signed: Cosignature, **why: Any) -> Response:
    named = record_names.names_of(unit.session(), records.COSIGNATURE, [signed])
    fields = [field("reason", "linked.reason", value=request.form.get("reason"), wide=True)]
    title = words("suggestions.unsign_of", name=named.names.get(signed.member_id, ""))
    url = url_for("suggestions.withdraw", suggestion_id=row.id, record_id=signed.id)
    form = Form(title, url, _back(row), fields, words("suggestions.do.unsign"), danger=True)
    return link_parts.form_page(form, **why)


def _form(row: Suggestion, what: str, fields: Any, *, beside: Any = (), **why: Any) -> Response:
    title = words(f"suggestions.do.{what}")
    url = url_for(f"suggestions.{what}", suggestion_id=row.id)
    form = Form(title, url, _back(row), fields, words("links.do.keep"), beside=beside)
    return link_parts.form_page(form, **why)
