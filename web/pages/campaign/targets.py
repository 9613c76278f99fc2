"""Targets (目标): how far each checklist has come, item by item, and pages of a village, an industry and a unit."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.campaign import evidence, goals, record_names, targets
from casework.campaign.asking import read_campaign
from casework.campaign.definition import Checklist
from casework.campaign.loader import campaigns
from casework.campaign.record_visibility import find, subject_of
from casework.campaign.tables import Goal
from casework.campaign.targets import HOUSEHOLD, INDUSTRY, UNIT, UNPLANNED, VILLAGE, Asked, Line, Target
from casework.core import texts
from casework.core.errors import Invalid, NotFound, invalid
from casework.industries.tables import Industry
from casework.permissions import Subject, permits, require
from casework.registry import queries as registry
from web import identity, unit
from web.access import needs
from web.api import parameters
from web.locales import locale, words
from web.pages import link_parts
from web.pages.link_parts import PAGE_SIZE, ROOM
from web.views import addresses, counting, link_words, reference, target_views
from web.views.link_words import act

blueprint = Blueprint("targets", __name__)

READ, CLAIM, WRITE = "goal.read", "goal.claim", "goal.write"
_FILTERS = ("campaign", "year", "region")
_PAGED = "page"
# The bar from the left: what is sure first.
_BARS = (goals.VERIFIED, goals.CLAIMED)
_COLUMNS = (goals.VERIFIED, goals.CLAIMED, goals.IN_PROGRESS, goals.PLANNED, goals.LAPSED, UNPLANNED)


def asked() -> Asked:
    """Return which campaign, year and places the address asks for: without any, the newest year that is planned.

    Raises:
        Invalid: no such campaign, no year of it, no code of a place.
    """
    session, actor, today = unit.session(), identity.actor(), unit.today()
    campaign = read_campaign(request.args.get("campaign") or next(iter(campaigns())))
    given = request.args.get("year")
    if not given:
        year = targets.usual_year(session, actor, campaign, on=today)
    else:
        year = texts.parse_int(given, field="year", minimum=texts.FIRST_YEAR, maximum=texts.LAST_YEAR)
    return Asked(campaign, year, parameters.asked_regions())


def words_of(wanted: Asked, **more: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return what the addresses of these pages carry."""
    told: dict[str, Sequence[str]] = {"campaign": [wanted.campaign.code], "year": [str(wanted.year)], **more}
    return told if not wanted.regions else {**told, "region": list(wanted.regions)}


@blueprint.get("/targets")
@needs(READ, anywhere=True)
def show_list() -> Response:
    """Show every checklist with a bar for each item; every number opens the objects it counts."""
    try:
        wanted = asked()
    except Invalid as mistake:
        told = {name: request.args.getlist(name) for name in _FILTERS if name in request.args}
        return link_parts.without_wrong(mistake, told)
    session, actor, today = unit.session(), identity.actor(), unit.today()
    cards = []
    for checklist in wanted.campaign.checklists.values():
        found = targets.lines(session, actor, wanted, checklist, on=today)
        if found:
            cards.append(_card(wanted, checklist, found))
    page = render_template(
        "targets/list.html",
        frame=counting.framed(ROOM),
        title=words("links.tab.targets"),
        tabs=link_parts.tabs("targets"),
        menus=_menus(wanted),
        chips=_chips(wanted),
        clear_url=request.path,
        wall=[_wall_button(wanted, of) for of in (VILLAGE, HOUSEHOLD) if any(card["of"] == of for card in cards)],
        columns=[words(f"goal_state.{state}") for state in _COLUMNS],
        cards=cards,
        nothing={"title": words("targets.nothing"), "buttons": link_words.ways("links.new")},
    )
    return make_response(page)


