"""Ten times the years: closed cases copied inside PostgreSQL with all their rows, until there are so many.

What is open stays as it is, as it does in an office however long it has been there; so whatever then costs more follows
what is kept. Copies have ids of the same instants, numbers of their own, and histories whose chain nobody could verify:
this is for plans and times, not for an office.
"""

from sqlalchemy import Connection

from casework.cases.figures import tallies
from casework.core import clock
from casework.core.database import Database
from casework.matters import word_counts

# table → the columns that name a copied row; None: it has no id of its own.
_TABLES = {
    "cases": ("id", None),
    "case_units": ("id", "case_id"),
    "follow_up_calls": ("id", "case_id"),
    "history": ("id", "matter_id"),
    "deadlines": ("id", "matter_id"),
    "firings": ("id", "matter_id"),
    "outbox": ("id", "matter_id"),
    "search_entries": (None, "matter_id"),
}
# What else names a row that is copied along, what has to be told apart, and what the database counts itself.
_ALSO_OURS = {"firings": ("deadline_id",)}
_TOLD_APART = {"cases": ("number", "source_key")}
_COUNTED = {"search_entries": ("n",)}


def multiply(db: Database, target: int) -> int:
    """Copy closed cases until there are about `target`; return how many there are."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Copies break no law that is kept by triggers, and there is nobody to be told of them.
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("SET work_mem = '256MB'")
        have = connection.exec_driver_sql("SELECT count(*) FROM cases").scalar_one()
        if target > have:
            connection.exec_driver_sql(
                "CREATE TEMP TABLE copied AS SELECT id, k FROM cases, generate_series(1, %(most)s) AS k"
                " WHERE closed_at IS NOT NULL AND merged_into_id IS NULL ORDER BY k, id LIMIT %(wanted)s",
                {"most": _times(connection, target - have), "wanted": target - have},
            )
            connection.exec_driver_sql("CREATE INDEX ON copied (id)")
            connection.exec_driver_sql("ANALYZE copied")
            for table in _TABLES:
                connection.exec_driver_sql(_copy(connection, table, have))
            connection.exec_driver_sql("DROP TABLE copied")
        count: int = connection.exec_driver_sql("SELECT count(*) FROM cases").scalar_one()
    with db.transaction() as session:
        session.connection().exec_driver_sql("SET LOCAL statement_timeout = 0")
        tallies.rebuild(session)
        word_counts.recount_if_grown(session, at=clock.now())
    return count


def _times(connection: Connection, wanted: int) -> int:
    closed: int = connection.exec_driver_sql(
        "SELECT count(*) FROM cases WHERE closed_at IS NOT NULL AND merged_into_id IS NULL"
    ).scalar_one()
    return -(-wanted // closed)


def _copy(connection: Connection, table: str, salt: int) -> str:
    columns = [
        name
        for (name,) in connection.exec_driver_sql(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %(table)s"
            " AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY ordinal_position",
            {"table": table},
        )
        if name not in _COUNTED.get(table, ())
    ]
    own, matter = _TABLES[table]
    ours = {own, matter, *_ALSO_OURS.get(table, ())} - {None}
    told_apart = _TOLD_APART.get(table, ())

    def copied(name: str) -> str:
        if name in ours:
            # The instant in the id stays, the rest is drawn anew.
            return f"(left(t.{name}::text, 24) || left(md5(t.{name}::text || '{salt}-' || k), 12))::uuid"
        return f"t.{name} || '-{salt}-' || k" if name in told_apart else f"t.{name}"

    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(map(copied, columns))
    return (
        f"INSERT INTO {table} ({names}) SELECT {values} FROM copied JOIN {table} AS t"  # noqa: S608 - our own names
        f" ON t.{matter or own} = copied.id"
    )
