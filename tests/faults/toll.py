"""What a fault has cost: told by its tests, gathered by `make faults` into docs/reliability.md.

`held` counts what was held against the database: answers that clients were given, deadlines, letters, rows. Nothing of
it may be lost or doubled, whoever counts.
"""

import json
import os
from pathlib import Path

from tests.faults.table import rows

GATHERED = "CASEWORK_TEST_TOLLS"


def toll(name: str, *, times: int, held: int, lost: int = 0, doubled: int = 0, what: str = "", told: str = "") -> None:
    """Tell how often a fault was injected and what it cost; fail when it cost anything.

    `what`: what was counted; `told`: what else is worth reading on the page.
    """
    assert name in rows()
    assert times > 0 and held > 0, "a fault that met nothing shows nothing"
    path = os.environ.get(GATHERED)
    if path:
        line = {"fault": name, "times": times, "held": held, "what": what, "told": told}
        line |= {"lost": lost, "doubled": doubled, "test": os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    assert (lost, doubled) == (0, 0)
