"""The members' homes (委员之家) themselves as pages: where they are, when they are open, and the roster on paper."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.campaign import duties, forms, record_rights
from casework.campaign.duties import MEMBER_HOME
from casework.duties.tables import MemberHome
from casework.permissions import may_anywhere
from web import frames, identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import link_parts, once, options, record_pages
from web.pages.link_parts import ANNOUNCED, Form, Listed
from web.pages.record_pages import Found
from web.views import reference, wording
from web.views.counting import framed
from web.views.link_words import act

blueprint = Blueprint("member_homes", __name__)

READ, WRITE = "duty.read", "duty.write"
_MONTHS = 6
_PLAIN = ("name", "address", "hours", "remark")


@blueprint.get("/member-homes")
@needs(READ, anywhere=True)
@record_pages.listing("member-homes")
def show_list(found: Found) -> Listed:
    """List the members' homes."""
    may = may_anywhere(identity.actor(), WRITE)
    return Listed(
        code="homes",
        head=("home", "place", "address", "opens"),
        rows=[_row(each, may=may) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[],
        told=lambda _name, value: value,
        buttons=[act("duty.do.new_home", url_for("member_homes.ask_new"))] if may else [],
        room=ANNOUNCED,
    )


@blueprint.get("/member-homes/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new members' home."""
    return _form(None)


@blueprint.post("/member-homes/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Enter a members' home."""

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        row = forms.enter(session, MEMBER_HOME, _sent(), actor=actor, at=at)
        record_rights.require_entering(session, row, actor=actor, at=at)
        return link_parts.done("links.kept", url_for("member_homes.show_list"))

    return link_parts.try_it(write, lambda **why: _form(None, **why))


@blueprint.get("/member-homes/<uuid:member_home_id>/edit")
@needs(WRITE)
def ask_mend(member_home_id: UUID) -> Response:
    """Show the form that changes a members' home."""
    return _form(_to_write(member_home_id))


@blueprint.post("/member-homes/<uuid:member_home_id>/edit")
@needs(WRITE)
@once.sent_once
def mend(member_home_id: UUID) -> Response:
    """Change a members' home."""
    row = _to_write(member_home_id, lock=True)

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        kept = forms.mend(session, MEMBER_HOME, row, _sent(), actor=actor, at=at)
        record_rights.require_outcome(session, kept, actor=actor, at=at)
        return link_parts.done("links.kept", url_for("member_homes.show_list"))

    return link_parts.try_it(write, lambda **why: _form(row, **why))


@blueprint.get("/duties/roster")
@needs(READ, anywhere=True)
def show_roster() -> Response:
    """Show the roster of a month on A4, for the door of the members' home (`month` such as 2026-12)."""
    first = _month(request.args.get("month", ""))
    following = _next_month(first)
    turns = duties.roster(unit.session(), first=first, last=following - timedelta(days=1))
    homes = duties.homes(unit.session())
    lists = [
        {
            "title": home.name,
            "about": " ".join(filter(None, (home.address, home.hours))),
            "rows": [
                {"day": wording.long_day(each.duty.on_date), "hours": each.duty.hours or home.hours,
                 "name": each.member.name, "post": each.member.post}
                for each in turns if each.home.id == home.id
            ],
        }
        for home in homes
    ]  # fmt: skip
    page = render_template(
        "duties/roster.html",
        frame=framed(None),
        back_url=url_for("duties.show_list"),
        title=words("duty.roster", month=f"{first:%Y-%m}"),
        lists=lists,
        nothing=words("duty.nobody"),
        months=[
            {"text": f"{each:%Y-%m}", "url": url_for("member_homes.show_roster", month=f"{each:%Y-%m}")}
            for each in _months() if each != first
        ],
        printed=words("told.sheet.printed", office=frames.office_name(), day=unit.today().isoformat()),
    )  # fmt: skip
    return make_response(page)


def _month(typed: str) -> date:
    try:
        return date.fromisoformat(f"{typed}-01")
    except ValueError:
        return unit.today().replace(day=1)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _months() -> list[date]:
    """Return the months around today a roster is asked for."""
    found = [(unit.today().replace(day=1) - timedelta(days=1)).replace(day=1)]
    while len(found) < _MONTHS:
        found.append(_next_month(found[-1]))
    return found


def _to_write(member_home_id: UUID, *, lock: bool = False) -> MemberHome:
    row: MemberHome = record_pages.taken("member-homes", member_home_id, lock=lock)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _sent() -> dict[str, Any]:
    return {
        **link_parts.sent(*_PLAIN),
        "region_code": options.place_typed("region_code") or unit.office().settings.region,
    }


def _row(told: Any, *, may: bool) -> dict[str, Any]:
    mending = url_for("member_homes.ask_mend", member_home_id=told["id"])
    duties_there = url_for("duties.show_list", home=told["id"])
    return {
        "url": duties_there,
        "title": told["name"],
        "sub": told["remark"] or None,
        "cells": [
            {"text": reference.place_told(told["region_code"])},
            {"text": told["address"]},
            {"text": told["hours"]},
        ],
        "act": act("duty.do.mend_home", mending) if may else None,
    }


def _form(row: MemberHome | None, **why: Any) -> Response:
    def kept(name: str) -> str:
        return request.form.get(name, "" if row is None else getattr(row, name))

    # The county itself is what is meant where no place is named.
    place = kept("region_code")
    place = "" if place == unit.office().settings.region else place
    fields = [
        field("name", "told.head.home", value=kept("name"), max=50),
        field("region_code", "told.head.place", kind="place", required=False, value=place, hint="duty.hint.place",
              label_value=request.form.get("region_code_text") or (reference.place_told(place) if place else ""),
              data_url=url_for("options.offer_places")),
        field("address", "told.head.address", required=False, value=kept("address"), max=200),
        field("hours", "told.head.opens", required=False, value=kept("hours"), max=100, hint="duty.hint.opens"),
        field("remark", "told.head.remark", kind="textarea", rows=2, required=False, wide=True, value=kept("remark")),
    ]  # fmt: skip
    url = url_for("member_homes.enter") if row is None else url_for("member_homes.mend", member_home_id=row.id)
    title = words("duty.do.new_home" if row is None else "duty.do.mend_home")
    back = (words("told.tab.homes"), url_for("member_homes.show_list"))
    return link_parts.form_page(Form(title, url, back, fields, words("links.do.keep"), room=ANNOUNCED), **why)
