"""How an engine is made: what each database is held to when a connection is made, taken up again and put back.

Version, pragmas, encoding and isolation are asserted, because each of them has silently cost data somewhere
(reliability.md §0, §2.3.5). Who reads and writes uses `casework.core.database`.
"""

import sqlite3
import time
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from casework.core import lazy_description

try:
    import pysqlite3.dbapi2 as _sqlite  # carries a SQLite without the WAL-reset bug
except ImportError:  # pragma: no cover - platforms without the wheel fall back to the system's
    _sqlite = sqlite3


# How our connections are known on the server.
APPLICATION = "casework"
PING_AFTER_SECONDS = 1.0
# A log that a long reader has made larger goes back to this.
LOG_BYTES = 16 << 20


class UnsafeDatabase(Exception):
    """The database at hand does not keep what the product promises; the service does not start."""


def postgresql(url: str, pool_size: int) -> Engine:
    """Make an engine for a PostgreSQL; url and pool as SQLAlchemy has them."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        isolation_level="READ COMMITTED",
        connect_args={
            "options": "-c timezone=UTC -c statement_timeout=15s -c lock_timeout=3s"
            " -c idle_in_transaction_session_timeout=30s -c client_encoding=UTF8"
            # Our joins stand in an order that is right; to weigh every other one took longer than the list it was for.
            f" -c join_collapse_limit=4 -c application_name={APPLICATION}",
            "connect_timeout": 5,
            # A server that is gone without a word is given up after 15 s; the system's own way is to wait two hours.
            "keepalives_idle": 5,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "tcp_user_timeout": 15_000,
            "cursor_factory": lazy_description.cursor_class(),
        },
    )

    _ping_after_idleness(engine)

    @event.listens_for(engine, "connect")
    def _assert_server(connection: Any, _entry: ConnectionPoolEntry) -> None:
        version = connection.info.server_version
        if version < 130000:
            raise UnsafeDatabase(f"PostgreSQL 13 or newer is needed, this is {version}")
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise UnsafeDatabase(f"the database must be encoded in UTF8, this one is {encoding}")

    return engine


def _ping_after_idleness(engine: Engine) -> None:
    """Ask a pooled connection for a sign of life if it has rested: a restarted server is noticed before the request.

    The pool's own pre-ping asks every time, a round trip in each transaction; a busy connection needs none.
    """

    @event.listens_for(engine, "checkin")
    def _rest(connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["rested_since"] = time.monotonic()
        # As on SQLite below: a fault between a statement and its end can outlive the pool's own rollback. Whoever took
        # the connection next could not begin; a fresh one costs less than finding out whether this one still can.
        if connection is not None and not connection.closed and connection.info.transaction_status:
            connection.close()

    @event.listens_for(engine, "checkout")
    def _wake(connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        rested = time.monotonic() - entry.info.get("rested_since", time.monotonic())
        if connection.closed or (rested > PING_AFTER_SECONDS and not _answers(engine, connection)):
            raise DisconnectionError("the server went away while the connection rested")


def _answers(engine: Engine, connection: Any) -> bool:
    """Say whether the server is still there. The driver raises where it is not; the pool wants a plain no for that."""
    try:
        return bool(engine.dialect.do_ping(connection))
    except engine.dialect.loaded_dbapi.Error:
        return False


def sqlite(url: str) -> Engine:
    """Make an engine for an SQLite file."""
    module: ModuleType = _sqlite
    engine = create_engine(url, module=module, connect_args={"check_same_thread": False})
    journal = "wal" if _wal_is_safe(module.sqlite_version_info) else "delete"

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        wanted = {
            "journal_mode": journal,
            # FULL keeps every acknowledged write in WAL; the rollback journal needs EXTRA for the same.
            "synchronous": 2 if journal == "wal" else 3,
            "foreign_keys": 1,
            "recursive_triggers": 1,
            "trusted_schema": 0,
            "busy_timeout": 5000,
            "journal_size_limit": LOG_BYTES,
        }
        # The wait comes first: switching the journal of a busy file needs it.
        for name in ("busy_timeout", *(n for n in wanted if n != "busy_timeout")):
            connection.execute(f"PRAGMA {name}={wanted[name]}")
        for name, value in wanted.items():
            found = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if found != value and not (name == "journal_mode" and found == "memory"):
                raise UnsafeDatabase(f"SQLite kept {name}={found}, {value} is needed")

    @event.listens_for(engine, "checkin")
    def _leave_no_transaction(connection: Any, _entry: ConnectionPoolEntry) -> None:
        # A fault between a statement and its end can outlive the pool's own rollback; the next who took the connection
        # could not begin, and on SQLite nobody else could write.
        if connection is not None and connection.in_transaction:
            connection.execute("ROLLBACK")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred read-then-write fails at once under load whatever the timeout (reliability.md §0.4).
        reading = connection.get_execution_options().get("casework_read")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _wal_is_safe(version: tuple[int, ...]) -> bool:
    """Say whether this SQLite has the repair of the WAL-reset bug (3.51.3, 3.50.7, 3.44.6)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
