"""Many rows in one statement: what a batch writes, however many rows it has; and conditions on many values at once.

`Session.put` sends every value as a parameter of its own, which PostgreSQL limits and pays for one by one. A batch goes
as one JSON document that the server unfolds into a table; SQLite takes the rows by `executemany`. Values pass the
columns' own types either way. The ORM learns nothing of it: who holds such rows in a session has to read them anew.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Dialect, Table, Text, any_, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

from casework.core.columns import Hundredths, Json, canonical
from casework.core.database import Base, Session
from casework.core.driver.arrays import array

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Cell:
    """One column as a batch needs it: its name, its type on this engine, what makes a value fit for the driver."""

    name: str
    type: str
    process: Callable[[Any], Any] | None
    # What makes it fit for the document; None: it is written as it is.
    fold: Callable[[Any], Any] | None


def insert(session: Session, kind: type[Base], rows: Sequence[Row], *, same: Row | None = None) -> None:
    """Insert `rows` (column → value, all with the same columns) in one statement; `same` holds what all share."""
    if not rows:
        return
    connection = session.connection()
    same = same or {}
    cells, shared = _cells(kind, rows[0], connection.dialect), _cells(kind, same, connection.dialect)
    names = ", ".join(f'"{cell.name}"' for cell in (*cells, *shared))
    into = f'INSERT INTO "{_table(kind).name}" ({names})'
    if connection.dialect.name == "postgresql":
        chosen = ", ".join((*(f'r."{cell.name}"' for cell in cells), *(f"%s::{cell.type}" for cell in shared)))
        text = f"{into} SELECT {chosen} FROM {_unfolded(cells)}"  # noqa: S608 - names of our own tables
        connection.exec_driver_sql(text, (*_values(shared, same), _folded(cells, rows)))
        return
    text = f"{into} VALUES ({', '.join('?' * (len(cells) + len(shared)))})"
    tail = _values(shared, same)
    connection.exec_driver_sql(text, [_values(cells, row) + tail for row in rows])


def update(session: Session, kind: type[Base], rows: Sequence[Row], *, same: Row | None = None) -> None:
    """Set the columns of `rows` (each with `id`, all with the same columns) and of `same` in one statement."""
    if not rows:
        return
    connection = session.connection()
    same = same or {}
    cells, shared = _cells(kind, rows[0], connection.dialect), _cells(kind, same, connection.dialect)
    changed = tuple(cell for cell in cells if cell.name != "id")
    name = _table(kind).name
    if connection.dialect.name == "postgresql":
        sets = [f'"{cell.name}" = r."{cell.name}"' for cell in changed]
        sets += [f'"{cell.name}" = %s::{cell.type}' for cell in shared]
        text = f'UPDATE "{name}" AS t SET {", ".join(sets)} FROM {_unfolded(cells)} WHERE t.id = r.id'  # noqa: S608 - names of our own tables
        connection.exec_driver_sql(text, (*_values(shared, same), _folded(cells, rows)))
        return
    sets = [f'"{cell.name}" = ?' for cell in (*shared, *changed)]
    key = tuple(cell for cell in cells if cell.name == "id")
    text = f'UPDATE "{name}" SET {", ".join(sets)} WHERE id = ?'  # noqa: S608 - names of our own tables
    head = _values(shared, same)
    connection.exec_driver_sql(text, [head + _values((*changed, *key), row) for row in rows])


def _table(kind: type[Base]) -> Table:
    table: Table = kind.__table__  # type: ignore[assignment] # a mapped class has a real table
    return table


_known: dict[tuple[type[Base], str], dict[str, _Cell]] = {}


def _cells(kind: type[Base], names: Row, dialect: Dialect) -> tuple[_Cell, ...]:
    made = _known.get((kind, dialect.name))
    if made is None:
        made = {column.name: _cell(column, dialect) for column in _table(kind).columns}
        _known[kind, dialect.name] = made
    return tuple(made[name] for name in names)


def _cell(column: Column[Any], dialect: Dialect) -> _Cell:
    kind = column.type.dialect_impl(dialect)
    process = kind.bind_processor(dialect)
    # A JSON column is text to the server, so it goes as a string inside the document; hundredths go as an integer.
    fold = _document if isinstance(column.type, Json) else process if isinstance(column.type, Hundredths) else None
    return _Cell(column.name, kind.compile(dialect), process, fold)


def _values(cells: Sequence[_Cell], row: Row) -> tuple[Any, ...]:
    return tuple([row[cell.name] if cell.process is None else cell.process(row[cell.name]) for cell in cells])


def _folded(cells: Sequence[_Cell], rows: Sequence[Row]) -> str:
    folded = [(cell.name, cell.fold) for cell in cells if cell.fold is not None]
    plain = [{**row, **{name: fold(row[name]) for name, fold in folded}} for row in rows] if folded else rows
    return _FOLDING.encode(plain)


def _unfolded(cells: Sequence[_Cell]) -> str:
    typed = ", ".join(f'"{cell.name}" {cell.type}' for cell in cells)
    return f"json_to_recordset(%s::json) AS r({typed})"


def _document(value: Any) -> str | None:
    return None if value is None else canonical(value)


def _as_text(value: Any) -> str:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a naive datetime may not be stored")
    return str(value)


# Ids, instants and days are no JSON: they go as the server reads them.
_FOLDING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_as_text)


class _Words(TypeDecorator[Any]):
    """Many texts as the words of one array: the driver would look at each of them by itself to make the same."""

    impl = postgresql.ARRAY(Text())
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        """Return what writes them."""
        return array


def among(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these; hundreds of parameters take long to write, a list none."""
    if session.get_bind().dialect.name != "postgresql":
        return column.in_(values)  # type: ignore[no-any-return] # a column's own
    # Of none at all nobody can see what they are but by the column.
    are_words = bool(values) and all(type(value) is str for value in values)
    listed = bindparam(None, [*values], type_=_Words() if are_words else postgresql.ARRAY(column.type))
    return column == any_(listed)  # type: ignore[no-any-return] # a column's own
