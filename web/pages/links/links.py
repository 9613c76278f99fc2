"""Links (结对): the list, the page of one with its history, and forms that make one, put it right, or end it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import changes, visibility, visits
from casework.campaign.links import link_entries, link_list
from casework.campaign.links.link_list import LinkFile
from casework.campaign.loader import campaigns, newest
from casework.campaign.tables import Link
from casework.core.errors import FieldError, Invalid
from casework.core.ids import parse_id
from casework.permissions import Subject, may_anywhere, permits, require
from web import identity, unit
from web.access import needs
from web.api import paging
from web.api.links import links as api
from web.forms import field
from web.locales import locale, words
from web.pages import desks, link_options, link_parts, once, options
from web.pages.link_parts import PAGE_SIZE, Form, Listed
from web.views import link_words, reference
from web.views.link_words import act

blueprint = Blueprint("links", __name__)

READ, WRITE = "link.read", "link.write"
# What the forms can tie somebody to; industries come with their ledger.
_HOUSEHOLD, _REGION = "household", "region"


@blueprint.get("/links")
@needs(READ, anywhere=True)
def show_list() -> Response:
    """List links, newest first: those that hold, unless something else is asked for."""
    asked = link_parts.asked_words(api.FILTERS)
    session, actor, today = unit.session(), identity.actor(), unit.today()
    try:
        wanted = api.asked_links()
        before = paging.after_id(api.NAME)
    except Invalid as mistake:
        return link_parts.without_wrong(mistake, asked)
    rows = link_list.page(session, actor, wanted, on=today, before=before, limit=PAGE_SIZE + 1)
    files, more = paging.cut(api.NAME, rows, PAGE_SIZE, lambda file: [str(file.link.id)])
    listed = Listed(
        code="links",
        head=("holder", "object", "village", "part", "days"),
        rows=[_row(file) for file in files],
        more=more,
        total=link_list.count(session, actor, wanted, on=today),
        menus=_menus(),
        told=_told,
        buttons=[
            act("links.do.tie", url_for("links.ask_new")),
            act("links.do.tie_village", url_for("links.ask_new", kind=_REGION)),
        ]
        if may_anywhere(actor, WRITE)
        else [],
    )
    return link_parts.list_page(asked, listed)


@blueprint.get("/links/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new link; `member`, `household`, `part` and `kind` of the address fill it in."""
    return _new_form()


