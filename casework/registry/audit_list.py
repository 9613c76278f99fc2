"""Reading the audit, newest first: for the auditor and the security administrator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from casework.core.database import Session
from casework.registry.tables import AuditEvent


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; None: anything. `since` counts, `until` does not."""

    event: str | None = None
    person_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def events(session: Session, wanted: Wanted, *, before: UUID | None = None, limit: int = 50) -> Sequence[AuditEvent]:
    """Return up to `limit` rows, newest first; `before`: only those older than this row.

    Ids are in the order of writing, so the next page neither skips nor repeats what is written meanwhile.
    """
    chosen = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if wanted.event is not None:
        chosen = chosen.where(AuditEvent.event == wanted.event)
    if wanted.person_id is not None:
        chosen = chosen.where(AuditEvent.person_id == wanted.person_id)
    if wanted.since is not None:
        chosen = chosen.where(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        chosen = chosen.where(AuditEvent.at < wanted.until)
    return session.scalars(chosen if before is None else chosen.where(AuditEvent.id < before)).all()


def recent(session: Session, event: str, *, limit: int = 10) -> Sequence[AuditEvent]:
    """Return the latest rows of one kind of event."""
    return events(session, Wanted(event=event), limit=limit)


def kinds(session: Session) -> Sequence[str]:
    """Return the kinds of events there are, for a filter."""
    return session.scalars(select(AuditEvent.event).distinct().order_by(AuditEvent.event)).all()
