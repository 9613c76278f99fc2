"""Run the fault table with its full numbers, or a share of them, and write docs/reliability.md from what tests tell.

make faults                        all of it; up to three quarters of an hour on two cores
make faults ARGS="--share 0.1"     a tenth of the numbers, never less than `make test` does
make faults ARGS="--only F8,F9"    some rows; the page is left as it is
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import server_keeper
from tests.faults.table import Row, rows
from tests.faults.toll import GATHERED

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reliability.md"
SECONDS = 1500

_HEAD = """# What faults cost

Made by `make faults` from what the tests of [`tests/faults/table.toml`](../tests/faults/table.toml) told: each fault
was injected for real, what clients had been told was held against the database afterwards, and where clients wrote
`casework verify` looked at all of it. Lost: acknowledged and not there. Doubled: there twice, or refused and there.
"""
_LIMITS = """## What this does not show

- PostgreSQL's own promise on power loss is not tried: the servers of the tests run without `fsync`, so that they are
  quick. Power loss is tried on SQLite, by a log of all its writes cut at every flush.
- The clock is moved inside the process that reads it, not for the whole machine.
- Disks that lie about flushing, memory that flips, and operators who delete files are what backups are for (F22).
"""


@dataclass
class Outcome:
    """What became of one fault."""

    row: Row
    passed: bool
    seconds: float
    tolls: Sequence[Mapping[str, Any]] = field(default_factory=list)
    said: str = ""

    @property
    def is_well(self) -> bool:
        """Say whether its tests passed and told that nothing was lost or doubled."""
        return self.passed and bool(self.tolls) and not self.total("lost") and not self.total("doubled")

    def total(self, what: str) -> int:
        """Add up what its tests told."""
        return sum(int(each[what]) for each in self.tolls)


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; return 0 when nothing was lost or doubled."""
    asked = _read(arguments)
    chosen = [row for name, row in rows().items() if not asked.only or name in asked.only.split(",")]
    ours = server_keeper.open_session()
    began = time.monotonic()
    try:
        outcomes = []
        for n, row in enumerate(chosen, 1):
            print(f"[{n}/{len(chosen)}] {row.name}: {row.fault} …", end=" ", flush=True)
            outcome = _run(row, asked.share)
            outcomes.append(outcome)
            print(_line(outcome), flush=True)
    finally:
        if ours:
            server_keeper.close_session()
    if not asked.only:
        PAGE.write_text(page(outcomes, share=asked.share, seconds=time.monotonic() - began), "utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}")
    return 0 if all(each.is_well for each in outcomes) else 1


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make faults", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0, help="share of the full numbers, 0 to 1")
    parser.add_argument("--only", default="", help="names of faults, with commas between")
    asked = parser.parse_args(arguments)
    if not 0 <= asked.share <= 1:
        parser.error("--share is between 0 and 1")
    if unknown := set(filter(None, asked.only.split(","))) - rows().keys():
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    return asked


def _run(row: Row, share: float) -> Outcome:
    began = time.monotonic()
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl", encoding="utf-8") as told:
        settings = os.environ | {"CASEWORK_TEST_SHARE": str(share or 0), GATHERED: told.name}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:randomly"]
        command += [f"--override-ini=timeout={SECONDS}", *row.tests]
        done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
        tolls = [line for line in map(json.loads, told) if line["fault"] == row.name]
    return Outcome(row, done.returncode == 0, time.monotonic() - began, tolls, done.stdout[-3000:])


def _line(outcome: Outcome) -> str:
    if not outcome.passed:
        return f"FAILED after {outcome.seconds:.0f} s\n{outcome.said}"
    cost = f"lost {outcome.total('lost')}, doubled {outcome.total('doubled')}"
    return f"{outcome.total('times')} times, {outcome.total('held')} held, {cost}, {outcome.seconds:.0f} s"


def page(outcomes: Sequence[Outcome], *, share: float, seconds: float) -> str:
    """Return the page."""
    head = "| | fault | injected | times | held against | lost | doubled |\n|---|---|---|--:|---|--:|--:|"
    table = [head, *(_row(each) for each in outcomes)]
    facts = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in _facts(share, seconds))]
    beside = ["## Beside it", "", *(line for each in outcomes for line in _beside(each))]
    expected = ["## What is expected, and who shows it", "", *(_expected(each.row) for each in outcomes)]
    return "\n".join([_HEAD, *facts, "", *table, "", *expected, "", *beside, "", _LIMITS])


def _row(outcome: Outcome) -> str:
    row = outcome.row
    counted: dict[str, int] = {}
    for each in outcome.tolls:
        # The operations of the crash loop are named one by one; here they are rows all the same.
        what = str(each["what"]).partition(" of `")[0]
        counted[what] = counted.get(what, 0) + int(each["held"])
    held = ", ".join(f"{number:,} {what}" for what, number in counted.items()) or "**not shown**"
    cost = [f"{outcome.total(what)}" for what in ("lost", "doubled")] if outcome.passed else ["**failed**", ""]
    return f"| {row.name} | {row.fault} | {row.injected} | {outcome.total('times'):,} | {held} | {' | '.join(cost)} |"


def _expected(row: Row) -> str:
    shown = ", ".join(f"`{node.removeprefix('tests/').replace('.py::', ': ')}`" for node in row.tests)
    return f"- **{row.name}** {row.expected}. {shown}"


def _beside(outcome: Outcome) -> list[str]:
    told = dict.fromkeys(f"{each['told']}" for each in outcome.tolls if each["told"])
    return [f"- **{outcome.row.name}** {'; '.join(told)}"] if told else []


def _facts(share: float, seconds: float) -> list[tuple[str, str]]:
    commit = _said("git", "rev-parse", "--short", "HEAD")
    if _said("git", "status", "--porcelain", "--untracked-files=no"):
        commit += " and changes on top"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    kernel = f"{platform.system()} {platform.release().partition('-')[0]}"
    return [
        ("date", datetime.now(UTC).date().isoformat()),
        ("commit", commit),
        ("machine", f"{os.cpu_count()} cores, {memory} GiB, {kernel}, Python {platform.python_version()}"),
        ("numbers", "full" if share == 1 else f"a share of {share:g} of the full ones, at least those of `make test`"),
        ("took", f"{seconds / 60:.0f} minutes"),
    ]


def _said(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
