"""Hands that break what is stored, past every trigger, key and check, as somebody with the database's password could.

A break is a function of a `Breaker` and the office; the table of them is in test_verify.py and test_tampering.py.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pysqlite3.dbapi2
from sqlalchemy import Connection, Table, create_engine, delete, event, insert, select, text, update
from sqlalchemy.pool import NullPool

from casework.core.append_only import TABLES
from casework.core.database import Base
from casework.matters import history
from casework.matters.tables import HistoryEntry
from tests.casework.keeping.lived import Office


class Breaker:
    """Changes rows of any table."""

    def __init__(self, connection: Connection, office: Office) -> None:
        self.connection = connection
        self.office = office
        self.ids = office.ids

    def table(self, name: str) -> Table:
        return Base.metadata.tables[name]

    def rows(self, name: str, **where: Any) -> list[dict[str, Any]]:
        """Read rows in the order of their keys."""
        table = self.table(name)
        statement = select(table).where(*self._where(table, where)).order_by(*table.primary_key.columns)
        return [dict(row._mapping) for row in self.connection.execute(statement)]

    def set(self, table_name: str, where: Mapping[str, Any], **values: Any) -> None:
        """Change rows, at least one."""
        table = self.table(table_name)
        done = self.connection.execute(update(table).where(*self._where(table, where)).values(values))
        assert done.rowcount, f"no row of {table_name} {where}"

    def remove(self, table_name: str, **where: Any) -> None:
        """Delete rows, at least one."""
        table = self.table(table_name)
        assert self.connection.execute(delete(table).where(*self._where(table, where))).rowcount

    def add(self, name: str, row: Mapping[str, Any]) -> None:
        """Insert a row."""
        self.connection.execute(insert(self.table(name)).values(dict(row)))

    def history(self, matter_id: UUID) -> list[dict[str, Any]]:
        """Read a history in order."""
        return sorted(self.rows("history", matter_id=matter_id), key=lambda row: row["seq"])

    def reseal(self, matter_id: UUID) -> None:
        """Forge a matter's chain anew, as whoever knows how it is made could."""
        before = history.GENESIS
        last = None
        for row in self.history(matter_id):
            entry = HistoryEntry(**{**row, "prev_hash": before})
            seal = history.digest(entry)
            self.set("history", {"id": row["id"]}, prev_hash=before, hash=seal)
            before, last = seal, row
        assert last is not None
        self.set("cases", {"id": matter_id}, head_hash=before, version=last["seq"])

    def sql(self, statement: str) -> None:
        """Run a statement as it is."""
        self.connection.execute(text(statement))

    @staticmethod
    def _where(table: Table, where: Mapping[str, Any]) -> Iterator[Any]:
        return (table.c[name] == value for name, value in where.items())


@contextmanager
def breaking(office: Office) -> Iterator[Breaker]:
    """Lend a breaker for one transaction without triggers, foreign keys and checks."""
    engine = (
        create_engine(office.db.url, poolclass=NullPool)
        if office.db.is_postgresql
        else create_engine(office.db.url, module=pysqlite3.dbapi2, poolclass=NullPool)
    )
    if not office.db.is_postgresql:

        @event.listens_for(engine, "connect")
        def _unguard(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("PRAGMA ignore_check_constraints=ON")

    with engine.begin() as connection:
        if office.db.is_postgresql:
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text("ALTER TABLE fund_lines DROP CONSTRAINT ck_fund_lines_amount"))
            connection.execute(text("SET LOCAL timezone = 'UTC'"))
        else:
            for table in TABLES:
                for verb in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
        yield Breaker(connection, office)
    engine.dispose()
