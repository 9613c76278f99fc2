"""The leading group (领导小组) and other leaders: who is what when, what they look after, forms of a term."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import forms, record_rights, records
from casework.campaign.links import link_list
from casework.campaign.links.link_list import LinkFile
from casework.campaign.record_visibility import find
from casework.leaders import queries
from casework.leaders.queries import COUNTY_LEADER, ROLES
from casework.leaders.tables import Leader
from casework.permissions import may_anywhere
from web import identity, unit
from web.access import needs
from web.api.operations import Parameter
from web.forms import field
from web.locales import words
from web.pages import desks, link_parts, once
from web.pages.link_parts import Form, Listed
from web.views import link_words
from web.views.link_words import act

blueprint = Blueprint("leaders", __name__)

READ, WRITE = "leader.read", "leader.write"
_ROLE = Parameter("role", {"type": "string", "enum": [*ROLES, COUNTY_LEADER]}, "in this role")
_TYPED = ("name", "role", "post", "valid_from", "valid_to", "end_reason", "remark")


@blueprint.get("/leaders")
@needs(READ, anywhere=True)
def show_list() -> Response:
    """List the leading group and other leaders by role, those of the past too."""
    asked = link_parts.asked_words((_ROLE,))
    wanted = asked.get("role", [])
    rows = [each for each in _every() if not wanted or each.role in wanted]
    held = _held(rows)
    may = may_anywhere(identity.actor(), WRITE)
    listed = Listed(
        code="leaders",
        head=("name", "role", "post", "days", "object"),
        rows=[_row(each, held.get(each.id, ()), may=may) for each in rows],
        more=None,
        total=len(rows),
        menus=[("role", [(role, _role(role)) for role in (*ROLES, COUNTY_LEADER)])],
        told=lambda _name, value: _role(value),
        buttons=[
            act("links.do.new_leader", url_for("leaders.ask_new")),
            act("links.do.hand_over", url_for("handovers.ask_new")),
        ]
        if may
        else [],
    )
    return link_parts.list_page(asked, listed)


@blueprint.get("/leaders/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new leader."""
    return _form(None)


@blueprint.post("/leaders/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def make() -> Response:
    """Enter a leader in one role for one term."""

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        raw = {**link_parts.sent(*_TYPED), "region_code": unit.office().settings.region}
        row = forms.enter(session, records.LEADER, raw, actor=actor, at=at)
        record_rights.require_entering(session, row, actor=actor, at=at)
        return link_parts.done("links.leader_kept", url_for("leaders.show_list"))

    return link_parts.try_it(write, lambda **why: _form(None, **why))


@blueprint.get("/leaders/<uuid:record_id>/edit")
@needs(WRITE, anywhere=True)
def ask_mend(record_id: UUID) -> Response:
    """Show the form that puts a term right, or ends it."""
    return _form(_take(record_id))


@blueprint.post("/leaders/<uuid:record_id>/edit")
@needs(WRITE, anywhere=True)
def mend(record_id: UUID) -> Response:
    """Put a term right, or end it by its last day and a reason."""
    row = _take(record_id, lock=True)

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        record_rights.require_mending(session, row, actor=actor, at=at)
        raw = link_parts.sent(*_TYPED)
        forms.mend(session, records.LEADER, row, raw, actor=actor, at=at, expected_version=desks.given_version())
        return link_parts.done("links.leader_kept", url_for("leaders.show_list"))

    return link_parts.try_it(write, lambda **why: _form(row, **why))


def _every() -> Sequence[Leader]:
    return queries.every(unit.session(), unit.office().settings.region)


def _take(record_id: UUID, *, lock: bool = False) -> Leader:
    found: Leader = find(unit.session(), identity.actor(), Leader, record_id, on=unit.today(), lock=lock)
    return found


def _held(rows: Sequence[Leader]) -> dict[UUID, list[LinkFile]]:
    found: dict[UUID, list[LinkFile]] = {}
    if not rows or not may_anywhere(identity.actor(), "link.read"):
        return found
    holders = [row.id for row in rows]
    for each in link_list.of_ends(unit.session(), identity.actor(), holders=holders, on=unit.today()):
        if link_words.holds_today(each.link):
            found.setdefault(each.link.holder_id, []).append(each)
    return found


def _row(row: Leader, held: Sequence[LinkFile], *, may: bool) -> dict[str, Any]:
    return {
        "url": url_for("leaders.ask_mend", record_id=row.id) if may else None,
        "title": row.name,
        "sub": row.end_reason or None,
        "cells": [
            {"text": _role(row.role)},
            {"text": row.post},
            {"text": link_words.days_told(row)},
            {"text": words("links.between").join(each.object_name for each in held)},
        ],
        "act": None,
    }


def _role(role: str) -> str:
    return words(f"leader.role.{role}")


def _form(row: Leader | None, **why: Any) -> Response:
    def typed(name: str) -> Any:
        known = "" if row is None else getattr(row, name) or ""
        return request.form.get(name, str(known))

    fields = [
        field("name", "linked.name", value=typed("name"), max=30),
        field("role", "linked.role", kind="select", value=typed("role"),
              options=[(role, _role(role)) for role in (*ROLES, COUNTY_LEADER)]),
        field("post", "linked.post", required=False, value=typed("post")),
        field("valid_from", "linked.since", kind="date", value=typed("valid_from") or unit.today().isoformat()),
        field("valid_to", "linked.valid_to", kind="date", required=False, value=typed("valid_to")),
        field("end_reason", "linked.end_reason", required=False, value=typed("end_reason")),
        field("remark", "linked.remark", kind="textarea", required=False, rows=3, wide=True, value=typed("remark")),
    ]  # fmt: skip
    url = url_for("leaders.make") if row is None else url_for("leaders.mend", record_id=row.id)
    if row is not None:
        fields.append(field("version", "linked.name", kind="hidden", value=row.version))
    title = words("links.do.new_leader" if row is None else "links.do.mend_leader")
    back = (words("links.tab.leaders"), url_for("leaders.show_list"))
    return link_parts.form_page(Form(title, url, back, fields, words("links.do.keep")), **why)
