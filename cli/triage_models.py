"""`casework triage models`: every version of the model, and which is in use."""

import argparse
import json
import sys

from casework.triage import shelf
from cli.parts.opening import open_current_office

HELP = "list the versions of the model that proposes categories"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the versions, the newest first; version 0 are the keywords, which need no training."""
    office = open_current_office()
    with office.db.reading() as session:
        used, parts = shelf.in_use(session), shelf.parts_of(session)
        rows = [
            {
                "version": each.number,
                "in_use": each.id == used,
                "made_at": each.made_at.astimezone(office.settings.zone).isoformat(timespec="seconds"),
                "source": each.source,
                "rows": each.rows,
                "labels": each.labels,
                "macro_f1": each.figures["macro_f1"] / 10_000,
                "ece": each.figures["ece"] / 10_000,
            }
            | {
                part.subject: {
                    "rows": part.rows,
                    "labels": part.labels,
                    "macro_f1": part.figures["macro_f1"] / 10_000,
                    "ece": part.figures["ece"] / 10_000,
                }
                for part in parts.get(each.id, ())
            }
            for each in shelf.models(session)
        ]
    rows.append({"version": shelf.KEYWORDS, "in_use": used is None, "source": "keywords"})
    if arguments.json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return 0
    for row in rows:
        mark = "*" if row["in_use"] else " "
        learnt = f"{row['made_at']}  {row['rows']} rows  macro-F1 {row['macro_f1']:.3f}" if "rows" in row else ""
        sys.stdout.write(f"{mark} {row['version']:>3}  {row['source']:<8}  {learnt}".rstrip() + "\n")
    return 0
