"""Who may hold a link that begins on a day: nobody whose terms are all over by then. Who holds one may be entered late,
so that a term that begins after the link stands against nothing."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from casework.core.database import Session
from casework.core.editions import known
from casework.core.errors import refused
from casework.leaders.tables import Leader
from casework.members import queries as members


def came_on(session: Session, member_id: UUID) -> date | None:
    """Return the first day in office of a member; None for who has no term."""
    terms = members.terms_of(session, member_id)
    return terms[0].valid_from if terms else None


def left_on(session: Session, holder_id: UUID) -> date | None:
    """Return the last day in office of a member or leader whose terms all have an end; None for all others."""
    ends = [term.valid_to for term in members.terms_of(session, holder_id)]
    if not ends:
        ends = list(session.scalars(select(Leader.valid_to).where(Leader.id == holder_id, known(Leader))))
    days = [day for day in ends if day is not None]
    return max(days) if days and len(days) == len(ends) else None


def refuse_who_left(session: Session, holder_id: UUID, *, on: date) -> None:
    """Refuse a member or leader who had left before a day.

    Raises:
        Refused: holder_has_left.
    """
    last = left_on(session, holder_id)
    if last is not None and last < on:
        raise refused("holder_has_left", day=last.isoformat())
