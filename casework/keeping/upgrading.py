"""An office brought to this version of the program: saved, migrated, verified, or as it was before.

On SQLite a copy is migrated and verified, and takes the place of the database in one rename: what breaks off before
has changed nothing. On PostgreSQL the migrations are transactions of the database itself; when one fails, or what came
out does not hold, the backup is filled in again at the schema it was made with. Meanwhile a file in the home says that
an upgrade is under way: nothing starts on it, and the next upgrade goes on where this one stopped.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from casework import migrations
from casework.core.database import Database
from casework.core.database_faults import DatabaseFault
from casework.core.errors import Refused, refused
from casework.core.i18n import say
from casework.core.office import Office
from casework.core.settings import Settings
from casework.keeping import archive, keycheck, occupancy, restore, saving_log
from casework.keeping.backup import Progress, back_up, copy_sqlite, flush_folder
from casework.keeping.findings import Finding, all_hold
from casework.keeping.restore import Verifier
from casework.keeping.start import STAGING, UPGRADING, bring_up, has_staging_table, require_definitions
from casework.registry import audit

STEPS = ("saving", "migrating", "verifying", "returning", "settling")
_ENDING = ".upgrading"
_BESIDE = ("-wal", "-shm", "-journal")
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade came to. `before` None: there was nothing yet. `resumed`: an earlier one had broken off."""

    before: str | None
    after: str
    backup: Path | None
    findings: Sequence[Finding]
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class _Task:
    office: Office
    at: datetime
    verifier: Verifier
    accept_faults: bool
    step: Step
    progress: Progress

    @property
    def settings(self) -> Settings:
        return self.office.settings

    @property
    def journal(self) -> Path:
        return self.settings.home / UPGRADING


def upgrade(
    office: Office,
    *,
    at: datetime,
    verifier: Verifier,
    accept_faults: bool = False,
    on_step: Step | None = None,
    on_progress: Progress | None = None,
) -> Upgraded:
    """Save, migrate, verify; or leave everything as it was and say why.

    With `accept_faults` the new version is kept even though an invariant fails: it failed before the upgrade already.

    Raises:
        Refused: `upgrade_running`, `service_running`, `service_elsewhere`, `restore_unfinished`, `wrong_keys`,
            `definition_wrong`, `backup_newer` (the database is of a later version), what `back_up` raises,
            `upgrade_taken_back`, `upgrade_faults` (nothing had to be migrated, and an invariant does not hold).
    """
    silent: Step = lambda _step: None  # noqa: E731 - a default that says nothing
    task = _Task(office, at, verifier, accept_faults, on_step or silent, on_progress or (lambda _done, _total: None))
    with occupancy.alone(office.settings.home, office.db):
        _require_sound(task)
        before = migrations.current(office.db)
        if before is None and not task.journal.exists():
            return Upgraded(None, bring_up(office, at=at), None, ())
        if before is not None and not migrations.knows(before):
            raise refused("backup_newer")
        resumed = task.journal.exists()
        backup, before = _read(task.journal) if resumed else (_save(task), before or "")
        findings = _in_place(task, backup, before) if office.db.is_postgresql else _by_copy(task, backup)
    saving_log.forget_old(office.settings.backups, keep=office.settings.backups_kept)
    return Upgraded(before, migrations.head(), backup, findings, resumed)


def _require_sound(task: _Task) -> None:
    require_definitions(task.office)
    if (task.settings.home / STAGING).exists() or (not task.journal.exists() and has_staging_table(task.office.db)):
        raise refused("restore_unfinished", path=str(task.settings.home))
    if not task.journal.exists():
        keycheck.require(task.office.db, task.office.keyring)


def _save(task: _Task) -> Path:
    task.step("saving")
    folder = task.settings.backups
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / saving_log.name_for(task.at, zone=task.settings.zone, mark="upgrade")
    back_up(
        task.office.db,
        target,
        home=task.settings.home,
        keyring=task.office.keyring,
        secret_key=task.settings.secret_key,
        at=task.at,
        passphrase=task.settings.backup_passphrase,
        on_progress=task.progress,
    )
    # Every byte is read back before anything is changed.
    with archive.reading(target, passphrase=task.settings.backup_passphrase):
        return target


