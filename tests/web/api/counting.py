"""Counting what an answer asks of the database: statements, and the beginnings and ends of transactions; and asking
such a statement again, to see how it is answered.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import RawCursor
from sqlalchemy import Connection, event

from casework.core.database import Database


@contextmanager
def statements_of(db: Database) -> Iterator[list[str]]:
    """Collect every round trip made meanwhile; one of several statements sent together is one."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        found.append(" ".join(statement.split()))

    def begin(_connection: object) -> None:
        # SQLite's own BEGIN is a statement of ours and counted as one.
        if db.is_postgresql:
            found.append("BEGIN")

    def commit(_connection: object) -> None:
        found.append("COMMIT")

    def rollback(_connection: object) -> None:
        found.append("ROLLBACK")

    listeners = (
        ("before_cursor_execute", note),
        ("begin", begin),
        ("commit", commit),
        ("rollback", rollback),
    )
    for name, listener in listeners:
        event.listen(db.engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners:
            event.remove(db.engine, name, listener)


def asked_again(connection: Connection, explain: str, statement: str, given: Any) -> list[Any]:
    """Return the first column of what `explain` says of a statement as it was heard; a `Question` marks its values in
    the server's own way, which takes another cursor.
    """
    if connection.dialect.name == "postgresql" and isinstance(given, tuple):
        driver: Any = connection.connection.driver_connection
        return [row[0] for row in RawCursor(driver).execute(f"{explain} {statement}", given)]
    return [row[-1] for row in connection.exec_driver_sql(f"{explain} {statement}", given)]
