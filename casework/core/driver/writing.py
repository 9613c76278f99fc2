"""All that one change writes, sent to the database at once.

A move touches five or six tables. Statement by statement that is a dozen round trips and as many ORM flushes; here the
new rows of `Session.put` and the changed columns of loaded rows become ONE statement on PostgreSQL (data-modifying
CTEs, one round trip) and a short list on SQLite. Texts are built once per shape and kept; values go through the
columns' own types. What `Session.add` was given is left to the ORM.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Dialect, LargeBinary, Table, inspect
from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.types import TypeEngine

from casework.core.driver import arrays, numbered
from casework.core.rows import fill, is_written, kind_of

Processor = Callable[[Any], Any] | None
_Placed = tuple[int, Callable[[Any], Any]]
# New rows by their kinds.
Kinds = Mapping[type, Sequence[Any]]

_worded = attrgetter("text")
# Values one statement takes at most: both engines have a limit of their own, PostgreSQL 65,535.
_MOST_VALUES = 30_000
# Texts of more rows or values than a move has are hardly ever asked for again, and large: they are not kept.
_KEPT_ROWS, _KEPT_VALUES = 16, 2_000


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    name: str
    process: Processor
    # The value as it stands in a statement: the mark alone, or a function of the database around it.
    sent_as: str = "{}"
    # What the database calls the type.
    type: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """A table as the writer needs it: columns in order, and the primary key among them."""

    table: str
    columns: tuple[_Column, ...]
    by_key: Mapping[str, _Column]
    primary: tuple[_Column, ...]
    # All values of a row at once, and those among them that have to be converted, by their place.
    take: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    processes: tuple[_Placed, ...]
    # What makes the values of each column what they are in an array.
    folded: tuple[Processor, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    values: Sequence[Any]
    # Its words depend on what the rows hold, so they hardly come again.
    is_of_many: bool = False


class Unsent:
    """New rows of a session in the order they came, by their kind, and by their id.

    Of a chunk of a ledger thousands wait together, and each step of a life asks whether its matter is among them.
    """

    __slots__ = ("_ids", "_noted", "kinds", "rows")

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.kinds: dict[type, list[Any]] = {}
        # The ids of the first `_noted` rows, and how often each came: a row may share it with what it began.
        self._ids: dict[UUID, int] = {}
        self._noted = 0

    def add(self, row: Any, kind: type) -> None:
        """Take a row of a kind in."""
        self.rows.append(row)
        alike = self.kinds.get(kind)
        if alike is None:
            self.kinds[kind] = [row]
        else:
            alike.append(row)

    def of(self, kind: type) -> list[Any]:
        """Return the rows of a kind."""
        return self.kinds.get(kind, [])[:]

    def has(self, row_id: UUID) -> bool:
        """Say whether there is a row of this id."""
        for row in self.rows[self._noted :]:
            own = row.__dict__.get("id")
            if own is not None:
                self._ids[own] = self._ids.get(own, 0) + 1
        self._noted = len(self.rows)
        return self._ids.get(row_id, 0) > 0

    def forget_from(self, mark: int) -> None:
        """Forget the rows that came after the first `mark`."""
        while len(self.rows) > mark:
            row = self.rows.pop()
            self.kinds[kind_of(row)].pop()
            row_id = row.__dict__.get("id")
            if row_id is not None and len(self.rows) < self._noted:
                self._ids[row_id] -= 1
        self._noted = min(self._noted, mark)


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


def write(connection: Connection, new: Kinds, changed: Iterable[InstanceState[Any]]) -> None:
    """Insert `new` rows, given by their kinds, and update the changed columns of loaded ones."""
    dialect = connection.dialect
    mark = "?" if dialect.name == "sqlite" else "%s"
    # A session knows what it changed in no order; alike changes are worded alike, for a statement that is prepared.
    updates = sorted(_updates(changed, dialect, mark), key=_worded)
    statements = [*updates, *_inserts(new, dialect, mark)]
    if not statements:
        return
    if dialect.name == "postgresql":
        _send(connection, statements)
        return
    for text, alike in groupby(statements, key=_worded):
        values = [tuple(statement.values) for statement in alike]
        connection.exec_driver_sql(text, values if len(values) > 1 else values[0])


def _send(connection: Connection, statements: Sequence[_Statement]) -> None:
    """Send statements to PostgreSQL: in one, as long as it takes their values; else apart, alike ones together."""
    values = tuple(chain.from_iterable([statement.values for statement in statements]))
    if len(values) <= _MOST_VALUES:
        is_kept = len(values) <= _KEPT_VALUES and not any(statement.is_of_many for statement in statements)
        join = _joined if is_kept else _joined.__wrapped__
        # One with many values and plain marks the driver would take apart and number anew at every call.
        numbered.send(connection, join(tuple(map(_worded, statements))), values, keep=is_kept)
        return
    for text, alike in groupby(statements, key=_worded):
        many = [tuple(statement.values) for statement in alike]
        numbered.send(connection, _joined.__wrapped__((text,)), many if len(many) > 1 else many[0], keep=False)


@cache
def _joined(texts: tuple[str, ...]) -> str:
    first, *others = _with(texts).split("%s")
    return first + "".join([f"${n}{text}" for n, text in enumerate(others, start=1)])


def _with(texts: Sequence[str]) -> str:
    parts = ", ".join(f"w{n} AS ({text})" for n, text in enumerate(texts[:-1]))
    return f"WITH {parts} {texts[-1]}" if parts else texts[0]


def _inserts(new: Kinds, dialect: Dialect, mark: str) -> Iterable[_Statement]:
    # A row before what points at it: foreign keys are checked per statement on SQLite.
    for kind, members in sorted(new.items(), key=lambda item: _rank(item[0])):
        shape = _shape(kind, dialect)
        most = _MOST_VALUES // len(shape.columns)
        for first in range(0, len(members), most):
            some = members[first : first + most]
            if len(some) <= _KEPT_ROWS:
                values = [*chain.from_iterable(zip(*_cells(shape, some, shape.processes), strict=True))]
                yield _Statement(_insert_text(shape, len(some), mark), values)
            elif mark == "?":
                yield _large_insert(shape, _cells(shape, some, shape.processes))
            else:
                yield _unfolded_insert(shape, some)


def _unfolded_insert(shape: _Shape, rows: Sequence[Any]) -> _Statement:
    """Insert many rows on PostgreSQL, each column sent as one array (`casework.core.driver.arrays`).

    A column of which no row says anything is left out, what all rows say alike is sent once: half of what a thousand
    lives of the past hold is one or the other.
    """
    names, chosen, values, unfolded, arrays_sent = [], [], [], [], []
    columns: list[Sequence[Any]] = [*zip(*[_taken(shape, row) for row in rows], strict=True)]
    for column, process, told in zip(shape.columns, shape.folded, columns, strict=True):
        cells = _folded(told, process)
        if cells[0] == cells[-1] and cells.count(cells[0]) == len(cells):
            if cells[0] is None:
                continue
            names.append(f'"{column.name}"')
            chosen.append(f"%s::{column.type}")
            values.append(cells[0])
        else:
            names.append(f'"{column.name}"')
            chosen.append(f'r."{column.name}"')
            unfolded.append((column.name, column.type))
            arrays_sent.append(arrays.array(cells))
    folded = ", ".join(f"%s::{kind}[]" for _, kind in unfolded)
    told = ", ".join(f'"{name}"' for name, _ in unfolded)
    rows = f"unnest({folded}) AS r({told})" if unfolded else f"generate_series(1, {len(rows)})"
    text = f'INSERT INTO "{shape.table}" ({", ".join(names)}) SELECT {", ".join(chosen)} FROM {rows}'  # noqa: S608 - names of our own tables
    return _Statement(text, [*values, *arrays_sent], is_of_many=True)


def _folded(cells: Sequence[Any], process: Processor) -> Sequence[Any]:
    """Return the cells of a column as an array takes them; where all are one and the same, that is made once."""
    if process is None:
        return cells
    if len({*map(id, cells)}) == 1:
        return [None if cells[0] is None else process(cells[0])] * len(cells)
    return [None if cell is None else process(cell) for cell in cells]


def _large_insert(shape: _Shape, columns: Sequence[Sequence[Any]]) -> _Statement:
    """Insert many rows on SQLite: a column of which no row says anything is left out, what all say alike is sent once.

    Half of what a thousand lives of the past hold is one or the other.
    """
    count = len(columns[0])
    names, marks, alike, varying = [], [], [], []
    for column, cells in zip(shape.columns, columns, strict=True):
        is_alike = cells.count(cells[0]) == count
        if is_alike and cells[0] is None:
            continue
        names.append(f'"{column.name}"')
        if is_alike:
            alike.append(cells[0])
            marks.append(f"?{len(alike)}")
        else:
            varying.append(cells)
            marks.append("?%d")
    row, first, width = f"({', '.join(marks)})", len(alike) + 1, len(varying)
    starts = range(first, first + count * width, width or 1)
    rows = ", ".join([row % (*range(n, n + width),) for n in starts] if width else [row] * count)
    text = f'INSERT INTO "{shape.table}" ({", ".join(names)}) VALUES {rows}'  # noqa: S608 - names of our own tables
    return _Statement(text, [*alike, *chain.from_iterable(zip(*varying, strict=True))])


def _cells(shape: _Shape, rows: Sequence[Any], processes: Sequence[_Placed]) -> list[Sequence[Any]]:
    """Return the columns of new rows as the database takes them."""
    columns: list[Sequence[Any]] = [*zip(*[_taken(shape, row) for row in rows], strict=True)]
    for place, process in processes:
        columns[place] = [None if value is None else process(value) for value in columns[place]]
    return columns


def _taken(shape: _Shape, row: Any) -> tuple[Any, ...]:
    try:
        return shape.take(row.__dict__)
    except KeyError:
        fill(row)
        return shape.take(row.__dict__)


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


def _value(column: _Column, values: Mapping[str, Any]) -> Any:
    value = values[column.key]
    return value if column.process is None or value is None else column.process(value)


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
            if not is_written(column):
                continue
            attribute = mapper.get_property_by_column(column).key
            process = _processor(column.type, dialect)
            sent_as = getattr(column.type, "sent_as", "{}") if dialect.name == "postgresql" else "{}"
            kind_of_value = column.type.compile(dialect)
            made.append(_Column(attribute, column.name, process, sent_as, kind_of_value))
        primary = tuple(c for c in made if table.columns[c.name].primary_key)
        processes = tuple((place, c.process) for place, c in enumerate(made) if c.process is not None)
        folded = tuple(_folder(table.columns[c.name].type, c.process) for c in made)
        take: Any = itemgetter(*(c.key for c in made))
        _shapes[key] = _Shape(table.name, tuple(made), {c.key: c for c in made}, primary, take, processes, folded)
    return _shapes[key]


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor:
    """Return what makes a value of a type one for the driver: if it has one, its own without what is around it."""
    of_engine = kind.dialect_impl(dialect)
    sender = getattr(of_engine, "sender", None)
    return of_engine.bind_processor(dialect) if sender is None else sender(dialect.name)


def _folder(kind: TypeEngine[Any], process: Processor) -> Processor:
    """Return what makes of a value one for an array; what the driver wants wrapped goes as it is."""
    return None if isinstance(kind, LargeBinary) else getattr(kind, "folded_as", process)
