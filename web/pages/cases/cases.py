"""The list of cases and the page of one: looking only. What changes a case is in moves.py and its neighbours."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request

from casework.cases import filters
from casework.cases.filters import read_filter
from casework.cases.listing import lists
from casework.core.errors import Invalid
from casework.permissions import may_anywhere
from casework.registry.calendar import load_calendar
from casework.templates import kinds
from web import frames, identity, paper_parts, unit
from web.access import needs
from web.api import parameters
from web.locales import words
from web.pages import desks
from web.pages.cases import case_forms, search
from web.views import addresses, case_list, case_page, case_parts, counting, deadlines, kept_filters
from web.views.acts import Desk, case_url
from workflows.ledgers import importing

blueprint = Blueprint("cases", __name__)

PAGE_SIZE = 50
Words = Mapping[str, Sequence[str]]
_HEADS: Mapping[str, Words] = {
    "open": {"open": ["true"]},
    "overdue": {"overdue": ["true"]},
    "suspended": {"state": ["suspended"]},
}


@blueprint.get("/cases")
@needs("case.read", anywhere=True)
def show_list() -> Response:
    """List cases: the open ones, unless something else is asked for."""
    found = search.straight_to()
    if found is not None:
        return make_response(redirect(found))
    asked = _asked()
    if any(name not in (*filters.names(), *case_list.BESIDE) for name in asked):
        # An address from elsewhere, such as a newer saved filter: what is known of it is shown.
        known = {n: v for n, v in asked.items() if n in (*filters.names(), *case_list.BESIDE)}
        return make_response(redirect(addresses.cases(known)))
    return _list_page(asked)


def _emptiness(asked: dict[str, list[str]]) -> dict[str, Any]:
    """Say why nothing is listed: nothing fits what was asked, or nothing is there yet."""
    if _conditions(asked).keys() - {"open"} or _found({}, "due").items:
        return case_list.emptiness(asked)
    return case_list.beginning(
        may_report=may_anywhere(identity.actor(), "case.report"),
        may_import=may_anywhere(identity.actor(), importing.PERMISSION),
    )


def _asked() -> dict[str, list[str]]:
    asked = {name: [value for value in values if value != ""] for name, values in request.args.lists()}
    asked = {name: values for name, values in asked.items() if values}
    if not any(name not in ("f", "sort", "cursor", "ticked", "density") for name in asked):
        asked["open"] = ["true"]
    return asked


def _conditions(asked: Words) -> Words:
    return addresses.without(asked, *case_list.BESIDE)


def _list_page(asked: dict[str, list[str]]) -> Response:
    sort = asked.get("sort", ["due"])[-1]
    try:
        page = _found(asked, sort)
    except Invalid as mistake:
        # One of the conditions means nothing any more: the list without it, rather than a wall.
        left = {n: v for n, v in asked.items() if n not in {each.field for each in mistake.errors}}
        if left == asked:
            raise
        return make_response(redirect(addresses.cases(left or {"all": ["1"]})))
    calendar = load_calendar(unit.session())
    standing = kept_filters.standing(calendar)
    counts = _counts(asked, standing)
    ticked = frozenset(asked.get("ticked", ()))
    current = next(iter(asked.get("f", ())), "")
    batch = case_list.batch_of("/batches", found=counts.get("this", 0), on_page=len(page.items))
    shown: dict[str, Any] = {
        "title": words("list.title"),
        "query": addresses.query(addresses.without(asked, "cursor", "ticked")),
        "counts": case_list.heads(counts, _HEADS),
        "export_url": "/ledgers"
        if frames.has_page("/ledgers") and may_anywhere(identity.actor(), "case.export")
        else None,
        "new_url": frames.fixed_url("intake.show_new") if may_anywhere(identity.actor(), "case.report") else None,
        "saved": kept_filters.shown(standing, counts, current=current) | {"save_url": _save_url(asked)},
        "chips": case_list.filter_chips(asked),
        "menus": case_list.drawn_menus(asked),
        "clear_url": "?all=1",
        "total_text": _total(counts.get("this")),
        "density_urls": {name: addresses.changed(asked, density=name) for name in ("tight", "loose")},
        "sort": case_list.sorts(asked, sort),
        "rows": case_list.drawn_rows(page, calendar, ticked=ticked, has_ticks=batch is not None),
        "pager": case_list.pager(asked, page, shown_from_start="cursor" not in asked),
        "empty": None if page.items else _emptiness(asked),
        "batch": batch,
    }
    case_forms.remember_list(shown["query"], [each.number for each in page.items])
    frame = counting.framed("cases", search=next(iter(asked.get("q", ())), ""))
    density = next(iter(asked.get("density", ())), None)
    if density in ("tight", "loose"):
        frame["prefs"] = frames.preferences(identity.identity(), density=density)
    return make_response(render_template("cases/list.html", frame=frame, list=shown))


def _found(asked: Words, sort: str) -> lists.Page:
    session, actor = unit.session(), identity.actor()
    return lists.page(
        session,
        actor,
        at=unit.at(),
        filter=read_filter(_conditions(asked), session=session, actor=actor, states=parameters.states()),
        sort=sort,
        limit=PAGE_SIZE,
        cursor=next(iter(asked.get("cursor", ())), None),
        bound_to=sorted(_conditions(asked).items()),
    )


def _counts(asked: Words, standing: Sequence[kept_filters.Standing]) -> dict[str, int]:
    """Ask for every number on the page at once: rooms, heads, saved filters, and this list."""
    wanted: dict[str, Words] = dict(counting.room_filters(identity.actor()))
    wanted |= {f"head:{name}": filter for name, filter in _HEADS.items()}
    wanted |= {f"kept:{each.code}": _conditions(each.words) for each in standing if each.counted}
    wanted["this"] = _conditions(asked)
    return dict(counting.counted(wanted))


def _total(n: int | None) -> str:
    return "" if n is None else words("list.total", n=counting.shown(n))


def _save_url(asked: Words) -> str | None:
    conditions = _conditions(asked)
    return f"/filters/new{addresses.query({**conditions, 'sort': asked.get('sort', ['due'])})}" if conditions else None


@blueprint.get("/cases/<number>")
@needs("case.read")
def show(number: str) -> Response:
    """Show a case; an old number of a merged one shows what it was and leads on."""
    return make_response(render_template("cases/show.html", **page_of(desks.take(number).desk())))


@blueprint.get("/cases/<number>/history")
@needs("case.read")
def show_history(number: str) -> Response:
    """Show the history of a case: all of it, or only what moved it."""
    desk = desks.take(number).desk()
    only_moves, whole = "moves" in request.args, "all" in request.args
    history = case_page.history_of(desk, only_moves=only_moves, whole=whole)
    if desks.is_in_place():
        return make_response(render_template("cases/_history.html", history=history))
    return make_response(render_template("cases/show.html", **page_of(desk) | {"history": history}))


@blueprint.get("/cases/<number>/funds")
@needs("case.read")
def show_funds(number: str) -> Response:
    """Show a case with every line of its money."""
    desk = desks.take(number).desk()
    return make_response(render_template("cases/show.html", **page_of(desk, with_fund_lines=True)))


def page_of(desk: Desk, *, with_fund_lines: bool = False) -> dict[str, Any]:
    """Return the whole context of a case's page."""
    case, session = desk.case, unit.session()
    calendar = load_calendar(session)
    rows, url = desk.rows(), case_url(desk.case)
    return {
        "frame": counting.framed("cases"),
        "case": case_page.case_shape(desk) | {"list_url": case_forms.list_url()},
        "others": case_page.others_of(desk.dossier),
        "presence_url": f"{url}/presence",
        "print_url": f"{url}/print",
        "public_print_url": f"{url}/print?public=1" if desk.may("case.mend") else None,
        "slip_url": f"{url}/slip" if case.lead_org_id is not None else None,
        "more": [*case_page.more_of(desk), *_papers(desk)],
        "notes": case_page.notes_of(desk),
        "actions": {"identity": desk.who(), "rows": rows},
        "deadline": deadlines.card_of(case, desk.workflow, desk.dossier.clocks, calendar),
        "history": case_page.history_of(desk, only_moves=False, whole=False),
        "funds": case_parts.funds_of(desk, with_lines=with_fund_lines),
        "co_tasks": case_parts.co_tasks_of(desk),
        "outcome": case_parts.outcome_of(desk),
        "people": case_page.people_of(desk),
        "attachments": case_parts.files_of(desk),
        "comments": case_parts.comments_of(desk),
        "phone_actions": case_page.phone_actions(rows),
    }


def _papers(desk: Desk) -> list[dict[str, Any]]:
    # A case that nobody handles yet has neither; a letter is written by those who assign.
    without = [] if desk.case.lead_org_id is not None else ["assignment", "letter"]
    without += [each.code for each in kinds.of_matter("case") if each.needs is not None and not desk.may(each.needs)]
    return paper_parts.links_of("case", desk.case.number, without=without)
