"""Money that no case is about and that is expected by a day: found by the sum it belongs to, or by its line."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Integer, Select, Text, bindparam, select

from casework.core.columns import Instant
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ranges import lies_in
from casework.funds.tables import ExpectedFund, FundLine
from casework.matters import numbering

_NUMBER_KIND = "ZJ"
EXPECTED = "expected"


def make(session: Session, line: FundLine, *, prefix: str) -> ExpectedFund:
    """Return a watch over a line that tells when its money is expected, numbered; the engine begins its life."""
    if line.expected_on is None:
        raise LookupError(str(line.id))
    number = numbering.next_number(session, prefix=prefix, kind=_NUMBER_KIND, year=line.on_date.year)
    return ExpectedFund(
        id=line.id,
        number=number,
        workflow="expected_fund",
        region_code=line.region_code,
        allocation_id=line.allocation_id,
        expected_on=line.expected_on,
    )


def waiting(session: Session, allocation_id: UUID) -> Sequence[ExpectedFund]:
    """Return what is still expected of a sum, locked."""
    asked = select(ExpectedFund).where(ExpectedFund.allocation_id == allocation_id, ExpectedFund.state == EXPECTED)
    return session.scalars(asked.order_by(ExpectedFund.id).with_for_update()).all()


def late(session: Session, region_code: str, *, at: datetime, limit: int) -> Sequence[tuple[ExpectedFund, FundLine]]:
    """Return what of a place should have arrived by an instant and has not, the longest waiting first, with the lines
    that told when.
    """
    told = {"at": at, "region": region_code, "most": limit}
    return [(row, line) for row, line in session.execute(_late_asked(), told)]


@cache
def _late_asked() -> Select[ExpectedFund, FundLine]:
    """Return the SELECT of `late`, built once: the leader's page asks it every time."""
    return (
        select(ExpectedFund, FundLine)
        .join(FundLine, FundLine.id == ExpectedFund.id)
        .where(
            ExpectedFund.state == EXPECTED,
            ExpectedFund.due_at < bindparam("at", type_=Instant()),
            lies_in(ExpectedFund.region_code, bindparam("region", type_=Text())),
        )
        .order_by(ExpectedFund.due_at, ExpectedFund.id)
        .limit(bindparam("most", type_=Integer()))
    )


def line_of(session: Session, expected_id: UUID) -> FundLine:
    """Return the line that told when the money is expected.

    Raises:
        NotFound: nothing is expected under this id.
    """
    asked = select(FundLine).join(ExpectedFund, ExpectedFund.id == FundLine.id)
    found = session.scalar(asked.where(FundLine.id == expected_id))
    if found is None:
        raise NotFound("expected_fund")
    return found
