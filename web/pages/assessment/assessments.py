"""The assessment of members as pages: the sheets of a year by name, one sheet with its records, the moves of its life.

No page puts members in the order of what they reached, and a list shows no scores (domain.md §0 no. 1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.assessment import queries, sheets
from casework.assessment.loader import scheme_of
from casework.assessment.tables import Assessment
from casework.campaign.definition import Campaign
from casework.campaign.loader import campaigns
from casework.cases import dossiers
from casework.core.errors import Invalid, Refused
from casework.matters import deadlines as kept_deadlines
from casework.permissions import Subject, may_anywhere, permits
from casework.registry.calendar import load_calendar
from web import errors, frames, identity, unit
from web.access import needs
from web.api import paging
from web.api.assessment import assessments as api
from web.locales import locale, words
from web.pages import desks, once
from web.views import addresses, assessment_empty, counting, deadlines, histories, sheet_views, wording
from workflows import engine
from workflows.campaign import assessments

blueprint = Blueprint("assessments", __name__)

ROOM = "assessment"
PAGE_SIZE = 50
_LIST = "assessments"
_ASKED = ("campaign", "year", "state", "band", "q", "cursor")
_POLL_SECONDS = 2
_YEARS_SHOWN = 4
# Tab, its endpoint, and the permission that opens it.
_TABS = (("sheets", "assessments.show_list", api.READ), ("spot_checks", "spot_checks.show_list", "spot_check.read"))


@blueprint.get("/assessments")
@needs(api.READ, anywhere=True)
def show_list() -> Response:
    """List the sheets of a year by the name of the member; a member sees the own ones."""
    return _list()


def _list(*, said: str | None = None, status: int = 200) -> Response:
    session, actor = unit.session(), identity.actor()
    campaign, year, asked = _asked()
    try:
        after = paging.after_text_and_id(_LIST)
    except Invalid:
        return make_response(redirect(request.path + addresses.query(addresses.without(asked, "cursor"))))
    state, band = (asked.get(name, [None])[0] for name in ("state", "band"))
    name = asked.get("q", [None])[0]
    rows = queries.page(
        session,
        actor,
        campaign=campaign.code,
        year=year,
        state=state,
        band=band,
        name=name,
        key=after,
        limit=PAGE_SIZE + 1,
    )
    shown, more = paging.cut(_LIST, rows, PAGE_SIZE, partial(queries.place_of, unit.session()))
    make = None if scheme_of(campaign.code, year) is None else _make(campaign, year)
    page = render_template(
        "assessments/list.html",
        frame=counting.framed(ROOM),
        tabs=tabs("sheets"),
        title=words("assessments.of_year", year=year),
        years=_years(campaign, year),
        states=_states(campaign, year, asked),
        find={"value": name or "", "kept": _kept(addresses.without(asked, "q", "cursor"))},
        rows=[sheet_views.row_of(row) for row in shown],
        said=said,
        make=make,
        nothing=assessment_empty.nothing(
            campaign,
            year,
            name=name or "",
            is_narrowed=bool(state or band or after),
            may_compute=make is not None,
            lacking=make["n"] if make else 0,
        ),
        run=_run(campaign, year),
        pager_data=_pager(asked, more, len(shown)),
    )
    return make_response(page, status)


@blueprint.get("/assessments/progress")
@needs(api.READ, anywhere=True)
def show_progress() -> Response:
    """Show how far the sheets of a year are; asked again every other second while they are being made."""
    campaign, year, _asked_for = _asked()
    if not desks.is_in_place():
        return make_response(redirect(url_for("assessments.show_list", year=year), 303))
    return make_response(render_template("assessments/_progress.html", run=_run(campaign, year)))


@blueprint.post("/assessments/stop")
@needs(assessments.COMPUTE, anywhere=True)
def stop() -> Response:
    """Stop making the sheets of a year; those that are made stay."""
    campaign, year, _asked_for = _asked(request.form)
    raw = {"campaign": campaign.code, "year": year}
    if assessments.stop_all(unit.session(), raw, actor=identity.actor(), at=unit.at()):
        frames.say(words("assessments.stopped"))
    return make_response(redirect(url_for("assessments.show_list", year=year), 303))


@blueprint.post("/assessments/compute")
@needs(assessments.COMPUTE, anywhere=True)
@once.sent_once
def compute() -> Response:
    """Ask for the sheets of everybody who has none of the year yet."""
    campaign, year, _asked_for = _asked(request.form)
    raw = {"campaign": campaign.code, "year": year}
    try:
        assessments.ask_for_all(unit.session(), raw, actor=identity.actor(), at=unit.at())
    except Refused as refused:
        return _list(said=errors.sentences(refused.refusals), status=409)
    return make_response(redirect(url_for("assessments.show_list", year=year), 303))


@blueprint.get("/assessments/<uuid:sheet_id>")
@needs(api.READ)
def show(sheet_id: UUID) -> Response:
    """Show a sheet: items with caps, every record one click away, what may be done, until when."""
    return _page(take(sheet_id))


@blueprint.post("/assessments/<uuid:sheet_id>/moves/<trigger>")
@needs(api.READ)
@once.sent_once
def move(sheet_id: UUID, trigger: str) -> Response:
    """Confirm, appeal, compute again, review or approve."""
    row = take(sheet_id, lock=True)
    session = unit.session()
    known = wording.workflow_of(row).by_trigger.get(trigger)
    names = () if known is None else [each.name for each in known.fields]
    given = {name: value for name in names if (value := request.form.get(name, "").strip())}
    subject = queries.subject_of(session, row)
    try:
        engine.move(session, row, trigger, subject=subject, actor=identity.actor(), at=unit.at(), given=given)
    except Invalid as mistake:
        return _page(row, said=words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params), status=422)
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    frames.say(words(f"assessments.done.{trigger}"))
    return make_response(redirect(url_for("assessments.show", sheet_id=row.id), 303))


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the tabs of the assessment that the caller may open."""
    return [
        {"label": words(f"assessments.tab.{code}"), "n": None, "url": url_for(endpoint), "current": code == current}
        for code, endpoint, needed in _TABS
        if may_anywhere(identity.actor(), needed)
    ]


