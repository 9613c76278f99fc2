"""What happens to a matter without moving it: one history row, one event, the same chain as a move."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Stale
from casework.matters import history, outbox
from casework.matters.tables import HistoryEntry
from casework.permissions import Subject, acting
from workflows.denials import NotAllowed


def require(actor: Actor, permission: str, subject: Subject) -> Actor:
    """Return the actor as they may do this, a deputy in the name of whose grant was needed.

    Raises:
        NotAllowed: no grant they carry is enough.
    """
    permitted = acting(actor, permission, subject)
    if permitted is None:
        raise NotAllowed(permission)
    return permitted


def require_version(matter: Any, expected: int | None) -> None:
    """Refuse a change that was made looking at an older version.

    Raises:
        Stale: somebody else changed the matter since.
    """
    if expected is not None and matter.version != expected:
        raise Stale(expected=expected, actual=matter.version)


def note(
    session: Session,
    matter: Any,
    *,
    actor: Actor,
    at: datetime,
    trigger: str,
    event: str,
    fields: Mapping[str, Any] | None = None,
    comment: str | None = None,
    facts: Mapping[str, Any] | None = None,
    recorded_at: datetime | None = None,
) -> HistoryEntry:
    """Write down something that does not move the matter (both states alike) and publish `<kind>.<event>`."""
    entry = history.append(
        session,
        matter,
        actor=actor,
        at=at,
        trigger=trigger,
        from_state=matter.state,
        comment=comment,
        fields=fields,
        recorded_at=recorded_at,
    )
    outbox.publish(
        session,
        event=f"{matter.workflow}.{event}",
        at=at,
        matter_id=matter.id,
        seq=entry.seq,
        facts=facts or {},
    )
    session.flush()
    return entry
