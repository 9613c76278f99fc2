"""The schema comes by its migrations: what they make is what the tables say, whole or not at all, and repeating is free."""

import os
import re
import shutil
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import LargeBinary, Table, event, inspect, text
from sqlalchemy.exc import DBAPIError

from casework import migrations
from casework.core.append_only import ERASABLE, TABLES
from casework.core.columns import Day, Flag, Id, Instant, Json
from casework.core.database import Database
from casework.core.ids import new_id
from casework.matters.search import LINES
from casework.tables import metadata
from tests.faults.table import number
from tests.faults.toll import toll
from tests.laws.source import ROOT

KILLED = 137
# What the full-text table keeps for itself.
SHADOWS = re.compile(r"search_fts(_data|_idx|_content|_docsize|_config)?")
# What one engine alone has, by statements of its own.
_OUTSIDE = re.compile("search_entries_(?:tokens|line)")


@pytest.fixture
def empty(empty_database_url: str) -> Any:
    """Lend a database without any table."""
    db = Database(empty_database_url)
    yield db
    db.close()


def tables_of(db: Database) -> set[str]:
    with db.engine.connect() as connection:
        return {name for name in inspect(connection).get_table_names() if not SHADOWS.fullmatch(name)}


def differences(db: Database) -> list[Any]:
    """Compare a database with the tables, both ways."""

    def counts(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        return kind != "table" or not SHADOWS.fullmatch(str(name))

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": counts})
        return [found for found in compare_metadata(context, metadata) if not _OUTSIDE.search(str(found))]


def test_migrations_make_what_the_tables_say(empty: Database) -> None:
    assert migrations.current(empty) is None
    assert migrations.upgrade(empty) == migrations.head() == migrations.current(empty)
    assert differences(empty) == []
    assert tables_of(empty) == {*metadata.tables, "alembic_version"}


def test_migrations_make_what_no_comparison_sees(db: Database) -> None:
    rows = ("inserts", "updates", "deletes")
    tallied = {"cases_tally_moves", *(f"case_units_tally_{each}" for each in rows)}
    with db.engine.connect() as connection:
        if db.is_postgresql:
            triggers = connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")).scalars()
            refusing = {f"{t}_{what}" for t in TABLES for what in ("append_only", "no_truncate")}
            assert set(triggers) == refusing | {"cases_tally_rows", "cases_tally_changes", *tallied}
            kind = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_search_entries_tokens'"
            index = str(connection.execute(text(kind)).scalar())
            assert "USING gin (tokens, (ARRAY[" in index and "gin_pending_list_limit='128'" in index
            lines = "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'ix_search_entries_line_%' ORDER BY indexname"
            told = [*connection.execute(text(lines)).scalars()]
            assert len(told) == len(LINES) and all("USING hash (split_part(folded," in each for each in told)
            return
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        refusing = {f"{t}_no_{verb}" for t in TABLES for verb in ("update", "delete")}
        assert set(names) == refusing | {f"cases_tally_{each}" for each in rows} | tallied
        assert connection.execute(text("SELECT count(*) FROM search_fts")).scalar() == 0
        strict = connection.execute(text("SELECT name FROM pragma_table_list WHERE strict")).scalars()
        assert set(metadata.tables) <= set(strict)


def test_a_column_that_the_tables_do_not_know_is_noticed(db: Database) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE people ADD COLUMN nickname text"))
    assert "nickname" in str(differences(db))


def test_repeating_changes_nothing(db: Database) -> None:
    before = _definitions(db)
    assert migrations.upgrade(db) == migrations.head()
    assert migrations.upgrade(db, to=migrations.head()) == migrations.head()
    assert _definitions(db) == before


def _definitions(db: Database) -> list[Any]:
    statement = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        if db.is_postgresql
        else "SELECT type, name, sql FROM sqlite_master"
    )
    with db.engine.connect() as connection:
        return sorted(map(str, connection.execute(text(statement))))


def test_the_time_limits_of_requests_are_back_afterwards(empty: Database) -> None:
    migrations.upgrade(empty)
    if empty.is_postgresql:
        with empty.engine.connect() as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar() == "15s"
            assert connection.execute(text("SHOW lock_timeout")).scalar() == "3s"


