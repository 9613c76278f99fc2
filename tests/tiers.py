"""How much of the long tests is done: a tenth in `make test`, all of it with `CASEWORK_TEST_TIER=full make test`.

`CASEWORK_TEST_SHARE` asks for a part of the full numbers of the fault table (tests/faults/table.toml), as `make faults`
does.
"""

import os

FULL = os.environ.get("CASEWORK_TEST_TIER") == "full"
SHARE = float(os.environ.get("CASEWORK_TEST_SHARE") or FULL)


def tier(number: int) -> int:
    """Return the number of the full tier, or a tenth of it."""
    return number if FULL else max(1, number // 10)
