"""When this office was last saved: kept in the database, and seen in the folder of backups."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from casework.core.database import Session
from casework.registry import audit
from casework.registry.tables import OfficeSetting

KEY = "last_backup"
_NAME = re.compile(r"casework-\d{8}-\d{6}(-\w+)?\.backup")


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in the folder."""

    name: str
    at: datetime
    size: int


def name_for(at: datetime, *, zone: ZoneInfo, mark: str = "") -> str:
    """Return the name of a backup made at an instant; the names sort as the instants do."""
    return f"casework-{at.astimezone(zone):%Y%m%d-%H%M%S}{f'-{mark}' if mark else ''}.backup"


def note(session: Session, *, at: datetime, rows: int, size: int) -> None:
    """Keep that a backup was made, and when."""
    row = session.get(OfficeSetting, KEY)
    if row is None:
        session.add(OfficeSetting(key=KEY, value=at.isoformat(), updated_at=at))
    else:
        row.value, row.updated_at = at.isoformat(), at
    audit.record(session, event="system.saved", actor=None, at=at, facts={"rows": rows, "bytes": size})


def last(session: Session, *, folder: Path) -> datetime | None:
    """Return when the office was last saved, wherever to; None when that is not known."""
    row = session.get(OfficeSetting, KEY)
    known = [each.at for each in listed(folder)]
    if row is not None:
        known.append(datetime.fromisoformat(str(row.value)))
    return max(known, default=None)


def listed(folder: Path) -> Sequence[Kept]:
    """Return the backups of the folder, the newest first; other files in it are left alone."""
    if not folder.is_dir():
        return ()
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_file():
                about = entry.stat()
                found.append(Kept(entry.name, datetime.fromtimestamp(about.st_mtime, UTC), about.st_size))
    return sorted(found, key=lambda each: each.name, reverse=True)


def forget_old(folder: Path, *, keep: int) -> list[str]:
    """Delete the oldest of the folder's backups beyond `keep`; return their names."""
    gone = [each.name for each in listed(folder)[keep:]]
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    return gone
