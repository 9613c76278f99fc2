"""`casework workflow check [NAME]`: static checks of one definition, of a file, or of all."""

import argparse
import json
import sys
from pathlib import Path

from casework.core.definitions import BadDefinition, Wrong, told
from casework.core.i18n import LOCALES
from cli.parts.workflows import named, open_registry, use_office
from workflows.checks import Finding, check, check_names
from workflows.definition import Workflow
from workflows.loader import load_file
from workflows.registry import differs_from

HELP = "check workflow definitions: unreachable states, dead ends, missing deadlines, unknown names"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", nargs="?", help="a definition, or a TOML file; all if left out")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--locale", default="zh", choices=LOCALES, help="language of the lines")


def run(arguments: argparse.Namespace) -> int:
    """Print every finding, and what is no mistake of a file but to be known before it is used; exit 1 on a finding."""
    wrong: list[tuple[str, str, str]] = []
    try:
        checked = _asked(arguments.name)
    except BadDefinition as bad:
        checked = []
        wrong = [(bad.source, path, what) for path, what in bad.mistakes]
        # Names can be judged though the shape is wrong; what hangs together only once it is right.
        further = check_names(bad.made) if isinstance(bad.made, Workflow) else []
        wrong += [(bad.source, found.path, found.what) for found in further]
    for workflow in checked:
        wrong += [(_called(workflow), found.path, found.what) for found in check(workflow)]
    claimed = [(_called(w), found.path, found.what) for w in checked for found in _claimed(arguments.name, w)]
    findings, notes = (
        [{"workflow": source, "path": path, "what": str(told(what, arguments.locale))} for source, path, what in each]
        for each in (wrong, claimed)
    )
    if arguments.json:
        report = {"checked": [_called(w) for w in checked], "findings": findings, "notes": notes}
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    else:
        for found in [*findings, *notes]:
            sys.stderr.write(": ".join(filter(None, found.values())) + "\n")
        if not findings:
            sys.stdout.write("".join(f"{_called(w)}: ok\n" for w in checked))
    return 1 if findings else 0


def _called(workflow: Workflow) -> str:
    return f"{workflow.name}.v{workflow.version}"


def _claimed(name: str | None, workflow: Workflow) -> list[Finding]:
    """Say so where a file calls itself a version that is here already, with other content.

    Matters keep the version they began with: one that changes would change what they began with. Who is at work on a
    definition may choose its number last, so this is a note.
    """
    if name is None or not name.endswith(".toml"):
        return []
    use_office()
    known = differs_from(workflow, Path(name))
    if known is None:
        return []
    return [Finding("version", Wrong("version_taken", version=workflow.version, file=known.name))]


def _asked(name: str | None) -> list[Workflow]:
    if name is None:
        return [each.workflow for each in open_registry().all()]
    if name.endswith(".toml"):
        return [load_file(Path(name))]
    return [named(name).workflow]
