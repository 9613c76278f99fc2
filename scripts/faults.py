"""Run the fault table with its full numbers, or a share of them, and write docs/reliability.md from what tests tell.

make faults                        all of it; up to three quarters of an hour on two cores
make faults ARGS="--share 0.1"     a tenth of the numbers, never less than `make test` does
make faults ARGS="--only F8,F9"    some rows; the page keeps what it says of the others, so that a run can be parted
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from tests import server_keeper
from tests.faults.table import Row, rows
from tests.faults.toll import GATHERED

ROOT = Path(__file__).parent.parent
PAGE, KEPT = ROOT / "docs" / "reliability.md", ROOT / "docs" / "reliability.json"
SECONDS = 1500
Outcome = dict[str, Any]
# What a run has found of each test so far: a test that shows two faults is run once.
Known = dict[str, list[dict[str, Any]] | None]

_HEAD = """# What faults cost

Made by `make faults` from what the tests of [`tests/faults/table.toml`](../tests/faults/table.toml) told: each fault
was injected for real, what clients had been told was held against the database afterwards, and where clients wrote
`casework verify` looked at all of it. Lost: acknowledged and not there. Doubled: there twice, or refused and there.
"Share" is of the full numbers of the table; never less is done than in `make test`. A commit with a + had changes.
Seconds are by the clock, and those of the processors, servers and clients together, in brackets; the machine is seldom
quiet.
"""
_LIMITS = """## What this does not show

- On PostgreSQL a power cut is played by stopping the server at an instant and keeping of its files what it had flushed
  by its own account, the rest mixed from before and after; SQLite's is cut at every flush of a log of all its writes.
- The clock is moved inside the process that reads it, not for the whole machine.
- Disks that lie about flushing, memory that flips, and operators who delete files are what backups are for (F22).
"""


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; return 0 when nothing was lost or doubled."""
    asked = _read(arguments)
    chosen = [row for name, row in rows().items() if not asked.only or name in asked.only.split(",")]
    ours = server_keeper.open_session()
    are_well, known = True, Known()
    try:
        for n, row in enumerate(chosen, 1):
            print(f"[{n}/{len(chosen)}] {row.name}: {row.fault} …", end=" ", flush=True)
            outcome, said = _run(row, asked.share, known)
            are_well &= _is_well(outcome)
            print(_line(outcome) if outcome["passed"] else f"FAILED\n{said}", flush=True)
            _keep(row, outcome)
    finally:
        if ours:
            server_keeper.close_session()
    print(f"written: {PAGE.relative_to(ROOT)}")
    return 0 if are_well else 1


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--share", type=float, default=1.0, help="share of the full numbers, 0 to 1")
    parser.add_argument("--only", default="", help="names of faults, with commas between")
    asked = parser.parse_args(arguments)
    if not 0 <= asked.share <= 1:
        parser.error("--share is between 0 and 1")
    if unknown := set(filter(None, asked.only.split(","))) - rows().keys():
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    return asked


def _run(row: Row, share: float, known: Known) -> tuple[Outcome, str]:
    began, worked = time.monotonic(), _processor_seconds()
    said = _test([test for test in row.tests if test not in known], share, known, beside=row.many)
    failed = any(known[test] is None for test in row.tests)
    tolls = [line for test in row.tests for line in known[test] or () if line["fault"] == row.name]
    counted: dict[str, int] = {}
    for each in tolls:
        # The operations of the crash loop are named one by one; on the page they are rows all the same.
        what = str(each["what"]).partition(" of `")[0]
        counted[what] = counted.get(what, 0) + int(each["held"])
    outcome = {
        "passed": not failed and bool(tolls),
        "held": counted,
        "told": list(dict.fromkeys(each["told"] for each in tolls if each["told"])),
        "share": share,
        "seconds": round(time.monotonic() - began),
        "processor": round(_processor_seconds() - worked),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "machine": _machine(),
    }
    outcome |= {what: sum(int(each[what]) for each in tolls) for what in ("times", "lost", "doubled")}
    return outcome, said


