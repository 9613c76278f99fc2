"""Estimates of what a household earned in a year (domain.md §3e): the methods, and what follows from the sums.

An estimate is somebody's reckoning (测算). It decides nothing about the household and is never shown as official.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from casework.core.database import Session
from casework.core.editions import standing
from casework.households.tables import IncomeEstimate

_FILE = Path(__file__).with_name("incomes.toml")


@dataclass(frozen=True, slots=True)
class Method:
    """One version of a method: the month its year begins in (of the year before, if not January), and its words."""

    code: str
    first_month: int
    label: Mapping[str, str]
    counts: Mapping[str, str]
    leaves_out: Mapping[str, str]

    def span(self, year: int) -> tuple[date, date]:
        """Return the first and the last day of the twelve months of a year."""
        first = date(year if self.first_month == 1 else year - 1, self.first_month, 1)
        return first, date(first.year + 1, first.month, 1) - timedelta(days=1)


@cache
def methods() -> Mapping[str, Method]:
    """Return every version of a method by its code."""
    return {code: Method(code, **told) for code, told in tomllib.loads(_FILE.read_text("utf-8")).items()}


def net(row: IncomeEstimate) -> int:
    """Return what a household earned in fen: all four kinds, business after its costs; it may be below nought."""
    return row.wage_fen + row.business_gross_fen - row.business_cost_fen + row.property_fen + row.transfer_fen


def per_person(row: IncomeEstimate) -> int:
    """Return what one person of the household earned in fen, the fraction of a fen dropped."""
    whole = net(row)
    return whole // row.people if whole >= 0 else -(-whole // row.people)


def of_household(session: Session, household_id: UUID) -> Sequence[IncomeEstimate]:
    """Return the estimates of a household that stand, by year and day, the earliest first."""
    asked = select(IncomeEstimate).where(standing(IncomeEstimate), IncomeEstimate.household_id == household_id)
    return session.scalars(asked.order_by(IncomeEstimate.year, IncomeEstimate.on_date, IncomeEstimate.id)).all()


def trend(found: Sequence[IncomeEstimate]) -> Sequence[IncomeEstimate]:
    """Return one estimate a year, the last made; only those of the newest one's method are comparable with it."""
    if not found:
        return ()
    by_year = {row.year: row for row in found if row.method == found[-1].method}
    return [by_year[year] for year in sorted(by_year)]


def grows(found: Sequence[IncomeEstimate]) -> bool | None:
    """Say whether income grew from each year of the trend to the next; None where one year alone is known."""
    kept = [per_person(row) for row in trend(found)]
    return None if len(kept) < 2 else all(before < after for before, after in pairwise(kept))
