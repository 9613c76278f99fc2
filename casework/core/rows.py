"""What every table's rows have in common: made of their columns' values, filled with what is not said, changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any, Self, TypeVar

from sqlalchemy import MetaData, Table, inspect
from sqlalchemy.orm import DeclarativeBase, Mapper
from sqlalchemy.orm.attributes import manager_of_class

Row = TypeVar("Row")

_new = object.__new__


class Base(DeclarativeBase):
    """All tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    def __init__(self, **values: Any) -> None:
        """Make a row of its columns' values.

        They are taken as they are. The ORM's own way tells of each value by itself, which for a row of twenty columns
        takes longer than to write it; of a new row nobody asks what it held before.
        """
        _require_columns(type(self), values)
        self.__dict__.update(values)

    @classmethod
    def made(cls, **values: Any) -> Self:
        """Make a row as the constructor does, filled, in a third of the time: nobody is called to hear of it.

        For what every step of every life writes.
        """
        making = _making(cls)
        if not values.keys() <= making.columns:
            _require_columns(cls, values)
        row: Self = making.new()
        row.__dict__.update(making.filled(values))
        return row


@dataclass(frozen=True, slots=True)
class _Making:
    """What rows of a kind are made with: all columns, what they hold when nothing is said, and what has to be asked."""

    columns: frozenset[str]
    new: Callable[[], Any]
    constants: Mapping[str, Any]
    called: tuple[tuple[str, Callable[[], Any]], ...]
    loose: type[Any]
    # How many columns a row says something of that was filled; one with more has some that the table has not.
    count: int

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values with what is not said among them."""
        held = {**self.constants, **values}
        for key, default in self.called:
            if key not in values:
                held[key] = default()
        return held


# How rows of each kind are made, and whose rows those of a class of loose ones are: asked for every row.
_makings: dict[type, _Making] = {}
_loose_kinds: dict[type, type[Any]] = {}


def loose(kind: type[Row], values: Mapping[str, Any]) -> Row:
    """Make a row of a kind that the ORM never hears of: to be worked with, written and forgotten.

    What a life writes is read and changed some two hundred times before that. Of an object of the ORM each time costs
    as much as a call, and it has a memory of its own beside it.
    """
    making = _makings.get(kind)
    if making is None:
        table: type = kind
        making = _makings[kind] = _making(table)
    held = making.filled(values) if making.called else {**making.constants, **values}
    if len(held) > making.count:
        _require_columns(kind, values)
    row: Any = _new(making.loose)
    row.__dict__ = held
    made: Row = row
    return made


def kind_of(row: Any) -> type[Any]:
    """Return the kind of a row, also of a loose one."""
    kind: type[Any] = type(row)
    return _loose_kinds.get(kind, kind)


def change(row: Any, **values: Any) -> None:
    """Set columns of a row; while it is new, or stands for one (a replay), they are taken as `Base` takes them."""
    held = row.__dict__
    state = held.get("_sa_instance_state")
    if state is None or state.key is None:
        held.update(values)
        return
    for name, value in values.items():
        # The ORM notes also that a value has become what it was; of what a step sets that is every other.
        if name not in held or held[name] != value:
            setattr(row, name, value)


def fill(row: Any) -> None:
    """Give a new row what its columns hold when nothing is said."""
    values = row.__dict__
    kind: type = kind_of(row)
    defaults = _defaults(kind)
    # Most rows come with all they hold, and may come twice.
    if defaults.keys() <= values.keys():
        return
    for key in defaults.keys() - values.keys():
        default = defaults[key]
        values[key] = default() if callable(default) else default


def is_written(column: Any) -> bool:
    """Whether we write a column; the database numbers and computes the others."""
    return column.autoincrement is not True and column.computed is None


def _require_columns(kind: type, values: Mapping[str, Any]) -> None:
    unknown = values.keys() - _columns_of(kind)
    if unknown:
        raise TypeError(f"{kind.__name__} has no column {', '.join(sorted(unknown))}")


@cache
def _columns_of(kind: type) -> frozenset[str]:
    return frozenset(inspect(kind).column_attrs.keys())


@cache
def _making(kind: type) -> _Making:
    columns = _columns_of(kind)  # which also makes the ORM know its tables
    defaults = _defaults(kind)
    called = tuple((key, default) for key, default in defaults.items() if callable(default))
    constants = {key: default for key, default in defaults.items() if not callable(default)}
    # What no column holds yet is nothing; a row's own questions are answered as its kind answers them.
    answers = {
        name: value
        for each in reversed(kind.__mro__)
        if each.__module__ not in (__name__, DeclarativeBase.__module__, "builtins")
        for name, value in vars(each).items()
        if isinstance(value, property | FunctionType) and not name.startswith("__")
    }
    plain = type(kind.__name__, (), {**dict.fromkeys(columns), **answers})
    _loose_kinds[plain] = kind
    return _Making(columns, manager_of_class(kind).new_instance, constants, called, plain, len(defaults))


@cache
def _defaults(kind: type) -> Mapping[str, Any]:
    table: Table = kind.__table__  # type: ignore[attr-defined] # only mapped classes come here
    mapper: Mapper[Any] = inspect(kind)
    columns = (column for column in table.columns if is_written(column))
    return {mapper.get_property_by_column(column).key: _plain_default(column) for column in columns}


def _plain_default(column: Any) -> Any:
    if column.default is None:
        return None
    argument = column.default.arg
    # SQLAlchemy wraps a callable default so that it takes a context.
    return (lambda: argument(None)) if callable(argument) else argument
