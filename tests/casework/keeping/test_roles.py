"""The roles of deploy/postgresql/roles.sql: the application does its whole work and no more (reliability.md §4.1)."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from casework import migrations
from casework.core.append_only import TABLES
from casework.core.database import Database
from tests.laws.source import ROOT
from tests.servers import Server
from tests.world import make_world

ROLES = (ROOT / "deploy" / "postgresql" / "roles.sql").read_text("utf-8")


@pytest.fixture
def office(own_postgres: Server) -> Iterator[dict[str, str]]:
    """Make an office as docs/how-to/install-as-a-service.md says; lend the URL of each role."""
    with psycopg.connect(own_postgres.url, autocommit=True) as server:
        server.execute("CREATE DATABASE office TEMPLATE template0 ENCODING 'UTF8'")
    parts = urlsplit(own_postgres.url)
    address = parts.netloc.rpartition("@")[2]
    administrator = parts._replace(path="/office").geturl()

    def as_role(role: str) -> str:
        return parts._replace(netloc=f"{role}:word-of-{role}@{address}", path="/office").geturl()

    _run(administrator)
    with psycopg.connect(administrator, autocommit=True) as server:
        for role in ("casework_owner", "casework_app", "casework_reader"):
            server.execute(f"ALTER ROLE {role} PASSWORD 'word-of-{role}'")
    owner = Database(as_role("casework_owner"))
    migrations.upgrade(owner)
    owner.close()
    _run(administrator)
    _run(administrator)
    yield {role: as_role(f"casework_{role}") for role in ("owner", "app", "reader")}


def _run(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(ROLES)


def test_the_application_works_and_can_neither_alter_tables_nor_what_is_written_once(
    office: dict[str, str], tmp_path: Path
) -> None:
    db = Database(office["app"])
    world = make_world(db, tmp_path)
    case_id = world.resolved()
    world.move(case_id, "close", "he", followed_up="unreachable")
    refused = [
        *(f"UPDATE {table} SET {column(db, table)} = {column(db, table)}" for table in TABLES),
        *(f"DELETE FROM {table}" for table in TABLES),
        *("TRUNCATE history", "DROP TABLE cases", "ALTER TABLE cases ADD COLUMN x text", "CREATE TABLE x (n integer)"),
        *("DROP TRIGGER history_append_only ON history", "ALTER TABLE history DISABLE TRIGGER ALL"),
        *("UPDATE alembic_version SET version_num = '0'", "CREATE SCHEMA mine", "CREATE ROLE mine"),
    ]
    for statement in refused:
        with pytest.raises(ProgrammingError) as caught, db.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        assert getattr(caught.value.orig, "sqlstate", None) == "42501", statement
    db.close()
    reader = Database(office["reader"])
    with reader.engine.connect() as connection:
        assert (connection.execute(text("SELECT count(*) FROM history")).scalar() or 0) >= 5
    with pytest.raises(ProgrammingError), reader.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO sequences DEFAULT VALUES")
    reader.close()


def column(db: Database, table: str) -> str:
    with db.engine.connect() as connection:
        named = text("SELECT column_name FROM information_schema.columns WHERE table_name = :it LIMIT 1")
        return str(connection.execute(named, {"it": table}).scalar())


def test_the_file_names_every_table_that_only_grows() -> None:
    listed = re.search(r"'history'[^\]]+", ROLES)
    assert listed is not None
    assert set(re.findall(r"'(\w+)'", listed[0])) == set(TABLES)
