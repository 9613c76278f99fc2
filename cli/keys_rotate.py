"""`casework keys rotate`: new keys, and everything stored brought over to them, while the service runs."""

import argparse
import sys

from casework.core import clock
from casework.core.i18n import say
from casework.keeping import rotation
from cli.parts.keys import listed, told
from cli.parts.opening import open_current_office
from cli.parts.progress import bar_of

HELP = "make new keys and bring everything stored over to them while the service runs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--continue", action="store_true", dest="only_rest", help="make no keys; go on where it broke off"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Rotate, and say what was brought over and what keeps its key."""
    office = open_current_office()
    if not arguments.only_rest:
        rotation.rotate(office.db, office.keyring, at=clock.now())
    with bar_of("row", quiet=arguments.json) as on_progress:
        brought = rotation.bring_over(office.db, office.keyring, on_progress=on_progress)
    rows = listed(office)
    office.close()
    more = {"rows": brought.rows, "kept": brought.kept, "unopened": brought.unopened}
    sys.stdout.write(told(rows, as_json=arguments.json, **more))
    if not arguments.json:
        sys.stdout.write(say("cli.keys_brought", rows=brought.rows, kept=brought.kept) + "\n")
    for value in brought.unopened:
        sys.stderr.write(f"casework keys rotate: {say('cli.key_unopened', value=value)}\n")
    return 1 if brought.unopened else 0
