"""`casework campaign check [FILE]`: the mistakes of a file that defines a campaign, or of all that this office has."""

import argparse
import json
import sys
from pathlib import Path

from casework.campaign import loader
from casework.core.definitions import BadDefinition, told
from casework.core.i18n import LOCALES
from casework.core.settings import read_settings
from casework.keeping.start import CAMPAIGNS

HELP = "check campaign definitions: every mistake of a file at once, each with its key path"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", nargs="?", type=Path, help="a TOML file; all campaigns of this office if left out")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--locale", default="zh", choices=LOCALES, help="language of the lines")


def run(arguments: argparse.Namespace) -> int:
    """Print every mistake; exit 1 when there is one."""
    findings: list[dict[str, str]] = []
    checked: list[str] = []
    try:
        if arguments.file is None:
            loader.use_folder(read_settings().home / CAMPAIGNS)
            checked = list(loader.campaigns())
        else:
            checked = [loader.load_file(arguments.file).code]
    except BadDefinition as bad:
        findings = [
            {"file": bad.source, "path": path, "what": str(told(what, arguments.locale))} for path, what in bad.mistakes
        ]
    if arguments.json:
        sys.stdout.write(json.dumps({"checked": checked, "findings": findings}, ensure_ascii=False) + "\n")
        return 1 if findings else 0
    for found in findings:
        sys.stderr.write(": ".join(filter(None, found.values())) + "\n")
    sys.stdout.write("".join(f"{code}: ok\n" for code in checked))
    return 1 if findings else 0
