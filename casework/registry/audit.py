"""What is no step of a matter but must be answerable: log-ins, revealed values, exports, grants, changed settings."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.ids import new_id
from casework.registry import audit_chain
from casework.registry.tables import AuditEvent

_MARK = 16


def record(
    session: Session,
    *,
    event: str,
    actor: Actor | None,
    at: datetime,
    matter_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write one row; `facts` hold codes and ids, never the personal value itself."""
    entry = AuditEvent(
        id=new_id(),
        at=at,
        event=event,
        person_id=None if actor is None else actor.person_id,
        matter_id=matter_id,
        facts=dict(facts or {}),
    )
    session.add(entry)
    audit_chain.follow(session, entry)


def mark_of(secret: str | None) -> str | None:
    """Return what an entry tells of a hash or digest: enough to know it again, and nothing to go by."""
    return None if secret is None else hashlib.sha256(secret.encode()).hexdigest()[:_MARK]


def count_since(session: Session, *, event: str, person_id: UUID, since: datetime) -> int:
    """Count what a person has done since an instant: what daily caps ask."""
    return (
        session.scalar(
            select(func.count())
            .select_from(AuditEvent)
            .where(AuditEvent.person_id == person_id, AuditEvent.event == event, AuditEvent.at >= since)
        )
        or 0
    )
