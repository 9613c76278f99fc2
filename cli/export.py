"""`casework export KIND FILE`: the same columns out again; `--to RECEIVER FILE`: a sheet upwards, and kept."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from tqdm import tqdm

from casework.core import clock, texts
from casework.core.actors import Actor
from casework.core.i18n import say
from casework.core.office import Office
from casework.dispatches import queries
from casework.dispatches.tables import Dispatch
from casework.exchange.receivers import receivers
from cli.parts.opening import open_current_office
from workflows.ledgers import dispatching, exporting
from workflows.ledgers.actors import acting

HELP = (
    "export a file: regions, orgs, categories, petitions, cases, funds, members, households, links, visits, services, "
    "suggestions, attendance, goals, assessments, supervisions, consultations"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("kind", metavar="KIND", nargs="?", help=", ".join(exporting.SOURCES))
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help=".xlsx or .csv; replaced when it is there")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--to", metavar="RECEIVER", help="a sheet upwards instead of a ledger: " + ", ".join(receivers()))
    what.add_argument("--sent", action="store_true", help="list what was sent upwards")
    what.add_argument("--again", metavar="ID", type=UUID, help="write a sheet that was sent once more, as it was")
    parser.add_argument("--as-of", metavar="YYYY-MM-DD", help="with --to: rows of later days are left out")
    parser.add_argument("--as", dest="user", metavar="USER", help="in whose name; without it the office's console")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Export, and tell how many rows there are."""
    is_ledger = not (arguments.to or arguments.sent or arguments.again)
    if not is_ledger and arguments.file is None and arguments.kind is not None:
        arguments.kind, arguments.file = None, Path(arguments.kind)
    if (arguments.file is None) != arguments.sent or is_ledger != (arguments.kind is not None):
        sys.stderr.write("casework export KIND FILE | --to RECEIVER FILE | --again ID FILE | --sent\n")
        return 2
    office = open_current_office()
    at = clock.now()
    with office.db.reading() as session:
        actor = acting(session, office, user_name=arguments.user, at=at)
        sent = queries.under(session, actor) if arguments.sent else ()
    if arguments.sent:
        return _list(sent, is_json=arguments.json)
    with tqdm(disable=True if arguments.json else None, unit="row") as bar:
        told = _write(arguments, office, actor, lambda done: bar.update(done - bar.n) and None)
    if arguments.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(say("cli.exported", rows=told["rows"], file=arguments.file) + "\n")
    return 0


def _write(
    arguments: argparse.Namespace, office: Office, actor: Actor, on_progress: Callable[[int], None]
) -> dict[str, Any]:
    path, at = arguments.file, clock.now()
    if arguments.kind is not None:
        rows = exporting.run(office, arguments.kind, path, actor=actor, at=at, on_progress=on_progress)
        return {"kind": arguments.kind, "rows": rows}
    # Asked first: what is sent is kept before it is written.
    dispatching.require_file(path)
    as_of = None if arguments.as_of is None else texts.parse_date(arguments.as_of, field="as_of")
    with office.db.transaction() as session:
        if arguments.again is not None:
            row, content = dispatching.again(session, office, arguments.again, actor=actor, at=at)
        else:
            row, content = dispatching.send(
                session, office, arguments.to, actor=actor, at=at, as_of=as_of, on_progress=on_progress
            )
    dispatching.put(content, path)
    return _told(row)


def _told(row: Dispatch) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "receiver": row.receiver,
        "title": row.title,
        "as_of": row.as_of.isoformat(),
        "known_at": row.known_at.isoformat(),
        "rows": row.rows,
        "sha256": row.sha256,
        "sent_at": row.sent_at.isoformat(),
    }


def _list(sent: Sequence[tuple[Dispatch, str | None]], *, is_json: bool) -> int:
    if is_json:
        told = [_told(row) | {"sent_by": name} for row, name in sent]
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return 0
    for row, name in sent:
        who = name or "console"
        sys.stdout.write(
            f"{row.id}  {row.sent_at:%Y-%m-%d %H:%M}Z  {row.receiver}  as of {row.as_of}  {row.rows} rows  by {who}"
            f"  sha256 {row.sha256[:16]}\n"
        )
    return 0
