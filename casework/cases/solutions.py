"""Which cases raised through a linked household or industry stand as solved: kept beside each move, for the figures.

`note` is called after everything that could change it and brings the record in line with the case, so it may be called
once too often. A solution that was taken back stays, with the day it was undone.
"""

from datetime import date, datetime

from sqlalchemy import select

from casework.cases.tables import Case, Solution
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known

SOLVED = "A"


def is_solved(case: Case) -> bool:
    """Say whether a case stands as solved: a result of class A that has not been set aside."""
    return case.result_class == SOLVED and case.resolved_at is not None


def note(session: Session, case: Case, *, on: date, actor: Actor, at: datetime) -> None:
    """Bring the solution of a locked case in line with it; `on`: the day of the move, `at`: when it is written."""
    if case.household_id is None and case.industry_id is None:
        return
    standing = _standing(session, case)
    if not is_solved(case):
        if standing is not None:
            editions.mend(session, standing, {"undone_on": max(on, standing.on_date)}, actor=actor, at=at)
        return
    zone = session.info["zone"]
    facts = {
        "region_code": case.region_code,
        "category": case.category,
        "household_id": case.household_id,
        "industry_id": case.industry_id,
        "raised_on": case.reported_at.astimezone(zone).date(),
        "on_date": case.resolved_at.astimezone(zone).date() if case.resolved_at is not None else on,
    }
    if standing is None:
        editions.enter(session, Solution(case_id=case.id, **facts), actor=actor, at=at)
    else:
        editions.mend(session, standing, facts, actor=actor, at=at)


def _standing(session: Session, case: Case) -> Solution | None:
    asked = select(Solution).where(Solution.case_id == case.id, known(Solution), Solution.undone_on.is_(None))
    waiting = [row for row in session.waiting(Solution) if row.case_id == case.id and row.undone_on is None]
    return waiting[0] if waiting else session.scalars(asked.with_for_update()).one_or_none()
