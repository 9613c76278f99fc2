"""The plan of consultations for a year as a page and on paper: topics by month, who approved it, what was added."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.consultations import years
from casework.consultations.codes import DATED
from casework.consultations.quality import Share
from casework.consultations.tables import Consultation
from casework.consultations.year_tables import ConsultationYear
from casework.consultations.years import Planned
from casework.core.errors import FieldError
from casework.permissions import Subject, permits
from web import frames, identity, unit
from web.access import needs
from web.api.consultations.consultation_years import read_year, region, shares
from web.api.consultations.consultations import READ
from web.forms import field, with_mistakes
from web.locales import locale, words
from web.pages import link_parts
from web.pages.consultations import consultation_parts as parts
from web.views import counting, reference, wording
from workflows.consultations import consultation_years
from workflows.consultations.consulting import RUN
from workflows.registry import registry

blueprint = Blueprint("consultation_years", __name__)

# What is better when it is little.
REPEATED = "repeated"
_APPROVAL = ("authority", "on", "plan_no")
_WORKFLOW = registry().latest("consultation").workflow


@blueprint.get("/consultation-years/<year>")
@needs(READ, anywhere=True)
def show(year: str) -> Response:
    """Show the plan of a year."""
    return _page(read_year(year))


@blueprint.post("/consultation-years/<year>/topics")
@needs(RUN, anywhere=True)
def put(year: str) -> Response:
    """Put a topic into a month, move it, or take it out."""
    number = read_year(year)

    def write() -> Response:
        raw = {name: request.form.get(name, "").strip() for name in ("topic", "month")}
        consultation_years.put(unit.session(), region(), number, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("meetings.year.kept", url_for(".show", year=number))

    return link_parts.try_it(write, lambda **why: _page(number, **why))


@blueprint.post("/consultation-years/<year>/approval")
@needs(consultation_years.DECIDE, anywhere=True)
def approve(year: str) -> Response:
    """Write down who approved the plan."""
    number = read_year(year)

    def write() -> Response:
        raw = link_parts.sent(*_APPROVAL)
        consultation_years.approve(unit.session(), region(), number, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("meetings.year.approved", url_for(".show", year=number))

    return link_parts.try_it(write, lambda **why: _page(number, **why))


@blueprint.get("/consultation-years/<year>/print")
@needs(READ, anywhere=True)
def show_paper(year: str) -> Response:
    """Show the plan as a sheet of paper."""
    number = read_year(year)
    plan, found = _plan(number)
    page = render_template(
        "consultations/year_paper.html",
        frame={"lang": {"code": locale()}, "office": frames.office_name()},
        back_url=url_for(".show", year=number),
        title=words("meetings.year.title", year=number),
        approved=_approved(plan, said=wording.paper_day),
        rows=[_row(each, said=wording.paper_day) for each in found],
        printed=words(
            "meetings.printed",
            who=identity.actor().name,
            when=wording.plain_moment(unit.at()),
            office=frames.office_name(),
        ),
    )
    return make_response(page)


def _plan(year: int) -> tuple[ConsultationYear | None, Sequence[Planned]]:
    plan = years.find(unit.session(), region(), year)
    return plan, [] if plan is None else years.topics_of(unit.session(), identity.actor(), plan)


def _page(year: int, *, mistakes: Sequence[FieldError] = (), said: str | None = None, status: int = 200) -> Response:
    session, actor, subject = unit.session(), identity.actor(), Subject(region())
    plan, found = _plan(year)
    may, is_open = permits(actor, RUN, subject), plan is None or plan.approved_on is None
    # A mistake of the approval is told in its form.
    said = said or next((words(f"field.{e.code}", **e.params) for e in mistakes if e.field not in _APPROVAL), None)
    page = render_template(
        "consultations/year.html",
        frame=counting.framed(parts.ROOM),
        title=words("meetings.year.title", year=year),
        tabs=parts.tabs("years"),
        before={"text": str(year - 1), "url": url_for(".show", year=year - 1)} if year > years.FIRST_YEAR else None,
        after={"text": str(year + 1), "url": url_for(".show", year=year + 1)} if year < years.LAST_YEAR else None,
        print_url=url_for(".show_paper", year=year),
        said=said,
        chip={"tone": "amber", "text": words("meetings.year.draft")}
        if is_open
        else {"tone": "green", "text": _approved(plan)},
        months=[
            {
                "label": words("meetings.year.month", n=month),
                "topics": [
                    {**_row(each), "may": may and (is_open or each.added_on is not None)}
                    for each in found
                    if each.month == month
                ],
            }
            for month in years.MONTHS
        ],
        choices=[(str(month), words("meetings.year.month", n=month)) for month in years.MONTHS],
        put_url=url_for(".put", year=year),
        quality=[_share(each) for each in shares(year) if each.records],
        waiting=[
            {"number": each.number, "title": parts.seen(each, each.title), "url": parts.url_of(each),
             "place": reference.place_told(each.region_code), "month": _usual_month(each, year)}
            for each in years.waiting(session, actor, region(), year)
        ] if may else None,
        nothing=words("meetings.year.none_seen" if plan is not None and plan.approved_on is not None and not found
                   else "meetings.year.none"),
        approval=_approval(year, mistakes) if found and is_open and permits(actor, consultation_years.DECIDE, subject)
        else None,
    )  # fmt: skip
    return make_response(page, status)


def _usual_month(topic: Consultation, year: int) -> str:
    """Return the month offered for a topic: that of its date, else of today in the year that runs, else the first."""
    if topic.state in DATED and topic.meets_on is not None:
        return str(topic.meets_on.month)
    today = unit.today()
    return str(today.month if today.year == year else years.MONTHS[0])


def _share(share: Share) -> dict[str, Any]:
    """Return one share with both numbers, and below it every record: what counts and what does not."""
    return {
        "label": words(f"meetings.quality.{share.code}"),
        "n": share.n,
        "of": len(share.records),
        "records": [
            {
                "url": parts.url_of(each.topic),
                "text": parts.seen(each.topic, each.topic.title if each.item is None else each.item.text),
                "about": each.topic.number,
                "chip": {"tone": "green" if each.counts != (share.code == REPEATED) else "outline",
                         "text": words(f"meetings.quality.{share.code}.{'yes' if each.counts else 'no'}")},
            }
            for each in share.records
        ],
    }  # fmt: skip


def _approval(year: int, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    labels = _WORKFLOW.by_trigger["approve"].fields[0].choices
    shown, summary = with_mistakes(
        [
            field("authority", "meetings.field.authority", kind="select", value=request.form.get("authority", ""),
                  options=[(code, wording.told(labels[code])) for code in years.AUTHORITIES]),
            field("on", "meetings.year.on", kind="date", value=request.form.get("on", unit.today().isoformat())),
            field("plan_no", "meetings.year.plan_no", required=False, value=request.form.get("plan_no", ""),
                  max=years.NUMBER_LENGTH),
        ],
        [each for each in mistakes if each.field in _APPROVAL],
    )  # fmt: skip
    return {"url": url_for(".approve", year=year), "fields": shown, "errors": summary}


def _approved(plan: ConsultationYear | None, *, said: Callable[[date], str] = wording.long_day) -> str:
    if plan is None or plan.authority is None or plan.approved_on is None:
        return words("meetings.year.draft")
    by = wording.told(_WORKFLOW.by_trigger["approve"].fields[0].choices[plan.authority])
    told = words("meetings.year.by", by=by, on=said(plan.approved_on))
    return wording.joined([told, plan.plan_no]) if plan.plan_no else told


def _row(each: Planned, *, said: Callable[[date], str] = wording.long_day) -> dict[str, Any]:
    tone, state = parts.tone_and_label(each.topic)
    return {
        "month": words("meetings.year.month", n=each.month),
        "n": str(each.month),
        "number": each.topic.number,
        "title": parts.seen(each.topic, each.topic.title),
        "url": parts.url_of(each.topic),
        "kind": words(f"meetings.kind.{each.topic.kind}"),
        "source": words(f"meetings.source.{each.topic.source}"),
        "place": reference.place_told(each.topic.region_code),
        "chip": {"tone": tone, "text": state},
        "added": None if each.added_on is None else words("meetings.year.added", on=said(each.added_on)),
    }
