"""A cursor of psycopg that describes the columns of a result only when somebody asks.

SQLAlchemy keeps what it knows of a statement's columns, yet takes the description anew with every result and looks no
further than whether there is one. For a row of sixty columns psycopg then makes sixty objects: a tenth of the time that
a whole move of a case takes.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Protocol, overload


class _Description(Sequence[Any]):
    """The columns of a result, made when first looked at."""

    def __init__(self, cursor: "_Described") -> None:
        self._cursor = cursor
        self._made: list[Any] | None = None

    def _columns(self) -> list[Any]:
        if self._made is None:
            self._made = self._cursor.described()
        return self._made

    def __len__(self) -> int:
        return len(self._columns())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._columns())

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return self._columns()[place]


class _Described(Protocol):
    def described(self) -> list[Any]: ...


@cache
def cursor_class() -> type[Any]:
    """Return the class of our connections' cursors; the driver comes with the first, for SQLite needs none of it."""
    import psycopg  # noqa: PLC0415 - a sixth of a second that an office on SQLite never pays
    from psycopg.pq import ExecStatus  # noqa: PLC0415 - as above

    class Cursor(psycopg.Cursor[Any]):
        @property
        def description(self) -> Any:
            """Return the columns of the last result, or None if it has none."""
            result = self.pgresult
            has_rows = result is not None and result.nfields > 0 and result.status == ExecStatus.TUPLES_OK
            return _Description(self) if has_rows else super().description

        def described(self) -> list[Any]:
            """Make the description as psycopg does."""
            return list(super().description or ())

    return Cursor
