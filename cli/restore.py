"""`casework restore FILE`: a backup brought back into an empty home and an empty database, or nothing at all."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from casework.core import clock
from casework.core.database import Database
from casework.core.settings import read_settings
from casework.keeping.findings import Finding
from casework.keeping.restore import Restored, restore
from casework.keeping.verify import verify
from cli.progress import bar_of
from cli.verify import lines_of
from workflows.lifecycles import lifecycles
from workflows.registry import use_folders

HELP = "bring a backup back into an empty home and an empty database"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", help="the backup")
    parser.add_argument(
        "--accept-faults",
        action="store_true",
        help="keep what was saved even though an invariant fails, as it then did before the backup",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Restore, verify, and say what there is."""
    at = clock.now()

    def look(db: Database, home: Path) -> Sequence[Finding]:
        return _verified(db, home, at=at)

    with bar_of("", quiet=arguments.json) as on_progress:
        done = restore(
            Path(arguments.file),
            settings=read_settings(),
            at=at,
            verifier=look,
            accept_faults=arguments.accept_faults,
            on_progress=on_progress,
        )
    sys.stdout.write(_json(done) if arguments.json else _words(done))
    return 0


def _verified(db: Database, home: Path, *, at: datetime) -> Sequence[Finding]:
    use_folders(home / "workflows")
    return verify(db, at=at, attachments=home / "attachments", lifecycles=lifecycles())


def _json(done: Restored) -> str:
    report = {
        "made_at": done.made_at,
        "rows": done.rows,
        "attachments": done.files,
        "invariants": [each.as_json() for each in done.findings],
    }
    return json.dumps(report, ensure_ascii=False) + "\n"


def _words(done: Restored) -> str:
    head = f"restored the backup of {done.made_at}: {done.rows} rows, {done.files} attachments\n"
    return head + lines_of([each for each in done.findings if each.rows])
