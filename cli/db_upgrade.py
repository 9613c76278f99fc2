"""`casework db upgrade`: creates or migrates the schema and writes what every office starts with."""

import argparse
import sys

from casework.core import clock
from casework.core.i18n import say
from casework.core.office import open_office
from casework.keeping.start import make_ready
from cli.parts.progress import told

HELP = "create or migrate the database; safe to repeat"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Look whether the keys fit, migrate, then seed."""
    with told("cli.doing.schema", quiet=arguments.json):
        head = make_ready(open_office(), at=clock.now())
    sys.stdout.write(f'{{"head": "{head}"}}\n' if arguments.json else say("cli.schema", head=head) + "\n")
    return 0
