"""The power fails at any point of what SQLite writes: the file is sound, and no client was told too much (F17)."""

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select

from casework.cases.tables import Case
from casework.core import engines
from casework.core.database import Database
from casework.matters import attachments
from tests import server_keeper
from tests.faults.powerless import Chance, Disk, Log, by_chance, emptied, logging_writes, nothing_more
from tests.faults.running import assert_sound
from tests.faults.table import number
from tests.faults.toll import toll
from tests.world import World, make_world

TRANSACTIONS = number("F17", "transactions")
# The log is written home every few transactions, so that cuts meet that too.
PAGES = 100
JUDGED_WHOLE = 3


@pytest.fixture
def folder() -> Iterator[Path]:
    """Lend a folder in memory."""
    made = server_keeper.session_folder() / f"powerless-{uuid4().hex}"
    made.mkdir()
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("journal", ["wal", "delete"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whenever_the_power_fails_what_was_acknowledged_is_kept(
    database_url: str, journal: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The way of a SQLite that has the repair of its log, and of one that lacks it.
    monkeypatch.setattr(engines, "_wal_is_safe", lambda _version: journal == "wal")
    log = _log_of(database_url, folder)
    _write(log, tmp_path)
    disk, left, cuts, lost = Disk(log), folder / "left", 0, 0
    every = sum(each.kind == "sync" for each in log.events) // JUDGED_WHOLE
    for n in disk.cuts():
        for keep in (nothing_more, by_chance(n)):
            cuts += 1
            lost += _lost(disk, emptied(left), keep)
            if cuts % every == 0:
                _judge_whole(left, tmp_path)
    assert len(disk.told) == TRANSACTIONS
    toll("F17", times=cuts, held=len(disk.told), lost=lost, what="acknowledged transactions", told=f"journal {journal}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_flushes_less_is_caught(database_url: str, folder: Path, tmp_path: Path) -> None:
    log = _log_of(database_url, folder)
    _write(log, tmp_path, transactions=3, pragma="synchronous=NORMAL")
    disk, left = Disk(log), folder / "left"
    assert any(_lost(disk, emptied(left), nothing_more) for _ in disk.cuts())


def _log_of(database_url: str, folder: Path) -> Log:
    home = folder / "home"
    home.mkdir()
    (home / "casework.db").write_bytes(Path(database_url.removeprefix("sqlite:///")).read_bytes())
    return Log(home)


def _write(
    log: Log, keys: Path, *, transactions: int = TRANSACTIONS, pragma: str = f"wal_autocheckpoint={PAGES}"
) -> None:
    """Let a client report one case after the other, and note what it is told."""
    with logging_writes(log):
        db = Database(f"sqlite:///{log.folder / 'casework.db'}")
        event.listen(db.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))
        world = make_world(db, keys)
        for _ in range(transactions):
            log.tell(world.report())
        db.close()


def _lost(disk: Disk, left: Path, keep: Chance) -> int:
    """Open what a cut leaves; return how many of those that were told of are not there."""
    disk.leave(left, keep)
    db = Database(f"sqlite:///{left / 'casework.db'}")
    with db.reading() as session:
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        found: set[UUID] = set(session.scalars(select(Case.id)))
    db.close()
    told = set(disk.told)
    assert len(found) <= len(told) + 1, "one may be kept that nobody was told of yet"
    return len(told - found)


def _judge_whole(left: Path, keys: Path) -> None:
    db = Database(f"sqlite:///{left / 'casework.db'}")
    assert_sound(World(db), keys, healed=False)
    db.close()


def test_a_file_lies_flushed_under_its_name_before_a_row_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str]] = []

    def noting(name: str) -> None:
        real = getattr(os, name)

        def note(*arguments: object, **more: object) -> object:
            path = str(Path(f"/proc/self/fd/{arguments[0]}").readlink()) if name == "fsync" else str(arguments[-1])
            result = real(*arguments, **more)
            done.append((name, path))
            return result

        monkeypatch.setattr(os, name, note)

    for name in ("fsync", "link", "rename", "replace", "mkdir"):
        noting(name)
    folder = tmp_path / "attachments"
    staged = attachments.stage(io.BytesIO(b"words"), name="a.txt", folder=folder)
    path = attachments.path_of(folder, staged.sha256)
    (named,) = (
        n for n, (what, where) in enumerate(done) if what in ("link", "rename", "replace") and where == str(path)
    )
    assert any(what == "fsync" and where.startswith(str(folder / "new-")) for what, where in done[:named])
    assert ("fsync", str(path.parent)) in done[named:]
    # A folder that was made for it is itself an entry that can be lost.
    for made in (path.parent, path.parent.parent, folder):
        assert ("fsync", str(made.parent)) in done, made
    # Who brings the same content does not rely on the first one having come so far.
    done.clear()
    attachments.stage(io.BytesIO(b"words"), name="b.txt", folder=folder)
    assert ("fsync", str(path.parent)) in done
