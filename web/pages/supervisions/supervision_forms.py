"""The forms of supervised matters: initiating one, putting it right, every step, a note, a file."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for

from casework.cases import queries as cases
from casework.core.errors import FieldError, Invalid, Refused, Stale
from casework.core.ids import parse_id
from casework.matters import attachments as kept_files
from casework.registry import queries as registry
from casework.supervisions import actions, queries
from casework.supervisions.tables import Supervision
from web import bodies, frames, identity, unit
from web.access import needs
from web.api.supervisions import supervisions as api
from web.forms import field
from web.handing_out import MEBIBYTES, hand_out
from web.locales import words
from web.pages import once, options
from web.pages.cases import case_forms, files
from web.pages.cases.case_forms import first
from web.pages.consultations import consultation_people
from web.pages.desks import given_version
from web.pages.supervisions.supervisions import ROOM, subject_of, take
from web.views import chips, counting, fields, reference, wording
from web.views import supervision_views as views
from workflows import engine, records, supervising
from workflows.cases import attaching, comments
from workflows.definition import Transition

blueprint = Blueprint("supervision_forms", __name__)

_COMMENT, _ATTACH = "supervision.comment", "supervision.attach"

Typed = Mapping[str, Sequence[str]]


@blueprint.get("/supervision/new")
@needs(api.INITIATE, anywhere=True)
def show_new() -> Response:
    """Show the form that initiates a matter, out of a case if the address names one."""
    given: dict[str, list[str]] = dict(request.args.lists())
    case = _case(request.args.get("case", ""))
    if case is not None:
        given |= {"case": [case.number], "title": [case.title], "source": ["case"], "level": ["2"]}
        given["requirement"] = [case.description]
        org = reference.orgs().get(case.lead_org_id) if case.lead_org_id is not None else None
        if org is not None:
            given["org"] = [org.code]
    return _new(given)


@blueprint.post("/supervision/new")
@needs(api.INITIATE, anywhere=True)
@once.sent_once
def initiate() -> Response:
    """Initiate a matter."""
    raw = {name: value for name, value in _typed_values().items() if value not in ("", [], None)}
    case = _case(request.form.get("case", ""))
    if case is not None:
        raw |= {"source": "case", "source_id": str(case.id)}
    try:
        if raw.get("level") == actions.LISTED and "leader" not in raw:
            # A listed matter is some leader's (domain.md §3c); a program may name them later.
            others = supervising.mistakes_of(unit.session(), raw, actor=identity.actor(), at=unit.at())
            raise Invalid([*others, FieldError("leader", "required")])
        row = supervising.initiate(unit.session(), raw, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _new(case_forms.sent(), mistakes=mistake.errors, status=422)
    frames.say(words("supervision.initiated"))
    return make_response(redirect(views.url_of(row), 303))


@blueprint.get("/supervision/<uuid:supervision_id>/edit")
@needs("supervision.mend")
def show_edit(supervision_id: UUID) -> Response:
    """Show the form that puts a matter right."""
    row = take(supervision_id)
    records.require(identity.actor(), "supervision.mend", subject_of(row))
    return _edit(row, _values_of(row))


@blueprint.post("/supervision/<uuid:supervision_id>/edit")
@needs("supervision.mend")
@once.sent_once
def mend(supervision_id: UUID) -> Response:
    """Put a matter right."""
    row = take(supervision_id, lock=True)
    typed, subject = _typed_values(), subject_of(row)
    names = supervising.BEFORE_ISSUE if row.state == "initiated" else supervising.AFTER_ISSUE
    raw = {name: typed[name] for name in names if name in typed}
    if "leader_id" in request.form:
        raw["leader_id"] = consultation_people.one_typed("leader_id")

    def do() -> object:
        return supervising.mend(
            unit.session(),
            row,
            raw,
            subject=subject,
            actor=identity.actor(),
            at=unit.at(),
            expected_version=given_version(),
        )

    return _sent(row, do, lambda **more: _edit(row, case_forms.sent(), **more), said=words("supervision.mended"))


@blueprint.get("/supervision/<uuid:supervision_id>/moves/<trigger>")
@needs(api.READ)
def show_move(supervision_id: UUID, trigger: str) -> Response:
    """Show the form of a step, if the caller may take it now."""
    row = take(supervision_id)
    transition = _transition(row, trigger)
    subject = subject_of(row)
    records.require(identity.actor(), transition.permission, subject)
    moves = engine.available(unit.session(), row, subject=subject, actor=identity.actor(), at=unit.at())
    if trigger not in moves.available:
        reasons = [reason for each in moves.unavailable if each.trigger == trigger for reason in each.reasons]
        raise Refused(reasons, available_triggers=moves.available)
    return _move_form(row, transition, {})


@blueprint.post("/supervision/<uuid:supervision_id>/moves/<trigger>")
@needs(api.READ)
@once.sent_once
def move(supervision_id: UUID, trigger: str) -> Response:
    """Take a step."""
    row = take(supervision_id, lock=True)
    transition, subject = _transition(row, trigger), subject_of(row)
    given = {
        each.name: value
        for each in transition.fields
        if (value := request.form.get(each.name, "").replace("\r\n", "\n").strip())
    }

    def do() -> object:
        return engine.move(
            unit.session(),
            row,
            trigger,
            subject=subject,
            actor=identity.actor(),
            at=unit.at(),
            given=given,
            comment=request.form.get("comment") or None,
            expected_version=given_version(),
        )

    said = words("supervision.done", step=wording.told(transition.label))
    return _sent(row, do, lambda **more: _move_form(row, transition, case_forms.sent(), **more), said=said)


def _acting(row: Supervision) -> dict[str, Any]:
    return {"subject": subject_of(row), "actor": identity.actor(), "at": unit.at()}


@blueprint.post("/supervision/<uuid:supervision_id>/comments")
@needs(_COMMENT)
@once.sent_once
def comment(supervision_id: UUID) -> Response:
    """Put a note to a matter."""
    row = take(supervision_id, lock=True)
    raw = {"text": request.form.get("text", "")}
    try:
        comments.comment(unit.session(), row, raw, permission=_COMMENT, **_acting(row))
    except Invalid as mistake:
        frames.say(words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params))
    return make_response(redirect(f"{views.url_of(row)}#notes-h", 303))


@blueprint.post("/supervision/<uuid:supervision_id>/files")
@needs(_ATTACH)
@bodies.takes_up_to(MEBIBYTES)
def put_file(supervision_id: UUID) -> Response:
    """Put a file to a matter."""
    with unit.looking() as session:
        known = queries.get(session, identity.actor(), supervision_id)
        subject = queries.subject_of(session, known, actor=identity.actor())
        records.require(identity.actor(), _ATTACH, subject)
    try:
        staged = files.stage_sent()
    except Invalid as mistake:
        frames.say(words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params))
        return make_response(redirect(f"{views.URL}/{supervision_id}", 303))
    row = take(supervision_id, lock=True)
    made = attaching.attach(unit.session(), row, staged, permission=_ATTACH, **_acting(row))
    frames.say(words("files.added", name=made.name))
    return make_response(redirect(f"{views.url_of(row)}#files-h", 303))


@blueprint.get("/supervision/<uuid:supervision_id>/files/<uuid:file_id>")
@needs(api.READ)
def fetch_file(supervision_id: UUID, file_id: UUID) -> Response:
    """Hand a file out, to be saved."""
    row = take(supervision_id)
    return hand_out(kept_files.get(unit.session(), matter_id=row.id, attachment_id=file_id))


# ------------------------------------------------------------------ forms
def _sent(row: Supervision, do: Callable[[], object], again: Callable[..., Response], *, said: str) -> Response:
    """Do what a form asks for, or show it again with what is against it."""
    try:
        do()
    except Invalid as mistake:
        return again(mistakes=mistake.errors, status=422)
    except Stale as stale:
        link = {"text": words("form.look_at_case"), "url": views.url_of(row)}
        notes = case_forms.changes(row, subject_of(row), since=stale.expected, link=link)
        return again(notes=notes, status=409)
    except Refused as refused:
        return again(notes=case_forms.against(refused.refusals), status=409)
    frames.say(said)
    return make_response(redirect(views.url_of(row), 303))


def _transition(row: Supervision, trigger: str) -> Transition:
    found = wording.workflow_of(row).by_trigger.get(trigger)
    if found is None:
        abort(404)
    return found


def _move_form(row: Supervision, transition: Transition, typed: Typed, **more: Any) -> Response:
    asked = [fields.of_step(each, typed) for each in transition.fields]
    if transition.needs_comment:
        label = "supervision.field.comment" if transition.trigger == "urge" else "supervision.field.look_back"
        value = first(typed, "comment")
        asked.append(field("comment", label, kind="textarea", value=value, rows=4, max=engine.COMMENT_LENGTH))
    label = wording.told(transition.label)
    url = f"{views.url_of(row)}/moves/{transition.trigger}"
    return _form(row, label, url, label, asked, danger=transition.danger, **more)


def _form(
    row: Supervision,
    title: str,
    url: str,
    submit: str,
    asked: Sequence[Mapping[str, Any]],
    *,
    danger: bool = False,
    mistakes: Sequence[FieldError] = (),
    notes: Sequence[Mapping[str, Any]] = (),
    status: int = 200,
) -> Response:
    shown, summary = fields.with_mistakes([once.field(once.given_number()), *asked], mistakes)
    number = row.slip_number or row.number
    page = render_template(
        "cases/move.html",
        frame=counting.framed(ROOM),
        move={
            "title": title,
            "url": url,
            "case_url": views.url_of(row),
            "case": {"number": number, "number_short": number, "title": row.title, "state": chips.state_chip(row)},
            "version": row.version,
            "fields": shown,
            "errors": summary,
            "draft_url": None,
            "saved": "",
            "warnings": list(notes),
            "warnings_title": None,
            "ack": False,
            "submit": {"label": submit, "busy": words("form.busy"), "danger": danger},
            "who": "",
        },
        request=None,
        effect=(),
        snippets=None,
        conflict=None,
    )
    return make_response(page, status)


def _leader_field(typed: Typed) -> dict[str, Any]:
    """Return the field of the account that is told as the leader in charge."""
    value = first(typed, "leader_id") or first(typed, "leader_id_text")
    found = parse_id(value)
    name = value if found is None else registry.people_by_id(unit.session(), [found]).get(found, value)
    return field("leader_id", "supervision.field.leader_id", kind="person", required=False, value=value,
                 label_value=name, data_url=url_for("consultations.offer_people"),
                 hint="supervision.field.leader_id_hint")  # fmt: skip


def _edit(row: Supervision, typed: Typed, **more: Any) -> Response:
    names = supervising.BEFORE_ISSUE if row.state == "initiated" else supervising.AFTER_ISSUE
    asked = [*(each for each in _fields(typed) if each["name"] in names), _leader_field(typed)]
    title = words("supervision.mend")
    return _form(row, title, f"{views.url_of(row)}/edit", title, asked, **more)


def _values_of(row: Supervision) -> dict[str, list[str]]:
    return {
        "title": [row.title],
        "requirement": [row.requirement],
        "source_words": [row.source_words or ""],
        "due_on": [row.due_on.isoformat()],
        "level": [str(row.level)],
        "leader": [row.leader or ""],
        "leader_id": [str(row.leader_id or "")],
    }


def _fields(typed: Typed) -> list[dict[str, Any]]:
    def value(name: str) -> str:
        return first(typed, name)

    levels = [(str(n), views.level_chip(n).text) for n in actions.LEVELS]
    plain = [each for each in actions.SOURCES if each not in actions.LINKED_SOURCES]
    org = value("org")
    helping = [fields.chosen_org(each) for each in typed.get("co_orgs", ()) if each]
    made = [
        field("title", "supervision.field.title", value=value("title"), max=supervising.TITLE_LENGTH, wide=True),
        field("requirement", "supervision.field.requirement", kind="textarea", value=value("requirement"), rows=4),
        field(
            "org",
            "supervision.field.org",
            kind="org",
            value=org,
            data_url=fields.ORGS,
            label_value=reference.org_names().get(org, org),
        ),
        field("co_orgs", "supervision.field.co_orgs", kind="orgs", required=False, value="", data_url=fields.ORGS)
        | {"chosen": helping},
        field(
            "due_on",
            "supervision.field.due_on",
            kind="date",
            value=value("due_on"),
            hint="supervision.field.due_on_hint",
        ),
        field("level", "supervision.field.level", kind="radio", value=value("level") or "1", options=levels),
        field(
            "leader", "supervision.field.leader", required=False, value=value("leader"), max=supervising.LEADER_LENGTH
        ),
    ]
    words_of_source = field(
        "source_words", "supervision.field.source_words", required=False, value=value("source_words"), max=200
    )
    if value("case"):
        return [{"name": "case", "kind": "hidden", "value": value("case"), "label": "", "required": True}, *made]
    sources = [(each, words(f"supervision.source.{each}")) for each in plain]
    chosen = value("source") or plain[0]
    source = field("source", "supervision.field.source", kind="radio", value=chosen, options=sources)
    return [*made[:2], source, words_of_source, *made[2:]]


def _typed_values() -> dict[str, Any]:
    """Return what was typed as the reader of a new matter wants it."""
    names = ("title", "requirement", "source", "source_words", "due_on", "leader")
    typed: dict[str, Any] = {name: request.form[name].replace("\r\n", "\n") for name in names if name in request.form}
    level = request.form.get("level", "")
    typed["level"] = int(level) if level.isascii() and level.isdigit() and len(level) < 4 else level
    typed["org"] = options.org_typed("org")
    typed["co_orgs"] = options.orgs_typed("co_orgs")
    return typed


def _case(number: str) -> Any:
    """Return the case that a matter is made out of; None for none the caller may know of."""
    if not number:
        return None
    return cases.find(unit.session(), identity.actor(), reference=number[:64], at=unit.at())


def _earlier(case: Any) -> list[dict[str, str]]:
    """Return the matters that were made out of this case before."""
    made = queries.of_source(unit.session(), case.id)
    return [{"text": row.slip_number or row.number, "url": views.url_of(row)} for row in made]


def _new(typed: Typed, *, mistakes: Sequence[FieldError] = (), status: int = 200) -> Response:
    shown, summary = fields.with_mistakes([once.field(once.given_number()), *_fields(typed)], mistakes)
    case = _case(first(typed, "case"))
    page = render_template(
        "supervision/new.html",
        frame=counting.framed(ROOM),
        back=url_for("supervisions.show_board"),
        earlier=[] if case is None else _earlier(case),
        case=None if case is None else {"number": case.number, "title": case.title, "url": f"/cases/{case.number}"},
        form={"url": url_for("supervision_forms.initiate"), "fields": shown, "errors": summary},
    )
    return make_response(page, status)
