"""Questions to co-units, and more time: asked by one side, answered or decided by another."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from casework.cases import co_tasks as task_rows
from casework.cases import extensions as extension_rows
from casework.cases.tables import CoTask, ExtensionRequest
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import case_forms, desks, once, options
from web.pages.case_forms import Form, Typed
from web.pages.desks import Hand
from web.views import fields, reference, wording
from web.views.acts import case_url
from workflows import co_tasks, extensions, records

blueprint = Blueprint("co_units", __name__)

ANSWER, WAIVE = "answer", "waive"


def _first(typed: Typed, name: str) -> str:
    return next(iter(typed.get(name, ())), "")


def _form(hand: Hand, name: str, path: str, made: Sequence[Mapping[str, Any]], **more: Any) -> Form:
    return Form(
        name=name,
        title=words(f"act.{name}"),
        url=f"{case_url(hand.case)}/{path}",
        submit=words(f"act.{name}.submit"),
        fields=made,
        who=hand.actor.name,
        **more,
    )


@blueprint.get("/cases/<number>/co-tasks/new")
@needs("case.ask_co_unit")
def show_question(number: str) -> Response:
    """Show the form that asks a co-unit."""
    hand = desks.take(number)
    records.require(hand.actor, "case.ask_co_unit", hand.subject)
    return case_forms.open_form(number, _question)


@blueprint.post("/cases/<number>/co-tasks/new")
@needs("case.ask_co_unit")
@once.sent_once
def ask(number: str) -> Response:
    """Ask a co-unit a question with a date."""

    def do(hand: Hand) -> str:
        raw = {
            "org": options.org_typed("org"),
            "question": request.form.get("question", "").replace("\r\n", "\n"),
            "due_on": request.form.get("due_on", ""),
        }
        task = co_tasks.ask(hand.session, hand.case, raw, **hand.acting())
        return words("act.ask_co.done", org=reference.org_name(task.org_id))

    return case_forms.send_form(number, _question, do)


def _question(hand: Hand, typed: Typed) -> Form:
    org = _first(typed, "org")
    named = reference.org_names().get(org, org)
    made = [
        field("org", "act.ask_co.org", kind="org", value=org, data_url=fields.ORGS, label_value=named, hint="hint.org"),
        field("question", "act.ask_co.question", kind="textarea", rows=3, draft=True, value=_first(typed, "question")),
        field("due_on", "act.ask_co.due_on", kind="date", value=_first(typed, "due_on")),
    ]
    return _form(hand, "ask_co", "co-tasks/new", made)


@blueprint.get("/cases/<number>/co-tasks/<uuid:task_id>")
@needs("case.read")
def show_task(number: str, task_id: UUID) -> Response:
    """Show a question with the form to answer it, or (`do=waive`) to waive the answer."""
    hand = desks.take(number)
    task = task_rows.get(hand.session, hand.case, task_id=task_id)
    return case_forms.open_form(number, _settlement(task, waive=request.args.get("do") == WAIVE))


@blueprint.post("/cases/<number>/co-tasks/<uuid:task_id>")
@needs("case.read")
@once.sent_once
def settle(number: str, task_id: UUID) -> Response:
    """Answer a question, or waive the answer with a reason."""
    seen = desks.take(number, lock=True)
    task = task_rows.get(seen.session, seen.case, task_id=task_id)
    waive = WAIVE in request.form

    def do(hand: Hand) -> str:
        name = WAIVE if waive else ANSWER
        raw = {name: request.form.get(name, "").replace("\r\n", "\n")}
        co_tasks.settle(hand.session, hand.case, task, raw, **hand.acting())
        return words("act.waive_co.done" if waive else "act.answer_co.done")

    return case_forms.send_form(number, _settlement(task, waive=waive), do)


def _settlement(task: CoTask, *, waive: bool) -> case_forms.Maker:
    def make(hand: Hand, typed: Typed) -> Form:
        name, act = (WAIVE, "waive_co") if waive else (ANSWER, "answer_co")
        made = [field(name, f"act.{act}.text", kind="textarea", rows=4, draft=True, value=_first(typed, name))]
        asked = words("act.answer_co.asked", org=reference.org_name(task.org_id), day=wording.short_day(task.due_on))
        request_ = {"channel_time": asked, "spans": [{"text": task.question}], "asks": []}
        return _form(hand, act, f"co-tasks/{task.id}", made, request=request_)

    return make


@blueprint.get("/cases/<number>/extensions/new")
@needs("case.ask_extension")
def show_extension(number: str) -> Response:
    """Show the form that asks for more time."""
    hand = desks.take(number)
    records.require(hand.actor, "case.ask_extension", hand.subject)
    return case_forms.open_form(number, _extension)


@blueprint.post("/cases/<number>/extensions/new")
@needs("case.ask_extension")
@once.sent_once
def ask_for_time(number: str) -> Response:
    """Ask for more time, before the clock is due."""

    def do(hand: Hand) -> str:
        raw = {"until": request.form.get("until", ""), "reason": request.form.get("reason", "").replace("\r\n", "\n")}
        extensions.ask(hand.session, hand.case, raw, **hand.acting())
        return words("act.extend.done")

    return case_forms.send_form(number, _extension, do)


def _extension(hand: Hand, typed: Typed) -> Form:
    made = [
        field("until", "act.extend.until", kind="date", value=_first(typed, "until")),
        field("reason", "act.extend.reason", kind="textarea", rows=4, draft=True, value=_first(typed, "reason")),
    ]
    effect = [{"strong": "", "text": words("act.extend.effect")}]
    return _form(hand, "extend", "extensions/new", made, effect=effect)


@blueprint.get("/cases/<number>/extensions/<uuid:request_id>")
@needs("case.decide_extension")
def show_request(number: str, request_id: UUID) -> Response:
    """Show a request for more time with the form to decide on it."""
    hand = desks.take(number)
    records.require(hand.actor, "case.decide_extension", hand.subject)
    row = extension_rows.get(hand.session, hand.case, request_id=request_id)
    return case_forms.open_form(number, _decision(row))


@blueprint.post("/cases/<number>/extensions/<uuid:request_id>")
@needs("case.decide_extension")
@once.sent_once
def decide(number: str, request_id: UUID) -> Response:
    """Grant or refuse a request; never one's own."""
    seen = desks.take(number, lock=True)
    row = extension_rows.get(seen.session, seen.case, request_id=request_id)

    def do(hand: Hand) -> str:
        raw: dict[str, Any] = {"reason": request.form.get("reason", "").replace("\r\n", "\n")}
        if request.form.get("grant") in ("yes", "no"):
            raw["grant"] = request.form["grant"] == "yes"
        extensions.decide(hand.session, hand.case, row, raw, **hand.acting())
        return words("act.decide.granted" if raw.get("grant") else "act.decide.refused")

    return case_forms.send_form(number, _decision(row), do)


def _decision(row: ExtensionRequest) -> case_forms.Maker:
    def make(hand: Hand, typed: Typed) -> Form:
        choices = [(code, words(f"act.decide.{code}")) for code in ("yes", "no")]
        made = [
            field("grant", "act.decide.grant", kind="radio", value=_first(typed, "grant"), options=choices),
            field("reason", "act.decide.reason", kind="textarea", rows=3, draft=True, value=_first(typed, "reason")),
        ]
        old, until = wording.short_moment(row.old_due_at), wording.short_day(row.until)
        asked = words("act.decide.asked", when=wording.moment(row.requested_at), old=old, until=until)
        told = {"channel_time": asked, "spans": [{"text": row.reason}], "asks": []}
        return _form(hand, "decide", f"extensions/{row.id}", made, request=told)

    return make
