"""Rows of requests for more time."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from casework.cases import led
from casework.cases.tables import Case, ExtensionRequest
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ids import new_id
from casework.matters.tables import Deadline


def add(
    session: Session, case: Case, clock: Deadline, *, until: date, reason: str, actor: Actor, at: datetime
) -> ExtensionRequest:
    """Write down a request; the clock runs on until somebody grants it."""
    request = ExtensionRequest(
        id=new_id(),
        case_id=case.id,
        deadline_id=clock.id,
        until=until,
        reason=reason,
        old_due_at=clock.due_at,
        status="requested",
        requested_by=actor.person_id,
        requested_at=at,
        version=1,
        created_at=at,
        updated_at=at,
    )
    session.add(request)
    case.extensions_pending += 1
    return request


def decide(case: Case, request: ExtensionRequest, *, grant: bool, reason: str, actor: Actor, at: datetime) -> None:
    """Write down the decision."""
    request.status = "granted" if grant else "refused"
    request.decided_by = actor.person_id
    request.decided_at = at
    request.decision_reason = reason
    request.version += 1
    request.updated_at = at
    case.extensions_pending -= 1
    if grant:
        led.mark(case, "extended")


def withdraw(case: Case, request: ExtensionRequest, *, at: datetime) -> None:
    """Write down that the asker took it back before anybody decided."""
    request.status = "withdrawn"
    request.version += 1
    request.updated_at = at
    case.extensions_pending -= 1


def get(session: Session, case: Case, *, request_id: UUID) -> ExtensionRequest:
    """Return one request of a case.

    Raises:
        NotFound: the case has no such request.
    """
    request = session.get(ExtensionRequest, request_id)
    if request is None or request.case_id != case.id:
        raise NotFound("extension")
    return request


def of_case(session: Session, case_id: UUID) -> Sequence[ExtensionRequest]:
    """Return the requests of a case, oldest first."""
    return session.scalars(
        select(ExtensionRequest).where(ExtensionRequest.case_id == case_id).order_by(ExtensionRequest.requested_at)
    ).all()
