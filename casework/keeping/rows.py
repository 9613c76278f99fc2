"""Rows in a form that both engines write and read: the text format of PostgreSQL's COPY, one line a row.

A column's kind says what its text means: `id` (UUID), `instant` (ISO, with offset), `day`, `flag` (t, f), `integer`,
`bytes` (hexadecimal behind `\\\\x`), `text`; null is `\\N`. PostgreSQL hands the lines over and takes them back without
our looking at them; on SQLite they are made and read here. What is derived (search tokens) is left out and made anew.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import IO, Any
from uuid import UUID

from sqlalchemy import Connection, Inspector, MetaData, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import Boolean, Date, Integer, LargeBinary, TypeEngine

from casework.core.columns import Day, Flag, Id, Instant, Tokens
from casework.matters.search import tokens_of

NULL = "\\N"
# A batch of this many rows goes to the driver at once.
BATCH = 1000
SEARCH, FOLDED, MASKED = "search_entries", "folded", "masked"
# Stands in a PostgreSQL database while a restore fills it.
STAGING_TABLE = "restore_unfinished"
# Sums of cases are derived too: the database adds them up again while the cases are filled in.
_NOT_ROWS = ("alembic_version", "search_fts", "sqlite_", "case_tall", STAGING_TABLE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ESCAPES = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_PLAIN = {written[1]: plain for plain, written in _ESCAPES.items()}
# How PostgreSQL begins bytes; the backslash is escaped as in any text.
_HEX = "\\\\x"
_TO_ESCAPE = re.compile(r"[\\\b\f\n\r\t\v]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OURS: Mapping[type[Any], str] = {Id: "id", Instant: "instant", Day: "day", Flag: "flag"}
_STORED: Sequence[tuple[type[Any], str]] = (
    (postgresql.UUID, "id"),
    (postgresql.TIMESTAMP, "instant"),
    (Date, "day"),
    (Boolean, "flag"),
    (Integer, "integer"),
    (LargeBinary, "bytes"),
)
Columns = Sequence[tuple[str, str]]


class BadRow(ValueError):
    """A line is no row of its table."""


def shapes(connection: Connection, metadata: MetaData) -> dict[str, Columns]:
    """Return the tables there are, in an order in which they can be filled, each column with its kind."""
    inspector = inspect(connection)
    ordered = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name is not None]
    return {name: _columns(inspector, name, metadata) for name in ordered if name and not name.startswith(_NOT_ROWS)}


def _columns(inspector: Inspector, name: str, metadata: MetaData) -> Columns:
    known = metadata.tables.get(name)
    found = []
    for column in inspector.get_columns(name):
        ours = None if known is None else known.columns.get(column["name"])
        if column.get("computed") is not None or (ours is not None and ours.computed is not None):
            # The database computes it again while the rows are filled in.
            continue
        kind = _kind(column["type"], None if ours is None else ours.type)
        if kind is not None:
            found.append((column["name"], kind))
    return found


def _kind(stored: TypeEngine[Any], ours: TypeEngine[Any] | None) -> str | None:
    """Tell the kind of a column by how it is stored and, since SQLite stores little, by what we mean with it."""
    if isinstance(ours, Tokens) or isinstance(stored, postgresql.TSVECTOR):
        return None
    if ours is not None and type(ours) in _OURS:
        return _OURS[type(ours)]
    return next((kind for types, kind in _STORED if isinstance(stored, types)), "text")


def write(connection: Connection, name: str, columns: Columns, *, to: Callable[[bytes], None]) -> Iterator[int]:
    """Write the rows of a table as lines; yields how many were written at a time."""
    listed = ", ".join(f'"{column}"' for column, _ in columns)
    if connection.dialect.name == "postgresql":
        copied = f'COPY (SELECT {listed} FROM "{name}") TO STDOUT'  # noqa: S608 - names of our own tables
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(copied) as copy:
            for data in copy:
                to(bytes(data))
                yield bytes(data).count(b"\n")
        return
    writers = [_WRITERS[kind] for _, kind in columns]
    result = connection.exec_driver_sql(f'SELECT {listed} FROM "{name}"')  # noqa: S608 - names of our own tables
    for batch in result.partitions(BATCH):
        to("".join(_line(row, writers) for row in batch).encode())
        yield len(batch)


def _line(row: Sequence[Any], writers: Sequence[Callable[[Any], str]]) -> str:
    return (
        "\t".join([NULL if value is None else write(value) for value, write in zip(row, writers, strict=True)]) + "\n"
    )


def read(connection: Connection, name: str, columns: Columns, *, file: IO[bytes]) -> Iterator[int]:
    """Insert the rows that a file holds; yields how many were read at a time.

    Raises:
        BadRow: a line is no row of the table.
    """
    if connection.dialect.name == "postgresql":
        yield from _read_postgresql(connection, name, columns, file)
        return
    listed = ", ".join(f'"{column}"' for column, _ in columns)
    insert = f'INSERT INTO "{name}" ({listed}) VALUES ({", ".join("?" * len(columns))})'  # noqa: S608 - names of our own tables
    readers = [_READERS[kind] for _, kind in columns]
    for lines in _batches(file):
        rows = [_row(line, readers) for line in lines]
        connection.exec_driver_sql(insert, rows)
        if name == SEARCH:
            _index(connection, columns, rows)
        yield len(rows)


def _read_postgresql(connection: Connection, name: str, columns: Columns, file: IO[bytes]) -> Iterator[int]:
    names = [column for column, _ in columns]
    listed = ", ".join(f'"{column}"' for column in [*names, *(("tokens",) if name == SEARCH else ())])
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{name}" ({listed}) FROM STDIN') as copy:
        for lines in _batches(file):
            copy.write(
                "".join(
                    _with_tokens(lines, names.index(FOLDED), names.index(MASKED)) if name == SEARCH else lines
                ).encode()
            )
            yield len(lines)


def _batches(file: IO[bytes]) -> Iterator[list[str]]:
    lines = (line.decode() for line in file)
    while batch := list(islice(lines, BATCH)):
        if not batch[-1].endswith("\n"):
            raise BadRow("the last line is cut")
        yield batch


def _with_tokens(lines: Iterable[str], folded: int, masked: int) -> Iterator[str]:
    for line in lines:
        fields = line[:-1].split("\t")
        hidden = None if fields[masked] == NULL else _read_text(fields[masked])
        yield "\t".join([*fields, " ".join(tokens_of(_read_text(fields[folded]), hidden))]) + "\n"


def _index(connection: Connection, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
    names = [column for column, _ in columns]
    n, folded, masked = names.index("n"), names.index(FOLDED), names.index(MASKED)
    connection.exec_driver_sql(
        "INSERT INTO search_fts (rowid, tokens) VALUES (?, ?)",
        [(row[n], " ".join(tokens_of(row[folded], row[masked]))) for row in rows],
    )


def settle(connection: Connection, tables: Mapping[str, Columns]) -> None:
    """Let PostgreSQL's own counters go on after the largest number there is, and its planner know the tables."""
    if connection.dialect.name != "postgresql":
        return
    inspector = inspect(connection)
    for name, columns in tables.items():
        kinds = dict(columns)
        for key in inspector.get_pk_constraint(name)["constrained_columns"]:
            if kinds.get(key) == "integer":
                connection.exec_driver_sql(
                    f'SELECT setval(s, coalesce(max("{key}"), 1), max("{key}") IS NOT NULL)'  # noqa: S608 - names of our own tables
                    f" FROM \"{name}\", pg_get_serial_sequence('{name}', '{key}') AS s WHERE s IS NOT NULL GROUP BY s"
                )
    connection.exec_driver_sql("ANALYZE")


