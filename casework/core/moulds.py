"""Rows by the hundred thousand: one row is a mould, every further one is the mould with a few columns changed.

PostgreSQL takes them by COPY, SQLite by executemany. Values pass the columns' own types once, when the mould is made;
what changes from row to row is handed over in the engine's own form by `Press.value`. Rows that are always cast
together make a stencil: all their holes are filled at once. The ORM learns nothing of it. What was cast is taken out of
the press and may be written by another thread.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, Table

from casework.core.database import Base, Session

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# Most texts hold none of them, and to look costs a tenth of to translate.
_ESCAPED = re.compile(r"[\\\t\n\r]").search
_NULL = "\\N"
# What rows go into, a table and the names of its columns → rows in the engine's form: lines of COPY, or what SQLite's
# driver takes.
Rows = dict[str, list[Any]]
_Filled = tuple[str, Callable[[Mapping[str, Any]], Any]]


@dataclass(frozen=True, slots=True)
class Holes:
    """A cell with holes: what stands between them, by turns with the name of what fills each."""

    pieces: tuple[str, ...]
    # A cell of SQLite that is an id is kept as bytes.
    is_id: bool = False

    def filler(self) -> Callable[[Mapping[str, Any]], str]:
        """Return what makes the text of what fills the holes."""
        template, take = _template(self.pieces)
        return lambda filling: template % take(filling)


def hole(name: str, *, is_id: bool = False) -> Holes:
    """Return a cell that is filled as a whole."""
    return Holes(("", name, ""), is_id)


def _template(pieces: Sequence[str]) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    template = "%s".join([piece.replace("%", "%%") for piece in pieces[0::2]])
    # What an itemgetter takes of one name alone is no tuple, but one value fills one hole.
    names = pieces[1::2]
    return template, itemgetter(*names) if names else lambda _filling: ()


class Mould:
    """A row of one table, ready to be pressed again and again; `names` are its columns in order."""

    __slots__ = ("_lines", "_places", "_values", "into", "names", "table")

    def __init__(self, table: str, names: tuple[str, ...], values: Sequence[Any]) -> None:
        self.table, self.names = table, names
        self.into = '"' + table + '" ("' + '", "'.join(names) + '")'
        self._values = list(values)
        self._places = {name: place for place, name in enumerate(names)}
        # By the columns that change: a line of COPY with a mark for each, and what takes their values in order.
        self._lines: dict[tuple[str, ...], _Filled] = {}

    def value(self, name: str) -> Any:
        """Return a column of the mould, in the engine's form."""
        return self._values[self._places[name]]

    def with_values(self, changed: Mapping[str, Any]) -> "Mould":
        """Return a mould of the same table that holds these columns instead."""
        return Mould(self.table, self.names, [changed.get(name, self.value(name)) for name in self.names])

    def led_by(self, name: str) -> "Mould":
        """Return a mould whose first column is this one, empty: `led` says it of each row that was cast."""
        names = tuple(each for each in self.names if each != name)
        return Mould(self.table, (name, *names), ["", *(self.value(each) for each in names)])

    def row(self, changed: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return a row with these columns changed; values come from `Press.value`."""
        row = self._values[:]
        for name, value in changed.items():
            row[self._places[name]] = value
        return tuple(row)

    def line(self, changed: Mapping[str, str]) -> str:
        """Return the same as a line of COPY."""
        key = tuple(changed)
        found = self._lines.get(key)
        if found is None:
            found = self._lines[key] = self._filled(key)
        made: str = found[0] % found[1](changed)
        return made

    def _filled(self, key: Sequence[str]) -> _Filled:
        cells = [
            "%s" if name in key else value.replace("%", "%%")
            for name, value in zip(self.names, self._values, strict=True)
        ]
        take: Callable[[Mapping[str, Any]], Any] = itemgetter(*sorted(key, key=self._places.__getitem__))
        return "\t".join(cells) + "\n", take if key else lambda _changed: ()


class Stencil:
    """Rows of one table that are always cast together, with holes in some of their cells."""

    __slots__ = ("_fills", "_take", "_template", "into")

    def __init__(self, rows: Sequence[tuple[Mould, Mapping[str, Holes]]], *, is_line: bool) -> None:
        self.into = rows[0][0].into
        self._fills: list[tuple[Mould, list[tuple[str, Callable[[Mapping[str, Any]], Any]]]]] = []
        pieces = [""]
        if not is_line:
            self._fills = [(mould, [(name, _cell(cell)) for name, cell in holes.items()]) for mould, holes in rows]
        for mould, holes in rows if is_line else ():
            for place, name in enumerate(mould.names):
                cell = holes[name].pieces if name in holes else (mould.value(name),)
                pieces[-1] += ("\t" if place else "") + cell[0]
                pieces += cell[1:]
            pieces[-1] += "\n"
        self._template, self._take = _template(pieces)

    def lines(self, filling: Mapping[str, Any]) -> str:
        """Return the rows as lines of COPY."""
        made: str = self._template % self._take(filling)
        return made

    def rows(self, filling: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows as SQLite's driver takes them."""
        return [mould.row({name: fill(filling) for name, fill in fills}) for mould, fills in self._fills]


def _cell(cell: Holes) -> Callable[[Mapping[str, Any]], Any]:
    if any(cell.pieces[0::2]):
        return cell.filler()
    # What fills a cell as a whole may be no text.
    (name,) = cell.pieces[1::2]
    return (lambda filling: id_bytes(filling[name])) if cell.is_id else itemgetter(name)


def id_bytes(text: str) -> bytes:
    """Return an id given in its canonical text as SQLite keeps it."""
    return bytes.fromhex(text.replace("-", ""))


class Press:
    """Makes moulds for an engine, casts rows from them, and writes what was taken out."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.is_postgresql = dialect.name == "postgresql"
        self._rows: Rows = {}
        # Once a column rather than once a mould.
        self._processes: dict[tuple[str, str], Callable[[Any], Any] | None] = {}

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
        key = (table.name, name)
        if key not in self._processes:
            kind = table.columns[name].type.dialect_impl(self._dialect)
            self._processes[key] = kind.bind_processor(self._dialect)
        return self._processes[key]

    def value(self, value: Any) -> Any:
        """Return a value in the form rows are written in: text of COPY, or what SQLite's driver takes."""
        if not self.is_postgresql:
            return value.bytes if isinstance(value, UUID) else value
        match value:
            case None:
                return _NULL
            case str():
                return value.translate(_ESCAPES) if _ESCAPED(value) else value
            case bool():
                return "t" if value else "f"
            case datetime() | date():
                return value.isoformat()
        return str(value)

    def cell(self, kind: type[Base], name: str, value: Any) -> Any:
        """Return a Python value of a column in the form rows are written in."""
        table: Table = kind.__table__  # type: ignore[assignment] # as above
        process = self._process(table, name)
        return self.value(value if process is None else process(value))

    def id(self, text: str) -> Any:
        """Return an id given in its canonical text in the form rows are written in."""
        return text if self.is_postgresql else id_bytes(text)

    def add(self, mould: Mould, changed: Mapping[str, Any]) -> None:
        """Cast one row; it is among those taken out next."""
        row = mould.line(changed) if self.is_postgresql else mould.row(changed)
        rows = self._rows.get(mould.into)
        if rows is None:
            rows = self._rows[mould.into] = []
        rows.append(row)

    def stencil(self, rows: Sequence[tuple[Mould, Mapping[str, Holes]]]) -> Stencil:
        """Make a stencil of rows of one table, all with the same columns."""
        return Stencil(rows, is_line=self.is_postgresql)

    def cast(self, stencil: Stencil, filling: Mapping[str, Any]) -> None:
        """Cast all rows of a stencil; they are among those taken out next."""
        rows = self._rows.get(stencil.into)
        if rows is None:
            rows = self._rows[stencil.into] = []
        rows += self.struck(stencil, filling)

    def struck(self, stencil: Stencil, filling: Mapping[str, Any]) -> list[Any]:
        """Return all rows of a stencil as they are written, and keep none."""
        return [stencil.lines(filling)] if self.is_postgresql else stencil.rows(filling)

    def take(self) -> Rows:
        """Take every row cast so far out of the press."""
        taken, self._rows = self._rows, {}
        return taken


def led(value: object, row: Any) -> Any:
    """Return a row that was cast of a mould `led_by` some column, with that column's value."""
    return f"{value}{row}" if isinstance(row, str) else (value, *row[1:])


def write(session: Session, rows: Rows, order: Sequence[str]) -> None:
    """Write rows, table by table in `order`, in the transaction of the session."""
    for into in sorted(rows, key=lambda into: order.index(into.split('"')[1])):
        _write(session, into, rows[into])


def _write(session: Session, into: str, rows: Sequence[Any]) -> None:
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        marks = ", ".join("?" * len(rows[0]))
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", rows)  # noqa: S608 - names of our own tables
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        copy.write("".join(rows).encode())
