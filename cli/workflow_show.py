"""`casework workflow show NAME`: a definition in words."""

import argparse
import json
import sys
from typing import Any

from casework.permissions import rules
from cli.parts.workflows import named
from workflows.definition import Workflow

HELP = "show a workflow definition in words"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", help="name of the definition, such as case or case.v1")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print states, triggers with who may, and clocks."""
    workflow = named(arguments.name).workflow
    rows = _rows(workflow)
    if arguments.json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return 0
    sys.stdout.write(f"{workflow.label['zh']} ({workflow.name}.v{workflow.version})\n")
    for row in rows["transitions"]:
        fields = ", ".join(row["fields"])
        line = f"  {row['trigger']:<12} {'/'.join(row['from'])} → {row['to']}  [{', '.join(row['who'])}]  {fields}"
        sys.stdout.write(line.rstrip() + "\n")
    for clock in rows["clocks"]:
        sys.stdout.write(f"  ⏱ {clock['kind']:<14} {'; '.join(clock['limits'])}\n")
    return 0


def _rows(workflow: Workflow) -> dict[str, list[dict[str, Any]]]:
    table = rules().permission
    return {
        "states": [{"state": s.name, "label": s.label["zh"], "final": s.final} for s in workflow.states.values()],
        "transitions": [
            {
                "trigger": t.trigger,
                "from": list(t.sources),
                "to": t.target or "(stays)",
                "who": list(table[t.permission]),
                "fields": [f.name if f.required else f"{f.name}?" for f in t.fields],
            }
            for t in workflow.transitions
        ],
        "clocks": [
            {
                "kind": c.kind,
                "limits": [f"{rule.limit.amount} {rule.limit.unit} {dict(rule.when.facts) or ''}" for rule in c.limits],
            }
            for c in workflow.clocks.values()
        ],
    }
