"""Looking back three and six months after the minutes: what is due, and what was found."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from casework.consultations.outcome_tables import LookBack
from casework.core.database import Session
from casework.core.ids import new_id

# Months after the minutes (domain.md §3b row 12).
MONTHS = (3, 6)
FINDING_LENGTH = 2000


def lay(session: Session, consultation_id: UUID, *, since: date) -> Sequence[LookBack]:
    """Lay down when to look back on a consultation whose minutes are of this day."""
    made = []
    for months in MONTHS:
        row = LookBack(
            id=new_id(), consultation_id=consultation_id, months=months, due_on=months_on(since, months), finding=""
        )
        session.put(row, keep=True)
        made.append(row)
    return made


def of_consultation(session: Session, consultation_id: UUID, *, lock: bool = False) -> Sequence[LookBack]:
    """Return the looks back of a consultation, the first first."""
    asked = select(LookBack).where(LookBack.consultation_id == consultation_id).order_by(LookBack.months)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return session.scalars(asked).all()


def find(row: LookBack, *, holds: bool, finding: str, by: UUID | None, at: datetime) -> None:
    """Write down what was found."""
    row.holds, row.finding, row.found_by, row.found_at = holds, finding, by, at


def months_on(day: date, months: int) -> date:
    """Return the same day so many months later, the last of the month where it has none."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
