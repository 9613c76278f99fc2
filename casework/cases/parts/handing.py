"""What units and people have in hand in open cases, and how it passes to others and comes back exactly as it was.

Who may is asked by the caller (workflows/campaign/handovers.py), who also writes the history. The state of a case, its
clocks and its answers stay as they are: only whose it is changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from casework.cases import led
from casework.cases.actions import set_part
from casework.cases.tables import Case, CaseUnit, CoTask
from casework.cases.visibility import visible_cases
from casework.core.actors import UNIT_ROLES, Actor
from casework.core.database import Session
from casework.core.ids import parse_id
from casework.registry.tables import Org, RoleGrant

LEAD, ASSIGNEE, CO_TASK, REPORTED = "case_lead", "case_assignee", "co_task", "case_reported"


@dataclass(frozen=True, slots=True)
class InHand:
    """A case that somebody leads, handles or reported, or a question to a unit in one (`task`)."""

    kind: str
    case: Case
    task: CoTask | None = None

    @property
    def id(self) -> UUID:
        """The record that changes hands."""
        return self.case.id if self.task is None else self.task.id


def of_unit(session: Session, actor: Actor, org_id: UUID, *, at: datetime) -> Sequence[InHand]:
    """Return what a unit leads and is asked in open cases that the actor may know of, oldest first."""
    led = visible_cases(actor, at=at).where(Case.is_open, Case.lead_org_id == org_id)
    found = [InHand(LEAD, case) for case in session.scalars(led.order_by(Case.reported_at, Case.id))]
    known = visible_cases(actor, at=at).where(
        Case.is_open, Case.id.in_(select(CoTask.case_id).where(CoTask.org_id == org_id, CoTask.status == "open"))
    )
    cases = {case.id: case for case in session.scalars(known)}
    tasks = select(CoTask).where(CoTask.org_id == org_id, CoTask.status == "open", CoTask.case_id.in_(cases))
    asked = session.scalars(tasks.order_by(CoTask.due_on, CoTask.id)) if cases else ()
    return [*found, *(InHand(CO_TASK, cases[task.case_id], task) for task in asked)]


def of_person(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> Sequence[InHand]:
    """Return what a person handles and reported of open cases that the actor may know of, oldest first."""
    asked = visible_cases(actor, at=at).where(
        Case.is_open, or_(Case.assignee_id == person_id, Case.reported_by == person_id)
    )
    found = []
    for case in session.scalars(asked.order_by(Case.reported_at, Case.id)):
        found += [InHand(ASSIGNEE, case)] if case.assignee_id == person_id else []
        found += [InHand(REPORTED, case)] if case.reported_by == person_id else []
    return found


def handles_in(session: Session, person_id: UUID, org_id: UUID | None, *, on: date) -> bool:
    """Say whether a person is handler or head of a unit on a day."""
    asked = select(RoleGrant.id).where(
        RoleGrant.person_id == person_id,
        RoleGrant.org_id == org_id,
        RoleGrant.role.in_(UNIT_ROLES),
        or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= on),
        or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= on),
    )
    return session.scalars(asked.limit(1)).first() is not None


def owes_an_answer(session: Session, case: Case, org_id: UUID) -> bool:
    """Say whether a unit has an open question in a case."""
    asked = select(CoTask.id).where(CoTask.case_id == case.id, CoTask.org_id == org_id, CoTask.status == "open")
    return session.scalars(asked.limit(1)).first() is not None


def pass_lead(session: Session, case: Case, to: Org, *, at: datetime) -> dict[str, Any]:
    """Let another unit lead a locked case; who handled it there no longer does. Returns what it was before."""
    units = _units(session, case)
    was = {
        "lead": _text(case.lead_org_id),
        "assignee": _text(case.assignee_id),
        "units": [_told(units[org_id]) for org_id in (case.lead_org_id, to.id) if org_id in units],
        "new": None if to.id in units else str(to.id),
    }
    if case.lead_org_id in units:
        led.end(case, units[case.lead_org_id])
        units[case.lead_org_id].part, units[case.lead_org_id].until = "former", at
    set_part(session, case, org_id=to.id, part="lead", at=at, known=units.get(to.id))
    case.lead_org_id, case.assignee_id = to.id, None
    session.flush()
    return was


def take_lead_back(session: Session, case: Case, was: Mapping[str, Any]) -> None:
    """Put a locked case back as `pass_lead` found it."""
    left = case.lead_org_id
    case.lead_org_id, case.assignee_id = parse_id(was["lead"] or ""), parse_id(was["assignee"] or "")
    units = _units(session, case)
    if left in units:
        led.end(case, units[left])
    if case.lead_org_id in units:
        led.begin(case, units[case.lead_org_id])
    _restore(session, case, was)


def pass_task(session: Session, case: Case, task: CoTask, to: Org, *, at: datetime) -> dict[str, Any]:
    """Ask another unit instead, in a locked case. Returns what it was before."""
    units = _units(session, case)
    was = {
        "org": str(task.org_id),
        "units": [_told(units[org_id]) for org_id in (task.org_id, to.id) if org_id in units],
        "new": None if to.id in units else str(to.id),
    }
    left = units.get(task.org_id)
    others = select(CoTask.id).where(
        CoTask.case_id == case.id, CoTask.org_id == task.org_id, CoTask.status == "open", CoTask.id != task.id
    )
    if left is not None and left.part == "co" and session.scalars(others.limit(1)).first() is None:
        left.part, left.until = "former", at
    if to.id not in units or units[to.id].part == "former":
        set_part(session, case, org_id=to.id, part="co", at=at, known=units.get(to.id))
    task.org_id, task.version, task.updated_at = to.id, task.version + 1, at
    session.flush()
    return was


def take_task_back(session: Session, case: Case, task: CoTask, was: Mapping[str, Any], *, at: datetime) -> None:
    """Ask the unit again that was asked before `pass_task`."""
    found = parse_id(was["org"])
    if found is None:
        raise TypeError(was)
    task.org_id, task.version, task.updated_at = found, task.version + 1, at
    _restore(session, case, was)


def _restore(session: Session, case: Case, was: Mapping[str, Any]) -> None:
    units = _units(session, case)
    for each in was["units"]:
        unit = units[UUID(each["org"])]
        unit.part, unit.since = each["part"], datetime.fromisoformat(each["since"])
        unit.until = None if each["until"] is None else datetime.fromisoformat(each["until"])
        led.restore(unit, each)
    if was["new"] is not None:
        # It had no part before, and has had none: a trace of ten minutes would let it read the case for 30 days.
        session.delete(units[UUID(was["new"])])
    session.flush()


def _units(session: Session, case: Case) -> dict[UUID | None, CaseUnit]:
    return {unit.org_id: unit for unit in session.scalars(select(CaseUnit).where(CaseUnit.case_id == case.id))}


def _told(unit: CaseUnit) -> dict[str, Any]:
    until = None if unit.until is None else unit.until.isoformat()
    stood = {"org": str(unit.org_id), "part": unit.part, "since": unit.since.isoformat(), "until": until}
    return {**stood, **led.told(unit)}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
