"""Totals of the money ledger: by stage, and by source, place, quarter, project or kind; never over stages.

Lines that stand are counted, on the day they carry: what was taken back was never so. Each number is the sum of the
lines that the same question finds (casework/cases/fund_ledger.py), of those the actor may know of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from casework.campaign.quarters import Quarter, quarter_of
from casework.cases import fund_ledger
from casework.cases.fund_ledger import PLACE, Asked
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.database import Session
from casework.funds.actions import STAGES
from casework.funds.tables import FundLine

QUARTER = "quarter"
_COLUMNS: Mapping[str, Any] = {
    "source": FundLine.source,
    "place": PLACE,
    QUARTER: FundLine.on_date,
    "project": func.coalesce(FundLine.project, ""),
    "kind": FundLine.kind,
}
DIMENSIONS = tuple(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what its lines have in common (`2022Q4` for a quarter, empty for no project), fen by stage."""

    key: str
    by_stage: Mapping[str, int]


def totals(session: Session, actor: Actor, asked: Asked, *, by: str, at: datetime) -> Sequence[Row]:
    """Return the rows of a dimension: quarters as they follow, others with the most money first."""
    column = _COLUMNS[by]
    rows = session.execute(
        select(column, FundLine.stage, func.sum(FundLine.amount_fen))
        .outerjoin(Case, Case.id == FundLine.matter_id)
        .where(*fund_ledger.conditions(actor, replace(asked, is_standing=True), at=at))
        .group_by(column, FundLine.stage)
    )
    found: dict[str, dict[str, int]] = {}
    for value, stage, fen in rows:
        key = str(quarter_of(value)) if by == QUARTER else str(value)
        sums = found.setdefault(key, {})
        sums[stage] = sums.get(stage, 0) + int(fen)
    made = [Row(key, {stage: sums[stage] for stage in STAGES if stage in sums}) for key, sums in found.items()]
    return sorted(made, key=lambda row: row.key) if by == QUARTER else sorted(made, key=_most_first)


def narrowed(asked: Asked, *, by: str, key: str) -> Asked:
    """Return the question that finds just the lines of a row."""
    if by == QUARTER:
        quarter = Quarter(int(key[:4]), int(key[-1]))
        first = max(asked.first or quarter.first, quarter.first)
        return replace(asked, first=first, last=min(asked.last or quarter.last, quarter.last))
    if by == "kind":
        return replace(asked, kinds=(key,))
    if by == "project":
        return replace(asked, project=key) if key else replace(asked, has_no_project=True)
    return replace(asked, source=key) if by == "source" else replace(asked, place=key)


def whole(rows: Sequence[Row]) -> Mapping[str, int]:
    """Return fen by stage of all rows."""
    found: dict[str, int] = {}
    for row in rows:
        for stage, fen in row.by_stage.items():
            found[stage] = found.get(stage, 0) + fen
    return {stage: found[stage] for stage in STAGES if stage in found}


def _most_first(row: Row) -> tuple[int, str]:
    return -max(row.by_stage.values()), row.key
