"""Visits to households: the form of one, which works without script too, and the office's list of whom to visit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.campaign import due_visits, records, visits
from casework.campaign.due_visits import Asked, Due
from casework.campaign.visibility import take_member
from casework.campaign.visits import CLOSE_DAYS
from casework.core import personal
from casework.core.errors import FieldError, Invalid, NotFound, Refused, invalid
from casework.core.ids import parse_id
from casework.members.actions import NAME_LENGTH
from web import errors, frames, identity, unit
from web.access import needs
from web.api import asked, paging, parameters
from web.api.links.households import FILTERS as OF_HOUSEHOLDS
from web.api.operations import Parameter
from web.locales import words
from web.pages import link_options, link_parts, once
from web.pages.activities import close_visits, mine
from web.pages.link_parts import PAGE_SIZE, Listed
from web.views import counting, link_words, reference, visit_form, visit_views, wording
from workflows.campaign import group_visits
from workflows.campaign.visiting import Recorded

blueprint = Blueprint("visits", __name__)

DUE = "visit.due"
_LIST = "due"
_FILTERS = (
    *(each for each in OF_HOUSEHOLDS if each.name in ("region", "member")),
    Parameter("q", {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}, "of members called so"),
    Parameter("missing", {"type": "boolean"}, "not visited this quarter"),
    Parameter("campaign", asked.CODE_OF_CAMPAIGN, "linked in this campaign"),
    Parameter("on", {"type": "string", "format": "date"}, "as it stood on a day that has passed"),
)


@blueprint.get("/visits/due")
@needs(DUE, anywhere=True)
def show_due() -> Response:
    """List linked households by need: watched ones first, then the longest unvisited."""
    told = link_parts.asked_words(_FILTERS)
    session, actor = unit.session(), identity.actor()
    try:
        regions, member, name, missing, campaign, past, after = parameters.all_of(
            parameters.asked_regions,
            asked.record_id("member"),
            asked.text("q", NAME_LENGTH),
            asked.flag("missing"),
            asked.campaign,
            _past_day,
            _after,
        )
    except Invalid as mistake:
        return link_parts.without_wrong(mistake, told)
    wanted, on = Asked(regions, member, name or "", bool(missing), campaign), past or unit.today()
    rows = due_visits.page(session, actor, wanted, on=on, after=after, limit=PAGE_SIZE + 1)
    shown, more = paging.cut(_LIST, rows, PAGE_SIZE, _place)
    listed = Listed(
        code=_LIST,
        head=("head_name", "village", "holder", "counts_as", "visited", "called"),
        rows=[visit_views.row_of(due, on=on) for due in shown],
        more=more,
        total=due_visits.count(session, actor, wanted, on=on),
        menus=[
            ("missing", [("true", words("visits.missing"))]),
            ("campaign", link_options.campaigns_told()),
            ("region", [(each.code, each.name) for each in reference.towns()]),
        ],
        told=_told,
        find="q",
        ways=link_words.ways("links.new"),
    )
    return link_parts.list_page(told, listed)


@blueprint.get("/visits/new")
@needs(mine.OWN, anywhere=True)
def ask_new() -> Response:
    """Show the form of a visit; `household` of the address is chosen in it."""
    return _page({"household_id": request.args.get("household", "")})


@blueprint.post("/visits/new")
@needs(mine.OWN, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Enter a visit with the difficulty it brought to light, as the API does; mistakes stand at their questions."""
    typed = {name: request.form.get(name, "") for name in visit_form.NAMES}
    lacking = visit_form.mistakes_of(typed)
    try:
        raw = visit_form.read(typed)
        if also := [each for each in request.form.getlist(group_visits.ALSO) if each != raw.get("household_id")]:
            raw[group_visits.ALSO] = also
        made, close = _recorded(raw)
    except Invalid as mistake:
        # What is said more finely follows from the one line, where nothing finer is said.
        told = [each for each in mistake.errors if (each.field, each.code) != ("need.description", "required")]
        told = [replace(each, field=each.field.partition(".")[0]) if each.field.startswith("also.") else each
                for each in told]  # fmt: skip
        return _page(typed, mistakes=[*lacking, *told], status=422)
    except Refused as refused:
        early = any(each.code == "visit_before_link" for each in refused.refusals)
        return _page(typed, said=errors.sentences(refused.refusals), early=early, status=409)
    if lacking:
        return _page(typed, mistakes=lacking, status=422)
    if close:
        return _page(typed, close=close, status=409)
    frames.say(_kept(made))
    return link_parts.led_to(url_for("mine.show"))


