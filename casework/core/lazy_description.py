"""A cursor of psycopg that describes the columns of a result only when somebody asks.

SQLAlchemy keeps what it knows of a statement's columns, yet takes the description anew with every result and looks no
further than whether there is one. For a row of sixty columns psycopg then makes sixty objects: a tenth of the time that
a whole move of a case takes.
"""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import psycopg
from psycopg import Column
from psycopg.pq import ExecStatus


class _Description(Sequence[Column]):
    """The columns of a result, made when first looked at."""

    def __init__(self, cursor: "Cursor") -> None:
        self._cursor = cursor
        self._made: list[Column] | None = None

    def _columns(self) -> list[Column]:
        if self._made is None:
            self._made = self._cursor.described()
        return self._made

    def __len__(self) -> int:
        return len(self._columns())

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns())

    @overload
    def __getitem__(self, place: int) -> Column: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Column]: ...
    def __getitem__(self, place: int | slice) -> Column | Sequence[Column]:
        return self._columns()[place]


class Cursor(psycopg.Cursor[Any]):
    """The cursor of our connections."""

    @property
    def description(self) -> Any:
        """Return the columns of the last result, or None if it has none."""
        result = self.pgresult
        has_rows = result is not None and result.nfields > 0 and result.status == ExecStatus.TUPLES_OK
        return _Description(self) if has_rows else super().description

    def described(self) -> list[Column]:
        """Make the description as psycopg does."""
        return list(super().description or ())
