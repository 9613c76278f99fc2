"""One action over many cases: what will be refused and why, then what became of each.

Each case is judged by itself, by the very code that acts (workflows/cases/batches.py): a preview does everything and
takes it back. Not here: which actions stand in the bar of the list (web/views/case_list.py).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.cases.filters import read_filter
from casework.cases.listing import chosen
from casework.cases.rows import CaseRow
from casework.core.errors import CaseworkError, FieldError, Invalid, invalid
from casework.registry.calendar import load_calendar
from web import frames, identity, unit
from web.access import needs
from web.api import answers, parameters
from web.api.cases.batches import reason_of
from web.forms import field, with_mistakes
from web.locales import words
from web.pages import desks, options
from web.pages.papers import paper_prints
from web.views import addresses, case_list, counting, papers, reference, wording
from web.views import fields as form_fields
from workflows import guards
from workflows.cases import batches, taking_back
from workflows.cases.batches import Outcome
from workflows.papers import case_sheets
from workflows.papers import papers as most_papers

blueprint = Blueprint("batch", __name__)

PRINT, PAPERS = "print", "papers"
ACTIONS = ("assign", "acknowledge", "urge", "extend", PRINT, PAPERS)
_EXTRA_WORKDAYS = 5
# A sheet costs as much as the page of its case: so many are shown at once, more are made in the background.
_MOST_AT_ONCE = 50
# What can be taken back while nobody has followed it: by which step of the workflow, or which act.
_UNDONE_BY = {"assign": "recall", "urge": taking_back.URGE, "extend": taking_back.EXTENSION}
# What cannot, and why, is said where it was done.
_FINAL = ("acknowledge",)
_FIELDS: Mapping[str, Sequence[str]] = {"assign": ("org",), "urge": ("text",), "extend": ("until", "reason")}


@blueprint.post("/batches")
@needs(batches.PERMISSION, anywhere=True)
def preview() -> Response:
    """Show what of a selection can be done and what not; nothing is changed."""
    action = _action()
    ids = _asked_ids(most_papers.MOST if action in (PRINT, PAPERS) else batches.MOST)
    if action == PAPERS:
        return paper_prints.page_of("assignment", [row.number for row in _rows(ids).values()])
    return _print(ids) if action == PRINT else _preview(action, ids, _defaults(action))


@blueprint.post("/batches/say")
@needs(batches.PERMISSION, anywhere=True)
def say() -> Response:
    """Say in the bar of the list how many of the ticked cases its main action would be refused for."""
    ids = _asked_ids(most_papers.MOST) if request.form.get("all") == "1" else _ticked()[: batches.MOST]
    told = None
    if len(ids) > batches.MOST:
        only = words("batch_page.say_print_only", most=batches.MOST, print=most_papers.MOST)
        told = {"count": len(ids), "label": "", "strong": "", "text": only}
    elif ids:
        main = next(each["action"] for each in _buttons() if each["main"])
        refused = [each for each in _judged(main, ids, _defaults(main)) if _is_refused(each)]
        doable = words("batch_page.say_doable", n=len(ids) - len(refused))
        told = {
            "count": len(ids),
            "label": words("batch_page.say", action=words(f"batch_page.{main}")),
            "strong": doable + (words("batch_page.say_refused", n=len(refused)) if refused else ""),
            "text": _first_reason(refused),
        }
    return make_response(render_template("cases/_batch_say.html", list={"batch": {"say": told}}))


@blueprint.post("/batches/run")
@needs(batches.PERMISSION, anywhere=True)
def run() -> Response:
    """Do it, case by case, and show what became of each."""
    action, ids = _action(), _ticked()
    given = {name: value for name in _FIELDS.get(action, ()) if (value := _typed(name))}
    if action in (PRINT, PAPERS) or not ids:
        raise invalid("id" if action not in (PRINT, PAPERS) else "action", "required")
    session, actor = unit.session(), identity.actor()
    outcomes = batches.run(session, ids, action=action, fields=given, actor=actor, at=unit.at())
    mistakes = [each.error for each in outcomes if isinstance(each.error, Invalid)]
    if len(mistakes) == len(outcomes):
        # Nothing was done, for what was typed is wrong for every one of them.
        return _preview(action, ids, given, mistakes=mistakes[0].errors, status=422)
    return _outcome(action, outcomes)


@blueprint.post("/batches/undo")
@needs(batches.PERMISSION, anywhere=True)
def undo() -> Response:
    """Take back what was done to many, case by case; what a unit has followed, or is older than that, stays."""
    action, ids = _UNDONE_BY.get(request.form.get("action", "")), _ticked()
    if action is None or not ids:
        raise invalid("action" if action is None else "id", "required")
    outcomes = batches.run(unit.session(), ids, action=action, fields={}, actor=identity.actor(), at=unit.at())
    return _outcome(action, outcomes)


def _outcome(action: str, outcomes: Sequence[Outcome]) -> Response:
    rows = _rows([each.id for each in outcomes])
    finished = [each.id for each in outcomes if each.is_done and each.id in rows]
    done = [_done(rows[each], action) for each in finished]
    refused = [_refused(rows[each.id], each.error) for each in outcomes if each.error and each.id in rows]
    back = _back([each.id for each in outcomes if each.error])
    return _result(action, done, refused, back=back, undo=_undo_of(action, finished))


def _undo_of(action: str, ids: Sequence[UUID]) -> dict[str, Any] | None:
    """Return the button that takes it back, where that can be done."""
    if action not in _UNDONE_BY or not ids:
        return None
    minutes = guards.RECALL_TIME // timedelta(minutes=1)
    text = words("batch_page.undo", minutes=minutes)
    return {"url": url_for("batch.undo"), "text": text, "action": action, "ids": [str(each) for each in ids]}


def _typed(name: str) -> str:
    return options.org_typed(name) if name == "org" else request.form.get(name, "")


def _preview(
    action: str,
    ids: Sequence[UUID],
    given: Mapping[str, str],
    *,
    mistakes: Sequence[FieldError] = (),
    status: int = 200,
) -> Response:
    rows = _rows(ids)
    judged = [each for each in _judged(action, ids, given) if each.id in rows]
    doable = [_doable(rows[each.id]) for each in judged if not _is_refused(each)]
    fields, summary = with_mistakes(_fields(action, given), mistakes)
    page = render_template(
        "batch.html",
        frame=counting.framed("cases"),
        result=None,
        batch={
            "label": words("batch_page.label", action=words(f"batch_page.{action}"), n=len(judged)),
            "url": url_for("batch.run"),
            "back_url": _back(ids),
            "token_fields": {"action": action, "filter": request.form.get("filter", "")},
            "fields": fields,
            "errors": summary,
            "doable": doable,
            "refused": [_refused(rows[each.id], each.error) for each in judged if each.error and _is_refused(each)],
            "submit_label": words("batch_page.label", action=words(f"batch_page.{action}"), n=len(doable)),
            "done": None,
        },
    )
    return make_response(page, status)


def _print(ids: Sequence[UUID]) -> Response:
    """Show the sheets of all of them, each beginning on a page of its own; more than a few become one file, later."""
    rows = _rows(ids)
    if len(rows) > _MOST_AT_ONCE:
        lead = words("papers.print.many", n=len(rows), few=_MOST_AT_ONCE)
        numbers = [row.number for row in rows.values()]
        return paper_prints.page_of(case_sheets.INTERNAL, numbers, format="pdf", lead=lead)
    sheets = [papers.sheet_of(desks.take(row.number).desk(), public=False) for row in rows.values()]
    title = words("batch_page.label", action=words("batch_page.print"), n=len(sheets))
    page = render_template("cases/prints.html", frame=frames.bare(), back_url=_back(ids), title=title, sheets=sheets)
    return make_response(page)


def _result(
    action: str, done: Sequence[Any], refused: Sequence[Any], *, back: str, undo: Mapping[str, Any] | None
) -> Response:
    page = render_template(
        "batch.html",
        frame=counting.framed("cases"),
        batch=None,
        result={
            "label": words("batch_page.result", action=words(f"batch_page.{action}")),
            "back_url": back,
            "done": done,
            "refused": refused,
            "undo": undo,
            "final": words(f"batch_page.{action}.final") if done and action in _FINAL else None,
            "again_url": back,
        },
    )
    return make_response(page)


def _judged(action: str, ids: Sequence[UUID], given: Mapping[str, str]) -> list[Outcome]:
    actor, at = identity.actor(), unit.at()
    return batches.run(unit.session(), ids, action=action, fields=given, actor=actor, at=at, dry_run=True)


def _is_refused(outcome: Outcome) -> bool:
    # What is not filled in yet is no reason against a case.
    return outcome.error is not None and not isinstance(outcome.error, Invalid)


def _first_reason(refused: Sequence[Outcome]) -> str:
    """Say why the first of them is refused; the others stand on the next page."""
    rows = _rows([each.id for each in refused[:1]])
    told = [(rows[each.id], each.error) for each in refused[:1] if each.error is not None and each.id in rows]
    return "".join(
        words("batch_page.say_why", number=wording.short_number(row.number), reason=reason_of(error).rstrip("。."))
        for row, error in told
    )


def _action() -> str:
    action = request.form.get("action", "")
    if action not in ACTIONS:
        raise invalid("action", "not_a_choice", choices=", ".join(ACTIONS))
    return action


def _ticked() -> list[UUID]:
    return list(dict.fromkeys(case_list.as_ids(request.form.getlist("id"))))


def _asked_ids(most: int) -> Sequence[UUID]:
    """Return what was ticked, or (with `all`) everything the list's filter shows."""
    if request.form.get("all") != "1":
        ids: Sequence[UUID] = _ticked()
    else:
        asked = addresses.without(parse_qs(request.form.get("filter", "").lstrip("?")), *case_list.BESIDE)
        session, actor = unit.session(), identity.actor()
        filter = read_filter(asked, session=session, actor=actor, states=parameters.states())
        ids = batches.ids_under(session, filter, actor=actor, at=unit.at(), most=most)
    if not 0 < len(ids) <= most:
        raise invalid("ids", "not_a_list", most=most)
    return ids


