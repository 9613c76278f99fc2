"""`casework token create`: a bearer token for an account, shown once."""

import argparse
import json
import sys

from casework.core import clock
from casework.core.errors import refused
from casework.core.i18n import say
from casework.registry import accounts, tokens
from cli.parts.opening import open_current_office

HELP = "make a bearer token for an account; it is shown once"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="user name of the account")
    parser.add_argument("--label", default="", help="what the token is for")
    parser.add_argument("--open311", action="store_true", help="a key for the Open311 interface instead")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Make the token and print it."""
    office = open_current_office()
    kind = tokens.OPEN311 if arguments.open311 else tokens.API
    try:
        with office.db.transaction() as session:
            person = accounts.by_user_name(session, arguments.name)
            if person is None:
                raise refused("no_such_account", name=arguments.name)
            if person.disabled_at is not None:
                raise refused("account_disabled")
            _, plain = tokens.create(session, person, actor=None, at=clock.now(), kind=kind, label=arguments.label)
    finally:
        office.close()
    told = json.dumps({"token": plain}) if arguments.json else say("cli.token_shown", token=plain)
    sys.stdout.write(told + "\n")
    return 0
