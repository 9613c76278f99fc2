"""`casework sweep`: one deadline sweep now, in the foreground; never held back."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from casework.core import clock, texts
from cli.opening import open_current_office
from workflows import firing

HELP = "fire every deadline rung that is due now, once"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--at", metavar="ISO", help="the instant that stands for now, such as 2026-11-02T09:00")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Sweep and print what was done."""
    office = open_current_office()
    zone = office.settings.zone
    at = clock.now() if arguments.at is None else texts.parse_local_instant(arguments.at, field="at", zone=zone)
    with _bar(shown=sys.stderr.isatty() and not arguments.json) as progress:
        swept = firing.sweep(office.db, at=at, on_progress=progress)
    for clock_id in swept.failed:
        sys.stderr.write(
            f"casework sweep: the rung of clock {clock_id} could not be fired; it comes again in an hour\n"
        )
    if arguments.json:
        sys.stdout.write(json.dumps(swept.as_json()) + "\n")
    else:
        told = ", ".join(f"{kind} {count}" for kind, count in sorted(swept.by_kind.items()))
        sys.stdout.write(
            f"due {swept.due}, fired {swept.fired}{f' ({told})' if told else ''}, "
            f"passed over {swept.passed_over}, {swept.seconds:.2f} s\n"
        )
    office.close()
    return 0


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[int], None] | None]:
    if not shown:
        yield None
        return
    with tqdm(unit="", desc="sweep", leave=False) as bar:
        yield lambda done: bar.update(done) and None
