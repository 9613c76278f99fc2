"""The matters of one lifecycle and county that came to their end in a span of time: what an archive is made of."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from casework.core.database import Session
from casework.core.ranges import lies_in

_BATCH = 200


def count(session: Session, kind: type[Any], *, region: str, since: datetime, until: datetime) -> int:
    """Count them; `kind` is a table that is tracked."""
    return session.scalar(select(func.count()).select_from(kind).where(_ended(kind, region, since, until))) or 0


def ended(session: Session, kind: type[Any], *, region: str, since: datetime, until: datetime) -> Iterator[Any]:
    """Yield them in the order of their numbers, a few hundred at a time."""
    last = ""
    condition = _ended(kind, region, since, until)
    while True:
        asked = select(kind).where(condition, kind.number > last).order_by(kind.number).limit(_BATCH)
        rows = session.scalars(asked).all()
        yield from rows
        if len(rows) < _BATCH:
            return
        last = rows[-1].number
        session.expunge_all()


def _ended(kind: type[Any], region: str, since: datetime, until: datetime) -> ColumnElement[bool]:
    inside = lies_in(kind.region_code, region)
    return and_(inside, ~kind.is_open, kind.state_since >= since, kind.state_since < until)
