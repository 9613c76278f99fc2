"""The cases of one county that ended in a span of time, in the order of their numbers: what an archive is made of."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select

from casework.cases.tables import Case
from casework.cases.under import under
from casework.core.database import Session

_BATCH = 200


def count(session: Session, *, region: str, since: datetime, until: datetime) -> int:
    """Count them."""
    return session.scalar(select(func.count()).select_from(Case).where(_ended(region, since, until))) or 0


def ended(session: Session, *, region: str, since: datetime, until: datetime) -> Iterator[Case]:
    """Yield them, a few hundred at a time."""
    last = ""
    while True:
        asked = select(Case).where(_ended(region, since, until), Case.number > last).order_by(Case.number).limit(_BATCH)
        rows = session.scalars(asked).all()
        yield from rows
        if len(rows) < _BATCH:
            return
        last = rows[-1].number
        session.expunge_all()


def _ended(region: str, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(under(region), Case.closed_at >= since, Case.closed_at < until)
