"""Who is at work in a home: services side by side, an upgrade alone. Locks of the system, gone with their process."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from casework.core.database import Database
from casework.core.engines import APPLICATION
from casework.core.errors import refused

# Empty files that stay: whoever holds the lock, not whoever made the file, is at work.
LOCKS = (".service.lock", ".upgrade.lock")
_SERVICE, _UPGRADE = LOCKS
_LOOKS, _PAUSE = 10, 0.1


@contextmanager
def serving(home: Path) -> Iterator[None]:
    """Be a service in this home for as long as it takes.

    Raises:
        Refused: `upgrade_running`.
    """
    with _locked(home / _SERVICE, fcntl.LOCK_SH) as got:
        if not got:
            raise refused("upgrade_running")
        yield


@contextmanager
def alone(home: Path, db: Database) -> Iterator[None]:
    """Be alone in this home and this database.

    Raises:
        Refused: `upgrade_running` (another one), `service_running`, `service_elsewhere` (another machine has the
            database open).
    """
    with _locked(home / _UPGRADE, fcntl.LOCK_EX) as first, _locked(home / _SERVICE, fcntl.LOCK_EX) as idle:
        if not first:
            raise refused("upgrade_running")
        if not idle:
            raise refused("service_running")
        others = _others(db)
        if others:
            raise refused("service_elsewhere", n=others)
        yield


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[bool]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _others(db: Database) -> int:
    """Count who else has it open; a connection that was just closed is still seen for a moment, and is waited for."""
    found = _connections(db)
    for _ in range(_LOOKS):
        if not found:
            break
        time.sleep(_PAUSE)
        found = _connections(db)
    return found


def _connections(db: Database) -> int:
    """Count who else of ours has the database open; on SQLite the home's lock has said it."""
    if not db.is_postgresql:
        return 0
    counted = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND application_name = :ours"
    )
    with db.engine.connect() as connection:
        return int(connection.execute(counted, {"ours": APPLICATION}).scalar() or 0)
