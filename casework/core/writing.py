"""All that one change writes, sent to the database at once.

A move touches five or six tables. Statement by statement that is a dozen round trips and as many ORM flushes; here the
new rows of `Session.put` and the changed columns of loaded rows become ONE statement on PostgreSQL (data-modifying
CTEs, one round trip) and a short list on SQLite. Texts are built once per shape and kept; values go through the
columns' own types. What `Session.add` was given is left to the ORM.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Dialect, Table, inspect
from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.types import TypeDecorator, TypeEngine

Processor = Callable[[Any], Any] | None

# Values one statement takes at most: both engines have a limit of their own, PostgreSQL 65,535.
_MOST_VALUES = 30_000
# Texts of more rows or values than a move has are hardly ever asked for again, and large: they are not kept.
_KEPT_ROWS, _KEPT_VALUES = 64, 2_000


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    name: str
    process: Processor
    # The value as it stands in a statement: the mark alone, or a function of the database around it.
    sent_as: str = "{}"


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """A table as the writer needs it: columns in order, and the primary key among them."""

    table: str
    columns: tuple[_Column, ...]
    by_key: Mapping[str, _Column]
    primary: tuple[_Column, ...]
    # All values of a row at once, and those among them that have to be converted, by their place.
    take: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    processes: tuple[tuple[int, Callable[[Any], Any]], ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    values: Sequence[Any]


class Unsent:
    """New rows of a session in the order they came, by their kind, and by their id.

    Of a chunk of a ledger thousands wait together, and each step of a life asks whether its matter is among them.
    """

    __slots__ = ("_ids", "_kinds", "rows")

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._kinds: dict[type, list[Any]] = {}
        # How often an id came: a row may share it with what it began.
        self._ids: dict[UUID, int] = {}

    def add(self, row: Any) -> None:
        """Take a row in."""
        self.rows.append(row)
        self._kinds.setdefault(type(row), []).append(row)
        row_id = row.__dict__.get("id")
        if row_id is not None:
            self._ids[row_id] = self._ids.get(row_id, 0) + 1

    def of(self, kind: type) -> list[Any]:
        """Return the rows of a kind."""
        return self._kinds.get(kind, [])[:]

    def has(self, row_id: UUID) -> bool:
        """Say whether there is a row of this id."""
        return self._ids.get(row_id, 0) > 0

    def forget_from(self, mark: int) -> None:
        """Forget the rows that came after the first `mark`."""
        while len(self.rows) > mark:
            row = self.rows.pop()
            self._kinds[type(row)].pop()
            row_id = row.__dict__.get("id")
            if row_id is not None:
                self._ids[row_id] -= 1


class Sending:
    """What a session has sent and not heard of yet: rows that are ready are written while those behind them are made.

    One connection is used by one thread at a time: whoever wants it waits until what is under way has been sent.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: Future[None] | None = None

    def begin(self, work: Callable[[], None]) -> None:
        """Let work be done meanwhile, after what is under way."""
        self.wait()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="sending")
        self._under_way = self._pool.submit(work)

    def wait(self) -> None:
        """Wait for what is under way; what it raised is raised here, once."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def end(self) -> None:
        """Wait for what is under way, whatever became of it, and begin nothing more."""
        self._under_way = None
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()


def write(connection: Connection, new: Iterable[Any], changed: Iterable[InstanceState[Any]]) -> None:
    """Insert `new` rows and update the changed columns of loaded ones."""
    dialect = connection.dialect
    mark = "?" if dialect.name == "sqlite" else "%s"
    statements = [*_updates(changed, dialect, mark), *_inserts(new, dialect, mark)]
    if not statements:
        return
    if dialect.name == "postgresql":
        _send(connection, statements)
        return
    for text, alike in groupby(statements, key=lambda statement: statement.text):
        values = [tuple(statement.values) for statement in alike]
        connection.exec_driver_sql(text, values if len(values) > 1 else values[0])


def _send(connection: Connection, statements: Sequence[_Statement]) -> None:
    """Send statements to PostgreSQL: in one, as long as it takes their values; alike ones else each by itself."""
    count = sum(len(statement.values) for statement in statements)
    with _numbered(connection):
        if count <= _MOST_VALUES:
            join = _joined if count <= _KEPT_VALUES else _joined.__wrapped__
            text = join(tuple(statement.text for statement in statements))
            connection.exec_driver_sql(text, tuple(value for statement in statements for value in statement.values))
            return
        for text, alike in groupby(statements, key=lambda statement: statement.text):
            values = [tuple(statement.values) for statement in alike]
            join = _joined if len(values[0]) <= _KEPT_VALUES else _joined.__wrapped__
            connection.exec_driver_sql(join((text,)), values if len(values) > 1 else values[0])


@contextmanager
def _numbered(connection: Connection) -> Iterator[None]:
    """Let the driver take a statement with numbered marks as it is.

    One with many values and plain marks it would take apart and number anew at every call.
    """
    from psycopg import RawCursor  # noqa: PLC0415 - an office on SQLite never pays for the driver

    driver: Any = connection.connection.driver_connection
    usual, driver.cursor_factory = driver.cursor_factory, RawCursor
    try:
        yield
    finally:
        driver.cursor_factory = usual


@cache
def _joined(texts: tuple[str, ...]) -> str:
    parts = ", ".join(f"w{n} AS ({text} RETURNING 1)" for n, text in enumerate(texts[:-1]))
    first, *others = (f"WITH {parts} {texts[-1]}" if parts else texts[0]).split("%s")
    return first + "".join(f"${n}{text}" for n, text in enumerate(others, start=1))


def _inserts(rows: Iterable[Any], dialect: Dialect, mark: str) -> Iterable[_Statement]:
    groups: dict[type, list[Any]] = {}
    for row in rows:
        groups.setdefault(type(row), []).append(row)
    # A row before what points at it: foreign keys are checked per statement on SQLite.
    for kind, members in sorted(groups.items(), key=lambda item: _rank(item[0])):
        shape = _shape(kind, dialect)
        most = _MOST_VALUES // len(shape.columns)
        for first in range(0, len(members), most):
            some = members[first : first + most]
            values = [cell for row in some for cell in _cells(shape, row)]
            text = _insert_text if len(some) <= _KEPT_ROWS else _insert_text.__wrapped__
            yield _Statement(text(shape, len(some), mark), values)


def _cells(shape: _Shape, row: Any) -> Sequence[Any]:
    """Return a new row as the database takes it, in the order of the columns."""
    try:
        cells = list(shape.take(row.__dict__))
    except KeyError:
        fill(row)
        cells = list(shape.take(row.__dict__))
    for place, process in shape.processes:
        cells[place] = process(cells[place])
    return cells


@cache
def _rank(kind: type) -> int:
    """Return the place of a table among all, each after those it points at."""
    table: Table = kind.__table__  # type: ignore[attr-defined] # only mapped classes come here
    return table.metadata.sorted_tables.index(table)


def _updates(states: Iterable[InstanceState[Any]], dialect: Dialect, mark: str) -> Iterable[_Statement]:
    for state in states:
        shape = _shape(state.class_, dialect)
        now = state.dict
        keys = [key for key, old in state.committed_state.items() if key in shape.by_key and now[key] != old]
        if not keys:
            continue
        columns = [shape.by_key[key] for key in keys]
        values = [_value(column, now) for column in (*columns, *shape.primary)]
        names = tuple(column.name for column in columns)
        yield _Statement(_update_text(shape.table, names, tuple(c.name for c in shape.primary), mark), values)


def settle(states: Iterable[InstanceState[Any]]) -> None:
    """Note that what is in memory of loaded rows is now what is in the database."""
    for state in states:
        # One by one they would still count as touched, and the ORM would look through them at its own flush.
        state._commit_all(state.dict, None if state.session is None else state.session.identity_map)


def fill(row: Any) -> None:
    """Give a new row what its columns hold when nothing is said."""
    kind: Any = type(row)
    values = row.__dict__
    defaults = _defaults(kind)
    # Most rows come with nearly all they hold, and may come twice.
    for key in defaults.keys() - values.keys():
        default = defaults[key]
        values[key] = default() if callable(default) else default


@cache
def _defaults(kind: type) -> Mapping[str, Any]:
    table: Table = kind.__table__  # type: ignore[attr-defined] # only mapped classes come here
    mapper: Mapper[Any] = inspect(kind)
    columns = (column for column in table.columns if _is_written(column))
    return {mapper.get_property_by_column(column).key: _plain_default(column) for column in columns}


def _value(column: _Column, values: Mapping[str, Any]) -> Any:
    value = values[column.key]
    return value if column.process is None else column.process(value)


@cache
def _insert_text(shape: _Shape, count: int, mark: str) -> str:
    row = f"({', '.join(column.sent_as.format(mark) for column in shape.columns)})"
    listed = ", ".join(f'"{column.name}"' for column in shape.columns)
    rows = ", ".join([row] * count)
    return f'INSERT INTO "{shape.table}" ({listed}) VALUES {rows}'  # noqa: S608 - names of our own tables


@cache
def _update_text(table: str, names: tuple[str, ...], primary: tuple[str, ...], mark: str) -> str:
    sets = ", ".join(f'"{name}" = {mark}' for name in names)
    where = " AND ".join(f'"{name}" = {mark}' for name in primary)
    return f'UPDATE "{table}" SET {sets} WHERE {where}'  # noqa: S608 - names of our own tables


_shapes: dict[tuple[type, str], _Shape] = {}


def _shape(kind: type, dialect: Dialect) -> _Shape:
    key = (kind, dialect.name)
    if key not in _shapes:
        table: Table = kind.__table__  # type: ignore[attr-defined] # only mapped classes come here
        mapper: Mapper[Any] = inspect(kind)
        made = []
        for column in table.columns:
            if not _is_written(column):
                continue
            attribute = mapper.get_property_by_column(column).key
            process = _processor(column.type, dialect)
            sent_as = getattr(column.type, "sent_as", "{}") if dialect.name == "postgresql" else "{}"
            made.append(_Column(attribute, column.name, process, sent_as))
        primary = tuple(c for c in made if table.columns[c.name].primary_key)
        processes = tuple((place, c.process) for place, c in enumerate(made) if c.process is not None)
        take: Any = itemgetter(*(c.key for c in made))
        _shapes[key] = _Shape(table.name, tuple(made), {c.key: c for c in made}, primary, take, processes)
    return _shapes[key]


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor:
    """Return what makes a value of a type one for the driver: the type's own work, without what is wrapped around."""
    of_engine = kind.dialect_impl(dialect)
    wrapped = of_engine.bind_processor(dialect)
    if not isinstance(of_engine, TypeDecorator) or of_engine.impl_instance.bind_processor(dialect) is not None:
        return wrapped
    if wrapped is None or getattr(of_engine, "plain_on", "") == dialect.name:
        return None
    return partial(of_engine.process_bind_param, dialect=dialect)


def _is_written(column: Any) -> bool:
    """Whether we write a column; the database numbers and computes the others."""
    return column.autoincrement is not True and column.computed is None


def _plain_default(column: Any) -> Any:
    if column.default is None:
        return None
    argument = column.default.arg
    # SQLAlchemy wraps a callable default so that it takes a context.
    return (lambda: argument(None)) if callable(argument) else argument