def _row(line: str, readers: Sequence[Callable[[str], Any]]) -> tuple[Any, ...]:
    fields = line[:-1].split("\t")
    if len(fields) != len(readers):
        raise BadRow(f"{len(fields)} fields where {len(readers)} are wanted")
    try:
        return tuple([None if text == NULL else read(text) for text, read in zip(fields, readers, strict=True)])
    except (ValueError, KeyError) as fault:
        raise BadRow(str(fault)) from fault


def _write_text(value: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found.group()], value)


def _read_text(text: str) -> str:
    return _ESCAPED.sub(lambda found: _PLAIN[found[1]], text) if "\\" in text else text


def _write_id(value: bytes) -> str:
    return str(UUID(bytes=value))


def _write_instant(value: int) -> str:
    return (_EPOCH + timedelta(microseconds=value)).isoformat(sep=" ")


def _read_instant(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND


def _write_bytes(value: bytes) -> str:
    return f"{_HEX}{value.hex()}"


def _read_bytes(text: str) -> bytes:
    if not text.startswith(_HEX):
        raise ValueError("bytes are told in hexadecimal")
    return bytes.fromhex(text.removeprefix(_HEX))


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "id": _write_id,
    "instant": _write_instant,
    "day": str,
    "flag": lambda value: "t" if value else "f",
    "integer": str,
    "bytes": _write_bytes,
    "text": _write_text,
}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "id": lambda text: UUID(text).bytes,
    "instant": _read_instant,
    "day": str,
    "flag": lambda text: {"t": 1, "f": 0}[text],
    "integer": int,
    "bytes": _read_bytes,
    "text": _read_text,
}
