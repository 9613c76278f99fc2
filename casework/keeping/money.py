"""The fund ledger against its rules: I13 to I16 of reliability.md §3, as casework/funds keeps them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from casework.funds.actions import FULL_SHARE, STAGES
from casework.funds.tables import FundAttribution, FundLine
from casework.keeping.view import View

# From here on a sum is certain and can only become less (domain.md §3d).
_CERTAIN_FROM = STAGES.index("approved")


class _Line(NamedTuple):
    id: Any
    allocation_id: Any
    stage: str
    amount_fen: int
    reverses_id: Any
    matter_id: Any
    source: str
    document_no: str
    kind: str


def amounts(view: View) -> Iterator[str]:
    """I13: every line has a positive amount, a known stage, and a sum that a line of its own began."""
    first = aliased(FundLine)
    yield from view.ids(
        select(FundLine.id)
        .outerjoin(first, first.id == FundLine.allocation_id)
        .where(
            (FundLine.amount_fen <= 0)
            | FundLine.stage.not_in(STAGES)
            | first.id.is_(None)
            | (first.allocation_id != first.id)
        )
    )


def stages(view: View) -> Iterator[str]:
    """I14: a sum stands at each stage once, and never rises above what it was at an earlier one."""
    for allocation_id, lines in _sums(view):
        taken_back = {line.reverses_id for line in lines}
        standing = [line for line in lines if line.reverses_id is None and line.id not in taken_back]
        if len({line.stage for line in standing}) != len(standing) or not _falls(standing):
            yield str(allocation_id)


def _falls(standing: Sequence[_Line]) -> bool:
    # In the order written: a rule asks what stood before, not what was added about the past afterwards.
    ceilings: list[tuple[int, int]] = []
    for line in standing:
        place = STAGES.index(line.stage) if line.stage in STAGES else len(STAGES)
        if any(line.amount_fen > amount for earlier, amount in ceilings if earlier < place):
            return False
        if place >= _CERTAIN_FROM:
            ceilings.append((place, line.amount_fen))
    return True


def reversals(view: View) -> Iterator[str]:
    """I15: a reversal mirrors one line of its sum, once; all shares of a sum make at most 100 %."""
    for _, lines in _sums(view):
        yield from _unlike(lines)
    shares = (
        select(FundAttribution.allocation_id)
        .where(FundAttribution.ended_at.is_(None))
        .group_by(FundAttribution.allocation_id)
        .having(func.sum(FundAttribution.share_bp) > FULL_SHARE)
    )
    yield from view.ids(shares)


def _unlike(lines: Sequence[_Line]) -> Iterator[str]:
    by_id: Mapping[Any, _Line] = {line.id: line for line in lines}
    reversed_once: set[Any] = set()
    for line in lines:
        if line.reverses_id is None:
            continue
        original = by_id.get(line.reverses_id)
        is_first = original is not None and original.reverses_id is None and line.reverses_id not in reversed_once
        if not is_first or original is None or line[2:4] + line[5:] != original[2:4] + original[5:]:
            yield str(line.id)
        reversed_once.add(line.reverses_id)


def documents(view: View) -> Iterator[str]:
    """I16: one document, project, source and year begin one sum (domain.md §3d, double counting no. 1)."""
    taken_back = select(FundLine.reverses_id).where(FundLine.reverses_id.is_not(None))
    key = (FundLine.document_no, func.coalesce(FundLine.project, ""), FundLine.source, FundLine.fiscal_year)
    yield from view.ids(
        select(func.min(FundLine.document_no))
        .where(FundLine.id == FundLine.allocation_id, FundLine.reverses_id.is_(None), FundLine.id.not_in(taken_back))
        .group_by(*key)
        .having(func.count() > 1)
    )


def _sums(view: View) -> Iterator[tuple[Any, list[_Line]]]:
    statement = select(*(getattr(FundLine, name) for name in _Line._fields)).order_by(
        FundLine.allocation_id, FundLine.created_at, FundLine.id
    )
    for allocation_id, rows in groupby(view.stream(statement), key=lambda row: row[1]):
        yield allocation_id, [_Line._make(row) for row in rows]
