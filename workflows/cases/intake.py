"""Reporting a difficulty: the checked report becomes a case and begins its life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.campaign.visibility import take_household
from casework.cases import intake
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Denied, FieldError, Invalid, NotFound, invalid
from casework.core.ids import parse_id
from casework.matters.tables import Deadline
from casework.permissions import may_anywhere
from workflows import engine
from workflows.cases import questions


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
    # Households and the questions of categories are known to other rooms; their mistakes are told with the others.
    try:
        _find_household(session, raw.get("household_id"), actor=actor, today=today)
    except Invalid as mistake:
        mistakes += mistake.errors
    try:
        if isinstance(category, str) and isinstance(answers, Mapping):
            checked = dict(questions.check_answers(category, answers))
    except Invalid as mistake:
        mistakes += mistake.errors
    if mistakes or report is None:
        raise Invalid(mistakes)
    return replace(report, answers=checked)


def _find_household(session: Session, value: object, *, actor: Actor, today: date) -> None:
    """Let a household pass that the caller may know of; what is no id at all is a mistake told elsewhere."""
    household_id = parse_id(value) if isinstance(value, str) else None
    if household_id is None:
        return
    try:
        take_household(session, actor, household_id, on=today)
    except NotFound:
        raise invalid("household_id", "no_such_household") from None
