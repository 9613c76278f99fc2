"""Registering a difficulty: typed, or pasted from a chat group; what looks alike is shown before it is kept."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from casework.campaign.visibility import take_household
from casework.cases import codes, suggestions
from casework.cases.suggestions import Proposal, Suggestions
from casework.cases.topics import lookalikes
from casework.cases.topics.lookalikes import LookAlike
from casework.cases.visibility import subject_of
from casework.core import personal
from casework.core.encryption import keyring_of
from casework.core.errors import FieldError, Invalid, Refused
from casework.matters import drafts
from casework.matters.attachments import Staged
from casework.permissions import may_anywhere
from casework.registry.calendar import load_calendar
from web import bodies, errors, frames, handing_in, identity, unit
from web.access import needs
from web.locales import words
from web.pages import beside, once, options
from web.views import counting, deadlines, intake_form, reference
from workflows.cases import attaching, chat
from workflows.cases.intake import report_case
from workflows.registry import registry

blueprint = Blueprint("intake", __name__)

FORM = "intake"
PERMISSION = "case.report"
MOST_FILES = 5
_MEBIBYTES = bodies.MOST
# Below this share a look-alike is no reason to stop somebody who could not see it while typing.
_TELLING = 0.8
# So much of the names of files is told.
_LONG = 120


@blueprint.get("/cases/new")
@needs(PERMISSION, anywhere=True)
def show_new() -> Response:
    """Show the empty form, one begun earlier (`draft`), or one about a `household`."""
    number, saved = once.new_number(), ""
    typed: dict[str, str] = intake_form.defaults(channel=_usual_channel())
    if (household_id := _as_id(request.args.get("household", ""))) is not None:
        row = take_household(unit.session(), identity.actor(), household_id, on=unit.today())
        typed |= {"household_id": str(row.id), "region_code": row.region_code}
    wanted = request.args.get("draft", "")
    if wanted and (found := _as_id(wanted)) is not None:
        kept, saved = beside.draft_of(unit.session(), FORM, found)
        typed |= {name: value for name, value in kept.items() if isinstance(value, str)}
        if not kept and (led := once.led_to(wanted)) is not None:
            return _page(typed, number=number, done=led)
        number = wanted
    return _page(typed, number=number, saved=saved)


@blueprint.post("/cases/new")
@needs(PERMISSION, anywhere=True)
@bodies.takes_up_to(_MEBIBYTES)
@once.sent_once
def register() -> Response:
    """Register a difficulty; where nobody could see the look-alikes while typing, they are shown first."""
    typed, number = _typed(), once.given_number()
    session, actor, at = unit.session(), identity.actor(), unit.at()
    try:
        staged = _stage_files()
        if "similar_seen" not in request.form:
            found = [each for each in _lookalikes(typed) if each.is_same_person or each.score >= _TELLING]
            if found:
                held = words("intake.held", n=len(found))
                return _page(typed, number=number, mistakes=_files_again(), found=found, held=held, status=409)
        case = report_case(session, _report(typed), actor=actor, at=at)
        subject = subject_of(session, case, actor=actor, at=at)
        for file in staged:
            attaching.attach(session, case, file, subject=subject, actor=actor, at=at)
    except Invalid as mistake:
        return _page(typed, number=number, mistakes=[*mistake.errors, *_files_again()], status=422)
    except Refused as refused:
        told = errors.sentences(refused.refusals)
        return _page(typed, number=number, mistakes=_files_again(), said=told, status=409)
    if actor.person_id is not None:
        drafts.drop(session, actor.person_id, form=FORM, matter_id=UUID(number))
    frames.say(words("intake.done", number=case.number))
    again = request.form.get("next") == "again"
    return make_response(redirect(url_for("intake.show_new") if again else f"/cases/{case.number}", 303))


@blueprint.post("/cases/new/paste")
@needs(PERMISSION, anywhere=True)
def paste() -> Response:
    """Fill the form from a message of a chat group; nothing is kept yet."""
    text = request.form.get("text", "")
    try:
        told = chat.read(text, places=_places())
    except Invalid:
        return _page(intake_form.defaults(channel=_usual_channel()), number=once.new_number())
    typed = {
        **intake_form.defaults(channel=chat.CHANNEL),
        "title": told.title,
        "description": told.description,
        "region_code": told.region_code,
        "reporter_name": told.name,
        "reporter_phone": told.phone,
    }
    proposal = _proposal(typed)
    if proposal is not None:
        typed["category"] = proposal.code or ""
    filled = [
        name for name in ("title", "region_code", "reporter_name", "reporter_phone", "category") if typed.get(name)
    ]
    labels = [words(f"intake.{name}") for name in filled]
    shown = {"text": text, "filled": labels}
    return _page(typed, number=once.new_number(), pasted=shown, found=_lookalikes(typed))


@blueprint.post("/cases/new/similar")
@needs(PERMISSION, anywhere=True)
def similar() -> Response:
    """Show what looks like what is being typed, and which category the words speak for. Writes nothing."""
    typed = _typed()
    proposed = _proposed(typed)
    proposal, chosen = _category(proposed), bool(typed.get("category"))
    page = render_template(
        "cases/_similar.html",
        lookalikes=intake_form.lookalikes(_lookalikes(typed)),
        hint=intake_form.category_hint(proposal),
        suggested=proposal.code if proposal is not None and not chosen else "",
        haste=intake_form.urgency_hint(next(iter(proposed.urgency), None) if proposed else None),
        unit=intake_form.org_hint(next(iter(proposed.org), None) if proposed else None),
    )
    return make_response(page)


@blueprint.post("/cases/new/questions")
@needs(PERMISSION, anywhere=True)
def show_questions() -> Response:
    """Show the questions of the chosen category. Writes nothing."""
    return make_response(render_template("cases/_questions.html", questions=intake_form.question_sheet(_typed())))


@blueprint.post("/cases/new/clock")
@needs(PERMISSION, anywhere=True)
def show_clock() -> Response:
    """Show the deadline that assigning now would set. Writes nothing."""
    return make_response(render_template("triage/_clock.html", clock=_clock(_typed())))


@blueprint.get("/suggest/category")
@needs(PERMISSION, anywhere=True)
def suggest_category() -> Response:
    """Say which category some words speak for."""
    typed = {"title": request.args.get("title", "")[:200], "description": request.args.get("q", "")[:2000]}
    proposal = _proposal(typed)
    if proposal is None:
        return jsonify(category=None, hint=intake_form.category_hint(None), words=[])
    return jsonify(category=proposal.code, hint=intake_form.category_hint(proposal), words=list(proposal.words))


def _typed() -> dict[str, str]:
    typed = {name: request.form.get(name, "") for name in intake_form.NAMES}
    typed |= {name: value for name, value in request.form.items() if name.startswith(intake_form.ANSWER)}
    typed["region_code"] = options.place_typed("region_code")
    return typed


def _report(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return a report as the workflow reads it; what is empty is left out."""
    category = typed.get("category")
    if not category:
        proposal = _proposal(typed)
        category = (proposal.code if proposal is not None else None) or intake_form.FALLBACK
    reporter = {"name": typed["reporter_name"], "phone": typed["reporter_phone"]}
    reporter["id_number"] = typed["reporter_id_number"]
    return {
        "title": typed["title"].strip(),
        "description": typed["description"].replace("\r\n", "\n"),
        "category": category,
        "kind": typed["kind"],
        "urgency": typed["urgency"],
        "region_code": typed["region_code"],
        "channel": typed["channel"],
        "reporter": {name: value for name, value in reporter.items() if value or name == "name"},
        "occurred_on": typed["occurred_on"] or None,
        "household_id": typed["household_id"] or None,
        "answers": intake_form.answers({**typed, "category": category}),
    }


