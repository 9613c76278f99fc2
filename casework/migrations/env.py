"""Alembic's entry: migrates over the connection it is handed."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from casework.core import columns

_ONE_AT_A_TIME = 0x63617365776F726B  # "casework"


def _render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    # Column types of ours are written by name; they mean the same for ever, unlike the tables.
    if kind == "type" and type(item).__module__ == columns.__name__:
        return f"columns.{type(item).__name__}()"
    return False


def run() -> None:
    """Run what is asked over the given connection, all of it in one transaction."""
    connection: Connection = context.config.attributes["connection"]
    if connection.dialect.name == "postgresql":
        with connection.begin():
            connection.exec_driver_sql("SET statement_timeout = '0'")
            # One at a time: whoever comes second waits, and finds it done. The lock goes with the connection.
            connection.exec_driver_sql("SET lock_timeout = '0'")
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ONE_AT_A_TIME})")
            connection.exec_driver_sql("SET lock_timeout = '3s'")
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata"),
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        transaction_per_migration=True,
        compare_type=True,
        render_item=_render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
