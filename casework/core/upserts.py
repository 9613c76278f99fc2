"""Inserts that know what to do where a row is there already: the same words on SQLite and PostgreSQL."""

from sqlalchemy.dialects import postgresql, sqlite

from casework.core.database import Base, Session


def insert_into(session: Session, kind: type[Base]) -> postgresql.Insert:
    """Return an insert of the engine at hand, with its `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(kind)
    return sqlite.insert(kind)  # type: ignore[return-value]  # as far as we use them both have the same methods
