"""Who has a matter open just now: told by the open page every few seconds, forgotten by itself."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete

from casework.core.database import Session
from casework.core.upserts import insert_into
from casework.matters.tables import Presence

# A page says every 20 seconds that it is open; who has not for 50 has left. Between 25 and 50 they count as idle.
HERE = timedelta(seconds=50)


def note(session: Session, *, matter_id: UUID, person_id: UUID, at: datetime) -> None:
    """Note that a person has a matter open."""
    fresh = insert_into(session, Presence).values(matter_id=matter_id, person_id=person_id, seen_at=at)
    session.execute(
        fresh.on_conflict_do_update(index_elements=["matter_id", "person_id"], set_={"seen_at": fresh.excluded.seen_at})
    )


def leave(session: Session, *, matter_id: UUID, person_id: UUID) -> None:
    """Note that a person has closed a matter."""
    session.execute(delete(Presence).where(Presence.matter_id == matter_id, Presence.person_id == person_id))


def forget_old(session: Session, *, at: datetime) -> int:
    """Delete what nobody needs any more; return how many."""
    gone = session.execute(delete(Presence).where(Presence.seen_at < at - HERE))
    return int(getattr(gone, "rowcount", 0))
