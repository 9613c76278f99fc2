"""Questions to co-handling units: asked with a date, answered by the unit or waived by name; `resolve` waits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from casework.cases.parts import co_tasks as rows
from casework.cases.tables import Case, CoTask
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused
from casework.matters import deadlines
from casework.permissions import Subject, permits
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from workflows import clocks, records
from workflows.engine import workflow_of

CLOCK = "co_task"
TEXT_LENGTH = 2000


def ask(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> CoTask:
    """Ask a co-unit a question with a date (`org`, `question`, `due_on`).

    Raises:
        NotAllowed: neither triage nor the handling unit.
        Invalid: unknown or wrong fields; the date is past or no working day (the neighbours are offered).
        Refused: the case is not being handled, or nothing was coordinated yet.
    """
    actor = records.require(actor, "case.ask_co_unit", subject)
    org, question, due_on = _read(session, raw, at=at)
    if case.state not in ("assigned", "coordinated", "suspended"):
        raise Refused([Refusal("not_being_handled")])
    if case.plan is None:
        raise Refused([Refusal("not_coordinated_yet")])
    if org.id == case.lead_org_id:
        # It would have to answer itself before it may resolve.
        raise Refused([Refusal("lead_asks_itself", {"org": org.name})])
    task = rows.add(session, case, org=org, question=question, due_on=due_on, actor=actor, at=at)
    _start_clock(session, case, task, at=at)
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger="ask_co_unit",
        event="co_task_asked",
        fields={"org": org.code, "due_on": due_on.isoformat(), "task": str(task.id)},
        facts={"task_id": str(task.id), "org_id": str(org.id)},
    )
    return task


def settle(
    session: Session,
    case: Case,
    task: CoTask,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> CoTask:
    """Answer a question (`answer`, by the unit asked) or waive it (`waive`: the reason, by triage or lead unit).

    Raises:
        NotAllowed: not the unit asked, or not who may waive.
        Invalid: neither or both of answer and waive.
        Refused: it is settled already.
    """
    given = [name for name in ("answer", "waive") if raw.get(name) is not None]
    if not given:
        allowed = any(permits(actor, p, _of(subject, task)) for p in ("case.answer_co_task", "case.waive_co_task"))
        if not allowed:
            records.require(actor, "case.answer_co_task", _of(subject, task))
    permitted = [
        records.require(actor, "case.answer_co_task" if name == "answer" else "case.waive_co_task", _of(subject, task))
        for name in given
    ]
    answer, waive = _read_settlement(raw, given)
    (actor,) = permitted
    if task.status != "open":
        raise Refused([Refusal("co_task_settled")])
    rows.settle(case, task, answer=answer, waive_reason=waive, actor=actor, at=at)
    for row in deadlines.of_matter(session, case.id):
        if row.subject_id == task.id and row.status in deadlines.LIVE:
            deadlines.end(row, at=at, met=answer is not None, seq=case.version + 1)
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger="answer_co_task" if answer is not None else "waive_co_task",
        event="co_task_settled",
        comment=answer or waive,
        fields={"task": str(task.id)},
        facts={"task_id": str(task.id), "status": task.status},
    )
    return task


def _of(subject: Subject, task: CoTask) -> Subject:
    return replace(subject, task_org_id=task.org_id)


def _read(session: Session, raw: Mapping[str, Any], *, at: datetime) -> tuple[Any, str, Any]:
    errors = [FieldError(n, "unknown_field") for n in raw if n not in ("org", "question", "due_on")]
    org = question = due_on = None
    try:
        code = texts.parse_code(raw.get("org"), field="org")
        org = registry.orgs_by_code(session, [code]).get(code)
        if org is None:
            errors.append(FieldError("org", "no_such_org", {"value": code}))
    except Invalid as mistake:
        errors += mistake.errors
    try:
        question = texts.clean_text(raw.get("question"), field="question", max_length=TEXT_LENGTH)
    except Invalid as mistake:
        errors += mistake.errors
    try:
        due_on = texts.parse_date(raw.get("due_on"), field="due_on")
        if due_on < deadlines.day_of(load_calendar(session), at):
            errors.append(FieldError("due_on", "date_past"))
    except Invalid as mistake:
        errors += mistake.errors
    if errors or org is None or question is None or due_on is None:
        raise Invalid(errors)
    return org, question, due_on


def _read_settlement(raw: Mapping[str, Any], given: list[str]) -> tuple[str | None, str | None]:
    errors = [FieldError(n, "unknown_field") for n in raw if n not in ("answer", "waive")]
    if len(given) != 1:
        errors.append(FieldError("answer", "answer_or_waive"))
    texts_: dict[str, str] = {}
    for name in given:
        try:
            texts_[name] = texts.clean_text(raw.get(name), field=name, max_length=TEXT_LENGTH)
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return texts_.get("answer"), texts_.get("waive")


def _start_clock(session: Session, case: Case, task: CoTask, *, at: datetime) -> None:
    workflow = workflow_of(case).workflow
    known = deadlines.of_matter(session, case.id)
    row = deadlines.begin(
        session,
        matter_id=case.id,
        matter_kind=workflow.name,
        kind=CLOCK,
        epoch=deadlines.next_epoch(known, CLOCK),
        until=task.due_on,
        ladder=deadlines.Ladder(workflow.clocks[CLOCK].rungs),
        started_by="ask_co_unit",
        at=at,
        calendar=load_calendar(session),
        subject_id=task.id,
    )
    clocks.point_at_leading(workflow, case, [*known, row])