@blueprint.get("/targets/items")
@needs(READ, anywhere=True)
def show_item() -> Response:
    """List the objects of an item (`checklist`, `item`) that stand in one of the states asked for, or all."""
    wanted, session = asked(), unit.session()
    checklist, item = _asked_item(wanted)
    states = [each for each in request.args.getlist("state") if each]
    lines = targets.lines(session, identity.actor(), wanted, checklist, on=unit.today())
    found = [each for each in lines if not states or each.state(item.code) in states]
    first = _asked_page() * PAGE_SIZE
    base = words_of(wanted, checklist=[checklist.code], item=[item.code])
    narrowed = {**base, "state": states} if states else base
    return make_response(
        render_template(
            "links/list.html",
            frame=counting.framed(ROOM),
            title=words("targets.item_of", checklist=checklist.label[locale()], item=item.label[locale()]),
            tabs=link_parts.tabs("targets"),
            find=None,
            chips=[
                {
                    "text": words("filter.is", name=words("targets.state"), value=words(f"goal_state.{state}")),
                    "remove_url": addresses.query({**base, "state": [each for each in states if each != state]}),
                }
                for state in states
                if state in _COLUMNS
            ],
            menus=[_state_menu(base, states)],
            clear_url=request.path + addresses.query(base),
            total_text=words("links.total", n=len(found)),
            note=None,
            buttons=[],
            head=[words(f"targets.{each}") for each in ("for", "place", "state", "progress")],
            rows=[_line(wanted, item.code, each) for each in found[first : first + PAGE_SIZE]],
            nothing=words("targets.none_so"),
            pager_data=_pager(narrowed, first, len(found)),
        )
    )


@blueprint.get("/targets/villages/<code>")
@needs(READ, anywhere=True)
def show_village(code: str) -> Response:
    """Show a village with its checklists."""
    place = registry.region(unit.session(), code)
    if place is None or not permits(identity.actor(), READ, Subject(code)):
        raise NotFound("region")
    return _object_page(Target(VILLAGE, None, code, reference.place_told(code)))


@blueprint.get("/targets/industries/<uuid:record_id>")
@needs(READ, anywhere=True)
def show_industry(record_id: UUID) -> Response:
    """Show an industry with its checklists."""
    row = find(unit.session(), identity.actor(), Industry, record_id, on=unit.today())
    require(identity.actor(), READ, Subject(row.region_code))
    return _object_page(Target(INDUSTRY, row.id, row.region_code, row.name))


@blueprint.get("/targets/units/<uuid:record_id>")
@needs(READ, anywhere=True)
def show_unit(record_id: UUID) -> Response:
    """Show a committee or office with its checklists."""
    org = registry.orgs_by_id(unit.session(), [record_id]).get(record_id)
    if org is None or not permits(identity.actor(), READ, Subject(org.region_code)):
        raise NotFound("org")
    return _object_page(Target(UNIT, org.id, org.region_code, org.name))


@blueprint.get("/targets/goals/<uuid:record_id>")
@needs(READ)
def show(record_id: UUID) -> Response:
    """Show one target: what it is for, where it stands, what shows it, every move it may make, how it came there."""
    session, actor = unit.session(), identity.actor()
    goal = find(session, actor, Goal, record_id, on=unit.today())
    wanted, target = object_of(goal)
    shown = None if goal.evidence_id is None else evidence.of_ids(target_views.desk(), [goal.evidence_id])
    changes = record_names.changes_of(session, goals.GOAL, goal.id)
    may = permits(actor, WRITE, subject_of(session, goal, on=unit.today()))
    return link_parts.record_page(
        target_views.item_name(goal),
        (target.name, target_views.page_of(target, wanted)),
        chips=[target_views.state_chip(goal.state)],
        buttons=target_views.moves_of(goal),
        facts=target_views.facts_of_goal(goal, target, wanted, next(iter((shown or {}).values()), None)),
        history=target_views.history_of(changes, plainly=may),
    )


@blueprint.get("/targets/evidence/<uuid:record_id>")
@needs(READ, anywhere=True)
def show_evidence(record_id: UUID) -> Response:
    """Show the visit, activity or project that a target rests on; a case has its own page."""
    found = evidence.of_ids(target_views.desk(), [record_id]).get(record_id)
    if found is None:
        raise NotFound("evidence")
    if found.kind == evidence.CASE:
        return make_response(redirect(url_for("cases.show", number=found.number)))
    return link_parts.record_page(
        target_views.evidence_title(found),
        (words("links.tab.targets"), url_for("targets.show_list")),
        facts=target_views.facts_of_evidence(found),
    )