def _stage_files() -> list[Staged]:
    """Take what was added into the store, before the case is made.

    Raises:
        Invalid: too many, or one that is not kept.
    """
    files = [file for file in request.files.getlist("files") if file.filename]
    if len(files) > MOST_FILES:
        raise Invalid([FieldError("files", "not_a_list", {"most": MOST_FILES})])
    staged = []
    for file in files:
        try:
            staged.append(handing_in.stage(file.stream, name=file.filename or ""))
        except Invalid as mistake:
            raise Invalid([FieldError("files", each.code, each.params) for each in mistake.errors]) from mistake
    return staged


def _files_again() -> list[FieldError]:
    """Say which files have to be chosen again: no browser puts them back into a form that comes once more."""
    names = [file.filename for file in request.files.getlist("files") if file.filename]
    return [FieldError("files", "choose_again", {"names": words("calendar.and").join(names)[:_LONG]})] if names else []


def _done(led: str) -> dict[str, str | None]:
    """Tell who comes back to a form that it was sent, and where to what it made."""
    number = led.removeprefix("/cases/")
    is_case = led.startswith("/cases/") and number != "new"
    text = words("intake.was_done", number=number) if is_case else words("intake.was_done_some")
    return {"text": text, "url": led if is_case else None}


def _lookalikes(typed: Mapping[str, str]) -> list[LookAlike]:
    title, description = typed.get("title", ""), typed.get("description", "")
    region = typed.get("region_code") or None
    if region is not None and not options.may_report_for(region):
        region = None
    phone = _canonical_phone(typed.get("reporter_phone", ""))
    if not (title or description) or (region is None and phone is None):
        return []
    with unit.looking() as session:
        look = lookalikes.look_at(
            keyring_of(session), title=title, description=description, region_code=region, phone=phone
        )
        return list(lookalikes.find(session, identity.actor(), look, at=unit.at()))