def take(sheet_id: UUID, *, lock: bool = False) -> Assessment:
    """Return a sheet the caller may know of.

    Raises:
        NotFound: there is none.
    """
    return queries.get(unit.session(), identity.actor(), sheet_id, lock=lock)


def _asked(given: Mapping[str, str] | None = None) -> tuple[Campaign, int, dict[str, list[str]]]:
    """Return the campaign, the year, and what else the address narrows the list to; what means nothing is left out."""
    asked = request.args if given is None else given
    found = {name: [value] for name in _ASKED if (value := asked.get(name, "").strip())}
    campaign = campaigns().get(asked.get("campaign", ""), next(iter(campaigns().values())))
    years = _years_of(campaign)
    last = queries.last_year(unit.session(), identity.actor(), campaign.code)
    year = next((each for each in years if str(each) == asked.get("year")), last or years[-1])
    for name, known in (("state", api.STATES), ("band", api.BANDS)):
        if found.get(name, [""])[0] not in known:
            found.pop(name, None)
    return campaign, year, found | {"year": [str(year)]}


def _years_of(campaign: Campaign) -> list[int]:
    last = unit.today().year if campaign.ends is None else min(unit.today().year, campaign.ends.year)
    return list(range(campaign.begins.year, max(last, campaign.begins.year) + 1))


def _years(campaign: Campaign, year: int) -> list[dict[str, Any]]:
    return [
        {
            "label": words("assessments.year", year=each),
            "n": None,
            "url": url_for("assessments.show_list", year=each),
            "current": each == year,
        }
        for each in _years_of(campaign)
        if each == year or each > unit.today().year - _YEARS_SHOWN
    ]