def object_of(goal: Goal) -> tuple[Asked, Target]:
    """Return the year of a goal, and what the goal is for.

    Raises:
        NotFound: its campaign or checklist has left the library.
    """
    campaign = campaigns().get(goal.campaign)
    checklist = None if campaign is None else campaign.checklists.get(goal.checklist)
    if campaign is None or checklist is None:
        raise NotFound("checklist")
    return Asked(campaign, goal.year), targets.target_of(unit.session(), goal, checklist.of)


def checklists_of(wanted: Asked, of: str) -> list[Checklist]:
    """Return the checklists of a campaign that are for one kind of object."""
    return [each for each in wanted.campaign.checklists.values() if each.of == of]


def _object_page(target: Target) -> Response:
    wanted = asked()
    return link_parts.record_page(
        target.name,
        (words("links.tab.targets"), url_for("targets.show_list") + addresses.query(words_of(wanted))),
        buttons=[print_button(target, wanted)],
        facts=[
            {"label": words("targets.place"), "text": reference.place_told(target.region_code)},
            {"label": words("targets.campaign"), "text": wanted.campaign.label[locale()]},
            years_fact(target, wanted),
        ],
        sections=sections_of(target, wanted),
    )


def years_fact(target: Target, wanted: Asked) -> dict[str, Any]:
    """Return the ways to the other years of an object."""
    years = targets.years(unit.session(), identity.actor(), wanted.campaign, on=unit.today())
    urls = [(year, target_views.page_of(target, Asked(wanted.campaign, year))) for year in years if year != wanted.year]
    return {
        "label": words("targets.other_years"),
        "text": words("targets.this_year", year=wanted.year),
        "links": [{"text": str(year), "url": url} for year, url in urls],
    }


def sections_of(target: Target, wanted: Asked) -> list[dict[str, Any]]:
    """Return the checklists of an object in a year as sections of its page."""
    session, actor, today = unit.session(), identity.actor(), unit.today()
    found = targets.goals_of(session, actor, wanted, target, on=today)
    may = permits(actor, WRITE, Subject(target.region_code))
    lists = checklists_of(wanted, target.of)
    return target_views.sections(wanted, lists, found, plan_url=plan_url(target, wanted) if may else None)


def plan_url(target: Target, wanted: Asked) -> str:
    """Return where the year of an object is planned."""
    return url_for("year_plans.ask") + addresses.query(_named(target, wanted))


def print_button(target: Target, wanted: Asked) -> dict[str, str]:
    """Return the button that leads to the plan of an object on A4."""
    return act("targets.do.print", url_for("year_plans.show_sheet") + addresses.query(_named(target, wanted)))


def _named(target: Target, wanted: Asked) -> dict[str, Sequence[str]]:
    told = Asked(wanted.campaign, wanted.year)
    return {"of": [target.of], "object": [target.key], **words_of(told)}


def _card(wanted: Asked, checklist: Checklist, found: Sequence[Line]) -> dict[str, Any]:
    rows, total = [], targets.share_of_all(found, checklist)
    for item in checklist.items:
        counts = targets.tally(found, item.code)
        share = targets.share(counts)
        base = words_of(wanted, checklist=[checklist.code], item=[item.code])
        url = url_for("targets.show_item")
        rows.append(
            {
                "text": item.label[locale()],
                "url": url + addresses.query(base),
                "sure": 100 * counts[goals.VERIFIED] // share.whole,
                "said": 100 * sum(counts[state] for state in _BARS) // share.whole,
                "reached": {
                    "n": f"{share.done}/{share.whole}",
                    "url": url + addresses.query({**base, "state": list(_BARS)}),
                },
                "cells": [
                    {"n": counts[state], "url": url + addresses.query({**base, "state": [state]}), "state": state}
                    for state in _COLUMNS
                ],
            }
        )
    return {
        "code": checklist.code,
        "of": checklist.of,
        "title": words("targets.of_year", checklist=checklist.label[locale()], year=wanted.year),
        "objects": words(f"targets.objects.{checklist.of}", n=len(found)),
        "share": words("targets.share", done=total.done, whole=total.whole, percent=total.percent),
        "rows": rows,
    }