def _recorded(raw: Mapping[str, Any]) -> tuple[Recorded, list[str]]:
    """Enter a visit; where somebody was there within a week, that is asked before it is kept, and returned in words."""
    session = unit.session()
    made = group_visits.record(session, records.VISIT, raw, actor=identity.actor(), at=unit.at())
    # What is answered with a question is taken back as a whole (web/unit.py).
    is_asked = made.is_new and visits.APART not in raw
    return made, close_visits.lines_of(made.close) if is_asked else []


def _page(
    typed: Mapping[str, str],
    *,
    close: Sequence[str] = (),
    mistakes: Sequence[FieldError] = (),
    said: str | None = None,
    early: bool = False,
    status: int = 200,
) -> Response:
    found = mine.own_households()
    chosen = next((due for due in found if str(due.household.id) == typed.get("household_id")), None)
    page = render_template(
        "visits/new.html",
        frame=counting.framed("mine"),
        outbox=mine.outbox(),
        form={
            **visit_form.form(typed, found, mistakes),
            "url": url_for("visits.enter"),
            "number": once.given_number(),
            "said": said,
            "early": early or bool(typed.get("before_link")),
            "close": close,
        },
        labels=visit_form.labels(),
        last=None if close else _last(chosen),
        back_url=url_for("mine.show"),
    )
    return make_response(page, status)


def _last(chosen: Due | None) -> dict[str, Any] | None:
    """Return what the last visit to the chosen household was; within the same week it is a note, never a stop."""
    if chosen is None:
        return None
    found = due_visits.latest_visit(unit.session(), chosen.household.id)
    if found is None:
        return None
    day = wording.short_day(found.on_date)
    is_close = (unit.today() - found.on_date).days <= CLOSE_DAYS
    return {
        "text": personal.scrub(found.findings),
        "day": day,
        "how": words(f"visit_form.{found.form or records.FORMS[0]}"),
        "close": words("visits.close", day=day) if is_close else None,
    }


def _kept(made: Recorded) -> str:
    numbers = [wording.short_number(case.number) for case in made.cases]
    told = words("visits.kept_with_case", number=wording.joined(numbers)) if numbers else words("visits.kept")
    if made.lead is not None:
        told = words("visits.kept_with_lead", told=told)
    if made.also:
        told = words("visits.kept_also", told=told, n=len(made.also))
    if not made.close:
        return told
    close = words("visits.close", day=wording.short_day(made.close[-1].on_date))
    return words("visits.kept_close", told=told, close=close)


def _place(due: Due) -> list[str | int]:
    rank, day, link_id = due.key
    return [rank, day.isoformat(), str(link_id)]


def _after() -> tuple[int, date, UUID] | None:
    found = paging.values_behind(_LIST, count=3)
    if found is None:
        return None
    link_id = parse_id(str(found[2]))
    try:
        day = date.fromisoformat(str(found[1]))
    except ValueError:
        raise invalid("cursor", "cursor_unreadable") from None
    if found[0] not in (0, 1) or link_id is None:
        raise invalid("cursor", "cursor_unreadable")
    return int(found[0]), day, link_id


def _past_day() -> date | None:
    day = parameters.asked_day("on")()
    if day is not None and day > unit.today():
        raise invalid("on", "date_ahead", today=unit.today().isoformat())
    return day


def _told(name: str, value: str) -> str:
    told: Mapping[str, Callable[[], str]] = {
        "region": lambda: reference.place_told(value),
        "campaign": lambda: link_words.campaign_told(value),
        "missing": lambda: words("visits.missing" if value == "true" else "visits.all"),
        "q": lambda: value,
        "on": lambda: wording.long_day(date.fromisoformat(value)),
    }
    if name in told:
        return told[name]()
    member_id = parse_id(value)
    try:
        return take_member(unit.session(), identity.actor(), member_id).name if member_id else value
    except NotFound:
        return words("links.one_member")
