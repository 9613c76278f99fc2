"""What permissions ask of many cases at once, for whoever is to be told of them (tasks/notices.py).

The same bearings as `visibility.subject_of`, which asks for one case and one caller.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casework.cases.tables import Case, CaseUnit
from casework.cases.visibility import FORMER_DAYS
from casework.core.database import Session
from casework.permissions import Subject


def cases_by_id(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Case]:
    """Return the cases of the given ids."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    return {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(wanted)))}


def subjects_of(session: Session, cases: Collection[Case], *, at: datetime) -> Mapping[UUID, Subject]:
    """Return for each case the bearings that hold at `at`, with all its units, present and former."""
    if not cases:
        return {}
    units: dict[UUID, list[CaseUnit]] = {case.id: [] for case in cases}
    for unit in session.scalars(select(CaseUnit).where(CaseUnit.case_id.in_(list(units)))):
        units[unit.case_id].append(unit)
    since = at - timedelta(days=FORMER_DAYS)
    return {
        case.id: Subject(
            region_code=case.region_code,
            lead_org_id=case.lead_org_id,
            co_org_ids=[unit.org_id for unit in units[case.id] if unit.part == "co"],
            former_org_ids=[
                unit.org_id
                for unit in units[case.id]
                if unit.part == "former" and unit.until is not None and unit.until >= since
            ],
            reported_by=case.reported_by,
            has_funds=case.funds_total > 0,
        )
        for case in cases
    }
