"""Reading the audit: log-ins, revealed values, exports, grants, changed settings, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, or_, select, tuple_

from casework.core.columns import Id, Instant
from casework.core.database import Session
from casework.registry.tables import AuditEvent, Person


@dataclass(frozen=True, slots=True)
class Line:
    """One thing somebody did; `person` is a name, None for the software itself or an unknown caller."""

    id: UUID
    at: datetime
    event: str
    person: str | None
    matter_id: UUID | None
    facts: dict[str, Any]


def page(
    session: Session,
    *,
    events: Sequence[str] = (),
    person_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Sequence[Line]:
    """Return up to `limit` lines; `events` are names or their beginnings ending in a dot, `before` the last seen."""
    statement = select(AuditEvent, Person.name).outerjoin(Person, Person.id == AuditEvent.person_id)
    if events:
        names = [each for each in events if not each.endswith(".")]
        begun = [AuditEvent.event.startswith(each, autoescape=True) for each in events if each.endswith(".")]
        statement = statement.where(or_(AuditEvent.event.in_(names), *begun))
    if person_id is not None:
        statement = statement.where(AuditEvent.person_id == person_id)
    if before is not None:
        key = tuple_(AuditEvent.at, AuditEvent.id)
        statement = statement.where(key < tuple_(literal(before[0], Instant()), literal(before[1], Id())))
    rows = session.execute(statement.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit))
    return [Line(row.id, row.at, row.event, name, row.matter_id, row.facts) for row, name in rows]

