"""Statements with numbered marks, which PostgreSQL's driver takes as they are, asked with a cursor that is kept.

For each cursor the driver makes anew what turns values into words and words into values, and looks up anew how each
kind of column is read. One that is asked the same text again does without: a fifth of what a short question costs here.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection

Values = tuple[Any, ...]
# Under which name a connection keeps its cursors, and how many: what moves and pages ask is some dozens.
KEPT, MOST_KEPT = "casework_cursors", 32


def send(
    connection: Connection, text: str, values: Any, *, keep: bool, prepare: bool | None = None
) -> Sequence[Values]:
    """Send a statement and return the rows it answers, if any; `keep`: the very same text will come again.

    `prepare`: at once, and not when it has come five times. After that the server still plans five times for the values
    at hand before it takes a plan for any: what is known to come often is through with it after half as many.
    """
    # Typed so that nobody asks the pool's stand-in for what the driver alone has.
    pooled: Any = connection.connection
    driver, cursors = pooled.driver_connection, pooled.info.setdefault(KEPT, {})
    # Whatever goes wrong is thereby forgotten.
    known = cursors.pop(text, None)
    made = _cursor_class()(driver) if known is None else known
    made.prepare = prepare
    usual, driver.cursor_factory = driver.cursor_factory, made.again
    try:
        connection.exec_driver_sql(text, values)
    finally:
        driver.cursor_factory = usual
    rows: Sequence[Values] = made.taken()
    if keep:
        cursors[text] = made
        if len(cursors) > MOST_KEPT:
            # The one whose turn is longest ago: each comes to the end when it is asked.
            del cursors[next(iter(cursors))]
    return rows


@cache
def _cursor_class() -> type[Any]:
    """Return a cursor that takes numbered marks, and whose rows are fetched before anybody describes them."""
    from psycopg import RawCursor  # noqa: PLC0415 - an office on SQLite never pays for the driver

    class Cursor(RawCursor[Any]):
        prepare: bool | None = None
        _fetched: Sequence[Values] = ()
        # SQLAlchemy would take the columns of an answer apart that it did not compile itself.
        description = None
        # It lets go of its answer when it is closed, and may be asked again.
        closed = False

        def again(self, _connection: Any, **_options: Any) -> Any:
            """Stand in for a new cursor."""
            return self

        def execute(self, *arguments: Any, **options: Any) -> Any:
            """Ask, and take what is answered."""
            super().execute(*arguments, prepare=self.prepare, **options)
            self._fetched = self.fetchall() if self.pgresult is not None and self.pgresult.nfields else ()
            return self

        def taken(self) -> Sequence[Values]:
            """Return the rows, and keep them no longer."""
            rows, self._fetched = self._fetched, ()
            return rows

    return Cursor
