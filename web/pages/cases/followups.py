"""The follow-up desk: whom to ring, with the words to say, and the note of each attempt.

Not here: who may ring and when nobody reached is enough to close (workflows/cases/calling.py). What is closed here goes
through that judgement, which is stricter than the plain move.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.cases import codes, follow_ups, queries
from casework.cases.rows import CaseRow
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core import texts
from casework.core.calendars import WorkCalendar
from casework.core.errors import FieldError, Invalid, Refused
from casework.permissions import Subject
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from web import errors, frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import local, words
from web.pages.cases import followup_ratings
from web.views import addresses, chips, counting, link_words, reference, wording
from workflows import records
from workflows.cases import calling
from workflows.denials import NotAllowed

blueprint = Blueprint("followups", __name__)

TODAY, ALL, REVIEW = "today", "all", "review"
_REVIEW_AHEAD = timedelta(days=7)
_SCRIPT = 4


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A case that waits for a call, or (with `review_on`) to be looked at again."""

    row: CaseRow
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """What was typed and what is wrong with it."""

    values: Mapping[str, str]
    mistakes: Sequence[FieldError] = ()
    reason: str | None = None


@blueprint.get("/followups")
@needs(calling.PERMISSION, anywhere=True)
def show() -> Response:
    """Show the call list; where there is room beside it, the first case is open."""
    return _page(None)


@blueprint.get("/followups/<uuid:case_id>")
@needs(calling.PERMISSION)
def show_one(case_id: UUID) -> Response:
    """Show the call list with one case open."""
    return _page(_opened(case_id))


