"""Industries as pages: the list, and one with who is linked to it, its parks and entities, projects and targets."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, url_for

from casework.campaign import record_rights
from casework.campaign.links import link_list
from casework.campaign.loader import campaigns
from casework.permissions import may_anywhere
from web import identity, unit
from web.access import needs
from web.locales import locale, words
from web.pages import link_parts, record_pages
from web.pages.activities import activities
from web.pages.campaign import industry_forms, projects
from web.pages.link_parts import MONEY, Listed
from web.pages.record_pages import Found
from web.views import link_words, reference
from web.views.link_words import act

blueprint = Blueprint("industries", __name__)

READ = "industry.read"
_REACHED = ("claimed", "verified")


@blueprint.get("/industries")
@needs(READ, anywhere=True)
@record_pages.listing("industries")
def show_list(found: Found) -> Listed:
    """List the industries of the places the caller is at home in."""
    return Listed(
        code="industries",
        head=("name", "offices", "tags"),
        rows=[_row(each) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[],
        told=lambda _name, value: value,
        find="q",
        buttons=[industry_forms.new_button("industries")] if industry_forms.may_write("industries") else [],
        room=MONEY,
    )


@blueprint.get("/industries/<uuid:industry_id>")
@needs(READ)
def show(industry_id: UUID) -> Response:
    """Show an industry: linked offices, parks and entities, projects, targets reached, what was done."""
    row = record_pages.taken("industries", industry_id)
    told = record_pages.shown("industries", row)
    actor = identity.actor()
    may = record_rights.is_office(unit.session(), row, actor=actor, at=unit.at())
    sections = [_offices(row.id), *(_plain(name, row.id, may=may) for name in ("parks", "entities"))]
    if may_anywhere(actor, projects.READ):
        found = record_pages.of("projects", industry=row.id)
        sections.append(record_pages.section("projects", [projects.row_of(each) for each in found.rows], n=found.total))
    if may_anywhere(actor, "goal.read"):
        sections.append(_targets(row.id))
    if may_anywhere(actor, activities.READ):
        done = record_pages.of("activities", industry=row.id)
        everything = {"text": words("money.do.all"), "url": url_for("activities.show_list", industry=row.id)}
        rows = [activities.row_of(each) for each in done.rows]
        sections.append(record_pages.section("activities", rows, n=done.total, act=everything if done.rows else None))
    facts = {"place": reference.place_told(row.region_code), "tags": told["tags"], "remark": told["remark"]}
    return link_parts.record_page(
        row.name,
        (words("money.tab.industries"), url_for("industries.show_list")),
        room=MONEY,
        chips=[{"tone": "grey", "text": words("money.withdrawn")}] if row.withdrawn else [],
        buttons=[act("money.do.mend", url_for("industry_forms.ask_mend_industries", record_id=row.id))] if may else [],
        facts=[{"label": words(f"money.fact.{name}"), "text": text} for name, text in facts.items() if text],
        sections=sections,
        history=record_pages.history("industries", row, plainly=may),
    )


def _row(told: Any) -> dict[str, Any]:
    names = [each["text"] for each in _offices(told["id"])["rows"]]
    return {
        "url": url_for("industries.show", industry_id=told["id"]),
        "title": told["name"],
        "sub": None,
        "cells": [{"text": words("calendar.and").join(names)}, {"text": told["tags"]}],
        "act": None,
    }


def _offices(industry_id: UUID) -> dict[str, Any]:
    held = link_list.of_ends(unit.session(), identity.actor(), objects=[industry_id], on=unit.today())
    rows = [
        {
            "text": each.holder_name,
            "url": url_for("links.show", link_id=each.link.id),
            "sub": link_words.days_told(each.link),
        }
        for each in held
        if link_words.holds_today(each.link)
    ]
    return record_pages.section("offices", rows)


def _plain(name: str, industry_id: UUID, *, may: bool) -> dict[str, Any]:
    found = record_pages.of(name, industry=industry_id)
    rows = [
        {
            "text": each["name"],
            "url": url_for(f"industry_forms.show_{name}", record_id=each["id"]),
            "sub": " ".join((reference.place_told(each["region_code"]), each["on_date"].isoformat())),
            "chips": [{"tone": "outline", "text": words(f"record.entity.{each['kind']}")}] if "kind" in each else [],
        }
        for each in found.rows
    ]
    new = industry_forms.new_button(name, industry_id=str(industry_id)) if may else None
    return record_pages.section(name, rows, n=found.total, act=new)


def _targets(industry_id: UUID) -> dict[str, Any]:
    found = record_pages.of("goals", object=industry_id)
    rows = []
    for each in found.rows:
        campaign = campaigns().get(each["campaign"])
        checklist = None if campaign is None else campaign.checklists.get(each["checklist"])
        item = next((one for one in checklist.items if one.code == each["item"]), None) if checklist else None
        reached = each["state"] in _REACHED
        rows.append(
            {
                "text": each["item"] if item is None else item.label[locale()],
                "sub": str(each["year"]),
                "chips": [{"tone": "green" if reached else "outline", "text": words(f"goal.state.{each['state']}")}],
            }
        )
    return record_pages.section("targets", rows)