@blueprint.post("/links/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def make() -> Response:
    """Make a link."""

    def write() -> Response:
        raw = link_parts.sent("campaign", "kind", "part", "valid_from", "remark")
        villages = _object(raw["kind"]) == _REGION
        raw["kind"] = _kind(raw["campaign"], raw["kind"])
        raw["holder"] = (
            request.form.get("leader") or options.org_typed("holder")
            if villages
            else link_options.member_typed("holder")
        )
        raw["object"] = options.place_typed("object") if villages else link_options.household_typed("object")
        made = link_entries.enter(unit.session(), raw, actor=identity.actor(), at=unit.at(), today=unit.today())
        return link_parts.done("links.tied", url_for("links.show", link_id=made.id))

    return link_parts.try_it(write, _new_form)


@blueprint.get("/links/<uuid:link_id>")
@needs(READ)
def show(link_id: UUID) -> Response:
    """Show a link: both ends, part, days, what was changed."""
    row = _take(link_id)
    session, today = unit.session(), unit.today()
    file = link_list.files(session, [row])[0]
    may = permits(identity.actor(), WRITE, visibility.subject_of_link(session, row, on=today))
    url = url_for("links.show", link_id=row.id)
    buttons = [act("links.do.mend", f"{url}/edit")]
    if row.valid_to is None:
        buttons.insert(0, act("links.do.end", f"{url}/end"))
    names = {row.holder_id: file.holder_name} | ({} if row.object_id is None else {row.object_id: file.object_name})
    return link_parts.record_page(
        words("links.link_of", holder=file.holder_name, object=file.object_name),
        (words("links.tab.links"), url_for("links.show_list")),
        chips=_state_chips(row),
        buttons=buttons if may else [],
        facts=_facts(file),
        sections=_outside(row),
        history=link_words.history_of(changes.of_record(session, row), plainly=may, names=names),
    )


@blueprint.get("/links/<uuid:link_id>/edit")
@needs(WRITE)
def ask_mend(link_id: UUID) -> Response:
    """Show the form that puts a link right."""
    return _mend_form(_to_change(link_id)[0])


@blueprint.post("/links/<uuid:link_id>/edit")
@needs(WRITE)
def mend(link_id: UUID) -> Response:
    """Put a link right, with a reason."""
    row, subject = _to_change(link_id, lock=True)
    raw = link_parts.sent("part", "valid_from", "remark", "reason")
    if row.valid_to is not None:
        raw |= link_parts.sent("valid_to")
    return _change(row, subject, raw, _mend_form)


@blueprint.get("/links/<uuid:link_id>/end")
@needs(WRITE)
def ask_end(link_id: UUID) -> Response:
    """Show the form that ends a link."""
    return _end_form(_to_change(link_id)[0])


@blueprint.post("/links/<uuid:link_id>/end")
@needs(WRITE)
def end(link_id: UUID) -> Response:
    """End a link by its last day and a reason."""
    row, subject = _to_change(link_id, lock=True)
    raw = link_parts.sent("valid_to", "reason")
    if not raw["valid_to"]:
        return _end_form(row, mistakes=[FieldError("valid_to", "required")], status=422)
    return _change(row, subject, raw, _end_form)


def _change(row: Link, subject: Subject, raw: Mapping[str, Any], form: Any) -> Response:
    def write() -> Response:
        link_entries.change(
            unit.session(),
            row,
            raw,
            subject=subject,
            actor=identity.actor(),
            at=unit.at(),
            expected_version=desks.given_version(),
        )
        return link_parts.done("links.kept", url_for("links.show", link_id=row.id))

    return link_parts.try_it(write, lambda **why: form(row, **why))


def _take(link_id: UUID, *, lock: bool = False) -> Link:
    return visibility.take_link(unit.session(), identity.actor(), link_id, on=unit.today(), lock=lock)


def _to_change(link_id: UUID, *, lock: bool = False) -> tuple[Link, Subject]:
    row = _take(link_id, lock=lock)
    subject = visibility.subject_of_link(unit.session(), row, on=unit.today())
    require(identity.actor(), WRITE, subject)
    return row, subject


def _row(file: LinkFile) -> dict[str, Any]:
    link = file.link
    return {
        "url": url_for("links.show", link_id=link.id),
        "title": file.holder_name,
        "sub": None,
        "cells": [
            {"text": file.object_name},
            {"text": reference.place_told(link.region_code) if link.object_id is not None else ""},
            {"text": "", "chips": link_words.part_chip(link.part)},
            {"text": link_words.days_told(link)},
        ],
        "act": None,
    }


def _state_chips(link: Link) -> list[dict[str, str]]:
    open_now = link_words.holds_today(link)
    state = {"tone": "green" if open_now else "outline", "text": words(f"links.holds.{str(open_now).lower()}")}
    return [state, *link_words.part_chip(link.part)]


def _facts(file: LinkFile) -> list[dict[str, Any]]:
    link = file.link
    actor = identity.actor()
    holder, linked = link_words.holder_url(file), link_words.object_url(file)
    facts: list[dict[str, Any]] = [
        {"label": words("linked.campaign"), "text": link_words.campaign_told(link.campaign)},
        {"label": words("linked.kind"), "text": link_words.kind_told(link.campaign, link.kind)},
        _end("holder", file.holder_name, holder if holder and may_anywhere(actor, "member.read") else None),
        _end("object", file.object_name, linked),
        {"label": words("linked.village"), "text": reference.place_told(link.region_code)},
        {"label": words("linked.days"), "text": link_words.days_told(link)},
    ]
    facts += [
        {"label": words(f"linked.{name}"), "text": getattr(link, name)}
        for name in ("end_reason", "remark")
        if getattr(link, name)
    ]
    return facts


def _outside(link: Link) -> list[dict[str, Any]]:
    """Return the visits that no link holds any more, to be looked at; no section when there are none."""
    rows = [
        {"text": each.on_date.isoformat(), "url": url_for("activities.show", activity_id=each.id)}
        for each in visits.outside(unit.session(), link)
    ]
    note = words("links.outside_note")
    return [{"code": "outside", "title": words("links.outside"), "rows": rows, "note": note}] if rows else []


def _end(code: str, name: str, url: str | None) -> dict[str, Any]:
    label = words(f"linked.{code}")
    return {"label": label, "text": name} if url is None else {"label": label, "links": [{"text": name, "url": url}]}


def _menus() -> list[tuple[str, list[tuple[str, str]]]]:
    kinds = {code: kind.label[locale()] for each in campaigns().values() for code, kind in each.links.items()}
    return [
        ("campaign", link_options.campaigns_told()),
        ("kind", list(kinds.items())),
        ("part", [(part, link_words.code_told(part)) for part in link_options.parts()]),
        ("region", [(each.code, each.name) for each in reference.towns()]),
        ("active_on", [(unit.today().isoformat(), words("links.today"))]),
    ]


def _told(name: str, value: str) -> str:
    if name == "region":
        return reference.place_told(value)
    if name == "campaign":
        return link_words.campaign_told(value)
    if name == "kind":
        return next(
            (link_words.kind_told(code, value) for code in campaigns() if value in campaigns()[code].links), value
        )
    if name == "part":
        return link_words.code_told(value)
    return words("links.one_member") if name in ("member", "household", "industry") else value


def _new_form(**why: Any) -> Response:
    given = request.form or request.args
    linked = _object(given.get("kind", ""))
    held = [(code, each.label[locale()]) for code, each in campaigns().items() if each.kinds_to(linked)]
    campaign = given.get("campaign") or newest(unit.today()).code
    ends = _village_ends() if linked == _REGION else link_options.ends()
    fields = [
        *ends,
        *([] if linked == _REGION else [_part_field(given.get("part", ""), None)]),
        field("valid_from", "linked.valid_from", kind="date", value=given.get("valid_from", unit.today().isoformat())),
        field("campaign", "linked.campaign", kind="select", value=campaign, options=held),
        field("remark", "linked.remark", kind="textarea", required=False, rows=3, wide=True, value=given.get("remark")),
        field("kind", "linked.kind", kind="hidden", value=given.get("kind") or linked),
    ]
    member = parse_id(request.args.get("member", ""))
    back = url_for("links.show_list") if member is None else url_for("members.show", member_id=member)
    title = words("links.do.tie_village" if linked == _REGION else "links.do.tie")
    form = Form(title, url_for("links.make"), (words("links.tab.links"), back), fields, words("links.do.tie"))
    return link_parts.form_page(form, **why)


def _village_ends() -> list[dict[str, Any]]:
    sent = request.form
    return [
        field(
            "holder", "linked.holder_org", kind="org", value=sent.get("holder"), label_value=sent.get("holder_text"),
            data_url=url_for("options.offer_orgs"), required=False,
        ),
        field(
            "leader", "linked.or_leader", kind="select", required=False, value=sent.get("leader", ""),
            options=[("", words("links.none")), *link_options.leaders()],
        ),
        field(
            "object", "linked.village", kind="place", value=sent.get("object"), label_value=sent.get("object_text"),
            data_url=url_for("options.offer_places"), hint="links.hint.place",
        ),
    ]  # fmt: skip


def _part_field(value: str, row: Link | None) -> dict[str, Any]:
    """Return the field of a link's part: the parts of its kind, or before there is a kind those of all."""
    known = None if row is None else campaigns().get(row.campaign)
    kind = None if known is None or row is None else known.links.get(row.kind)
    every = [
        part for each in campaigns().values() for code in each.kinds_to(_HOUSEHOLD) for part in each.links[code].parts
    ]
    parts = dict.fromkeys(every) if kind is None else kind.parts
    return field(
        "part", "linked.part", kind="radio", value=value, options=[(part, link_words.code_told(part)) for part in parts]
    )


def _object(kind: str) -> str:
    """Return what a kind of link ties somebody to; it may be named by a code of any campaign, or as the object."""
    codes = [code for each in campaigns().values() for code, told in each.links.items() if told.object == _REGION]
    return _REGION if kind == _REGION or kind in codes else _HOUSEHOLD


def _kind(campaign: str, told: str) -> str:
    """Return the kind of link of a campaign that is meant: the one of this code, or the first to such an object."""
    known = campaigns().get(campaign)
    kinds = () if known is None else known.kinds_to(_object(told))
    return told if known is None or told in known.links or not kinds else kinds[0]


def _form(row: Link, title: str, endpoint: str, fields: Sequence[Mapping[str, Any]], *, danger: bool = False) -> Form:
    file = link_list.files(unit.session(), [row])[0]
    name = words("links.link_of", holder=file.holder_name, object=file.object_name)
    fields = [*fields, field("version", "linked.kind", kind="hidden", value=row.version)]
    back = (name, url_for("links.show", link_id=row.id))
    submit = words(title if danger else "links.do.keep")
    return Form(words(title), url_for(endpoint, link_id=row.id), back, fields, submit, danger=danger)


def _mend_form(row: Link, **why: Any) -> Response:
    sent = request.form
    ended = [] if row.valid_to is None else [
        field("valid_to", "linked.valid_to", kind="date", required=False, hint="links.hint.reopen",
              value=sent.get("valid_to", row.valid_to.isoformat())),
    ]  # fmt: skip
    fields = [
        *([_part_field(sent.get("part", row.part), row)] if row.part else []),
        field("valid_from", "linked.valid_from", kind="date", value=sent.get("valid_from", row.valid_from.isoformat())),
        *ended,
        field("remark", "linked.remark", kind="textarea", required=False, rows=3, wide=True,
              value=sent.get("remark", row.remark)),
        field("reason", "linked.reason", value=sent.get("reason"), wide=True),
    ]  # fmt: skip
    return link_parts.form_page(_form(row, "links.do.mend", "links.mend", fields), **why)


def _end_form(row: Link, **why: Any) -> Response:
    fields = [
        field("valid_to", "linked.valid_to", kind="date", value=request.form.get("valid_to", unit.today().isoformat())),
        field("reason", "linked.reason", value=request.form.get("reason"), wide=True),
    ]
    return link_parts.form_page(_form(row, "links.do.end", "links.end", fields, danger=True), **why)
