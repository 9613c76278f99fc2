"""Rows by the hundred thousand: one row is a mould, every further one is the mould with a few columns changed.

PostgreSQL takes them by COPY, SQLite by executemany. Values pass the columns' own types once, when the mould is made;
what changes from row to row is handed over in the engine's own form by `Press.value`. The ORM learns nothing of it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, Table

from casework.core.database import Base, Session

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Mould:
    """A row of one table, ready to be pressed again and again; `names` are its columns in order."""

    __slots__ = ("_places", "_values", "names", "table")

    def __init__(self, table: str, names: tuple[str, ...], values: Sequence[Any]) -> None:
        self.table, self.names = table, names
        self._values = list(values)
        self._places = {name: place for place, name in enumerate(names)}

    def value(self, name: str) -> Any:
        """Return a column of the mould, in the engine's form."""
        return self._values[self._places[name]]

    def cast(self, changed: Mapping[str, Any]) -> list[Any]:
        """Return a row with these columns changed; values come from `Press.value`."""
        row = self._values[:]
        for name, value in changed.items():
            row[self._places[name]] = value
        return row


class Press:
    """Makes moulds for an engine and writes what was cast from them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect: Dialect = session.get_bind().dialect
        self._is_postgresql = self._dialect.name == "postgresql"
        self._rows: dict[tuple[str, tuple[str, ...]], list[list[Any]]] = {}

    def mould(self, kind: type[Base], values: Mapping[str, Any]) -> Mould:
        """Make a mould from column → Python value; columns left out get the database's own default."""
        table: Table = kind.__table__  # type: ignore[assignment] # a mapped class has a real table
        names = tuple(column.name for column in table.columns if column.name in values)
        processed = []
        for name in names:
            process = self._process(table, name)
            value = values[name] if process is None else process(values[name])
            processed.append(self.value(value))
        return Mould(table.name, names, processed)

    def _process(self, table: Table, name: str) -> Callable[[Any], Any] | None:
        return table.columns[name].type.dialect_impl(self._dialect).bind_processor(self._dialect)

    def value(self, value: Any) -> Any:
        """Return a value in the form rows are written in: text of COPY, or what SQLite's driver takes."""
        if not self._is_postgresql:
            return value.bytes if isinstance(value, UUID) else value
        match value:
            case None:
                return "\\N"
            case str():
                return value.translate(_ESCAPES)
            case bool():
                return "t" if value else "f"
            case datetime() | date():
                return value.isoformat()
        return str(value)

    def add(self, mould: Mould, changed: Mapping[str, Any]) -> None:
        """Cast one row; it is written by `write`."""
        self._rows.setdefault((mould.table, mould.names), []).append(mould.cast(changed))

    def write(self, order: Sequence[str]) -> None:
        """Write every row cast so far, table by table in `order`, in the transaction of the session."""
        waiting, self._rows = self._rows, {}
        for table, names in sorted(waiting, key=lambda key: order.index(key[0])):
            self._write(table, names, waiting[table, names])

    def _write(self, table: str, names: tuple[str, ...], rows: Sequence[list[Any]]) -> None:
        listed = ", ".join(f'"{name}"' for name in names)
        if not self._is_postgresql:
            marks = ", ".join("?" * len(names))
            text = f'INSERT INTO "{table}" ({listed}) VALUES ({marks})'  # noqa: S608 - names of our own tables
            self._session.connection().exec_driver_sql(text, [tuple(row) for row in rows])
            return
        driver: Any = self._session.connection().connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy:
            copy.write("".join("\t".join(row) + "\n" for row in rows))
