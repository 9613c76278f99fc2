"""Sums of a ledger that may be the same money told twice (casework/funds/alike.py): a warning; the row is kept."""

from collections.abc import Sequence
from datetime import date

from casework.core.errors import FieldError
from casework.core.money import yuan
from casework.funds.alike import Seen, are_alike, place_of, seen
from casework.funds.sums import Sum
from workflows.ledgers.fund_rows import AMOUNTS, FundRow


class Lookalikes:
    """The sums that new rows of one chunk are held against; each new row is held against from then on."""

    def __init__(self, kept: Sequence[Sum]) -> None:
        # By project and place, which have to be the same.
        self._kept: dict[tuple[str, str], list[Seen]] = {}
        for each in kept:
            if each.last.project:
                self._note(seen(each))

    def of(self, row: FundRow, *, on: date) -> list[FieldError]:
        """Return a warning for the first sum that a new one looks like."""
        stage = next(stage for stage in reversed(AMOUNTS) if stage in row.amounts)
        new = Seen(row.project, row.region_code, row.amounts[stage], on, row.document)
        alike = next((each for each in self._kept.get(place_of(new), ()) if are_alike(each, new)), None)
        self._note(new)
        if alike is None:
            return []
        told = {
            "project": alike.project,
            "amount": yuan(alike.amount_fen),
            "day": alike.on.isoformat(),
            "document": alike.document_no,
        }
        return [FieldError("project", "import_fund_alike", told)]

    def _note(self, one: Seen) -> None:
        self._kept.setdefault(place_of(one), []).append(one)
