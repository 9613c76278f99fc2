"""Sums that may be the same money told twice under other documents (domain.md §3d, double counting no. 4).

Alike are two sums of one project in one place whose amounts differ by a twentieth at most and whose days by ninety.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from casework.core.database import Session
from casework.core.texts import search_key
from casework.funds import sums
from casework.funds.sums import Sum

_NEAR = timedelta(days=90)
_PART = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sum is compared by, and the document it is told under. Amounts in fen."""

    project: str
    region_code: str
    amount_fen: int
    on: date
    document_no: str
    allocation_id: UUID | None = None


def seen(found: Sum) -> Seen:
    """Return a kept sum as it stands at its furthest stage."""
    last = found.last
    return Seen(
        last.project or "", last.region_code, last.amount_fen, last.on_date, last.document_no, found.allocation_id
    )


def place_of(one: Seen) -> tuple[str, str]:
    """Return the project and place of a sum, which have to be the same for it to be alike to another."""
    return _plain(one.project), one.region_code


def are_alike(one: Seen, other: Seen) -> bool:
    """Say whether two sums may be the same money; sums of no project are alike to none."""
    if not one.project or place_of(one) != place_of(other):
        return False
    differ = abs(one.amount_fen - other.amount_fen) * _PART
    return differ <= max(one.amount_fen, other.amount_fen) and abs(one.on - other.on) <= _NEAR


def first_like(session: Session, new: Seen) -> Seen | None:
    """Return a kept sum that a new one looks like, None when there is none."""
    kept = (seen(each) for each in sums.of_place(session, new.region_code) if each.last.project)
    return next((each for each in kept if are_alike(each, new)), None)


def _plain(text: str) -> str:
    return search_key(text).replace(" ", "")