def _wall_button(wanted: Asked, of: str) -> dict[str, str]:
    url = url_for("year_plans.show_wall") + addresses.query(words_of(wanted, of=[of]))
    return act(f"targets.do.wall.{of}", url)


def _menus(wanted: Asked) -> list[dict[str, Any]]:
    base = words_of(wanted)
    years = targets.years(unit.session(), identity.actor(), wanted.campaign, on=unit.today())
    told: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("year", words("targets.year"), [(str(year), str(year)) for year in years]),
        ("region", words("links.filter.region"), [(each.code, each.name) for each in reference.towns()]),
    ]
    if len(campaigns()) > 1:
        labels = [(each.code, each.label[locale()]) for each in campaigns().values()]
        told.insert(0, ("campaign", words("targets.campaign"), labels))
    return [
        {
            "label": label,
            "options": [
                {"text": text, "url": addresses.changed(base, **{name: value}), "current": value in base.get(name, ())}
                for value, text in options
            ],
        }
        for name, label, options in told
    ]


def _chips(wanted: Asked) -> list[dict[str, str]]:
    base = words_of(wanted)
    told = [("year", words("targets.year"), str(wanted.year))] if "year" in request.args else []
    told += [("region", words("links.filter.region"), reference.place_told(code)) for code in wanted.regions]
    return [
        {
            "text": words("filter.is", name=label, value=value),
            "remove_url": addresses.query(addresses.without(base, name)),
        }
        for name, label, value in told
    ]


def _state_menu(base: Mapping[str, Sequence[str]], states: Sequence[str]) -> dict[str, Any]:
    return {
        "label": words("targets.state"),
        "options": [
            {
                "text": words(f"goal_state.{state}"),
                "url": addresses.query({**base, "state": [state]}),
                "current": state in states,
            }
            for state in _COLUMNS
        ],
    }


def _asked_item(wanted: Asked) -> tuple[Checklist, Any]:
    checklist = wanted.campaign.checklists.get(request.args.get("checklist", ""))
    if checklist is None:
        raise invalid("checklist", "not_a_choice", choices=", ".join(wanted.campaign.checklists))
    item = next((each for each in checklist.items if each.code == request.args.get("item")), None)
    if item is None:
        raise invalid("item", "not_a_choice", choices=", ".join(each.code for each in checklist.items))
    return checklist, item


def _asked_page() -> int:
    return texts.parse_int(request.args.get(_PAGED, "0"), field=_PAGED, minimum=0, maximum=10_000)


def _line(wanted: Asked, item: str, line: Line) -> dict[str, Any]:
    mark = line.marks.get(item)
    return {
        "url": target_views.page_of(line.target, wanted),
        "title": line.target.name,
        "sub": None,
        "cells": [
            {"text": reference.place_told(line.target.region_code)},
            {"text": "", "chips": [target_views.state_chip(line.state(item))]},
            {"text": "" if mark is None else str(mark.count)},
        ],
        "act": None if mark is None else act("targets.do.open", url_for("targets.show", record_id=mark.goal_id)),
    }


def _pager(base: Mapping[str, Sequence[str]], first: int, whole: int) -> dict[str, Any] | None:
    if whole <= PAGE_SIZE:
        return None
    page, last = first // PAGE_SIZE, first + PAGE_SIZE >= whole

    def at(number: int) -> str:
        return addresses.query({**base, _PAGED: [str(number)]})

    return {
        "text": words("links.page", n=max(0, min(PAGE_SIZE, whole - first))),
        "prev_url": at(page - 1) if page else None,
        "next_url": None if last else at(page + 1),
    }
