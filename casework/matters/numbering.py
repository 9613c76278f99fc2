"""Numbers such as QC-AJ-2026-000123: one sequence a county, kind and year, without gaps."""

from sqlalchemy import Integer, bindparam, update

from casework.core.database import Session
from casework.core.driver.questions import Question
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
    found = session.ask(_ADVANCE, {"name": scope, "count": count})
    return found[0][0] if found else None


# Asked at every report.
_ADVANCE = Question(
    update(Sequence)
    .where(Sequence.scope == bindparam("name"))
    .values(last=Sequence.last + bindparam("count", type_=Integer()))
    .returning(Sequence.last)
)
