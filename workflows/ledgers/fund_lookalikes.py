"""Sums that may be the same money told twice under other documents (domain.md §3d, double counting): a warning only.

Alike are two sums of one project in one place whose amounts differ by a twentieth at most and whose days by ninety.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from casework.core.errors import FieldError
from casework.core.money import yuan
from casework.exchange.habits import plain
from casework.funds.sums import Sum
from workflows.ledgers.fund_rows import AMOUNTS, FundRow

_NEAR = timedelta(days=90)
_PART = 20


class Lookalikes:
    """The sums that new rows of one chunk are held against; each new row is held against from then on."""

    def __init__(self, kept: Sequence[Sum]) -> None:
        # By project and place, which have to be the same.
        self._kept: dict[tuple[str, str], list[_Seen]] = {}
        for each in kept:
            if each.last.project:
                self._note(_of_sum(each))

    def of(self, row: FundRow, *, on: date) -> list[FieldError]:
        """Return a warning for the first sum that a new one looks like."""
        stage = next(stage for stage in reversed(AMOUNTS) if stage in row.amounts)
        new = (row.project, row.region_code, row.amounts[stage], on, row.document)
        alike = next((each for each in self._kept.get(_place(new), ()) if _are_alike(each, new)), None)
        self._note(new)
        if alike is None:
            return []
        project, _, fen, day, document = alike
        told = {"project": project, "amount": yuan(fen), "day": day.isoformat(), "document": document}
        return [FieldError("project", "import_fund_alike", told)]

    def _note(self, seen: "_Seen") -> None:
        self._kept.setdefault(_place(seen), []).append(seen)


_Seen = tuple[str, str, int, date, str]


def _place(seen: _Seen) -> tuple[str, str]:
    return plain(seen[0]), seen[1]


def _of_sum(found: Sum) -> _Seen:
    last = found.last
    return last.project or "", last.region_code, last.amount_fen, last.on_date, last.document_no


def _are_alike(one: _Seen, other: _Seen) -> bool:
    return abs(one[2] - other[2]) * _PART <= max(one[2], other[2]) and abs(one[3] - other[3]) <= _NEAR