def _canonical_phone(typed: str) -> str | None:
    try:
        return personal.parse_phone(typed, field="phone")
    except Invalid:
        return None


def _proposal(typed: Mapping[str, str]) -> Proposal | None:
    return _category(_proposed(typed))


def _category(found: Suggestions | None) -> Proposal | None:
    # What the office has no category for can be no choice of the form.
    return None if found is None else next((each for each in found.category if each.code is not None), None)


def _proposed(typed: Mapping[str, str]) -> Suggestions | None:
    title, description = typed.get("title", ""), typed.get("description", "")
    if not (title or description):
        return None
    region = typed.get("region_code") or None
    with unit.looking() as session:
        return suggestions.suggest(
            session,
            identity.actor(),
            title=title,
            description=description,
            region_code=region if region is not None and options.may_report_for(region) else None,
            category=typed.get("category") or None,
            at=unit.at(),
        )


def _clock(typed: Mapping[str, str]) -> dict[str, str]:
    usual = intake_form.defaults()
    kind = typed.get("kind") if typed.get("kind") in codes.KINDS else usual["kind"]
    urgency = typed.get("urgency") if typed.get("urgency") in codes.URGENCIES else usual["urgency"]
    case = SimpleNamespace(kind=kind, urgency=urgency)
    with unit.looking() as session:
        return deadlines.clock_preview(case, registry().latest("case").workflow, load_calendar(session))


def _places() -> list[chat.Place]:
    known = reference.places()
    towns = {code: named.name for code, named in known.items() if len(code) == 9}
    return [
        chat.Place(code, named.name, towns.get(code[:9], "") if len(code) > 9 else "")
        for code, named in known.items()
        if any(code.startswith(prefix) for prefix in options.reach())
    ]


def _usual_channel() -> str:
    return "phone" if may_anywhere(identity.actor(), "case.assign") else "visit"


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(
    typed: Mapping[str, str],
    *,
    number: str,
    mistakes: tuple[FieldError, ...] | list[FieldError] = (),
    found: list[LookAlike] | None = None,
    pasted: Mapping[str, Any] | None = None,
    said: str | None = None,
    held: str | None = None,
    done: str | None = None,
    saved: str = "",
    status: int = 200,
) -> Response:
    frame = counting.framed("cases", notice={"text": said, "icon": None, "link": None} if said else None)
    form = intake_form.form(typed, mistakes, number=number, saved=saved)
    form["categories"]["hint"] = intake_form.category_hint(None)
    # One who takes a call types at once; with something to read first, the place for it keeps the attention.
    nothing_to_read = status == 200 and not (typed.get("description") or done or said)
    form["main"] = [{**each, "autofocus": nothing_to_read and each["name"] == "description"} for each in form["main"]]
    page = render_template(
        "cases/new.html",
        frame=frame,
        form=form,
        questions=intake_form.question_sheet(typed),
        questions_url=url_for("intake.show_questions"),
        similar_url=url_for("intake.similar"),
        clock_url=url_for("intake.show_clock"),
        paste_url=url_for("intake.paste"),
        paste=pasted,
        lookalikes=intake_form.lookalikes(found or []),
        similar_seen=found is not None,
        held=held,
        done=_done(done) if done is not None else None,
        clock=_clock(typed),
        submit={
            "label": words("intake.submit" if may_anywhere(identity.actor(), "case.assign") else "intake.submit_short"),
            "next_label": words("intake.submit_next"),
        },
        cancel_url="/cases",
    )
    return make_response(page, status)
