"""Rounds as they are kept: found, begun, decided, ended."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ids import new_id
from casework.retention.tables import RetentionRound

OPEN = ("proposed", "approved")


def begin(
    session: Session, kind: str, years: int, cutoff: datetime, due: int, *, by: UUID, at: datetime
) -> RetentionRound:
    """Keep a proposal."""
    row = RetentionRound(
        id=new_id(),
        kind=kind,
        years=years,
        cutoff=cutoff,
        due=due,
        erased=0,
        status="proposed",
        proposed_by=by,
        proposed_at=at,
        decided_by=None,
        decided_at=None,
        done_at=None,
    )
    session.add(row)
    session.flush()
    return row


def under_way(session: Session) -> Sequence[RetentionRound]:
    """Return those that are proposed or being done."""
    return session.scalars(select(RetentionRound).where(RetentionRound.status.in_(OPEN))).all()


def latest(session: Session, *, limit: int = 5) -> Sequence[RetentionRound]:
    """Return the last that were done."""
    asked = select(RetentionRound).where(RetentionRound.status == "done")
    return session.scalars(asked.order_by(RetentionRound.done_at.desc()).limit(limit)).all()


def get(session: Session, round_id: UUID) -> RetentionRound:
    """Return a locked round.

    Raises:
        NotFound: there is none of this id.
    """
    row = session.get(RetentionRound, round_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("round")
    return row
