"""`casework backup FILE`: the whole system in one file while the service runs."""

import argparse
import json
import sys
from pathlib import Path

from casework.core import clock
from casework.core.office import open_office
from casework.keeping.backup import Saved, back_up
from casework.keeping.start import require_ready
from cli.progress import bar_of

HELP = "save database, attachments and keys in one file while the service runs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", help="where to; a file of that name is replaced when the new one is whole")
    parser.add_argument("--without-keys", action="store_true", help="leave key ring and secret out")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Save and say what was saved."""
    office = open_office()
    require_ready(office)
    with bar_of("row", quiet=arguments.json) as on_progress:
        saved = back_up(
            office.db,
            Path(arguments.file),
            home=office.settings.home,
            keyring=office.keyring,
            secret_key=office.settings.secret_key,
            at=clock.now(),
            passphrase=office.settings.backup_passphrase,
            with_keys=not arguments.without_keys,
            on_progress=on_progress,
        )
    sys.stdout.write(_json(saved, arguments.file) if arguments.json else _words(saved, arguments.file))
    if saved.missing:
        sys.stderr.write(f"casework backup: {len(saved.missing)} attachments have no whole file; see casework verify\n")
    return 0


def _json(saved: Saved, file: str) -> str:
    report = {
        "file": file,
        "rows": saved.rows,
        "attachments": saved.files,
        "bytes": saved.size,
        "keys": saved.has_keys,
        "encrypted": saved.is_sealed,
        "missing": list(saved.missing),
    }
    return json.dumps(report, ensure_ascii=False) + "\n"


def _words(saved: Saved, file: str) -> str:
    sealed = "encrypted" if saved.is_sealed else "not encrypted: set CASEWORK_BACKUP_PASSPHRASE"
    keys = "with keys" if saved.has_keys else "without keys"
    return f"{file}: {saved.rows} rows, {saved.files} attachments, {saved.size} bytes, {keys}, {sealed}\n"
