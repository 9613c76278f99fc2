"""The plan of a year for a household (逐户规划), village, industry or unit: form, sheet, and the wall chart."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.campaign import plans, targets
from casework.campaign.links import link_list
from casework.campaign.record_visibility import find
from casework.campaign.targets import HOUSEHOLD, INDUSTRY, UNIT, VILLAGE, Asked, Target
from casework.core.errors import NotFound, invalid
from casework.core.ids import parse_id
from casework.households.tables import Household
from casework.industries.tables import Industry
from casework.permissions import Subject, permits, require
from casework.registry import queries as registry
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import locale, words
from web.pages import link_parts, once
from web.pages.campaign import targets as pages
from web.pages.link_parts import Form
from web.views import addresses, plan_sheets, reference, target_views
from web.views.counting import framed
from workflows.campaign import year_plans
from workflows.campaign.year_plans import ITEM_FIELDS, WITH_WORDS

blueprint = Blueprint("year_plans", __name__)

# So many columns of items a wall chart holds; a place with more lists has a sheet for each.
_CHARTED = (VILLAGE, HOUSEHOLD, INDUSTRY, UNIT)


@blueprint.get("/targets/plan")
@needs(pages.WRITE, anywhere=True)
def ask() -> Response:
    """Show the form that plans a year of what the address names."""
    return _form(*_to_write())


@blueprint.post("/targets/plan")
@needs(pages.WRITE, anywhere=True)
@once.sent_once
def keep() -> Response:
    """Keep the words of the plan, and enter every item of the year that is not planned yet."""
    wanted, target = _to_write()
    worded = plans.WORDS if target.of in WITH_WORDS else ()

    def write() -> Response:
        sent = {**link_parts.sent_or_left(*ITEM_FIELDS), **link_parts.sent(*worded)}
        year_plans.write(unit.session(), wanted, target, sent, actor=identity.actor(), at=unit.at())
        return link_parts.done("targets.done.planned", target_views.page_of(target, wanted))

    return link_parts.try_it(write, lambda **why: _form(wanted, target, **why))


@blueprint.get("/targets/plan/print")
@needs(pages.READ, anywhere=True)
def show_sheet() -> Response:
    """Show the plan of a year on one A4 sheet: its words, its items and what of them is done."""
    wanted, target = _asked_target()
    session, actor, today = unit.session(), identity.actor(), unit.today()
    plan = plans.of_target(session, actor, wanted, target, on=today) if target.of in WITH_WORDS else None
    goals = targets.goals_of(session, actor, wanted, target, on=today)
    objects = [] if target.object_id is None else [target.object_id]
    held = link_list.of_ends(session, actor, objects=objects, on=today)
    home = find(session, actor, Household, objects[0], on=today) if target.of == HOUSEHOLD else None
    sheet = plan_sheets.sheet_of(wanted, target, plan, goals, held, home=home)
    page = render_template(
        "targets/plan.html",
        frame=framed(None),
        back_url=target_views.page_of(target, wanted),
        sheet=sheet,
    )
    return make_response(page)


@blueprint.get("/targets/wall")
@needs(pages.READ, anywhere=True)
def show_wall() -> Response:
    """Show every object of one kind (`of`) with every item of its lists on A3, for the wall."""
    wanted, of = pages.asked(), request.args.get("of", VILLAGE)
    if of not in _CHARTED:
        raise invalid("of", "not_a_choice", choices=", ".join(_CHARTED))
    session, actor, today = unit.session(), identity.actor(), unit.today()
    lists = pages.checklists_of(wanted, of)
    found = {each.code: targets.lines(session, actor, wanted, each, on=today) for each in lists}
    page = render_template(
        "targets/wall.html",
        frame=framed(None),
        back_url=url_for("targets.show_list") + addresses.query(pages.words_of(wanted)),
        chart=plan_sheets.wall_of(wanted, of, lists, found),
    )
    return make_response(page)


def _asked_target() -> tuple[Asked, Target]:
    """Return what the address names by kind (`of`) and id or place (`object`), which the caller may know of.

    Raises:
        NotFound: there is none, or none for this caller.
    """
    return pages.asked(), _target(request.args.get("of", ""), request.args.get("object", ""))


def _to_write() -> tuple[Asked, Target]:
    """Return what the address names, in a place of the caller's; see `_asked_target`.

    Raises:
        Denied: not the office over its place.
    """
    wanted, target = _asked_target()
    require(identity.actor(), pages.WRITE, Subject(target.region_code))
    return wanted, target


def _target(of: str, given: str) -> Target:
    session, actor, today = unit.session(), identity.actor(), unit.today()
    record_id = parse_id(given)
    if of == VILLAGE:
        if registry.region(session, given) is None or not permits(actor, pages.READ, Subject(given)):
            raise NotFound(of)
        return Target(of, None, given, reference.place_told(given))
    if record_id is None:
        raise NotFound(of)
    if of == HOUSEHOLD:
        home = find(session, actor, Household, record_id, on=today)
        return Target(of, home.id, home.region_code, home.head_name)
    if of == INDUSTRY:
        row = find(session, actor, Industry, record_id, on=today)
        return Target(of, row.id, row.region_code, row.name)
    org = registry.orgs_by_id(session, [record_id]).get(record_id)
    if of != UNIT or org is None or not permits(actor, pages.READ, Subject(org.region_code)):
        raise NotFound(of)
    return Target(of, org.id, org.region_code, org.name)


def _form(wanted: Asked, target: Target, **why: Any) -> Response:
    session, actor, today = unit.session(), identity.actor(), unit.today()
    found = targets.goals_of(session, actor, wanted, target, on=today)
    lists = pages.checklists_of(wanted, target.of)
    lacking = [
        {"text": item.label[locale()], "url": None, "sub": checklist.label[locale()]}
        for checklist in lists
        for item in checklist.items
        if (checklist.code, item.code) not in found
    ]
    form = Form(
        words("targets.plan_of", name=target.name, year=wanted.year),
        pages.plan_url(target, wanted),
        (target.name, target_views.page_of(target, wanted)),
        _fields(wanted, target, is_open=bool(lacking)),
        words("links.do.keep"),
        beside=[
            {"title": words("targets.to_plan"), "rows": lacking, "nothing": words("targets.all_planned")},
        ],
    )
    return link_parts.form_page(form, **why)


def _fields(wanted: Asked, target: Target, *, is_open: bool) -> Sequence[Mapping[str, Any]]:
    """Return the questions of a plan: its words, and, while items are to be planned, until when and by whom."""
    session, actor, today = unit.session(), identity.actor(), unit.today()
    has_words = target.of in WITH_WORDS
    plan = plans.of_target(session, actor, wanted, target, on=today) if has_words else None
    sent = request.form

    def typed(name: str) -> Any:
        return sent.get(name, "" if plan is None else getattr(plan, name))

    made = [
        field(name, f"targets.plan.{name}", kind="textarea", required=False, rows=3, wide=True, value=typed(name))
        for name in (plans.WORDS if has_words else ())
    ]
    if is_open:
        due = sent.get("due_on", f"{wanted.year}-12-31")
        made.append(field("due_on", "targets.due_on", kind="date", value=due))
    made.append(
        field("responsible", "targets.field.responsible", required=False, value=typed("responsible") if has_words
              else sent.get("responsible", ""))
    )  # fmt: skip
    return made