def _states(campaign: Campaign, year: int, asked: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Return how many sheets are in each state, each a door to them."""
    counts = queries.states(unit.session(), identity.actor(), campaign.code, year)
    base = addresses.without(asked, "state", "cursor")
    chosen = asked.get("state", [""])[0]
    made = [
        {
            "label": words("assessments.all"),
            "n": sum(counts.values()),
            "url": addresses.query(base),
            "current": not chosen,
        }
    ]
    for code, state in api.WORKFLOW.states.items():
        if counts.get(code) or code == chosen:
            url = addresses.changed(base, state=code)
            made.append(
                {"label": wording.told(state.label), "n": counts.get(code, 0), "url": url, "current": code == chosen}
            )
    return made


def _kept(asked: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": values[0]} for name, values in asked.items()]


def _make(campaign: Campaign, year: int) -> dict[str, Any] | None:
    """Return what is asked of who may compute: how many members have no sheet yet."""
    if not permits(identity.actor(), assessments.COMPUTE, Subject(campaign.region_code)):
        return None
    lacking = assessments.count_lacking(unit.session(), campaign, year, at=unit.at())
    return {
        "n": lacking,
        "url": url_for("assessments.compute"),
        "campaign": campaign.code,
        "year": year,
        "number": once.given_number(),
    }


def _run(campaign: Campaign, year: int) -> dict[str, Any] | None:
    """Return the work on the sheets of a year while it is under way, or that it was given up; else None."""
    if not permits(identity.actor(), assessments.COMPUTE, Subject(campaign.region_code)):
        return None
    job = assessments.run_of(unit.session(), campaign.code, year)
    if job is None or job.status == "done":
        return None
    done, whole = job.progress.get("done", 0), job.progress.get("whole", 0)
    return {
        "failed": job.status == "dead",
        "done": done,
        "whole": whole,
        "share": 100 * done // whole if whole else 0,
        "url": url_for("assessments.show_progress", campaign=campaign.code, year=year),
        "stop": {"url": url_for("assessments.stop"), "campaign": campaign.code, "year": year},
        "list_url": url_for("assessments.show_list", year=year),
        "seconds": _POLL_SECONDS,
    }


def _pager(asked: Mapping[str, Sequence[str]], more: str | None, count: int) -> dict[str, Any] | None:
    if more is None and "cursor" not in asked:
        return None
    base = addresses.without(asked, "cursor")
    return {
        "text": words("links.page", n=count),
        "prev_url": addresses.query(base) if "cursor" in asked else None,
        "next_url": None if more is None else addresses.changed(base, cursor=more),
    }


def _page(row: Assessment, *, said: str | None = None, status: int = 200) -> Response:
    session, actor = unit.session(), identity.actor()
    workflow = wording.workflow_of(row)
    clocks = kept_deadlines.of_matter(session, row.id)
    subject = queries.subject_of(session, row)
    scheme = sheets.scheme_for(row)
    deadline = deadlines.card_of(row, workflow, clocks, load_calendar(session), begun=words("assessments.began"))
    page = render_template(
        "assessments/show.html",
        frame=counting.framed(ROOM),
        back=_back(),
        name=row.member_name,
        year=row.year,
        number=row.number,
        chip=sheet_views.chip_of(row),
        band=sheets.band_label(row, locale()),
        said=said,
        moves=_moves(row, subject),
        adjust_url=_adjust_url(row),
        asks_me=row.state == "computed" and permits(actor, "assessment.answer", subject),
        groups=sheet_views.groups_of(row),
        score=sheets.points_text(row.score),
        as_of=wording.long_day(row.as_of),
        scheme="" if scheme is None else words("assessments.scheme", label=scheme.label[locale()], year=scheme.year),
        said_by_member=row.appeal,
        answer=row.answer,
        frozen=None
        if row.frozen_sha256 is None
        else words("assessments.frozen", sha256=row.frozen_sha256[:16], day=_day(row)),
        deadline=deadline,
        history=_history(row, subject),
        number_of_form=once.given_number(),
    )
    return make_response(page, status)


def _history(row: Assessment, subject: Subject) -> list[histories.Entry]:
    entries = histories.teller(row, subject=subject).entries(dossiers.history(unit.session(), row.id))
    return [replace(each, verb=words("assessments.began")) if each.trigger == "report" else each for each in entries]


def _day(row: Assessment) -> str:
    return "" if row.approved_on is None else wording.long_day(row.approved_on)


def _back() -> dict[str, str]:
    """Return where one came from: a member from the own page, others from the list."""
    if "member" in identity.actor().roles and not may_anywhere(identity.actor(), assessments.COMPUTE):
        return {"text": words("room.mine"), "url": "/mine"}
    return {"text": words("assessments.title"), "url": url_for("assessments.show_list")}


def _adjust_url(row: Assessment) -> str | None:
    may = assessments.may_adjust(unit.session(), row, actor=identity.actor())
    return url_for("sheet_adjusting.ask_adjust", sheet_id=row.id) if may else None


def _moves(row: Assessment, subject: Subject) -> list[dict[str, Any]]:
    """Return what may be done, the main thing first; what is not possible now with its reason."""
    moves = engine.available(unit.session(), row, subject=subject, actor=identity.actor(), at=unit.at())
    workflow, made = wording.workflow_of(row), []
    for trigger in moves.available:
        transition = workflow.by_trigger[trigger]
        made.append(
            {
                "trigger": trigger,
                "text": wording.told(transition.label),
                "url": url_for("assessments.move", sheet_id=row.id, trigger=trigger),
                "main": transition.main,
                "danger": transition.danger,
                "fields": [
                    {"name": each.name, "label": wording.told(each.label), "required": each.required}
                    for each in transition.fields
                ],
                "why_not": None,
            }
        )
    for refused in moves.unavailable:
        transition = workflow.by_trigger[refused.trigger]
        # A step of somebody else's is no button of the caller's, not even a grey one.
        is_others = any(each.code == "not_your_role" for each in refused.reasons)
        if row.state in transition.sources and not is_others:
            text, why = wording.told(transition.label), errors.sentences(refused.reasons)
            made.append({"trigger": refused.trigger, "text": text, "url": None, "why_not": why, "main": False})
    return sorted(made, key=lambda each: (each["url"] is None, not each["main"]))
