"""What members are credited with (domain.md §3d): a share of a sum. Sums are of allocations, never of shares.

Who was credited as a member stays the one, whoever has the account since; else it is whose account was named.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from casework.core.database import Session
from casework.core.editions import known
from casework.funds.tables import FundAttribution, FundLine
from casework.members.tables import Member


def of_member(member_id: UUID) -> ColumnElement[bool]:
    """Return the condition on lines that their sum is credited to a member."""
    return _sums(_held_by(member_id))


def of_account(person_id: UUID) -> ColumnElement[bool]:
    """Return the condition on lines that their sum is credited to whoever has an account."""
    mine = select(Member.id).where(known(Member), Member.person_id == person_id)
    return _sums(_held(FundAttribution.member_id.in_(mine), FundAttribution.person_id == person_id))


def shares(
    session: Session, member_id: UUID, allocation_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[tuple[int, str]]]:
    """Return with how much of each of these sums a member is credited, in hundredths of a percent, and as what."""
    asked = select(FundAttribution).where(
        FundAttribution.allocation_id.in_(allocation_ids), FundAttribution.ended_at.is_(None), _held_by(member_id)
    )
    found: dict[UUID, list[tuple[int, str]]] = {}
    for row in session.scalars(asked.order_by(FundAttribution.id)):
        found.setdefault(row.allocation_id, []).append((row.share_bp, row.role))
    return found


def _held_by(member_id: UUID) -> ColumnElement[bool]:
    account = select(Member.person_id).where(Member.id == member_id, known(Member), Member.person_id.is_not(None))
    return _held(FundAttribution.member_id == member_id, FundAttribution.person_id.in_(account))


def _held(as_member: Any, by_account: Any) -> ColumnElement[bool]:
    return or_(as_member, and_(FundAttribution.member_id.is_(None), by_account))


def _sums(held: ColumnElement[bool]) -> ColumnElement[bool]:
    return FundLine.allocation_id.in_(
        select(FundAttribution.allocation_id).where(FundAttribution.ended_at.is_(None), held)
    )
