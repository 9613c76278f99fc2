"""Readers of files that end badly, again and again: their parent answers and does not grow (reliability.md F24)."""

import os
import sys
from pathlib import Path

import pytest

from casework.core.errors import Refused
from casework.exchange import limits, sandbox
from tests.casework.exchange.makers import small_workbook
from tests.casework.exchange.test_sandbox import PROGRAMS
from tests.faults.table import number
from tests.faults.toll import toll

ROUNDS = number("F24", "rounds")
# What a process keeps for itself of what it has read once.
SLACK_BYTES = 8 << 20


def resident() -> int:
    """Return how many bytes of memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_a_parent_does_not_grow_by_children_that_end_badly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHILD_WALL_SECONDS", 1)
    path = tmp_path / "b.xlsx"
    path.write_bytes(small_workbook())
    refused = 0
    before = resident()
    for _ in range(ROUNDS):
        for program in PROGRAMS.values():
            with path.open("rb") as file, pytest.raises(Refused) as caught:
                sandbox.lines_of(file, command=(sys.executable, "-I", "-S", "-c", program))
            refused += caught.value.refusals[0].code == "file_unreadable"
    grown = resident() - before
    assert grown < SLACK_BYTES
    times = ROUNDS * len(PROGRAMS)
    assert refused == times
    toll("F24", times=times, held=times, what="clear refusals", told=f"parent grew by {max(0, grown) >> 10} KiB")
