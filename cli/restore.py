"""`casework restore [FILE]`: a backup brought back into an empty home and an empty database, or nothing at all; without
a name the last one of the folder of backups."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from casework.core import clock
from casework.core.errors import refused
from casework.core.i18n import LOCALES, say
from casework.core.settings import Settings, read_settings
from casework.keeping import saving_log
from casework.keeping.restore import Restored, restore
from cli.parts.progress import bar_of
from cli.verify import lines_of, verifier

HELP = "bring a backup back into an empty home and an empty database"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", nargs="?", help="the backup; left out: the last one in the folder of backups")
    parser.add_argument(
        "--accept-faults",
        action="store_true",
        help="keep what was saved even though an invariant fails, as it then did before the backup",
    )
    parser.add_argument("--locale", default="zh", choices=LOCALES, help="language of the lines")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Restore, verify, and say what there is."""
    at, settings = clock.now(), read_settings()
    file = last_backup(settings) if arguments.file is None else Path(arguments.file)
    with bar_of("", quiet=arguments.json) as on_progress:
        done = restore(
            file,
            settings=settings,
            at=at,
            verifier=verifier(at=at),
            accept_faults=arguments.accept_faults,
            on_progress=on_progress,
        )
    sys.stdout.write(_json(done) if arguments.json else _words(done, settings, arguments.locale))
    return 0


def last_backup(settings: Settings) -> Path:
    """Return the last backup of the folder.

    Raises:
        Refused: there is none.
    """
    found = saving_log.listed(settings.backups)
    if not found:
        raise refused("restore_no_backup", path=str(settings.backups))
    return settings.backups / found[0].name


def _json(done: Restored) -> str:
    report = {
        "made_at": done.made_at,
        "rows": done.rows,
        "attachments": done.files,
        "invariants": [each.as_json() for each in done.findings],
    }
    return json.dumps(report, ensure_ascii=False) + "\n"


def _words(done: Restored, settings: Settings, locale: str) -> str:
    made_at = datetime.fromisoformat(done.made_at).astimezone(settings.zone).isoformat(" ", "minutes")
    head = say("restore.done", locale=locale, made_at=made_at, rows=done.rows, files=done.files)
    return f"{head}\n" + lines_of([each for each in done.findings if each.rows], locale=locale)