def test_several_threads_at_once_do_no_harm(empty: Database) -> None:
    reached: list[str] = []
    others = [Database(empty.url) for _ in range(3)]
    threads = [threading.Thread(target=lambda db=db: reached.append(migrations.upgrade(db))) for db in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for db in others:
        db.close()
    assert reached == [migrations.head()] * 3
    assert differences(empty) == []


def test_several_processes_at_once_do_no_harm(empty: Database) -> None:
    program = (
        "import sys; from casework import migrations; from casework.core.database import Database;"
        "print(migrations.upgrade(Database(sys.argv[1])))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, empty.url], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [each.communicate(timeout=120)[0].strip() for each in started] == [migrations.head()] * 3
    assert [each.returncode for each in started] == [0, 0, 0]
    assert differences(empty) == []


def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new_one(empty: Database) -> None:
    migrations.current(empty)
    total = _statements(empty)
    deaths = 0
    for n in sorted({1, 2, 3, *range(4, total, max(1, total // number("F20", "strikes"))), total - 1, total}):
        assert _in_a_child(empty.url, n) == KILLED
        deaths += 1
        assert tables_of(empty) in (set(), {*metadata.tables, "alembic_version"})
        if migrations.current(empty) is not None:
            break
    assert deaths >= 8
    assert migrations.upgrade(empty) == migrations.head()
    assert differences(empty) == []
    toll("F20", times=deaths, held=len(metadata.tables), what="tables")


def _in_a_child(url: str, dies_at: int) -> int:
    child = os.fork()
    if child == 0:
        count = 0

        def hook(*_arguments: object) -> None:
            nonlocal count
            count += 1
            if count == dies_at:
                os._exit(KILLED)

        try:
            db = Database(url)
            event.listen(db.engine, "before_cursor_execute", hook)
            event.listen(db.engine, "commit", hook)
            migrations.upgrade(db)
        finally:
            os._exit(0 if count < dies_at else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _statements(empty: Database) -> int:
    """Count the statements of an upgrade on a scratch copy of nothing."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        count = 0

        def hook(*_arguments: object) -> None:
            nonlocal count
            count += 1

        try:
            db = Database(empty.url)
            event.listen(db.engine, "before_cursor_execute", hook)
            # Never kept: it dies at the commit of the migration itself.
            event.listen(db.engine, "after_cursor_execute", lambda *a: _tell_at_the_end(write, count, str(a[2])))
            migrations.upgrade(db)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        counted = int(told.read())
    os.waitpid(child, 0)
    return counted


def _tell_at_the_end(write: int, count: int, statement: str) -> None:
    if statement.startswith("INSERT INTO alembic_version"):
        os.write(write, str(count).encode())
        os._exit(KILLED)


def sample(table: Table) -> dict[str, Any]:
    """Make a row of a table."""
    values: dict[type, Any] = {
        Id: new_id(),
        Instant: datetime(2026, 10, 14, tzinfo=UTC),
        Day: date(2026, 10, 14),
        Flag: False,
        Json: {},
        LargeBinary: b"x",
    }
    row = {}
    for column in table.columns:
        kind = type(column.type)
        row[column.name] = values.get(kind, 1 if "INT" in str(column.type).upper() else "x")
    return row


@pytest.mark.parametrize("name", TABLES)
def test_what_is_written_once_can_be_neither_changed_nor_taken_away(name: str, db: Database) -> None:
    table = metadata.tables[name]
    with db.engine.begin() as connection:
        connection.execute(table.insert().values(sample(table)))
    key = next(iter(table.primary_key.columns)).name
    other = next(column.name for column in table.columns if not column.primary_key)
    attempts = [f"UPDATE {name} SET {other} = {other}", f"DELETE FROM {name}"]
    if db.is_postgresql:
        attempts += [
            f"TRUNCATE {name}",
            f"TRUNCATE {name} CASCADE",
            f"INSERT INTO {name} SELECT * FROM {name} ON CONFLICT ({key}) DO UPDATE SET {other} = EXCLUDED.{other}",
        ]
    else:
        attempts += [
            f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}",
            f"UPDATE OR REPLACE {name} SET {key} = {key}",
        ]
    for attempt in attempts:
        with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.exec_driver_sql(attempt)
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() == 1


def test_the_first_migration_is_what_generating_it_gives(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "casework", tmp_path / "casework", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    versions = tmp_path / "casework" / "migrations" / "versions"
    first = versions / "0001_first_schema.py"
    committed = first.read_text("utf-8")
    first.unlink()
    command = [sys.executable, "-m", "casework.migrations.generate", "0001", "first_schema"]
    subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, check=True, capture_output=True
    )
    assert first.read_text("utf-8") == committed
    lint = [sys.executable, "-m", "ruff", "check", "--no-cache", str(first)]
    assert subprocess.run(lint, cwd=tmp_path, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize(("name", "sealed"), ERASABLE.items())
def test_what_is_written_once_may_be_emptied_and_nothing_else(name: str, sealed: str, db: Database) -> None:
    table = metadata.tables[name]
    with db.engine.begin() as connection:
        connection.execute(table.insert().values(sample(table)))
    other = next(column.name for column in table.columns if column.name != sealed and str(column.type) == "TEXT")
    for attempt in (f"{sealed} = 'y'", f"{sealed} = NULL, {other} = 'y'", f"{other} = 'y'"):
        with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE {name} SET {attempt}")
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {name} SET {sealed} = NULL")
    # What is gone is not put back, nor is anything else put there.
    for attempt in (f"{sealed} = 'y'", f"{sealed} = NULL"):
        with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE {name} SET {attempt}")
