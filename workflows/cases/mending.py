"""Mending a case: what triage may put right, kept in the history, with the limits it changes and why."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from casework.cases import codes, intake, reporters, solutions
from casework.cases.actions import MEND
from casework.cases.tables import Case
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused
from casework.matters import deadlines, search
from casework.permissions import Subject
from casework.registry.calendar import load_calendar
from workflows import clocks, records
from workflows.cases import questions
from workflows.context import Context
from workflows.definition import Transition
from workflows.engine import workflow_of

SUMMARY_LENGTH = 2000
_PLAIN = ("title", "description", "category", "kind", "urgency", "region_code", "public_summary", "answers")


def mend(
    session: Session,
    case: Case,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
    also: Mapping[str, Any] | None = None,
) -> Case:
    """Put fields of a case right; running clocks get the limit that now fits. `also` is kept beside what changed.

    Raises:
        NotAllowed: not triage.
        Stale: somebody else changed the case since.
        Invalid: every mistake in what was sent.
        Refused: the case was merged away.
    """
    actor = records.require(actor, "case.mend", subject)
    records.require_version(case, expected_version)
    values = _read(session, case, raw, actor=actor, at=at)
    if case.state == "merged":
        raise Refused([Refusal("merged_is_read_only")])
    changed = {name: value for name, value in values.items() if name in _PLAIN and getattr(case, name) != value}
    reporter = values.get("reporter")
    if not changed and reporter is None:
        return case
    fields: dict[str, Any] = dict(also or {})
    for name, value in changed.items():
        # Long words are in the record itself; the history keeps what they were.
        fields[name] = {"from": getattr(case, name), "to": value}
        setattr(case, name, value)
    if reporter is not None:
        fields["reporter"] = {"from": case.reporter_name}
        reporters.seal(session, case, reporter)
        fields["reporter"]["to"] = case.reporter_name
    if not changed.keys().isdisjoint(("title", "description", "region_code")):
        search.mend(session, matter_id=case.id, region_code=case.region_code, parts=(case.title, case.description))
    moved = _relimit(session, case, actor=actor, at=at)
    if moved:
        fields["limits"] = moved
    records.note(session, case, actor=actor, at=at, trigger=MEND, event="mended", fields=fields)
    solutions.note(session, case, on=at.astimezone(session.info["zone"]).date(), actor=actor, at=at)
    return case


def completed(session: Session, case: Case, given: Mapping[str, str]) -> dict[str, str]:
    """Return a reporter in which what was left empty stays as it is sealed; nobody is shown it."""
    fields = ("name", "phone", "id_number")
    whole = {field: given.get(field) or reporters.unseal(session, case, field) for field in fields}
    return {field: value for field, value in whole.items() if value}


def _relimit(session: Session, case: Case, *, actor: Actor, at: datetime) -> list[Mapping[str, Any]]:
    workflow = workflow_of(case).workflow
    here = Transition(MEND, (case.state,), None, "case.mend", workflow.label, workflow.label)
    context = Context(session, case, workflow, here, actor, at, load_calendar(session))
    return clocks.relimit(context, deadlines.of_matter(session, case.id))


def _read(session: Session, case: Case, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> dict[str, Any]:
    today = at.astimezone(session.info["zone"]).date()
    readers: Mapping[str, Callable[[Any], Any]] = {
        "title": lambda v: texts.clean_text(v, field="title", max_length=intake.TITLE_LENGTH, multiline=False),
        "description": lambda v: texts.clean_text(v, field="description", max_length=intake.DESCRIPTION_LENGTH),
        "category": lambda v: intake.read_category(v, session=session),
        "kind": lambda v: intake.read_choice(v, "kind", codes.KINDS),
        "urgency": lambda v: intake.read_choice(v, "urgency", codes.URGENCIES),
        "region_code": lambda v: intake.read_region(v, session=session, actor=actor),
        "reporter": lambda v: reporters.read_reporter(v, today=today),
        "public_summary": lambda v: (
            texts.clean_text(v, field="public_summary", max_length=SUMMARY_LENGTH, required=False) or None
        ),
        # They belong to the category as it will be after this mending.
        "answers": lambda v: _read_answers(v, category=raw.get("category") or case.category),
    }
    errors = [FieldError(name, "unknown_field") for name in raw if name not in readers]
    values: dict[str, Any] = {}
    for name, value in raw.items():
        try:
            if name in readers:
                values[name] = readers[name](value)
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return values


def _read_answers(value: Any, *, category: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid([FieldError("answers", "not_an_object")])
    return dict(questions.check_answers(category, value)) if isinstance(category, str) else {}
