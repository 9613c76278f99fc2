"""What looks at the database and writes nothing: how its transaction ends, and what stays of it."""

from sqlalchemy import select, text

from casework.core.database import Database
from casework.registry.tables import Person


def test_what_was_asked_often_is_planned_no_more_however_often_it_only_looks(db: Database) -> None:
    """A ROLLBACK would have the driver forget what it prepared."""
    for _ in range(8):
        with db.reading() as session:
            session.execute(select(Person.id).where(Person.user_name == "nobody"))
    if not db.is_postgresql:
        return  # SQLite compiles a statement in microseconds and its driver keeps it.
    with db.reading() as session:
        kept = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("FROM people" in each for each in kept)


def test_what_fails_while_it_looks_leaves_a_connection_that_works(db: Database) -> None:
    for _ in range(2):
        with db.reading() as session:
            try:
                session.execute(text("SELECT nothing FROM nowhere"))
            except Exception:  # noqa: BLE001 - each engine says it its own way; what is asked is what comes after
                session.rollback()
            assert session.scalar(select(Person.id).limit(1)) is None