@blueprint.post("/followups/<uuid:case_id>")
@needs(calling.PERMISSION)
def note(case_id: UUID) -> Response:
    """Write an attempt down: `do` is `close` (and end the case by it), `again` (nobody answered) or `review`."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    case = queries.get_for_update(session, actor, case_id=case_id, at=at)
    subject = subject_of(session, case, actor=actor, at=at)
    told = {name: value for name in (*calling.FIELDS, "review_on") if (value := request.form.get(name))}
    done = request.form.get("do")
    try:
        version = texts.parse_int(request.form.get("version", ""), field="version", minimum=1)
        if case.state == "closed":
            asked: dict[str, str] = {name: told[name] for name in ("words", "review_on") if name in told}
            records.require_version(case, version)
            calling.review(session, case, asked, subject=subject, actor=actor, at=at)
        elif done == "close":
            raw = _call_of(told)
            # An attempt that may not close the case leaves no trace of itself on the page that says so.
            with session.savepoint():
                calling.close(session, case, raw, subject=subject, actor=actor, at=at, expected_version=version)
        else:
            raw = {"followed_up": "unreachable", **({"words": told["words"]} if "words" in told else {})}
            calling.call(session, case, raw, subject=subject, actor=actor, at=at)
    except Invalid as mistake:
        return _again(case_id, _Told(told, mistakes=mistake.errors), status=422)
    except Refused as refused:
        return _again(case_id, _Told(told, reason=errors.problem_of(refused).detail), status=409)
    frames.say(words("followup.closed" if done == "close" else "followup.noted", number=case.number))
    return make_response(redirect(url_for("followups.show", tab=request.args.get("tab")), 303))


def _call_of(told: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if name in calling.FIELDS}


def _again(case_id: UUID, told: _Told, *, status: int) -> Response:
    unit.session().expire_all()
    return _page(_opened(case_id), told=told, status=status)


def _opened(case_id: UUID) -> Case:
    return queries.get(unit.session(), identity.actor(), case_id=case_id, at=unit.at())


def _page(case: Case | None, *, told: _Told | None = None, status: int = 200) -> Response:
    session, actor = unit.session(), identity.actor()
    calendar = load_calendar(session)
    subject = None
    if case is not None:
        subject = subject_of(session, case, actor=actor, at=unit.at())
        records.require(actor, calling.PERMISSION, subject)
    calls = [_Waiting(row) for row in follow_ups.to_call(session, actor, at=unit.at())]
    again = [
        _Waiting(row, on)
        for row, on in follow_ups.to_review(session, actor, at=unit.at(), until=unit.today() + _REVIEW_AHEAD)
    ]
    groups = {TODAY: [each for each in calls if _is_due(each.row)], ALL: calls, REVIEW: again}
    asked = request.args.get("tab")
    tab = asked if asked in groups else TODAY if groups[TODAY] else ALL if calls else REVIEW if again else TODAY
    is_listed = case is None
    if is_listed and groups[tab]:
        case = _opened(groups[tab][0].row.id)
        subject = subject_of(session, case, actor=actor, at=unit.at())
    attempts = follow_ups.counts(session, [each.row.id for each in groups[tab]])
    page = render_template(
        "followups.html",
        frame=counting.framed("followups"),
        tabs=[
            {"label": words(f"followup.tab.{name}"), "n": len(rows), "url": _url(name), "current": name == tab}
            for name, rows in groups.items()
        ],
        rows=[_row(each, attempts, calendar, tab=tab, current=case) for each in groups[tab]],
        foot=words("followup.foot"),
        call=_call(case, subject, told or _Told({}), tab=tab) if case is not None and subject is not None else None,
        nothing=None
        if groups[tab] or case is not None
        else {"text": words("followup.nothing"), "buttons": link_words.ways("cases")},
        list_url=_url(tab),
        is_listed=is_listed,
    )
    return make_response(page, status)


def _url(tab: str) -> str:
    return "/followups" + addresses.query({"tab": [tab]})


def _is_due(row: CaseRow) -> bool:
    return row.due_at is not None and local(row.due_at).date() <= unit.today()


def _row(
    each: _Waiting, attempts: Mapping[UUID, int], calendar: WorkCalendar, *, tab: str, current: Case | None
) -> dict[str, Any]:
    row, n = each.row, attempts.get(each.row.id, 0)
    if each.review_on is None:
        chip = None if row.due_at is None else chips.of_clock(row.due_at, calendar, level=row.due_level)
    else:
        tone = "amber" if each.review_on <= unit.today() else "outline"
        chip = chips.Deadline(words("followup.review_on", day=wording.short_day(each.review_on)), tone)
    return {
        "id": str(row.id),
        "url": url_for("followups.show_one", case_id=row.id, tab=tab),
        "title": row.title,
        "number_short": wording.short_number(row.number),
        "place": " ".join(name for name in (row.town, row.village) if name) or words("place.whole_county"),
        "about": row.lead_org_name,
        "chip": chip,
        "attempts_text": words("followup.tried", n=n) if n else None,
        "current": current is not None and current.id == row.id,
    }


def _call(case: Case, subject: Subject, told: _Told, *, tab: str) -> dict[str, Any]:
    attempts = follow_ups.of_case(unit.session(), case)
    reveal = f"/cases/{case.number}/reveal?field="
    names = registry.people_by_id(unit.session(), [case.resolved_by])
    return {
        "number": case.number,
        "title": case.title,
        "url": f"/cases/{case.number}",
        "state": chips.state_chip(case),
        "resolved": {
            "unit": reference.org_name(case.lead_org_id),
            "by": "" if case.resolved_by is None else names.get(case.resolved_by, ""),
            "on": "" if case.resolved_at is None else wording.short_moment(case.resolved_at),
            "class_text": words(f"result.{case.result_class}") if case.result_class else "",
            "reply": case.reply or "",
        },
        "reporter": {"text": case.reporter_name, "reveal_url": f"{reveal}name", "what": words("followup.name")},
        "phone": {
            "text": case.reporter_phone or words("followup.no_phone"),
            "reveal_url": f"{reveal}phone" if case.reporter_phone else None,
            "what": words("followup.phone"),
        },
        "tel_url": None,
        "reveal_url": f"{reveal}phone",
        "script": _script(case),
        "attempts": [{"when": wording.short_moment(each.at), "who": each.by, "text": _said(each)} for each in attempts],
        "next_try": _next_try(attempts),
        "form": _form(case, told, tab=tab),
        "own": followup_ratings.own(case, tab=tab),
        "exclusion_url": url_for("followup_ratings.show_exclusion", case_id=case.id),
        "refusal": _refusal(case, subject),
        "is_review": case.state == "closed",
    }


def _next_try(attempts: Sequence[follow_ups.Attempt]) -> str:
    """Say when nobody reached is enough, and how far that is."""
    rule = words("followup.next_try", wanted=follow_ups.ATTEMPTS, days=follow_ups.DAYS)
    if not attempts:
        return rule
    days = len({local(each.at).date() for each in attempts})
    return words("followup.so_far", n=len(attempts), days=days) + rule


def _script(case: Case) -> list[str]:
    facts = {
        "office": frames.office_name(),
        "day": wording.long_day(local(case.reported_at).date()),
        "title": case.title,
        "unit": reference.org_name(case.lead_org_id),
    }
    return [words(f"followup.script.{n}", **facts) for n in range(1, _SCRIPT + 1)]


def _said(attempt: follow_ups.Attempt) -> str:
    outcome = f"satisfaction.{attempt.satisfaction}" if attempt.satisfaction else "followup.outcome.unreachable"
    told = wording.joined([*([words(f"solved.{attempt.solved}")] if attempt.solved else []), words(outcome)])
    return words("followup.said", outcome=told, words=attempt.words or "").rstrip()


def _refusal(case: Case, subject: Subject) -> dict[str, str] | None:
    """Say why there is no form: the caller handled it, or nothing waits for a call."""
    try:
        calling.require_caller(case, subject=subject, actor=identity.actor())
    except NotAllowed as refused:
        return {"strong": words("followup.not_yours"), "text": errors.problem_of(refused).detail}
    if case.state != "resolved" and not (case.state == "closed" and case.review_on is not None):
        return {"strong": words("followup.not_waiting"), "text": words("refusal.nothing_to_follow_up")}
    return None


def _form(case: Case, told: _Told, *, tab: str) -> dict[str, Any]:
    fields = _review_fields(told) if case.state == "closed" else _call_fields(told)
    shown, summary = with_mistakes(fields, told.mistakes)
    refused = None
    if told.reason is not None:
        refused = {"strong": words("followup.not_done"), "text": told.reason}
    return {
        "refused": refused,
        "url": url_for("followups.note", case_id=case.id, tab=tab),
        "version": case.version,
        "fields": shown,
        "errors": summary,
        "draft_url": "local",
    }


def _call_fields(told: _Told) -> list[dict[str, Any]]:
    def ask(name: str, options: Sequence[tuple[str, str]], *, required: bool) -> dict[str, Any]:
        value = told.values.get(name)
        return field(
            name, f"followup.{name}", kind="radio", required=required, value=value, options=options,
            hint=f"followup.{name}.hint",
        )  # fmt: skip

    rates = [(code, words(f"satisfaction.{code}")) for code in codes.SATISFACTIONS]
    solved = [(code, words(f"solved.{code}")) for code in codes.SOLVED]
    reached = [(code, words(f"followup.outcome.{code}")) for code in calling.OUTCOMES]
    return [
        ask("followed_up", reached, required=True),
        ask("solved", solved, required=False),
        # Not of who was not reached: the hint says so, and what is sent is judged with `followed_up`.
        ask("satisfaction", rates, required=True),
        ask("attitude", rates, required=False),
        _words(told, required=False),
    ]


def _review_fields(told: _Told) -> list[dict[str, Any]]:
    value = told.values.get("review_on")
    hint = "followup.review_again.hint"
    again = field("review_on", "followup.review_again", kind="date", required=False, value=value, hint=hint)
    return [_words(told, required=True), again]


def _words(told: _Told, *, required: bool) -> dict[str, Any]:
    value = told.values.get("words")
    return field("words", "followup.words", kind="textarea", required=required, value=value, rows=3, draft=True)
