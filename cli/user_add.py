"""`casework user add`: an account with a role, or one more role for an account that is there.

This is the console of the office: whoever may run it owns the machine, so it may both make accounts and grant roles.
That nobody holds two of the three offices is kept here too.
"""

import argparse
import json
import sys

from casework.core import clock
from casework.core.errors import FieldError, Invalid, invalid
from casework.core.hashing import LONGEST_PASSWORD, check_password, hash_password
from casework.core.i18n import say
from casework.core.office import Office
from casework.registry import accounts, grants, passwords
from casework.registry.account_rules import is_officer
from cli.parts.opening import open_current_office

HELP = "make an account with a role, or give an account one more role"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="user name")
    parser.add_argument("--role", required=True, help="role, such as clerk, handler, admin")
    parser.add_argument("--region", metavar="CODE", help="division code the role is held over; default: the county")
    parser.add_argument("--org", metavar="CODE", help="unit the role is held in; handlers and unit heads need one")
    parser.add_argument("--display", metavar="NAME", help="the person's name as shown; default: the user name")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Make the account if it is not there, then grant the role; both or neither."""
    office = open_current_office()
    try:
        answer = _add(office, arguments)
    finally:
        office.close()
    if arguments.json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return 0
    code = "cli.user_added" if answer["created"] else "cli.grant_added"
    role = say(f"role.{arguments.role}")
    sys.stdout.write(say(code, user_name=answer["user_name"], role=role) + "\n")
    if answer["password"]:
        shown = say("cli.password_shown", hours=passwords.INITIAL_HOURS, password=answer["password"])
        sys.stdout.write(shown + "\n")
    return 0


def _add(office: Office, arguments: argparse.Namespace) -> dict[str, object]:
    at = clock.now()
    user_name = accounts.read_user_name(arguments.name, field="NAME")
    given = _given_password(office, arguments, user_name=user_name) if arguments.password_stdin else None
    with office.db.reading() as session:
        known = accounts.by_user_name(session, user_name) is not None
    # Hashed before the transaction begins: nobody waits for it.
    plain, hashed = (None, None)
    if given is not None:
        hashed = hash_password(given)
    elif not known:
        plain, hashed = passwords.draw()
    with office.db.transaction() as session:
        person = accounts.by_user_name(session, user_name)
        scope = grants.read_scope(
            session,
            role=arguments.role,
            region=arguments.region,
            org=arguments.org,
            county=office.settings.region,
        )
        created = person is None
        if person is None:
            person = accounts.create_account(
                session,
                user_name=user_name,
                name=arguments.display or arguments.name,
                hashed=hashed or "",
                actor=None,
                at=at,
                must_change=given is None,
            )
        else:
            if hashed is not None:
                passwords.reset(session, person, hashed=hashed, actor=None, at=at, must_change=False)
            if arguments.display:
                accounts.rename(person, arguments.display, at=at)
        row = grants.add_grant(session, person, scope, actor=None, at=at)
        return {
            "id": str(person.id),
            "user_name": person.user_name,
            "name": person.name,
            "created": created,
            "role": row.role,
            "region": row.region,
            "org": arguments.org,
            "password": plain if created else None,
        }


def _given_password(office: Office, arguments: argparse.Namespace, *, user_name: str) -> str:
    """Read the password. What is against the rules is taken and told: this is the console, and its owner decides."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise invalid("password", "required")
    if len(password) > LONGEST_PASSWORD:
        raise Invalid([FieldError("password", "password_long", {"max": LONGEST_PASSWORD})])
    faults = check_password(
        password,
        user_name=user_name,
        profile=office.settings.account_profile,
        admin=is_officer({arguments.role}),
        words=[arguments.display] if arguments.display else [],
    )
    if faults:
        why = " ".join(say(f"field.{each.code}", **each.params) for each in faults)
        sys.stderr.write(say("cli.password_weak", why=why) + "\n")
    return password
