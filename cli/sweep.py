"""`casework sweep`: one deadline sweep now, in the foreground; never held back."""

import argparse
import json
import logging
import sys

from casework.core import clock, logs, texts
from cli.parts.opening import open_current_office
from cli.parts.progress import bar_of
from workflows import firing

HELP = "fire every deadline rung that is due now, once"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--at", metavar="ISO", help="the instant that stands for now, such as 2026-11-02T09:00")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Sweep and print what was done."""
    office = open_current_office()
    # To stderr: standard output belongs to the answer.
    logs.configure(format=office.settings.log_format, level=logging.WARNING)
    zone = office.settings.zone
    at = clock.now() if arguments.at is None else texts.parse_local_instant(arguments.at, field="at", zone=zone)
    with bar_of("clock", quiet=arguments.json) as advance:
        swept = firing.sweep(office.db, at=at, on_progress=lambda done: advance(done, 0))
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