def _rows(ids: Sequence[UUID]) -> dict[UUID, CaseRow]:
    return {row.id: row for row in chosen.rows(unit.session(), identity.actor(), ids, at=unit.at())}


def _back(ids: Sequence[UUID]) -> str:
    """Return the list as it was left, with what was not done still ticked."""
    asked = parse_qs(request.form.get("filter", "").lstrip("?"))
    return addresses.cases({**addresses.without(asked, "ticked"), "ticked": [str(each) for each in ids]})


def _buttons() -> Sequence[Mapping[str, Any]]:
    bar = case_list.batch_of(url_for("batch.preview"))
    return bar["buttons"] if bar is not None else ()


def _defaults(action: str) -> dict[str, str]:
    """Return what stands in the form at first, which is also what the preview judges by."""
    if action != "extend":
        return {}
    until = load_calendar(unit.session()).add_workdays(unit.today() + timedelta(days=1), _EXTRA_WORKDAYS)
    return {"until": until.isoformat(), "reason": words("batch_page.reason.default")}


def _fields(action: str, given: Mapping[str, str]) -> list[dict[str, Any]]:
    if action == "assign":
        org = given.get("org", "")
        named = reference.org_names().get(org, org)
        source = form_fields.ORGS
        return [
            field("org", "batch_page.org", kind="org", value=org, hint="hint.org", data_url=source, label_value=named)
        ]
    if action == "urge":
        hint = "batch_page.text.hint"
        value = given.get("text")
        return [field("text", "batch_page.text", kind="textarea", required=False, value=value, hint=hint, rows=3)]
    if action == "extend":
        reason = given.get("reason")
        return [
            field("until", "batch_page.until", kind="date", value=given.get("until")),
            field("reason", "batch_page.reason", kind="textarea", value=reason, hint="batch_page.text.hint", rows=3),
        ]
    return []


def _shown(row: CaseRow) -> dict[str, Any]:
    title = answers.title_of(row)
    return {
        "id": str(row.id),
        "number": wording.short_number(row.number),
        "title": title,
        "url": f"/cases/{row.number}",
    }


def _doable(row: CaseRow) -> dict[str, Any]:
    return {**_shown(row), "about": wording.joined([row.lead_org_name or "", row.town or ""])}


def _done(row: CaseRow, action: str) -> dict[str, Any]:
    return {**_shown(row), "text": words(f"batch_page.{action}.done", unit=row.lead_org_name or "")}


def _refused(row: CaseRow, error: CaseworkError | None) -> dict[str, Any]:
    reason = "" if error is None else reason_of(error)
    look = {"text": words("batch_page.look"), "url": f"/cases/{row.number}"}
    return {**_shown(row), "reason": reason, "remedy": look}
