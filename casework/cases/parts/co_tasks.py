"""Rows of questions to co-handling units."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from casework.cases.actions import set_part
from casework.cases.tables import Case, CaseUnit, CoTask
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ids import new_id
from casework.registry.directory import Unit
from casework.registry.tables import Org


def add(
    session: Session, case: Case, *, org: Unit | Org, question: str, due_on: date, actor: Actor, at: datetime
) -> CoTask:
    """Ask a unit; it becomes a co-unit of the case if it has no part in it yet."""
    unit = session.scalars(select(CaseUnit).where(CaseUnit.case_id == case.id, CaseUnit.org_id == org.id)).first()
    if unit is None or unit.part == "former":
        set_part(session, case, org_id=org.id, part="co", at=at, known=unit)
    task = CoTask(
        id=new_id(),
        case_id=case.id,
        org_id=org.id,
        question=question,
        due_on=due_on,
        status="open",
        asked_by=actor.person_id,
        version=1,
        created_at=at,
        updated_at=at,
    )
    session.add(task)
    case.co_tasks_open += 1
    case.co_tasks_total += 1
    return task


def settle(
    case: Case, task: CoTask, *, answer: str | None, waive_reason: str | None, actor: Actor, at: datetime
) -> None:
    """Close a question: answered, or waived with a reason."""
    task.status = "answered" if answer is not None else "waived"
    task.answer = answer
    task.waive_reason = waive_reason
    task.answered_by = actor.person_id
    task.answered_at = at
    task.version += 1
    task.updated_at = at
    case.co_tasks_open -= 1


def get(session: Session, case: Case, *, task_id: UUID) -> CoTask:
    """Return one question of a case.

    Raises:
        NotFound: the case has no such question.
    """
    task = session.get(CoTask, task_id)
    if task is None or task.case_id != case.id:
        raise NotFound("co_task")
    return task


def of_case(session: Session, case: Case) -> Sequence[CoTask]:
    """Return the questions of a case, oldest first; asks nothing when there are none."""
    if case.co_tasks_total == 0:
        return ()
    return session.scalars(select(CoTask).where(CoTask.case_id == case.id).order_by(CoTask.created_at)).all()
