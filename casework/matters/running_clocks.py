"""The clocks that run, over all matters: what a changed calendar may move. One clock is deadlines.py."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from casework.core.database import Session
from casework.matters.tables import Deadline


def running(session: Session, *, after: UUID | None = None, limit: int = 1000) -> Sequence[Deadline]:
    """Return up to `limit` running clocks by id, those after `after`."""
    chosen = select(Deadline).where(Deadline.status == "running").order_by(Deadline.id).limit(limit)
    return session.scalars(chosen if after is None else chosen.where(Deadline.id > after)).all()
