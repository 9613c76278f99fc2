"""The whole system in one file while clients go on writing: database first, attachments after (reliability.md F22).

Attachments never change and are there before the row that names them, so those of the rows just saved are on the disk.
PostgreSQL is read in one REPEATABLE READ transaction; a SQLite database is copied by its backup interface first, which
waits for nobody, and the copy is read.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, table

import casework.tables
from casework import migrations
from casework.core.database import Database
from casework.core.encryption import KEYRING_FILE, Keyring
from casework.core.errors import refused
from casework.keeping import archive, files, rows
from casework.keeping.archive import CHUNK, Manifest, TableShape, Writer
from casework.keeping.view import View, view_of
from casework.matters.attachments import path_of
from casework.matters.tables import Blob

SECRET_FILE = "secret.key"
DEFINITIONS = "workflows"
ATTACHMENTS = "attachments"
# Told how much more was done, and (first) how much there is: rows and files.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a backup holds. `missing` are attachments without a whole file: the backup is whole, the office is not."""

    rows: int
    files: int
    size: int
    missing: tuple[str, ...]
    has_keys: bool
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class _Task:
    db: Database
    home: Path
    keyring: Keyring
    secret_key: str
    with_keys: bool
    at: datetime
    on_progress: Progress


def back_up(
    db: Database,
    target: Path,
    *,
    home: Path,
    keyring: Keyring,
    secret_key: str,
    at: datetime,
    passphrase: str = "",
    with_keys: bool = True,
    on_progress: Progress | None = None,
) -> Saved:
    """Write the backup to `target` (mode 0600), replacing a file of that name only when the new one is whole.

    Raises:
        Refused: `backup_no_schema` (there is nothing to save yet), `backup_not_written` (the disk, the folder).
    """
    revision = migrations.current(db)
    if revision is None:
        raise refused("backup_no_schema")
    task = _Task(db, home, keyring, secret_key, with_keys, at, on_progress or (lambda _done, _total: None))
    manifest = Manifest(
        made_at=at.isoformat(),
        engine="postgresql" if db.is_postgresql else "sqlite",
        revision=revision,
        zone=str(db.info["zone"]),
        key_check="",
        has_keys=with_keys,
    )
    draft = target.with_name(f"{target.name}.part")
    try:
        _write(draft, manifest, task, passphrase)
        draft.replace(target)
        flush_folder(target.absolute().parent)
    except OSError as fault:
        raise refused("backup_not_written", path=str(target), why=fault.strerror or str(fault)) from fault
    finally:
        draft.unlink(missing_ok=True)
    return Saved(
        rows=sum(shape.rows for shape in manifest.tables.values()),
        files=sum(1 for name in manifest.members if name.startswith(f"{ATTACHMENTS}/")),
        size=target.stat().st_size,
        missing=tuple(manifest.missing),
        has_keys=with_keys,
        is_sealed=bool(passphrase),
    )


def _write(draft: Path, manifest: Manifest, task: _Task, passphrase: str) -> None:
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with archive.writing(file, manifest, passphrase=passphrase) as writer:
            with _source(task) as view:
                blobs = _save_rows(view, writer, task)
            _save_attachments(blobs, writer, task)
            _save_folder(writer, task)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _source(task: _Task) -> Iterator[View]:
    """Lend a view of the database that does not move."""
    if task.db.is_postgresql:
        with view_of(task.db, at=task.at) as view:
            yield view
        return
    with tempfile.TemporaryDirectory(dir=task.home, prefix=".backup-") as folder:
        copy = Path(folder) / "copy.db"
        copy_sqlite(task.db, copy)
        database = Database(f"sqlite:///{copy}", zone=task.db.info["zone"], keyring=task.keyring)
        try:
            with view_of(database, at=task.at) as view:
                yield view
        finally:
            database.close()


def copy_sqlite(db: Database, copy: Path) -> None:
    """Copy an SQLite database while it is written to; nobody waits."""
    source = db.engine.raw_connection()
    try:
        driver: Any = source.driver_connection
        target = type(driver)(str(copy))
        try:
            driver.backup(target)
        finally:
            target.close()
    finally:
        source.close()


def _save_rows(view: View, writer: Writer, task: _Task) -> dict[str, int]:
    connection = view.connection
    shapes = rows.shapes(connection, casework.tables.metadata)
    blobs = {row[0]: row[1] for row in view.stream(select(Blob.sha256, Blob.size))}
    counts = {name: view.session.scalar(select(func.count()).select_from(table(name))) or 0 for name in shapes}
    task.on_progress(0, sum(counts.values()) + len(blobs))
    for name, columns in shapes.items():
        written = 0
        with writer.member(f"rows/{name}.copy") as write:
            for count in rows.write(connection, name, columns, to=write):
                written += count
                task.on_progress(count, 0)
        writer.manifest.tables[name] = TableShape(list(columns), written)
    return blobs


def _save_attachments(blobs: dict[str, int], writer: Writer, task: _Task) -> None:
    for sha256, size in blobs.items():
        path = path_of(task.home / ATTACHMENTS, sha256)
        if files.is_whole(path, sha256=sha256, size=size):
            with writer.member(f"{ATTACHMENTS}/{sha256}", packed=False) as write, path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    write(chunk)
        else:
            writer.manifest.missing.append(sha256)
        task.on_progress(1, 0)


def _save_folder(writer: Writer, task: _Task) -> None:
    """Save what else lies in the home: definitions and keys. The keys come last, so that none is missing."""
    for path in sorted((task.home / DEFINITIONS).glob("*.toml")):
        writer.add(f"{DEFINITIONS}/{path.name}", path.read_bytes())
    keyring = Keyring(task.keyring.path)
    writer.manifest.key_check = keyring.key_check_value()
    if task.with_keys:
        writer.add(f"keys/{KEYRING_FILE}", task.keyring.path.read_bytes())
        writer.add(f"keys/{SECRET_FILE}", task.secret_key.encode())


def flush_folder(folder: Path) -> None:
    """Be sure that what was renamed in a folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
