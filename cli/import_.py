"""`casework import KIND FILE`: a file of the office into the records, row by row."""

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from casework.core import clock
from casework.core.i18n import say
from cli.parts.opening import open_current_office
from workflows.ledgers import importing
from workflows.ledgers.actors import acting
from workflows.ledgers.desk import Imported
from workflows.ledgers.writing.kinds import LEDGERS

HELP = (
    "import a file: regions, orgs, categories, petitions, cases, funds, members, households, links, visits, services, "
    "suggestions, attendance, goals, assessments, supervisions, consultations"
)
_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("kind", metavar="KIND", help=", ".join(LEDGERS))
    parser.add_argument("file", metavar="FILE", type=Path, help=".xlsx, .xls, .et or .csv")
    parser.add_argument("--dry-run", action="store_true", help="try everything, keep nothing")
    parser.add_argument("--as", dest="user", metavar="USER", help="in whose name; without it the office's console")
    parser.add_argument("--report", metavar="OUT.xlsx", type=Path, help="write the file back with the errors marked")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Import, and tell what became of the rows; bad rows leave the exit code at 0."""
    office = open_current_office()
    at = clock.now()
    with office.db.reading() as session:
        actor = acting(session, office, user_name=arguments.user, at=at)
    with tqdm(disable=True if arguments.json else None, unit="row") as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        imported = importing.run(
            office,
            arguments.kind,
            arguments.file,
            actor=actor,
            at=at,
            dry_run=arguments.dry_run,
            report=arguments.report,
            on_progress=progress,
        )
    if arguments.json:
        sys.stdout.write(json.dumps(imported.as_json(), ensure_ascii=False) + "\n")
    else:
        _tell(imported, dry_run=arguments.dry_run)
    return 0


def _tell(imported: Imported, *, dry_run: bool) -> None:
    rows = len({(fault.sheet, fault.row) for fault in imported.refused})
    told = say(
        "cli.imported",
        created=imported.created,
        updated=imported.updated,
        unchanged=imported.unchanged,
        refused=rows,
    )
    if imported.marked:
        told += say("cli.imported_alike", marked=imported.marked)
    if dry_run:
        told += say("cli.imported_dry")
    sys.stdout.write(f"{told}\n")
    for what, faults in (("cli.imported_refused", imported.refused), ("cli.imported_warned", imported.warnings)):
        for fault in faults[:_SHOWN]:
            place = f"{fault.sheet}!{fault.row} {fault.column}".rstrip()
            sys.stdout.write(f"  {say(what)} {place}: {fault.reason}\n")
        if len(faults) > _SHOWN:
            sys.stdout.write(f"  … {say('cli.imported_more', n=len(faults) - _SHOWN)}\n")
