"""`casework keys list`: the keys of this installation and how many values stand under each."""

import argparse
import sys

from cli.parts.keys import listed, told
from cli.parts.opening import open_current_office

HELP = "list the keys and how many stored values stand under each"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the keys; never a key itself."""
    office = open_current_office()
    rows = listed(office)
    office.close()
    sys.stdout.write(told(rows, as_json=arguments.json))
    return 0 if all(row["here"] for row in rows) else 1
