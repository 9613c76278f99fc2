"""Reporting a difficulty: the checked report becomes a case and begins its life."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from casework.cases import intake
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Denied
from casework.permissions import may_anywhere
from workflows import engine, questions


def report_case(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Case:
    """Report a difficulty from what was sent.

    Raises:
        Denied: the caller reports nowhere.
        Invalid: every mistake in what was sent.
        Refused: the client-made id is taken.
    """
    if not may_anywhere(actor, "case.report"):
        raise Denied("case.report")
    today = at.astimezone(session.info["zone"]).date()
    report = intake.read_report(raw, session=session, actor=actor, today=today)
    report = replace(report, answers=questions.check_answers(report.category, report.answers))
    case = intake.make_case(session, report, actor=actor, at=at)
    engine.start(session, case, actor=actor, at=at, facts=intake.facts_of(case))
    session.flush()
    return case
