"""Questions that every move asks: compiled once, answered in plain tuples.

The ORM makes for each time it is asked a context, a key for its cache of compiled statements, a result with what it
knows of eighty columns and, of each row, an object with its own account of it. Of a row or three that costs more than
the database takes to find them. A `Question` is compiled when it is first asked of an engine; from then on its text and
its values go to the driver as they are. `Session.load` makes rows of what comes back.
"""

from collections import namedtuple
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Dialect, Select, TextualSelect
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeEngine

from casework.core.driver import numbered

Values = tuple[Any, ...]
_Process = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    # What is sent, in order: what is always the same as it goes, of the rest its name and what makes it one.
    fixed: tuple[Any, ...]
    asked: tuple[tuple[int, str, _Process], ...]
    # Columns of the answer that are not yet what they mean, by their place.
    read: tuple[tuple[int, Callable[[Any], Any]], ...]


class Question:
    """A SELECT that is asked again and again, of columns alone; what differs each time are parameters of a name."""

    def __init__(
        self,
        statement: Select[*tuple[Any, ...]]
        | CompoundSelect[*tuple[Any, ...]]
        | ReturningUpdate[*tuple[Any, ...]]
        | TextualSelect,
    ) -> None:
        self._statement = statement
        self._columns = [*statement.exported_columns]
        self._compiled: dict[str, _Compiled] = {}
        makes: Any = namedtuple
        answer = makes("Answer", [column.key for column in self._columns], rename=True)
        self._named: Callable[[Values], Any] = answer._make

    def named(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Return the rows of the answer, each column under its name."""
        return [*map(self._named, self.ask(connection, values))]

    def ask(self, connection: Connection, values: Mapping[str, Any]) -> list[Values]:
        """Return the rows of the answer, each column as its type says."""
        compiled = self.draw_up(connection, values)
        sent = [*compiled.fixed]
        for place, name, process in compiled.asked:
            value = values[name]
            sent[place] = value if process is None or value is None else process(value)
        rows = _fetch(connection, compiled.text, tuple(sent))
        return [_read(row, compiled.read) for row in rows] if compiled.read else rows

    def draw_up(self, connection: Connection, values: Mapping[str, Any]) -> _Compiled:
        """Put the question into words, once; of the values their names count."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect, values.keys())
        return compiled

    def _compile(self, dialect: Dialect, names: Collection[str]) -> _Compiled:
        compiled = self._statement.compile(dialect=_numbering(dialect))
        state = compiled.construct_expanded_state(dict.fromkeys(names))
        # What an IN holds has a name for each.
        origin = {each: name for name, many in state.parameter_expansion.items() for each in many}
        fixed: list[Any] = []
        asked = []
        for place, name in enumerate(state.positiontup or ()):
            process = _sender(compiled.binds[origin.get(name, name)].type, dialect)
            value = None if name in names else state.parameters[name]
            fixed.append(value if value is None or process is None else process(value))
            if name in names:
                asked.append((place, name, process))
        readers = ((place, _reader(column.type, dialect)) for place, column in enumerate(self._columns))
        read = tuple((place, reader) for place, reader in readers if reader is not None)
        return _Compiled(state.statement, tuple(fixed), tuple(asked), read)


def _read(row: Values, processes: Sequence[tuple[int, Callable[[Any], Any]]]) -> Values:
    cells = [*row]
    for place, process in processes:
        value = cells[place]
        if value is not None:
            cells[place] = process(value)
    return tuple(cells)


def _fetch(connection: Connection, text: str, values: Values) -> list[Values]:
    if connection.dialect.name != "postgresql":
        return [tuple(row) for row in connection.exec_driver_sql(text, values)]
    return [*numbered.send(connection, text, values, keep=True, prepare=True)]


def _numbering(dialect: Dialect) -> Dialect:
    """Return the dialect as it writes marks that the driver takes as they are."""
    kind: Any = type(dialect)
    numbering: Dialect = kind(paramstyle="numeric_dollar") if dialect.name == "postgresql" else dialect
    return numbering


def _sender(kind: TypeEngine[Any], dialect: Dialect) -> _Process:
    process: _Process = kind.dialect_impl(dialect).bind_processor(dialect)
    return process


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Process:
    """Return what makes of the driver's value ours; None where it is that already."""
    if dialect.name == "postgresql" and getattr(kind, "as_it_comes", False):
        return None
    of_engine = kind.dialect_impl(dialect)
    reader = getattr(of_engine, "reader", None)
    process: _Process = of_engine.result_processor(dialect, None) if reader is None else reader(dialect.name)
    return process
