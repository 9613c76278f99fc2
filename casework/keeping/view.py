"""One consistent view of the whole database for as long as it takes, and the ways to read it in streams.

On PostgreSQL it is a read-only transaction at REPEATABLE READ without the time limits of requests; on SQLite a reading
transaction, which in WAL mode holds up nobody.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Connection, Executable, Table, column, exists, literal, select, table, union_all

import casework.tables  # noqa: F401 - a table that is not known would be taken for an empty one
from casework.core.database import Base, Database, Session

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH = 2000
_STREAM = {"stream_results": True, "yield_per": _BATCH}
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class View:
    """A snapshot, the instant that stands for now, and which tables have any row."""

    session: Session
    at: datetime
    filled: frozenset[str]
    healed: bool = False

    @property
    def connection(self) -> Connection:
        """The connection that holds the snapshot."""
        return self.session.connection()

    @property
    def is_postgresql(self) -> bool:
        """Say which engine it is."""
        return self.connection.dialect.name == "postgresql"

    def holds(self, owner: Table) -> bool:
        """Say whether a table has any row: of the many that a small office has not begun, nothing else is asked."""
        return owner.name in self.filled

    def stream(self, statement: Executable) -> Iterator[Row]:
        """Yield rows as they come, a few thousand at a time."""
        return iter(self.session.execute(statement, execution_options=_STREAM))

    def ids(self, statement: Executable) -> Iterator[str]:
        """Yield the first column of every row as text."""
        return (str(row[0]) for row in self.stream(statement))

    def raw(self, name: str, *columns: str, order: Sequence[str] = (), given: str | None = None) -> Iterator[Row]:
        """Yield columns as the driver gives them; over millions of rows the columns' own types cost more than work.

        `given` names a column that must not be null.
        """
        statement: Any = select(*(column(each) for each in columns)).select_from(table(name))
        if given is not None:
            statement = statement.where(column(given).is_not(None))
        return self.stream(statement.order_by(*(column(each) for each in order)))


@contextmanager
def view_of(db: Database, *, at: datetime, healed: bool = False) -> Iterator[View]:
    """Open a view; whatever others write meanwhile does not show in it."""
    options = (
        {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        if db.is_postgresql
        else {"casework_read": True}
    )
    with db.engine.connect() as plain:
        connection = plain.execution_options(**options)
        session = Session(connection, expire_on_commit=False, autoflush=False, info=db.info)
        try:
            if db.is_postgresql:
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield View(session, at, _filled(session), healed)
        finally:
            session.close()


def _filled(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(_which_have_rows()))


@cache
def _which_have_rows() -> CompoundSelect[tuple[str]]:
    tables = Base.metadata.sorted_tables
    return union_all(*(select(literal(each.name)).where(exists().select_from(each)) for each in tables))


class Side:
    """A stream of rows in the order of their first column, taken along beside another one in the same order."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Begin at the first row."""
        self._groups = groupby(rows, key=itemgetter(0))
        self._waiting: tuple[Any, list[Row]] | None = None
        self._advance()

    def take(self, key: Any) -> list[Row]:
        """Return the rows of `key`; those of smaller keys are let go (they belong to nothing, which I19 tells)."""
        while self._waiting is not None and self._waiting[0] < key:
            self._advance()
        if self._waiting is None or self._waiting[0] != key:
            return []
        rows = self._waiting[1]
        self._advance()
        return rows

    def _advance(self) -> None:
        following = next(self._groups, None)
        self._waiting = None if following is None else (following[0], list(following[1]))


def as_id(raw: Any) -> str:
    """Write an id that came raw from the driver."""
    return str(raw) if isinstance(raw, UUID) else str(UUID(bytes=raw))


def as_instant(raw: Any) -> datetime:
    """Read an instant that came raw from the driver."""
    return raw.astimezone(UTC) if isinstance(raw, datetime) else _EPOCH + timedelta(microseconds=raw)
