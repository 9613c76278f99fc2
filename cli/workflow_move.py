"""`casework workflow move VERSION`: show what moving the open cases to a version changes; with --reason, do it."""

import argparse
import json
import sys
from dataclasses import asdict

from tqdm import tqdm

from casework.core import clock
from casework.core.actors import SYSTEM
from casework.core.errors import NotFound
from casework.core.i18n import say
from cli.parts.opening import open_current_office
from cli.parts.workflows import open_registry
from workflows.registry import UnknownWorkflow
from workflows.versions import Change, move_open_cases

HELP = "move open cases to another version of the case workflow; shows first, does with --reason"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("version", type=int, help="the version to move to")
    parser.add_argument("--reason", help="do it, and write this reason into every history")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Show, or do."""
    try:
        open_registry().get("case", arguments.version)
    except UnknownWorkflow as error:
        raise NotFound("workflow") from error
    office = open_current_office()
    session = office.db.session(write=True)
    changes: list[Change] = []
    kept = False
    try:
        reason = arguments.reason or "(shown only)"
        moved = move_open_cases(session, to_version=arguments.version, actor=SYSTEM, at=clock.now(), reason=reason)
        # Stopped half way, none of them is moved.
        changes = list(tqdm(moved, disable=arguments.json or None, unit="case", leave=False))
        kept = bool(arguments.reason)
    finally:
        office.db.end(session, keep=kept)
    if arguments.json:
        sys.stdout.write(json.dumps({"done": kept, "changes": [asdict(each) for each in changes]}) + "\n")
        return 0
    for each in changes:
        dates = "; ".join(f"{d['kind']}: {d['from']} → {d['to']}" for d in each.dates)
        note = dates if each.possible else say("cli.case_stays")
        sys.stdout.write(f"{each.number} {each.state} {note}\n")
    sys.stdout.write(say("cli.cases_moved" if kept else "cli.cases_would_move", n=len(changes)) + "\n")
    return 0
