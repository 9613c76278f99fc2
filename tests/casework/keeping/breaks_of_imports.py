"""Ways to break what imports leave behind them."""

from casework.core.ids import new_id
from tests.casework.keeping.breaking import Breaker
from tests.casework.keeping.breaks import breaks
from tests.world import MORNING

_TOLD = {"kind": "cases", "file": "台账.xlsx", "created": 3, "updated": 1, "unchanged": 2, "refused": 1}


def note(b: Breaker, **facts: object) -> None:
    row = {"id": new_id(), "at": MORNING, "event": "ledger.imported", "person_id": None, "matter_id": None}
    b.add("audit", {**row, "facts": _TOLD | facts})


@breaks("I26")
def a_row_of_a_file_is_nowhere(b: Breaker) -> None:
    # What is whole, and what was not read to its end, breaks nothing.
    note(b)
    note(b, read=7)
    note(b, read=8)
