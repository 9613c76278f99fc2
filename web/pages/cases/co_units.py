"""Questions to co-units, and more time: asked by one side, answered or decided by another."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from casework.cases import extensions as extension_rows
from casework.cases.parts import co_tasks as task_rows
from casework.permissions import Subject
from web.access import needs
from web.api.answers import seen_by
from web.forms import field
from web.locales import words
from web.pages import once, options
from web.pages.cases import case_forms
from web.pages.cases.case_forms import Form, Typed, act_form, first
from web.pages.desks import Hand
from web.views import fields, reference, wording
from workflows.cases import co_tasks, extensions, taking_back

blueprint = Blueprint("co_units", __name__)

ANSWER, WAIVE = "answer", "waive"


@blueprint.get("/cases/<number>/co-tasks/new")
@needs("case.ask_co_unit")
def show_question(number: str) -> Response:
    """Show the form that asks a co-unit."""
    return case_forms.open_form(number, _question, permission="case.ask_co_unit")


@blueprint.post("/cases/<number>/co-tasks/new")
@needs("case.ask_co_unit")
@once.sent_once
def ask(number: str) -> Response:
    """Ask a co-unit a question with a date."""

    def do(hand: Hand) -> str:
        raw = {
            "org": options.org_typed("org"),
            "due_on": request.form.get("due_on", ""),
            **case_forms.texts("question"),
        }
        task = co_tasks.ask(hand.session, hand.case, raw, **hand.acting())
        return words("act.ask_co.done", org=reference.org_name(task.org_id))

    return case_forms.send_form(number, _question, do)


def _question(hand: Hand, typed: Typed) -> Form:
    org = first(typed, "org")
    named = reference.org_names().get(org, org)
    made = [
        field("org", "act.ask_co.org", kind="org", value=org, data_url=fields.ORGS, label_value=named, hint="hint.org"),
        field("question", "act.ask_co.question", kind="textarea", rows=3, draft=True, value=first(typed, "question")),
        field("due_on", "act.ask_co.due_on", kind="date", value=first(typed, "due_on")),
    ]
    return act_form(hand, "ask_co", made, path="co-tasks/new")


@blueprint.get("/cases/<number>/co-tasks/<uuid:task_id>")
@needs("case.read")
def show_task(number: str, task_id: UUID) -> Response:
    """Show a question with the form to answer it, or (`do=waive`) to waive the answer."""
    return case_forms.open_form(number, _settlement(task_id, waive=request.args.get("do") == WAIVE))


@blueprint.post("/cases/<number>/co-tasks/<uuid:task_id>")
@needs("case.read")
@once.sent_once
def settle(number: str, task_id: UUID) -> Response:
    """Answer a question, or waive the answer with a reason."""
    waive = WAIVE in request.form

    def do(hand: Hand) -> str:
        task = task_rows.get(hand.session, hand.case, task_id=task_id)
        raw = case_forms.texts(WAIVE if waive else ANSWER)
        co_tasks.settle(hand.session, hand.case, task, raw, **hand.acting())
        return words("act.waive_co.done" if waive else "act.answer_co.done")

    return case_forms.send_form(number, _settlement(task_id, waive=waive), do)


def _settlement(task_id: UUID, *, waive: bool) -> case_forms.Maker:
    def make(hand: Hand, typed: Typed) -> Form:
        task = task_rows.get(hand.session, hand.case, task_id=task_id)
        name, act = (WAIVE, "waive_co") if waive else (ANSWER, "answer_co")
        made = [field(name, f"act.{act}.text", kind="textarea", rows=4, draft=True, value=first(typed, name))]
        asked = words("act.answer_co.asked", org=reference.org_name(task.org_id), day=wording.short_day(task.due_on))
        seen = seen_by(Subject(hand.case.region_code, lead_org_id=hand.case.lead_org_id))
        request_ = {"channel_time": asked, "spans": [{"text": seen(task.question)}], "asks": []}
        return act_form(hand, act, made, path=f"co-tasks/{task_id}", request=request_)

    return make


@blueprint.get("/cases/<number>/extensions/new")
@needs("case.ask_extension")
def show_extension(number: str) -> Response:
    """Show the form that asks for more time."""
    return case_forms.open_form(number, _extension, permission="case.ask_extension")


@blueprint.post("/cases/<number>/extensions/new")
@needs("case.ask_extension")
@once.sent_once
def ask_for_time(number: str) -> Response:
    """Ask for more time, before the clock is due."""

    def do(hand: Hand) -> str:
        raw = {"until": request.form.get("until", ""), **case_forms.texts("reason")}
        extensions.ask(hand.session, hand.case, raw, **hand.acting())
        return words("act.extend.done")

    return case_forms.send_form(number, _extension, do)


@blueprint.post("/cases/<number>/extensions/undo")
@needs("case.ask_extension")
def withdraw_extension(number: str) -> Response:
    """Take one's own request for more time back, where nobody has decided it yet."""
    return case_forms.undone(number, taking_back.extension, words("act.extend.undone"))


def _extension(hand: Hand, typed: Typed) -> Form:
    made = [
        field("until", "act.extend.until", kind="date", value=first(typed, "until")),
        field("reason", "act.extend.reason", kind="textarea", rows=4, draft=True, value=first(typed, "reason")),
    ]
    effect = [{"strong": "", "text": words("act.extend.effect")}]
    return act_form(hand, "extend", made, path="extensions/new", effect=effect)


@blueprint.get("/cases/<number>/extensions/<uuid:request_id>")
@needs("case.decide_extension")
def show_request(number: str, request_id: UUID) -> Response:
    """Show a request for more time with the form to decide on it."""
    return case_forms.open_form(number, _decision(request_id), permission="case.decide_extension")


@blueprint.post("/cases/<number>/extensions/<uuid:request_id>")
@needs("case.decide_extension")
@once.sent_once
def decide(number: str, request_id: UUID) -> Response:
    """Grant or refuse a request; never one's own."""

    def do(hand: Hand) -> str:
        row = extension_rows.get(hand.session, hand.case, request_id=request_id)
        raw: dict[str, Any] = case_forms.texts("reason")
        if request.form.get("grant") in ("yes", "no"):
            raw["grant"] = request.form["grant"] == "yes"
        extensions.decide(hand.session, hand.case, row, raw, **hand.acting())
        return words("act.decide.granted" if raw.get("grant") else "act.decide.refused")

    return case_forms.send_form(number, _decision(request_id), do)


def _decision(request_id: UUID) -> case_forms.Maker:
    def make(hand: Hand, typed: Typed) -> Form:
        row = extension_rows.get(hand.session, hand.case, request_id=request_id)
        choices = [(code, words(f"act.decide.{code}")) for code in ("yes", "no")]
        made = [
            field("grant", "act.decide.grant", kind="radio", value=first(typed, "grant"), options=choices),
            field("reason", "act.decide.reason", kind="textarea", rows=3, draft=True, value=first(typed, "reason")),
        ]
        old, until = wording.short_moment(row.old_due_at), wording.short_day(row.until)
        asked = words("act.decide.asked", when=wording.moment(row.requested_at), old=old, until=until)
        told = {"channel_time": asked, "spans": [{"text": row.reason}], "asks": []}
        return act_form(hand, "decide", made, path=f"extensions/{request_id}", request=told)

    return make
