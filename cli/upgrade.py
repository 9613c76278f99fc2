"""`casework upgrade`: an office brought to this version: backup, migrate, verify, or back again."""

import argparse
import json
import sys

from casework.core import clock
from casework.core.i18n import say
from casework.core.office import open_office
from casework.keeping.upgrading import Upgraded, upgrade
from cli.parts.progress import bar_of
from cli.verify import lines_of, verifier

HELP = "backup, migrate, verify, or back again; the service must be stopped"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--accept-faults",
        action="store_true",
        help="keep the new version even though an invariant fails, as it then did before the upgrade",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Upgrade and say what was done."""
    # Two connections are enough, and none of them may be taken for another service.
    office = open_office(pool_size=2)
    at = clock.now()
    quiet = arguments.json
    try:
        with bar_of("row", quiet=quiet) as on_progress:
            done = upgrade(
                office,
                at=at,
                verifier=verifier(at=at),
                accept_faults=arguments.accept_faults,
                on_step=lambda step: None if quiet else _tell(step),
                on_progress=on_progress,
            )
    finally:
        office.close()
    sys.stdout.write(_json(done) if quiet else _words(done))
    return 0


def _tell(step: str) -> None:
    # To stderr on a terminal alone: a refusal is one line there.
    if sys.stderr.isatty():
        sys.stderr.write(say(f"upgrade.step.{step}") + "\n")


def _json(done: Upgraded) -> str:
    report = {
        "from": done.before,
        "to": done.after,
        "backup": None if done.backup is None else str(done.backup),
        "resumed": done.resumed,
        "invariants": [each.as_json() for each in done.findings],
    }
    return json.dumps(report, ensure_ascii=False) + "\n"


def _words(done: Upgraded) -> str:
    code = "first" if done.before is None else "same" if done.before == done.after else "done"
    told = [say(f"upgrade.{code}", before=done.before, after=done.after, path=done.backup)]
    if done.resumed:
        told.append(say("upgrade.resumed"))
    return "".join(f"{line}\n" for line in told) + lines_of([each for each in done.findings if each.rows])
