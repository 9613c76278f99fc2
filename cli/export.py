"""`casework export KIND FILE`: the same columns out again."""

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from casework.core import clock
from casework.core.office import open_office
from casework.keeping.start import require_definitions
from workflows.ledgers import exporting
from workflows.ledgers.actors import acting

HELP = "export a file: " + ", ".join(exporting.SOURCES)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("kind", metavar="KIND", help=", ".join(exporting.SOURCES))
    parser.add_argument("file", metavar="FILE", type=Path, help=".xlsx or .csv; replaced when it is there")
    parser.add_argument("--as", dest="user", metavar="USER", help="in whose name; without it the office's console")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Export, and tell how many rows there are."""
    office = open_office()
    require_definitions(office)
    at = clock.now()
    with office.db.reading() as session:
        actor = acting(session, office, user_name=arguments.user, at=at)
    with tqdm(disable=True if arguments.json else None, unit="row") as bar:
        rows = exporting.run(
            office,
            arguments.kind,
            arguments.file,
            actor=actor,
            at=at,
            on_progress=lambda done: bar.update(done - bar.n) and None,
        )
    if arguments.json:
        sys.stdout.write(json.dumps({"kind": arguments.kind, "rows": rows}) + "\n")
    else:
        sys.stdout.write(f"{rows} rows written to {arguments.file}\n")
    return 0
