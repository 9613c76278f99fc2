"""What shows that a goal is reached: a visit, case, project or estimate of income, as far as the reader may know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from casework.activities.tables import Activity
from casework.campaign.readers import Desk
from casework.campaign.record_visibility import visible_to
from casework.campaign.tables import Goal
from casework.cases.tables import Case
from casework.cases.visibility import visible_to as visible_cases
from casework.core.editions import known, standing, withdrawn
from casework.households import incomes
from casework.households.tables import IncomeEstimate
from casework.projects.tables import Beneficiary, Project

ACTIVITY, PROJECT, CASE, INCOME = "activity", "project", "case", "income"
_MOST_OFFERED = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record that shows something; `number`: of a visit its kind of activity, of an estimate its year."""

    kind: str
    id: UUID
    title: str
    number: str = ""
    on: date | None = None
    row: Any = None


def of_ids(desk: Desk, ids: Iterable[UUID | None]) -> Mapping[UUID, Evidence]:
    """Return the records of these ids that the reader may know of."""
    wanted = [each for each in ids if each is not None]
    if not wanted:
        return {}
    found: dict[UUID, Evidence] = {}
    for row in _rows(desk, Activity, wanted):
        found[row.id] = Evidence(ACTIVITY, row.id, row.title, row.kind, row.on_date, row)
    for row in _rows(desk, Project, wanted):
        found[row.id] = Evidence(PROJECT, row.id, row.name, "", row.begun_on, row)
    for row in _rows(desk, IncomeEstimate, wanted):
        found[row.id] = Evidence(INCOME, row.id, "", str(row.year), row.on_date, row)
    seen = select(Case).where(Case.id.in_(wanted), visible_cases(desk.actor, at=desk.at))
    for case in desk.session.scalars(seen):
        found[case.id] = Evidence(CASE, case.id, case.title, case.number, None, case)
    return found


def _rows(desk: Desk, table: Any, ids: list[UUID]) -> Iterable[Any]:
    asked = select(table).where(known(table), table.id.in_(ids), visible_to(desk.actor, table, on=desk.today))
    return desk.session.scalars(asked).all()


def offered(desk: Desk, goal: Goal) -> Sequence[Evidence]:
    """Return what may show a goal: visits, activities, cases and projects about what it is for, the latest of each."""
    about, home = goal.object_id, Beneficiary.household_id == goal.object_id
    helped = select(Beneficiary.project_id).where(known(Beneficiary), withdrawn(Beneficiary, value=False), home)
    if about is None:
        conditions = (Activity.region_code == goal.region_code, Project.region_code == goal.region_code)
    else:
        conditions = (
            or_(Activity.household_id == about, Activity.industry_id == about, Activity.org_id == about),
            or_(Project.industry_id == about, Project.id.in_(helped)),
        )
    cases = Case.region_code == goal.region_code if about is None else Case.household_id == about
    ids: list[UUID] = []
    for table, condition, newest in (
        (Activity, conditions[0], Activity.on_date),
        (Project, conditions[1], Project.created_at),
    ):
        asked = (
            select(table.id).where(standing(table), condition).order_by(newest.desc(), table.id).limit(_MOST_OFFERED)
        )
        ids += desk.session.scalars(asked)
    if about is not None:
        ids += [row.id for row in reversed(incomes.of_household(desk.session, about))]
    ids += desk.session.scalars(select(Case.id).where(cases).order_by(Case.id.desc()).limit(_MOST_OFFERED))
    found = of_ids(desk, ids)
    return [found[each] for each in ids if each in found]
