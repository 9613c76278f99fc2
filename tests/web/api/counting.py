"""Counting what an answer asks of the database: statements, and the beginnings and ends of transactions."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

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
