"""Rows of a session made of plain tuples: what the ORM does when it loads, of columns alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Column, inspect, orm
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_state, manager_of_class

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table as the loader needs it: what is read of it, under which names, and where the primary key stands."""

    columns: tuple[Column[Any], ...]
    keys: tuple[str, ...]
    primary: tuple[int, ...]
    new: Callable[[], Any]


def columns_of(kind: type) -> Sequence[Column[Any]]:
    """Return the columns that a question asks for, in the order in which `load` takes them."""
    return _kind(kind).columns


def load(session: orm.Session, kind: type[Row], answers: Iterable[Sequence[Any]], *, anew: bool = False) -> list[Row]:
    """Make rows of `columns_of` a kind, as tracked as the ORM's own; what stands behind the columns is left alone.

    What the session has already stays as it is in memory, changes and all; `anew`: it is read over it, as after a lock.
    """
    table: type = kind
    of = _kind(table)
    known, mine = session.identity_map, session.hash_key
    rows = []
    for cells in answers:
        key = (kind, tuple([cells[place] for place in of.primary]), None)
        row: Any = known.get(key)
        if row is None:
            row = of.new()
            row.__dict__.update(zip(of.keys, cells, strict=False))
            state = instance_state(row)
            state.key, state.session_id = key, mine
            known.add(state)
        elif anew or instance_state(row).expired:
            row.__dict__.update(zip(of.keys, cells, strict=False))
            instance_state(row)._commit_all(row.__dict__, known)
        rows.append(row)
    return rows


def attach(session: orm.Session, row: Any) -> None:
    """Let a session track a row that was written as if it had been loaded; what the database made is read when asked.

    `make_transient_to_detached` and `add` do the same, for whatever may hang on an object, in four times as long.
    """
    kind: type = type(row)
    of, state, values = _kind(kind), instance_state(row), row.__dict__
    if state.key is not None or state.session_id is not None:
        raise InvalidRequestError(f"{kind.__name__} is tracked already")
    state.key = (kind, tuple([values[of.keys[place]] for place in of.primary]), None)
    state.session_id = session.hash_key
    if state.modified:
        state._commit_all(values)
    session.identity_map.add(state)
    missing = [key for key in of.keys if key not in values]
    if missing:
        state._expire_attributes(values, missing)


@cache
def _kind(kind: type) -> _Kind:
    mapper: Mapper[Any] = inspect(kind)
    read = [each for each in mapper.column_attrs if not each.deferred]
    columns: tuple[Any, ...] = tuple(each.columns[0] for each in read)
    primary = tuple(columns.index(column) for column in mapper.primary_key)
    return _Kind(columns, tuple(each.key for each in read), primary, manager_of_class(kind).new_instance)
