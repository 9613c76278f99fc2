"""Fund lines as cases ask for them: of one case, and sums that a caller may carry on. The ledger itself is funds/."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from casework.cases.tables import Case
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.driver import alone
from casework.core.errors import NotFound
from casework.funds.tables import FundLine


def of_case(session: Session, case: Case) -> Sequence[FundLine]:
    """Return the lines of a case in the order they were written; asks nothing when there are none."""
    if case.funds_total == 0:
        return ()
    return session.scalars(
        select(FundLine).where(FundLine.matter_id == case.id).order_by(FundLine.created_at, FundLine.id)
    ).all()


def get(session: Session, case: Case, *, line_id: UUID) -> FundLine:
    """Return one line of a case.

    Raises:
        NotFound: the case has no such line.
    """
    line = session.get(FundLine, line_id)
    if line is None or line.matter_id != case.id:
        raise NotFound("fund_line")
    return line


def allocation_in_sight(session: Session, actor: Actor, *, line_or_sum_id: UUID, at: datetime) -> UUID | None:
    """Return the sum a line belongs to (named by its own id or by one of its lines), if the actor may know of it."""
    return session.scalar(
        select(FundLine.allocation_id)
        .join(Case, Case.id == FundLine.matter_id)
        .where(visible_to(actor, at=at), or_(FundLine.id == line_or_sum_id, FundLine.allocation_id == line_or_sum_id))
        .limit(1)
    )


def standing_of(session: Session, allocation_id: UUID) -> Sequence[FundLine]:
    """Return the lines of a sum that have not been taken back, oldest first."""
    reversed_ids = select(FundLine.reverses_id).where(
        FundLine.reverses_id.is_not(None), FundLine.allocation_id == allocation_id
    )
    return session.scalars(
        select(FundLine)
        .where(
            FundLine.allocation_id == allocation_id,
            FundLine.reverses_id.is_(None),
            FundLine.id.not_in(reversed_ids),
        )
        .order_by(FundLine.created_at, FundLine.id)
    ).all()


def hold(session: Session, key: str) -> None:
    """Let one transaction at a time judge what shares a key: a document, a sum. The rules compare rows of other cases,
    which the lock of one case does not cover.
    """
    alone.hold(session, "funds", key)


def hold_all(session: Session, keys: Iterable[str]) -> None:
    """Do so for many keys at once."""
    alone.hold_all(session, "funds", ((key,) for key in keys))
