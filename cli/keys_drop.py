"""`casework keys drop KEY`: an old key that nothing needs any more is taken out for good."""

import argparse
import sys

from casework.core import clock
from casework.core.i18n import say
from casework.keeping import rotation
from cli.parts.opening import open_current_office

HELP = "take an old key out of the ring for good, once nothing stored needs it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("key", help="id of the key, as `casework keys list` names it")


def run(arguments: argparse.Namespace) -> int:
    """Drop the key."""
    office = open_current_office()
    rotation.drop(office.db, office.keyring, arguments.key, at=clock.now())
    office.close()
    sys.stdout.write(say("cli.key_gone", key=arguments.key) + "\n")
    return 0
