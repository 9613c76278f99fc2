"""`casework backup [FILE]`: the whole system in one file while the service runs; without a name into the folder of
backups, whose oldest go."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from casework import migrations
from casework.core import clock
from casework.core.errors import refused
from casework.core.i18n import LOCALES, say
from casework.core.office import open_office
from casework.core.settings import Settings
from casework.keeping import saving_log
from casework.keeping.backup import Saved, back_up
from casework.keeping.start import require_ready
from cli.parts.progress import bar_of

HELP = "save database, attachments and keys in one file while the service runs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", nargs="?", help="where to; left out: a file named by the instant in the folder of backups (daily work)"
    )
    parser.add_argument("--force", action="store_true", help="replace a file of that name, once the new one is whole")
    parser.add_argument("--without-keys", action="store_true", help="leave key ring and secret out")
    parser.add_argument("--locale", default="zh", choices=LOCALES, help="language of the lines")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Save and say what was saved."""
    office = open_office()
    require_ready(office)
    at = clock.now()
    target = _target(office.settings, arguments, at=at)
    with bar_of("row", quiet=arguments.json) as on_progress:
        saved = back_up(
            office.db,
            target,
            home=office.settings.home,
            keyring=office.keyring,
            secret_key=office.settings.secret_key,
            at=at,
            passphrase=office.settings.backup_passphrase,
            with_keys=not arguments.without_keys,
            on_progress=on_progress,
        )
    if migrations.current(office.db) == migrations.head():
        with office.db.transaction() as session:
            saving_log.note(session, at=at, rows=saved.rows, size=saved.size)
    if arguments.file is None:
        saving_log.forget_old(target.parent, keep=office.settings.backups_kept)
    sys.stdout.write(_json(saved, str(target)) if arguments.json else _words(saved, str(target), arguments.locale))
    if saved.missing:
        sys.stderr.write(
            f"casework backup: {say('backup.missing', locale=arguments.locale, count=len(saved.missing))}\n"
        )
    return 0


def _target(settings: Settings, arguments: argparse.Namespace, *, at: datetime) -> Path:
    if arguments.file is None:
        settings.backups.mkdir(parents=True, exist_ok=True, mode=0o700)
        return settings.backups / saving_log.name_for(at, zone=settings.zone)
    target = Path(arguments.file)
    if target.exists() and not arguments.force:
        raise refused("backup_exists", path=str(target))
    return target


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


def _words(saved: Saved, file: str, locale: str) -> str:
    told = say(
        "backup.done",
        locale=locale,
        path=file,
        rows=saved.rows,
        files=saved.files,
        size=saved.size,
        keys=say("backup.with_keys" if saved.has_keys else "backup.without_keys", locale=locale),
        sealed=say("backup.sealed" if saved.is_sealed else "backup.open", locale=locale),
    )
    return f"{told}\n"
