"""Telling the reporters behind a topic by telephone what came of it: whom, of what, and how each call went."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from casework.consultations import ratings
from casework.consultations.outcome_tables import PhoneTelling
from casework.consultations.tables import Consultation
from casework.core.database import Session
from casework.core.ids import new_id
from casework.core.upserts import insert_into

WAITING, NO_PHONE = "waiting", "no_phone"
# What a call can come to; who was not reached three times is written to.
OUTCOMES = ("told", "not_reached", "unwanted")
MOST_TRIES = 3


def want(
    session: Session, row: Consultation, change: str, *, event_id: UUID, at: datetime, item: int | None = None
) -> int:
    """Have every reporter behind a topic telephoned of a change, once; who left no number has that for a fate."""
    values = [
        {
            "id": new_id(),
            "event_id": event_id,
            "consultation_id": row.id,
            "case_id": case.id,
            "change": change,
            "item_place": item,
            "created_at": at,
            "fate": WAITING if case.reporter_phone else NO_PHONE,
            "attempts": 0,
        }
        for case in ratings.reporters_of(session, row.id)
    ]
    if not values:
        return 0
    fresh = (
        insert_into(session, PhoneTelling).values(values).on_conflict_do_nothing(index_elements=["event_id", "case_id"])
    )
    return len(session.execute(fresh.returning(PhoneTelling.id)).all())


def of_consultation(session: Session, consultation_id: UUID) -> Sequence[PhoneTelling]:
    """Return all that was or is to be told by telephone, in the order in which it came up."""
    asked = select(PhoneTelling).where(PhoneTelling.consultation_id == consultation_id)
    return session.scalars(asked.order_by(PhoneTelling.created_at, PhoneTelling.id)).all()


def settle(
    session: Session, consultation_id: UUID, case_id: UUID, *, outcome: str, by: UUID | None, at: datetime
) -> int:
    """Give all that waits for one reporter the fate of a call; who was not reached stays for another try."""
    asked = select(PhoneTelling).where(
        PhoneTelling.consultation_id == consultation_id,
        PhoneTelling.case_id == case_id,
        PhoneTelling.fate == WAITING,
    )
    rows = session.scalars(asked.with_for_update()).all()
    for row in rows:
        row.attempts, row.tried_at, row.tried_by = row.attempts + 1, at, by
        if outcome != "not_reached":
            row.fate = outcome
        elif row.attempts >= MOST_TRIES:
            row.fate = "unreached"
    session.flush()
    return len(rows)
