"""How much of the long tests is done: a tenth in `make test`, all of it with `CASEWORK_TEST_TIER=full make test`."""

import os

FULL = os.environ.get("CASEWORK_TEST_TIER") == "full"


def tier(number: int) -> int:
    """Return the number of the full tier, or a tenth of it."""
    return number if FULL else max(1, number // 10)
