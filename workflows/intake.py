"""Reporting a difficulty: the checked report becomes a case and begins its life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.cases import intake
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Denied, FieldError, Invalid
from casework.matters.tables import Deadline
from casework.permissions import may_anywhere
from workflows import engine, questions


@dataclass(frozen=True, slots=True)
class Reported:
    """A case just reported, and its first clocks."""

    case: Case
    clocks: Sequence[Deadline]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a case came out of: an activity, and the household or industry that was about."""

    activity_id: UUID
    household_id: UUID | None = None
    industry_id: UUID | None = None


def report_case(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Case:
    """Report a difficulty from what was sent; see `report_with_clocks`."""
    return report_with_clocks(session, raw, actor=actor, at=at).case


def report_with_clocks(
    session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime, origin: Origin | None = None
) -> Reported:
    """Report a difficulty from what was sent; `origin` is what it came out of.

    Raises:
        Denied: the caller reports nowhere.
        Invalid: every mistake in what was sent.
        Refused: the client-made id is taken.
    """
    if not may_anywhere(actor, "case.report"):
        raise Denied("case.report")
    report = _read(session, raw, actor=actor, at=at)
    case = intake.make_case(session, report, actor=actor, at=at)
    if origin is not None:
        case.activity_id = origin.activity_id
        case.household_id, case.industry_id = origin.household_id, origin.industry_id
    context = engine.start(session, case, actor=actor, at=at, facts=intake.facts_of(case))
    session.flush()
    return Reported(case, context.rows)


def _read(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> intake.Report:
    today = at.astimezone(session.info["zone"]).date()
    category, answers = raw.get("category"), raw.get("answers")
    mistakes: list[FieldError] = []
    report, checked = None, {}
    try:
        report = intake.read_report(raw, session=session, actor=actor, today=today)
    except Invalid as mistake:
        mistakes += mistake.errors
    # The questions of a category belong to the workflows; their mistakes are told together with the others.
    try:
        if isinstance(category, str) and isinstance(answers, Mapping):
            checked = dict(questions.check_answers(category, answers))
    except Invalid as mistake:
        mistakes += mistake.errors
    if mistakes or report is None:
        raise Invalid(mistakes)
    return replace(report, answers=checked)
