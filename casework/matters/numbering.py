"""Numbers such as QC-AJ-2026-000123: one sequence a county, kind and year, without gaps."""

from sqlalchemy import Integer, bindparam, update

from casework.core.database import Session
from casework.core.upserts import insert_into
from casework.matters.tables import Sequence


def next_number(session: Session, *, prefix: str, kind: str, year: int) -> str:
    """Take the next number of a sequence. Call it as late as may be: the sequence stays locked until the end."""
    return f"{prefix}-{kind}-{year}-{take(session, scope=f'{prefix}-{kind}-{year}', count=1):06d}"


def take(session: Session, *, scope: str, count: int) -> int:
    """Take `count` numbers of a scope and return the first of them."""
    last = _advance(session, scope, count)
    if last is None:
        start = insert_into(session, Sequence).values(scope=scope, last=0).on_conflict_do_nothing()
        session.execute(start)
        last = _advance(session, scope, count)
    if last is None:
        raise RuntimeError(f"sequence {scope} did not start")
    return last - count + 1


def _advance(session: Session, scope: str, count: int) -> int | None:
    # By the connection: to the ORM an UPDATE is something whose consequences have to be looked for.
    last: int | None = session.connection().scalar(_ADVANCE, {"name": scope, "count": count})
    return last


# Asked at every report, so it is made once.
_ADVANCE = (
    update(Sequence)
    .where(Sequence.scope == bindparam("name"))
    .values(last=Sequence.last + bindparam("count", type_=Integer()))
    .returning(Sequence.last)
)
