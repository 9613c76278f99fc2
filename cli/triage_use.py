"""`casework triage use VERSION`: take a version of the model into use, an earlier one too."""

import argparse
import sys

from casework.core import clock
from casework.core.i18n import say
from casework.registry import audit
from casework.triage import shelf
from cli.parts.opening import open_current_office

HELP = "take a version of the model into use; 0 goes back to the keywords"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("version", metavar="VERSION", type=int, help="a number of casework triage models")


def run(arguments: argparse.Namespace) -> int:
    """Take it into use from now on."""
    office, at = open_current_office(), clock.now()
    with office.db.transaction() as session:
        if shelf.use(session, arguments.version, at=at):
            audit.record(session, event="triage.used", actor=None, at=at, facts={"version": arguments.version})
    sys.stdout.write(say("cli.model_in_use", version=arguments.version) + "\n")
    return 0
