"""Every step of a case by one page, drawn from the workflow's definition: fields, labels, choices, what will happen.

A definition that an office changes needs nothing here. Only the reply has more: the request beside it, pieces of text,
and the guard that reads it before it is sent (workflows/cases/reply_guard.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from casework.cases import dossiers, queries, reply_texts, snippets
from casework.core.errors import Refused
from casework.permissions import acting
from casework.registry.calendar import load_calendar
from web import errors
from web.access import needs
from web.api.answers import seen_by
from web.locales import locale, words
from web.pages import desks, once, options, public_parts
from web.pages.cases import case_forms, cases, signing
from web.pages.cases.case_forms import Form, Look, Typed
from web.pages.desks import Hand
from web.views import case_page, effects, fields, histories, reference, wording
from web.views.acts import case_url, move_url
from web.views.histories import Entry
from workflows import engine
from workflows.cases import questions, reply_guard
from workflows.definition import Field, Transition
from workflows.denials import NotAllowed

blueprint = Blueprint("moves", __name__)

COMMENTED = ("assign", "suspend", "merge", "resume", "unmerge", "acknowledge")
REPLY = "reply"
_SEEN = "warnings_seen"


@blueprint.get("/cases/<number>/moves/<trigger>")
@needs("case.read")
def show_move(number: str, trigger: str) -> Response:
    """Show the form of a step, if the caller may take it now."""
    hand = desks.take(number)
    transition = _transition(hand, trigger)
    if signing.is_drafted(hand, transition):
        return case_forms.open_form(number, signing.drafting(_maker(transition)))
    _require_possible(hand, transition)
    return case_forms.open_form(number, _maker(transition), handed=lambda it: signing.handed_in(it, transition))


@blueprint.post("/cases/<number>/moves/<trigger>")
@needs("case.read")
@once.sent_once
def move(number: str, trigger: str) -> Response:
    """Take a step."""
    hand = desks.take(number, lock=True)
    transition = _transition(hand, trigger)
    if transition.fields and signing.is_drafted(hand, transition):
        return signing.hand_in(hand, transition)
    if desks.is_in_place() and transition.asks_nothing:
        return _move_in_place(number, transition)
    return case_forms.send_form(number, _maker(transition), lambda hand: _move(hand, transition))


def _move(hand: Hand, transition: Transition) -> str:
    given = _given(transition)
    if REPLY in given and _SEEN not in request.form:
        _guard(hand, transition, given)
    engine.move(
        hand.session,
        hand.case,
        transition.trigger,
        **hand.acting(),
        given=given,
        comment=request.form.get("comment") or None,
        expected_version=desks.given_version(),
    )
    signing.settle(hand, transition)
    return words("move.done", number=wording.short_number(hand.case.number), step=_done_label(transition))


def _move_in_place(number: str, transition: Transition) -> Response:
    """Take a step that asks nothing, and swap the parts of the open page that it changes."""
    hand = desks.take(number, lock=True)
    try:
        said = _move(hand, transition)
    except Refused as refused:
        toast = {"text": errors.sentences(refused.refusals), "undo_url": None, "seconds": 12}
        return make_response(render_template("cases/_said.html", frame={"toast": toast}), 409)
    context = cases.page_of(hand.again().desk())
    context["frame"] = {**context["frame"], "toast": {"text": said, "undo_url": None, "seconds": 6}}
    return make_response(render_template("cases/_moved.html", **context))


def _transition(hand: Hand, trigger: str) -> Transition:
    found = wording.workflow_of(hand.case).by_trigger.get(trigger)
    if found is None:
        abort(404)
    return found


def _require_possible(hand: Hand, transition: Transition) -> None:
    """Let only go on who could take the step now.

    Raises:
        NotAllowed: it is not theirs.
        Refused: not from this state, or a rule stands against it.
    """
    if acting(hand.actor, transition.permission, hand.subject) is None:
        raise NotAllowed(transition.permission)
    moves = engine.available(hand.session, hand.case, **hand.acting())
    if transition.trigger in moves.available:
        return
    reasons = [reason for each in moves.unavailable if each.trigger == transition.trigger for reason in each.reasons]
    raise Refused(reasons, available_triggers=moves.available)


def _given(transition: Transition) -> dict[str, Any]:
    """Return what was typed as the engine reads it; what is empty is left out."""
    given: dict[str, Any] = {}
    for field in transition.fields:
        value = _value(field, transition)
        if value not in ("", [], None):
            given[field.name] = value
    # A choice made before another one took it away is no mistake of the person: it is simply gone.
    gone = [each.name for each in transition.fields if each.only_if is not None and not each.only_if.fits(given)]
    return {name: value for name, value in given.items() if name not in gone}


def _value(field: Field, transition: Transition) -> Any:
    if field.type == "org":
        return options.org_typed(field.name)
    if field.type == "orgs":
        return options.orgs_typed(field.name)
    if field.type == "person":
        org = next((each.name for each in transition.fields if each.type == "org"), "")
        return options.person_typed(field.name, org=options.org_typed(org) if org else "")
    if field.type == "case":
        return (
            request.form.get(field.name, "").strip() or request.form.get(f"{field.name}_text", "").strip().split(" ")[0]
        )
    if field.type == "flag":
        return request.form.get(field.name) == "1"
    text = request.form.get(field.name, "")
    return text.replace("\r\n", "\n") if field.type == "text" else text.strip()


def _maker(transition: Transition) -> case_forms.Maker:
    def make(hand: Hand, typed: Typed) -> Form:
        case, label = hand.case, transition.label[locale()]
        made = [
            fields.of_step(each, _with_defaults(hand, transition.trigger, each, typed)) for each in transition.fields
        ]
        if transition.trigger == "decline":
            made[0]["hint"] = words("move.next_address", who=public_parts.next_address(case.category))
        if transition.trigger in COMMENTED:
            made.append(_comment_field(transition, typed))
        answers_request = any(each.name == REPLY for each in transition.fields)
        return Form(
            name=f"move.{transition.trigger}",
            title=label,
            url=move_url(case, transition.trigger),
            submit=label,
            fields=made,
            danger=transition.danger,
            who=_capacity(hand, transition),
            request=_request(hand) if answers_request else None,
            effect=effects.of_step(case, wording.workflow_of(case), transition, load_calendar(hand.session)),
            snippets=_snippets(hand) if answers_request else None,
            warnings=_checklist(hand) if answers_request else (),
            more={"grounds": _returns(hand)} if transition.trigger == "arbitrate" else {},
        )

    return make


def _with_defaults(hand: Hand, trigger: str, field: Field, typed: Typed) -> Typed:
    """Return what stands in a field at first: the unit ruled for, or the one all who gave it back named."""
    case = hand.case
    if field.name in typed:
        return typed
    if field.name == "org" and field.type == "org" and case.ruled_org_id is not None:
        ruled = reference.orgs().get(case.ruled_org_id)
        return {**typed, "org": [ruled.code]} if ruled is not None else typed
    if trigger == "arbitrate" and field.name == "org" and (wished := _wished(hand)) is not None:
        return {**typed, "org": [wished]}
    if field.name == REPLY and (written := reply_texts.standing(hand.session, case)) is not None:
        # What several of the unit have written together is what the step begins with.
        return {**typed, REPLY: [written.text]}
    if field.name == "route" and field.type == "choice":
        return {**typed, "route": ["two_offices"]}
    return typed


def _wished(hand: Hand) -> str | None:
    """Return the unit that everybody who gave the case back pointed at, if it was one and the same."""
    returned = [
        each.fields.get("suggested_org")
        for each in queries.history_of(hand.session, hand.case.id)
        if each.trigger == "return"
    ]
    wished: set[str] = {each for each in returned if each}
    return wished.pop() if len(wished) == 1 and all(returned) else None


def _comment_field(transition: Transition, typed: Typed) -> dict[str, Any]:
    label = "move.requirement" if transition.trigger == "assign" else "move.comment"
    value = case_forms.first(typed, "comment")
    return {"name": "comment", "label": words(label), "kind": "textarea", "required": False, "value": value, "rows": 2}


def _capacity(hand: Hand, transition: Transition) -> str:
    permitted = acting(hand.actor, transition.permission, hand.subject)
    if permitted is None or permitted.for_id is None:
        return hand.actor.name
    return words("move.for_another", name=hand.actor.name)


def _request(hand: Hand) -> dict[str, Any]:
    case, seen = hand.case, seen_by(hand.subject)
    return {
        "channel_time": case_page.channel_time(case),
        "spans": [{"text": seen(case.description) or ""}],
        "write_url": url_for("case_replies.write", number=case.number),
        "asks": reply_guard.asks_of(seen(case.description) or ""),
    }


def _returns(hand: Hand) -> list[Entry]:
    """Return who gave the case back and why, the latest first: what whoever rules has to weigh."""
    told = [each for each in dossiers.history(hand.session, hand.case.id) if each.entry.trigger == "return"]
    return histories.teller(hand.case, subject=hand.subject).entries(told)


def _snippets(hand: Hand) -> list[dict[str, str]] | None:
    case = hand.case
    today = hand.at.astimezone(hand.session.info["zone"]).date()
    found = snippets.usable(hand.session, region_code=case.region_code, category=case.category, on=today)
    return [{"label": each.title, "text": each.body} for each in found] or None


def _checklist(hand: Hand) -> list[dict[str, Any]]:
    lines = (questions.sheet_of(hand.case.category).checklist or {}).get(locale(), ())
    if not lines:
        return []
    text = words("calendar.semicolon").join(lines)
    return [{"tone": "grey", "strong": words("move.checklist"), "text": text, "link": None, "icon": None}]


def _guard(hand: Hand, transition: Transition, given: Mapping[str, Any]) -> None:
    """Read a reply before it is sent.

    Raises:
        Look: there is something to look at.
    """
    # What is not possible at all is said first.
    _require_possible(hand, transition)
    case = hand.case
    cautions = reply_guard.look(
        hand.session,
        case,
        str(given[REPLY]),
        places=[each.name for each in reference.places().values()],
        own_places=reference.place_names(case.region_code),
        actor=hand.actor,
        at=hand.at,
    )
    if cautions:
        raise Look([_caution(hand, each) for each in cautions])


def _caution(hand: Hand, each: reply_guard.Caution) -> dict[str, Any]:
    told = {name: _joined(value) for name, value in each.params.items()}
    link = None
    if "number" in each.params:
        link = {"text": words("guard.compare"), "url": f"{case_url(hand.case)}/compare/{each.params['number']}"}
    return case_forms.caution(words(f"guard.{each.code}", **told), words(f"guard.{each.code}.text"), link)


def _joined(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return wording.joined([str(each) for each in value])
    return str(value)


def _done_label(transition: Transition) -> str:
    return transition.label[locale()]