def _forward(task: _Task, office: Office, backup: Path) -> Sequence[Finding]:
    """Migrate and verify one database.

    Raises:
        Refused: `upgrade_faults`.
    """
    task.step("migrating")
    before = migrations.current(office.db)
    after = bring_up(office, at=task.at)
    task.step("verifying")
    findings = task.verifier(office.db, task.settings.home)
    if not task.accept_faults and not all_hold(findings):
        names = ", ".join(f"{each.name} ({each.rows})" for each in findings if not each.holds)
        raise refused("upgrade_faults", names=names)
    with office.db.transaction() as session:
        saving_log.note(session, at=task.at, rows=0, size=backup.stat().st_size)
        facts = {"from": before, "to": after}
        audit.record(session, event="system.upgraded", actor=None, at=task.at, facts=facts)
    return findings


def _by_copy(task: _Task, backup: Path) -> Sequence[Finding]:
    url = make_url(task.settings.database_url)
    database = Path(url.database or "").absolute()
    draft = Path(f"{database}{_ENDING}")
    _unlink(draft)
    try:
        copy_sqlite(task.office.db, draft)
        findings = _on_copy(task, draft, backup)
        task.step("settling")
        _swap(task.office.db, database, draft)
    except BaseException as fault:  # whatever it is, Ctrl-C too: the database has not been touched
        _unlink(draft)
        raise _taken_back(fault, backup) from fault
    return findings


def _on_copy(task: _Task, draft: Path, backup: Path) -> Sequence[Finding]:
    db = Database(f"sqlite:///{draft}", zone=task.settings.zone, keyring=task.office.keyring, pool_size=2)
    try:
        findings = _forward(task, replace(task.office, db=db), backup)
        _checkpoint(db)
    finally:
        db.close()
    draft.chmod(0o600)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    return findings


def _swap(db: Database, database: Path, draft: Path) -> None:
    # What is left in a log beside it would be played into the new file.
    _checkpoint(db)
    db.close()
    for ending in _BESIDE:
        Path(f"{database}{ending}").unlink(missing_ok=True)
        Path(f"{draft}{ending}").unlink(missing_ok=True)
    draft.replace(database)
    flush_folder(database.parent)


def _checkpoint(db: Database) -> None:
    connection = db.engine.raw_connection()
    try:
        busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.close()
    if busy:
        raise refused("service_running")


def _in_place(task: _Task, backup: Path, before: str) -> Sequence[Finding]:
    _write(task.journal, backup, before)
    if has_staging_table(task.office.db):
        _return(task, backup)
    try:
        findings = _forward(task, task.office, backup)
    except BaseException as fault:  # as above; but here it has to be brought back
        if migrations.current(task.office.db) != before:
            _return(task, backup)
        _settle(task)
        raise _taken_back(fault, backup) from fault
    _settle(task)
    return findings


def _return(task: _Task, backup: Path) -> None:
    task.step("returning")
    restore.refill(backup, settings=task.settings, keyring=task.office.keyring, at=task.at, on_progress=task.progress)


def _settle(task: _Task) -> None:
    task.step("settling")
    task.journal.unlink()
    flush_folder(task.journal.parent)


def _taken_back(fault: BaseException, backup: Path) -> Refused:
    return refused("upgrade_taken_back", why=_told(fault), path=str(backup))


def _told(fault: BaseException) -> str:
    """Say what went wrong without any value of a row."""
    if isinstance(fault, Refused):
        return "; ".join(say(f"refusal.{each.code}", **each.params) for each in fault.refusals)
    if isinstance(fault, DatabaseFault):
        told = getattr(getattr(fault, "orig", None), "diag", None)
        return str(getattr(told, "message_primary", None) or getattr(fault, "orig", None) or type(fault).__name__)
    return f"{type(fault).__name__}: {fault}".split("\n", 1)[0][:200]


def _write(journal: Path, backup: Path, before: str) -> None:
    with _replacing(journal) as draft:
        draft.write_text(json.dumps({"backup": str(backup), "before": before}), "utf-8")


def _read(journal: Path) -> tuple[Path, str]:
    content = json.loads(journal.read_text("utf-8"))
    return Path(content["backup"]), str(content["before"])


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    draft = path.with_name(f"{path.name}.new")
    yield draft
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    flush_folder(path.parent)


def _unlink(path: Path) -> None:
    for ending in ("", *_BESIDE):
        Path(f"{path}{ending}").unlink(missing_ok=True)
