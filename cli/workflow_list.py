"""`casework workflow list`: the definitions at hand."""

import argparse
import json
import sys
from typing import Any

from casework.core.i18n import say
from cli.parts.workflows import open_registry

HELP = "list the workflow definitions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print name, version and size of each definition."""
    rows: list[dict[str, Any]] = [
        {
            "name": each.workflow.name,
            "version": each.workflow.version,
            "label": each.workflow.label["zh"],
            "states": len(each.workflow.states),
            "triggers": len(each.workflow.transitions),
        }
        for each in open_registry().all()
    ]
    if arguments.json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    else:
        for row in rows:
            sys.stdout.write(say("cli.workflow_listed", **row) + "\n")
    return 0
