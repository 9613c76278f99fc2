"""The fault table as tests and `make faults` read it: which faults there are, who shows them, how often."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.tiers import SHARE

FILE = Path(__file__).with_name("table.toml")


@dataclass(frozen=True)
class Row:
    """One fault. `numbers`: how often, in `make test` and in the full tier; `many`: tests that may go on side by side."""

    name: str
    fault: str
    expected: str
    injected: str
    tests: tuple[str, ...]
    numbers: Mapping[str, tuple[int, int]]
    many: bool = False


@cache
def rows() -> Mapping[str, Row]:
    """Read the table."""
    found = tomllib.loads(FILE.read_text("utf-8"))
    return {
        name: Row(
            name,
            row["fault"],
            row["expected"],
            row["injected"],
            tuple(row["tests"]),
            {key: (quick, full) for key, (quick, full) in row.get("numbers", {}).items()},
            row.get("many", False),
        )
        for name, row in found.items()
    }


def number(name: str, what: str) -> int:
    """Return how often something is done in this run: as in `make test`, or as much more as the share asks for."""
    quick, full = rows()[name].numbers[what]
    return max(quick, round(full * SHARE))