def _test(tests: Sequence[str], share: float, known: Known, *, beside: bool) -> str:
    """Run tests, and note what each has told; None: that together they did not pass."""
    if not tests:
        return ""
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl", encoding="utf-8") as told:
        settings = os.environ | {"CASEWORK_TEST_SHARE": str(share), GATHERED: told.name}
        processes = str(os.cpu_count() if beside else 0)
        command = [sys.executable, "-m", "pytest", "-q", "-n", processes, "-p", "no:cacheprovider"]
        command += [f"--override-ini=timeout={SECONDS}", *tests]
        done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
        tolls = list(map(json.loads, told))
    for test in tests:
        known[test] = (
            [line for line in tolls if line["test"].partition("[")[0] == test] if not done.returncode else None
        )
    return done.stdout[-3000:]


def _processor_seconds() -> float:
    """Return what our children have used so far, and the servers of the session, which are nobody's children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours, ticks = os.environ[server_keeper.SESSION_FOLDER].encode(), 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int(process.name) != os.getpid() and ours in (process / "environ").read_bytes():
                # After the name: state, and eleven more fields; then its own time and that of children it has buried.
                ticks += sum(map(int, (process / "stat").read_text().rpartition(") ")[2].split()[11:15]))
        except OSError:
            continue
    return used.ru_utime + used.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def _is_well(outcome: Outcome) -> bool:
    return outcome["passed"] and not outcome["lost"] and not outcome["doubled"]


def _line(outcome: Outcome) -> str:
    held = ", ".join(f"{number} {what}" for what, number in outcome["held"].items())
    cost = f"lost {outcome['lost']}, doubled {outcome['doubled']}"
    return f"{outcome['times']} times, {held}: {cost}, {outcome['seconds']} s ({outcome['processor']} s)"


def _keep(row: Row, outcome: Outcome) -> None:
    """Keep what became of a fault, and write the page anew: a run that is broken off leaves what it has found."""
    with Path(__file__).open("rb") as lock:
        # Parts of a run may go on beside each other.
        flock(lock, LOCK_EX)
        kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
        kept[row.name] = outcome
        kept = {name: kept[name] for name in rows() if name in kept}
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
        PAGE.write_text(page(kept), "utf-8")


def page(kept: Mapping[str, Outcome]) -> str:
    """Return the page."""
    head = "| | fault | injected | times | held against | lost | doubled | share | seconds | date, commit |"
    table = [head, "|---|---|---|--:|---|--:|--:|--:|--:|---|"]
    table += [_row(row, kept.get(row.name)) for row in rows().values()]
    machines = dict.fromkeys(each["machine"] for each in kept.values())
    used = sum(each.get("processor", 0) for each in kept.values())
    expected = ["## What is expected, and who shows it", "", *(_expected(row) for row in rows().values())]
    told = (f"- **{name}** {'; '.join(each['told'])}" for name, each in kept.items() if each["told"])
    return "\n".join(
        [
            _HEAD,
            f"Machine: {'; '.join(machines)}. All rows together: {used // 60} minutes of its processors.",
            "",
            *table,
            "",
            *expected,
            "",
            "## Beside it",
            "",
            *told,
            "",
            _LIMITS,
        ]
    )


def _row(row: Row, outcome: Outcome | None) -> str:
    begin = f"| {row.name} | {row.fault} | {row.injected} |"
    if outcome is None:
        return f"{begin} | **not run yet** | | | | | |"
    held = ", ".join(f"{number:,} {what}" for what, number in outcome["held"].items())
    cost = f"{outcome['lost']} | {outcome['doubled']}" if outcome["passed"] else "**failed** |"
    share = f"{outcome['share']:.0%}" if outcome["share"] else "as `make test`"
    when = f"{outcome['date']}, {outcome['commit']}"
    took = f"{outcome['seconds']:,} ({outcome['processor']:,})" if "processor" in outcome else f"{outcome['seconds']:,}"
    return f"{begin} {outcome['times']:,} | {held} | {cost} | {share} | {took} | {when} |"


def _expected(row: Row) -> str:
    shown = ", ".join(f"`{node.removeprefix('tests/').replace('.py::', ': ')}`" for node in row.tests)
    return f"- **{row.name}** {row.expected}. {shown}"


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    kernel = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{os.cpu_count()} cores, {memory} GiB, {kernel}, Python {platform.python_version()}"


def _commit() -> str:
    changed = _said("git", "status", "--porcelain", "--untracked-files=no", "--", ":!docs")
    return _said("git", "rev-parse", "--short", "HEAD") + ("+" if changed else "")


def _said(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
