"""A backup brought back into an empty home and an empty database, of the same engine or the other, or not at all.

Everything is made beside its place: files in a folder of the home, a SQLite database in a file with another name, a
PostgreSQL database under a table that says so. Only when all of it was verified does it take its place, the database
last; whatever breaks off before leaves nothing that starts, and the next restore clears it away.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError

import casework.tables
from casework import migrations
from casework.cases.figures import tallies
from casework.core.database import Database
from casework.core.encryption import KEYRING_FILE, Keyring, UnsafeKeyring
from casework.core.errors import Refusal, Refused, refused
from casework.core.settings import Settings
from casework.keeping import archive, keycheck, rows
from casework.keeping.archive import CHUNK, Reader
from casework.keeping.backup import ATTACHMENTS, DEFINITIONS, SECRET_FILE, Progress, flush_folder
from casework.keeping.findings import Finding, all_hold
from casework.keeping.occupancy import LOCKS
from casework.keeping.rows import STAGING_TABLE
from casework.keeping.start import STAGING
from casework.matters.attachments import path_of
from casework.registry import audit

# Looks at a database and the home it belongs to.
Verifier = Callable[[Database, Path], Sequence[Finding]]
_ENDING = ".restoring"
_BESIDE = ("", "-wal", "-shm", "-journal")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DEFINITION = re.compile(r"[0-9A-Za-z_.-]+\.toml")
_FROM_BACKUP = (SECRET_FILE, KEYRING_FILE, DEFINITIONS, ATTACHMENTS)
# In the staging folder: the names that are being moved into the home, written before the first of them is.
_MOVING, _DATABASE = "moving", "*database*"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and what verification said of it."""

    made_at: str
    rows: int
    files: int
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where things are made and where they go."""

    settings: Settings
    staging: Path
    database: Path | None

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def draft_url(self) -> str:
        """The database to fill; on PostgreSQL it is filled in its place."""
        return self.settings.database_url if self.database is None else f"sqlite:///{self.database}{_ENDING}"


def restore(
    path: Path,
    *,
    settings: Settings,
    at: datetime,
    verifier: Verifier,
    accept_faults: bool = False,
    on_progress: Progress | None = None,
) -> Restored:
    """Bring the backup in `path` back into the home and database of `settings`.

    With `accept_faults` what was saved is kept even though an invariant fails: it failed before the backup already.

    Raises:
        Refused: the file (see `archive.reading`), `backup_newer`, `restore_not_empty`, `restore_keys_missing`,
            `wrong_keys`, `restore_rows`, `restore_not_written`, `restore_faults`. Nothing is left then.
    """
    tell = on_progress or (lambda _done, _total: None)
    place = _place(settings)
    tell(0, path.stat().st_size if path.exists() else 0)
    with archive.reading(path, passphrase=settings.backup_passphrase, on_progress=lambda more: tell(more, 0)) as reader:
        if not migrations.knows(reader.manifest.revision):
            raise refused("backup_newer")
        _require_empty(place, reader, but=path)
        with _staged(place):
            try:
                return _bring(reader, place, at=at, verifier=verifier, accept_faults=accept_faults, tell=tell)
            except (SQLAlchemyError, psycopg.Error, rows.BadRow, UnicodeDecodeError) as fault:
                raise refused("restore_rows", why=type(fault).__name__) from fault
            except OSError as fault:
                raise refused("restore_not_written", why=fault.strerror or str(fault)) from fault


def refill(path: Path, *, settings: Settings, keyring: Keyring, at: datetime, on_progress: Progress) -> None:
    """Put the rows of a backup in place of what a PostgreSQL database holds, at the schema of the backup.

    What an upgrade takes back. Until it is done a table says that it is not, and it can be done again.

    Raises:
        Refused: the file (see `archive.reading`), `restore_rows`.
    """
    with (
        archive.reading(path, passphrase=settings.backup_passphrase) as reader,
        _opened(settings.database_url, settings=settings, keyring=keyring) as db,
    ):
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {STAGING_TABLE} (n integer)")
            _drop(connection, set(inspect(connection).get_table_names()) - {STAGING_TABLE})
            connection.exec_driver_sql("DROP FUNCTION IF EXISTS casework_append_only() CASCADE")
        try:
            _fill(db, reader, on_progress, at=at, to=reader.manifest.revision)
        except (SQLAlchemyError, psycopg.Error, rows.BadRow, UnicodeDecodeError) as fault:
            raise refused("restore_rows", why=type(fault).__name__) from fault
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE {STAGING_TABLE}")


def _place(settings: Settings) -> _Place:
    url = make_url(settings.database_url)
    is_sqlite = url.get_backend_name() == "sqlite"
    database = Path(url.database).absolute() if is_sqlite and url.database else None
    return _Place(settings, settings.home / STAGING, database)


def _require_empty(place: _Place, reader: Reader, *, but: Path) -> None:
    """Refuse a home or database that holds anything but the backup and what a restore left that broke off."""
    # Whoever reads the settings makes the secret; the keys may have been put here by hand.
    allowed = {SECRET_FILE, STAGING, "lost+found", *LOCKS}
    if not reader.manifest.has_keys:
        allowed.add(KEYRING_FILE)
    moved = _moved(place)
    allowed |= moved
    if place.settings.backups.parent == place.home:
        # Where nobody named another folder the backups lie in the home, and outlive what is to be brought back.
        allowed.add(place.settings.backups.name)
    if but.absolute().parent == place.home:
        allowed.add(but.name)
    if place.database is not None:
        allowed.update(f"{place.database.name}{middle}{end}" for middle in ("", _ENDING) for end in _BESIDE)
    found = sorted(entry.name for entry in place.home.iterdir() if entry.name not in allowed)
    if found:
        raise refused("restore_not_empty", where=str(place.home), what=", ".join(found[:3]))
    tables = _tables(place.settings.database_url, place.database)
    if tables and STAGING_TABLE not in tables and _DATABASE not in moved:
        raise refused("restore_not_empty", where=_shown_url(place.settings), what=", ".join(sorted(tables)[:3]))


def _tables(url: str, file: Path | None) -> set[str]:
    if file is not None and not file.exists():
        return set()
    with _opened(url) as db, db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


@contextmanager
def _staged(place: _Place) -> Iterator[None]:
    """Mark home and database as unfinished, and leave nothing behind when what happens inside fails."""
    _clear(place)
    place.staging.mkdir(mode=0o700)
    if place.database is None:
        with _opened(place.settings.database_url) as db, db.engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE TABLE {STAGING_TABLE} (n integer)")
    else:
        place.database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        yield
    except BaseException:  # Ctrl-C too must leave nothing half restored; raised again
        _clear(place)
        raise


def _clear(place: _Place) -> None:
    """Take away what a restore has made here, and nothing else."""
    if place.database is None:
        _drop_staged_tables(place.settings.database_url)
    else:
        _unlink(Path(f"{place.database}{_ENDING}"))
    for name in _moved(place):
        if name == _DATABASE:
            if place.database is not None:
                _unlink(place.database)
        elif (place.home / name).is_dir():
            shutil.rmtree(place.home / name)
        else:
            (place.home / name).unlink(missing_ok=True)
    if place.staging.exists():
        shutil.rmtree(place.staging)


def _moved(place: _Place) -> set[str]:
    moving = place.staging / _MOVING
    return set(moving.read_text("utf-8").split("\n")) if moving.exists() else set()


def _bring(
    reader: Reader, place: _Place, *, at: datetime, verifier: Verifier, accept_faults: bool, tell: Progress
) -> Restored:
    manifest = reader.manifest
    keyring = _bring_keys(reader, place)
    tell(0, sum(shape.rows for shape in manifest.tables.values()) + len(reader.under(ATTACHMENTS)))
    _bring_files(reader, place, tell)
    with _opened(place.draft_url, settings=place.settings, keyring=keyring) as db:
        _fill(db, reader, tell, at=at)
        keycheck.require(db, keyring)
        findings = verifier(db, place.staging)
        if not accept_faults and not all_hold(findings):
            broken = [f"{each.name} ({each.rows})" for each in findings if not each.holds]
            raise Refused([Refusal("restore_faults", {"names": ", ".join(broken)})])
        _finish(db)
    _settle(place)
    return Restored(
        made_at=manifest.made_at,
        rows=sum(shape.rows for shape in manifest.tables.values()),
        files=len(reader.under(ATTACHMENTS)),
        findings=findings,
    )


def _bring_keys(reader: Reader, place: _Place) -> Keyring:
    if reader.manifest.has_keys:
        for name in (KEYRING_FILE, SECRET_FILE):
            _put(place.staging / name, [reader.read(f"keys/{name}")])
        path = place.staging / KEYRING_FILE
    else:
        path = place.home / KEYRING_FILE
        if not path.exists():
            raise refused("restore_keys_missing", path=str(path))
    try:
        keyring = Keyring(path)
    except UnsafeKeyring as fault:
        raise refused("restore_keys_unreadable", why=fault.told(locale="zh")) from None
    keycheck.require_value(reader.manifest.key_check, keyring)
    return keyring


def _bring_files(reader: Reader, place: _Place, tell: Progress) -> None:
    for name in reader.under(ATTACHMENTS):
        sha256 = name.partition("/")[2]
        if not _DIGEST.fullmatch(sha256):
            raise refused("backup_damaged")
        with reader.member(name) as file:
            _put(path_of(place.staging / ATTACHMENTS, sha256), iter(lambda: file.read(CHUNK), b""))
        tell(1, 0)
    for name in reader.under(DEFINITIONS):
        plain = name.partition("/")[2]
        if not _DEFINITION.fullmatch(plain):
            raise refused("backup_damaged")
        _put(place.staging / DEFINITIONS / plain, [reader.read(name)])


def _fill(db: Database, reader: Reader, tell: Progress, *, at: datetime, to: str | None = None) -> None:
    """Make the schema of the backup, fill it in one transaction, then bring it to the newest, or as far as `to`."""
    manifest = reader.manifest
    migrations.upgrade(db, to=manifest.revision)
    with db.transaction() as session:
        connection = session.connection()
        if db.is_postgresql:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        shapes = rows.shapes(connection, casework.tables.metadata)
        _require_same_tables(shapes, reader)
        for name in shapes:
            shape = manifest.tables[name]
            done = 0
            with reader.member(f"rows/{name}.copy") as file:
                for count in rows.read(connection, name, shape.columns, file=file):
                    done += count
                    tell(count, 0)
            if done != shape.rows:
                raise refused("backup_damaged")
        rows.settle(connection, shapes)
        tallies.rebuild(session)
        facts = {"made_at": manifest.made_at, "sha256": reader.digest}
        audit.record(session, event="system.restored", actor=None, at=at, facts=facts)
    migrations.upgrade(db, to=to)


def _finish(db: Database) -> None:
    """Bring all that was written into the one file that is moved."""
    if not db.is_postgresql:
        connection = db.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


def _require_same_tables(shapes: Mapping[str, rows.Columns], reader: Reader) -> None:
    saved = {name: dict(shape.columns) for name, shape in reader.manifest.tables.items()}
    if saved != {name: dict(columns) for name, columns in shapes.items()}:
        raise refused("backup_newer")


def _settle(place: _Place) -> None:
    """Move everything into its place, the database last."""
    names = [name for name in _FROM_BACKUP if (place.staging / name).exists()]
    _put(place.staging / _MOVING, ["\n".join([*names, _DATABASE]).encode()])
    flush_folder(place.staging)
    for name in names:
        (place.staging / name).replace(place.home / name)
    flush_folder(place.home)
    if place.database is None:
        with _opened(place.settings.database_url) as db, db.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE {STAGING_TABLE}")
    else:
        _unlink(place.database)
        if Path(f"{place.database}{_ENDING}-wal").exists():
            raise RuntimeError("rows are left outside the file that is moved")
        Path(f"{place.database}{_ENDING}").replace(place.database)
        flush_folder(place.database.parent)
    shutil.rmtree(place.staging)


def _put(path: Path, chunks: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _drop_staged_tables(url: str) -> None:
    with _opened(url) as db, db.engine.begin() as connection:
        names = set(inspect(connection).get_table_names())
        if STAGING_TABLE in names:
            _drop(connection, names - {STAGING_TABLE})
            connection.exec_driver_sql("DROP FUNCTION IF EXISTS casework_append_only() CASCADE")
            connection.exec_driver_sql(f"DROP TABLE {STAGING_TABLE}")


def _drop(connection: Connection, names: set[str]) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    for name in sorted(names):
        connection.exec_driver_sql(f"DROP TABLE {quote(name)} CASCADE")


@contextmanager
def _opened(url: str, *, settings: Settings | None = None, keyring: Keyring | None = None) -> Iterator[Database]:
    db = Database(url, zone=None if settings is None else settings.zone, keyring=keyring, pool_size=2)
    try:
        yield db
    finally:
        db.close()


def _unlink(path: Path) -> None:
    for ending in _BESIDE:
        Path(f"{path}{ending}").unlink(missing_ok=True)


def _shown_url(settings: Settings) -> str:
    return make_url(settings.database_url).render_as_string(hide_password=True)
