"""Rows of a session made of plain tuples: what the ORM does when it loads, of columns alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Column, inspect, orm
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
    of = _kind(kind)
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


@cache
def _kind(kind: type) -> _Kind:
    mapper: Mapper[Any] = inspect(kind)
    read = [each for each in mapper.column_attrs if not each.deferred]
    columns = tuple(each.columns[0] for each in read)
    primary = tuple(columns.index(column) for column in mapper.primary_key)
    return _Kind(columns, tuple(each.key for each in read), primary, manager_of_class(kind).new_instance)
