"""Many rows in one statement: what a batch writes, however many rows it has.

`Session.put` sends every value as a parameter of its own, which PostgreSQL limits and pays for one by one. A batch goes
as one JSON document that the server unfolds into a table; SQLite takes the rows by `executemany`. Values pass the
columns' own types either way. The ORM learns nothing of it: who holds such rows in a session has to read them anew.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Dialect, Table

from casework.core.database import Base, Session

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Cell:
    """One column as a batch needs it: its name, its type on this engine, what makes a value fit for the driver."""

    name: str
    type: str
    process: Callable[[Any], Any] | None


def insert(session: Session, kind: type[Base], rows: Rows) -> None:
    """Insert `rows` (column → value, all with the same columns) in one statement."""
    if not rows:
        return
    cells = _cells(kind, tuple(rows[0]), session.connection().dialect)
    names = ", ".join(f'"{cell.name}"' for cell in cells)
    if session.connection().dialect.name == "postgresql":
        text = f'INSERT INTO "{_table(kind).name}" ({names}) SELECT {names} FROM {_unfolded(cells)}'  # noqa: S608 - names of our own tables
        session.connection().exec_driver_sql(text, (_folded(cells, rows),))
        return
    marks = ", ".join("?" * len(cells))
    text = f'INSERT INTO "{_table(kind).name}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our own tables
    session.connection().exec_driver_sql(text, [_values(cells, row) for row in rows])


def update(session: Session, kind: type[Base], rows: Rows) -> None:
    """Set the columns of `rows` (each with `id`, all with the same columns) in one statement."""
    if not rows:
        return
    cells = _cells(kind, tuple(rows[0]), session.connection().dialect)
    changed = [cell for cell in cells if cell.name != "id"]
    name = _table(kind).name
    if session.connection().dialect.name == "postgresql":
        sets = ", ".join(f'"{cell.name}" = r."{cell.name}"' for cell in changed)
        text = f'UPDATE "{name}" AS t SET {sets} FROM {_unfolded(cells)} WHERE t.id = r.id'  # noqa: S608 - names of our own tables
        session.connection().exec_driver_sql(text, (_folded(cells, rows),))
        return
    sets = ", ".join(f'"{cell.name}" = ?' for cell in changed)
    text = f'UPDATE "{name}" SET {sets} WHERE id = ?'  # noqa: S608 - names of our own tables
    key = [cell for cell in cells if cell.name == "id"]
    session.connection().exec_driver_sql(text, [_values((*changed, *key), row) for row in rows])


def _table(kind: type[Base]) -> Table:
    table: Table = kind.__table__  # type: ignore[assignment] # a mapped class has a real table
    return table


def _cells(kind: type[Base], names: tuple[str, ...], dialect: Dialect) -> tuple[_Cell, ...]:
    made = _all_cells(kind, dialect.name)
    if not made:
        made.update({column.name: _cell(column, dialect) for column in _table(kind).columns})
    return tuple(made[name] for name in names)


@cache
def _all_cells(_kind: type[Base], _engine: str) -> dict[str, _Cell]:
    return {}


def _cell(column: Column[Any], dialect: Dialect) -> _Cell:
    kind = column.type.dialect_impl(dialect)
    return _Cell(column.name, kind.compile(dialect), kind.bind_processor(dialect))


def _values(cells: Sequence[_Cell], row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[cell.name] if cell.process is None else cell.process(row[cell.name]) for cell in cells)


def _folded(cells: Sequence[_Cell], rows: Rows) -> str:
    names = [cell.name for cell in cells]
    folded = [dict(zip(names, _values(cells, row), strict=True)) for row in rows]
    # What is left after the types' own processing and is no JSON is an id, an instant or a day.
    return json.dumps(folded, ensure_ascii=False, default=str)


def _unfolded(cells: Sequence[_Cell]) -> str:
    typed = ", ".join(f'"{cell.name}" {cell.type}' for cell in cells)
    return f"json_to_recordset(%s::json) AS r({typed})"
