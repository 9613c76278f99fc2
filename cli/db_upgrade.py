"""`casework db upgrade`: creates or migrates the schema and writes what every office starts with."""

import argparse
import sys

from casework.core import clock
from casework.core.office import open_office
from casework.migrations import upgrade
from casework.registry.seeding import seed

HELP = "create or migrate the database; safe to repeat"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Migrate, then seed."""
    office = open_office()
    head = upgrade(office.db)
    with office.db.transaction() as session:
        seed(session, county=office.settings.region, at=clock.now())
    sys.stdout.write(f'{{"head": "{head}"}}\n' if arguments.json else f"schema {head}\n")
    return 0
