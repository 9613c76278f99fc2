"""`casework archive --year Y FILE.zip`: what ended in a year as a package that opens without this software."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from casework.core import clock
from casework.core.errors import refused
from casework.core.i18n import say
from cli.parts.opening import open_current_office
from cli.parts.progress import bar_of
from workflows.papers.archive_pages import MASKED, VARIANTS
from workflows.papers.archiving import archive
from workflows.registry import use_folders

HELP = "write the archive package of a year: papers, a list, a first page, checksums"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="where to")
    parser.add_argument("--year", type=int, required=True, help="a year that is over: what ended in it")
    parser.add_argument(
        "--variant",
        choices=VARIANTS,
        default=MASKED,
        help="masked (default): names masked, no attachments; plain: everything; public: public summaries alone",
    )
    parser.add_argument("--force", action="store_true", help="replace a file of that name")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Write the package and say what is in it."""
    if arguments.file.exists() and not arguments.force:
        raise refused("backup_exists", path=str(arguments.file))
    office = open_current_office()
    use_folders(office.settings.home / "workflows")
    with bar_of("case", quiet=arguments.json) as on_progress:
        made = archive(
            office,
            arguments.year,
            arguments.file,
            variant=arguments.variant,
            at=clock.now(),
            on_progress=on_progress,
        )
    office.close()
    if arguments.json:
        sys.stdout.write(json.dumps({"file": str(arguments.file), **asdict(made)}, ensure_ascii=False) + "\n")
    else:
        counts = asdict(made)
        counts["bytes"] = counts.pop("size")
        told = say("archive.made", locale="zh", year=arguments.year, path=arguments.file, **counts)
        sys.stdout.write(f"{told}\n")
    return 0
