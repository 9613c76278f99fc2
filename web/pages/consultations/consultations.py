"""Consultations as pages: the list by state, a topic brought, one record with its steps, replies and agreements."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from casework.cases import queries as case_queries
from casework.consultations import codes, queries, receipts, topics, venues
from casework.consultations.queries import Filter
from casework.consultations.tables import Consultation
from casework.core import personal
from casework.core.errors import Invalid, NotFound, Refused
from casework.matters import deadlines as kept_deadlines
from casework.permissions import Subject, may_anywhere, permits
from casework.registry import choices
from casework.registry.calendar import load_calendar
from web import errors, identity, unit
from web.access import needs
from web.api.consultations.consultation_answers import told_warnings
from web.api.consultations.consultations import READ
from web.forms import field
from web.locales import words
from web.pages import link_parts, once, options
from web.pages.consultations import (
    consultation_dates,
    consultation_forms,
    consultation_items,
    consultation_opinions,
    consultation_proposals,
    consultation_replies,
    consultation_views,
)
from web.pages.consultations import consultation_parts as parts
from web.pages.link_parts import Form
from web.views import addresses, chips, counting, deadlines, reference, wording
from workflows import engine
from workflows.consultations import consulting
from workflows.registry import registry

blueprint = Blueprint("consultations", __name__)

ROOM = "consultations"
RUN = "consultation.run"
_PAGE = 100
_WORKFLOW = registry().latest("consultation").workflow


@blueprint.get("/consultations")
@needs(READ, anywhere=True)
def show_list() -> Response:
    """List consultations, the newest first, by state."""
    actor, session = identity.actor(), unit.session()
    state = request.args.get("state", "")
    asked = Filter(states=[state] if state in _WORKFLOW.states else [], words=request.args.get("q", "").strip()[:60])
    rows = queries.page(session, actor, asked, limit=_PAGE)
    counts = queries.count_states(session, actor)
    page = render_template(
        "consultations/list.html",
        frame=counting.framed(ROOM),
        title=words("room.consultations"),
        tabs=parts.tabs("list"),
        states=[
            {"label": words("assessments.all"), "n": sum(counts.values()), "url": "?", "current": not asked.states},
            *(
                {
                    "label": wording.told(each.label),
                    "n": counts[code],
                    "url": addresses.query({"state": [code]}),
                    "current": code == state,
                }
                for code, each in _WORKFLOW.states.items()
                if counts.get(code)
            ),
        ],
        find={"value": asked.words, "kept": [{"name": "state", "value": state}] if asked.states else []},
        rows=[parts.row_of(row) for row in rows],
        new_url=url_for("consultations.ask_new") if may_anywhere(actor, topics.BRING) else None,
        proposed=consultation_proposals.shown() if not asked.states and not asked.words else [],
    )
    return make_response(page)


# ------------------------------------------------------------------ a topic
@blueprint.get("/consultations/new")
@needs(topics.BRING, anywhere=True)
def ask_new() -> Response:
    """Show the form of a topic; each `case` names one it comes out of."""
    return _new_form()


@blueprint.post("/consultations")
@needs(topics.BRING, anywhere=True)
@once.sent_once
def bring() -> Response:
    """Bring a topic."""

    def write() -> Response:
        sent = link_parts.sent_or_left("title", "kind", "source", "reason")
        raw: dict[str, Any] = {**sent, "region_code": options.place_typed("region_code")}
        if org := options.org_typed("org"):
            raw["org"] = org
        if found := _cases():
            raw["cases"] = [str(case.id) for case in found]
        row = consulting.bring(unit.session(), raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("meetings.brought", parts.url_of(row))

    return link_parts.try_it(write, _new_form)


def _cases() -> list[Any]:
    """Return the cases a topic comes out of, of those named that the caller may know of; each once."""
    named = dict.fromkeys(each.strip()[:64] for each in request.values.getlist("case") if each.strip())
    session, actor, at = unit.session(), identity.actor(), unit.at()
    found = (case_queries.find(session, actor, reference=each, at=at) for each in list(named)[: topics.MOST_CASES])
    return list({case.id: case for case in found if case is not None}.values())


def _new_form(**why: Any) -> Response:
    cases, given = _cases(), request.form
    case = cases[0] if cases else None
    place = given.get("region_code") or ("" if case is None else case.region_code)
    org = given.get("org", "")
    fields = [
        field("title", "meetings.field.title", value=given.get("title") or ("" if case is None else case.title),
              wide=True, max=topics.TITLE_LENGTH),
        field("kind", "meetings.field.kind", kind="select", value=given.get("kind") or codes.KINDS[0],
              options=[(code, words(f"meetings.kind.{code}")) for code in codes.KINDS]),
        field("source", "meetings.field.source", kind="select",
              value=given.get("source") or ("case_cluster" if case is not None else ""),
              options=[(code, words(f"meetings.source.{code}")) for code in codes.SOURCES]),
        field("region_code", "meetings.field.region_code", kind="place", value=place,
              label_value=reference.place_told(place) if place else given.get("region_code_text", ""),
              data_url=url_for("options.offer_places")),
        field("org", "meetings.field.org", kind="org", required=False, value=org,
              label_value=reference.org_names().get(org, org), data_url=url_for("options.offer_orgs")),
        field("reason", "meetings.field.why", kind="textarea", rows=5, wide=True, value=given.get("reason"),
              hint="meetings.hint.why"),
        field("case", "meetings.field.case", kind="orgs", required=False, wide=True, value="",
              chosen=[{"value": each.number, "label": f"{each.number} {personal.scrub(each.title)}"} for each in cases],
              data_url=url_for("options.offer_cases")),
    ]  # fmt: skip
    back = (words("room.consultations"), url_for("consultations.show_list"))
    form = Form(words("meetings.new"), url_for("consultations.bring"), back, fields, words("meetings.bring"), room=ROOM)
    return link_parts.form_page(form, **why)


@blueprint.get("/consultations/people")
@needs(RUN, anywhere=True)
def offer_people() -> Response:
    """Offer people with an account, by part of the name."""
    found = choices.people(unit.session(), words=request.args.get("q", "").strip()[:60], on=unit.today(), limit=12)
    return jsonify(
        options=[
            {"value": str(person.id), "label": person.name, "hint": words(f"role.{role}")} for person, role in found
        ]
    )


# ------------------------------------------------------------------ one record
@blueprint.get("/consultations/<meeting>")
@needs(READ)
def show(meeting: str) -> Response:
    """Show a consultation: how far it is, what may be done, people, minutes and what was agreed, and its history."""
    return _page(take(meeting))


def take(meeting: str, *, lock: bool = False) -> Consultation:
    """Return the consultation of an address.

    Raises:
        NotFound: there is none, or none the caller may know of.
    """
    return queries.take(unit.session(), identity.actor(), meeting, lock=lock)


def _page(row: Consultation, *, said: str | None = None, status: int = 200) -> Response:
    session, actor = unit.session(), identity.actor()
    subject = queries.subject_of(session, row)
    workflow = wording.workflow_of(row)
    clocks = kept_deadlines.of_matter(session, row.id)
    plainly = permits(actor, "consultation.read_plainly", subject)
    people = queries.participants_of(session, row)
    mine = next((each for each in people if each.person_id == actor.person_id), None)
    reached = receipts.of(session, row, people) if permits(actor, RUN, subject) else None
    place = venues.by_id(session, [row.venue_id]).get(row.venue_id) if row.venue_id else None
    seen = str if plainly else personal.scrub
    page = render_template(
        "consultations/show.html",
        frame=counting.framed(ROOM),
        back={"text": words("room.consultations"), "url": url_for("consultations.show_list")},
        number=row.number,
        title=seen(row.title),
        chip=chips.Chip(*parts.tone_and_label(row)),
        case={"steps": consultation_views.steps(row)},
        said=said,
        warnings=[each.message for each in told_warnings(row, runs=actor)] if permits(actor, RUN, subject) else [],
        facts=consultation_views.facts(row, "" if place is None else place.name),
        cases=[
            {"text": f"{number} {title}", "url": f"/cases/{number}"}
            for _id, number, title in queries.cases_of(session, row, actor=actor, at=unit.at())
        ],
        reason=seen(row.reason),
        research=seen(row.research),
        minutes=seen(row.minutes),
        write=consultation_views.writing(row, subject),
        after=consultation_views.after(row, subject),
        off=consultation_views.off(row, subject),
        unresolved=[seen(each) for each in row.unresolved],
        moves=_moves(row, subject),
        poll=consultation_views.poll(row, subject),
        reply=consultation_views.reply(row, mine),
        people=consultation_views.people(row, subject, people, plainly=plainly, reached=reached),
        reply_file=consultation_replies.link(row, subject),
        came=None if not any(each.attended for each in people) else sum(bool(each.attended) for each in people),
        items=consultation_items.items(row, subject, seen),
        papers=consultation_views.papers(row) if row.starts_at is not None else [],
        deadline=deadlines.card_of(row, workflow, clocks, load_calendar(session), begun=words("meetings.began")),
        history=consultation_views.history(row, subject),
        number_of_form=once.given_number(),
    )
    return make_response(page, status)


def _moves(row: Consultation, subject: Subject) -> list[dict[str, Any]]:
    """Return what may be done, the main thing first; what is not possible now with its reason."""
    moves = engine.available(unit.session(), row, subject=subject, actor=identity.actor(), at=unit.at())
    made = []
    for trigger in moves.available:
        step = _WORKFLOW.by_trigger[trigger]
        asks = bool(step.fields)
        made.append(
            {
                "text": wording.told(step.label),
                "url": url_for("consultations.ask_move", meeting=row.number, trigger=trigger)
                if asks
                else url_for("consultations.move", meeting=row.number, trigger=trigger),
                "asks": asks,
                "main": step.main,
                "danger": step.danger,
                "why_not": None,
                "trigger": trigger,
            }
        )
    for refused in moves.unavailable:
        step = _WORKFLOW.by_trigger[refused.trigger]
        # A step of somebody else's is no button of the caller's, not even a grey one.
        is_others = any(each.code == "not_your_role" for each in refused.reasons)
        if row.state in step.sources and not is_others:
            why = errors.sentences(refused.reasons)
            made.append(
                {
                    "text": wording.told(step.label),
                    "url": None,
                    "why_not": why,
                    "main": False,
                    "trigger": refused.trigger,
                }
            )
    return sorted(made, key=lambda each: (each["url"] is None, not each["main"]))


# ------------------------------------------------------------------ steps
@blueprint.get("/consultations/<meeting>/moves/<trigger>")
@needs(READ)
def ask_move(meeting: str, trigger: str) -> Response:
    """Show the form of a step."""
    row = take(meeting)
    if trigger not in _WORKFLOW.by_trigger:
        raise NotFound("trigger")
    return _move_form(row, trigger)


@blueprint.post("/consultations/<meeting>/moves/<trigger>")
@needs(READ)
@once.sent_once
def move(meeting: str, trigger: str) -> Response:
    """Make a step of a consultation."""
    row = take(meeting, lock=True)
    if trigger not in _WORKFLOW.by_trigger:
        raise NotFound("trigger")
    if trigger in consultation_dates.DATES and consultation_dates.LOOKS & set(request.form):
        return _move_form(row, trigger)
    session = unit.session()
    asks = bool(_WORKFLOW.by_trigger[trigger].fields)
    if trigger == "minute" and (newer := consultation_forms.newer_minutes(row)):
        return _move_form(row, trigger, note=newer, status=409)
    try:
        engine.move(
            session,
            row,
            trigger,
            subject=queries.subject_of(session, row),
            actor=identity.actor(),
            at=unit.at(),
            given=consultation_forms.given_of(row, trigger),
        )
    except Invalid as mistake:
        return _move_form(row, trigger, mistakes=consultation_forms.renamed(mistake.errors), status=422)
    except Refused as refused:
        said = errors.sentences(refused.refusals)
        if not asks:
            return _page(row, said=said, status=409)
        clash = next((each.params for each in refused.refusals if "clashes" in each.params), {})
        return _move_form(row, trigger, said=said, status=409, clash=clash)
    consultation_forms.end_draft(row, trigger)
    return link_parts.done(f"meetings.done.{trigger}", consultation_dates.led_to(row))


def _move_form(
    row: Consultation,
    trigger: str,
    *,
    clash: Mapping[str, Any] = MappingProxyType({}),
    note: Mapping[str, Any] | None = None,
    **why: Any,
) -> Response:
    step = _WORKFLOW.by_trigger[trigger]
    url = url_for("consultations.move", meeting=row.number, trigger=trigger)
    back = (row.number, parts.url_of(row))
    title = words("meetings.step", step=wording.told(step.label), title=parts.seen(row, row.title))
    if trigger in consultation_dates.DATES:
        return consultation_dates.schedule_form(row, title, url, clash, **why)
    fields, draft_url, saved = consultation_forms.drafted(row, trigger)
    form = Form(
        title,
        url,
        back,
        fields,
        wording.told(step.label),
        step.danger,
        note or (consultation_opinions.note(row) if trigger == "evaluate" else None),
        room=ROOM,
        draft_url=draft_url,
        saved=saved,
    )
    return link_parts.form_page(form, **why)


@blueprint.post("/consultations/<meeting>/reply")
@needs(READ)
def reply(meeting: str) -> Response:
    """Answer an invitation by one tap, or write down what one without an account told; it may be changed later."""
    row = take(meeting, lock=True)
    session = unit.session()
    raw = {"reply": request.form.get("reply", ""), "name": request.form.get("name")}
    subject = queries.subject_of(session, row)
    try:
        consulting.reply(session, row, raw, subject=subject, actor=identity.actor(), at=unit.at())
    except Invalid:
        return _page(row, said=words("field.required"), status=422)
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    return link_parts.done("meetings.told_reply" if raw["name"] else "meetings.replied", parts.url_of(row))


@blueprint.post("/consultations/<meeting>/consensus/<int:n>/convert")
@needs(READ)
def convert(meeting: str, n: int) -> Response:
    """Turn something agreed into a record."""
    row = take(meeting, lock=True)
    session = unit.session()
    raw = {"into": request.form.get("into", "")}
    subject = queries.subject_of(session, row)
    try:
        consulting.convert(session, row, n, raw, subject=subject, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        said = words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params)
        return _page(row, said=said, status=422)
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    return link_parts.done("meetings.converted", parts.url_of(row))
