"""How connections to either database are made, and what is asked of each before it is used.

Both engines are held to what the product relies on: version, pragmas, encoding and isolation are asserted when a
connection is made, because each of them has silently cost data somewhere (reliability.md §0, §2.3.5).
"""

import sqlite3
import time
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from casework.core.driver import dialect, lazy_description
from casework.core.unsafe import Unsafe, one

try:
    import pysqlite3.dbapi2 as _sqlite  # carries a SQLite without the WAL-reset bug
except ImportError:  # pragma: no cover - platforms without the wheel fall back to the system's
    _sqlite = sqlite3

# How our connections are known on the server.
APPLICATION = "casework"
PING_AFTER_SECONDS = 1.0
# A log of SQLite that a long reader has made larger goes back to this.
LOG_BYTES = 16 << 20
# A host that lost its power says nothing more. Without these the side that waits for it would wait for a quarter of an
# hour, and its own locks would stand as long as an idle transaction may; so each side asks after the other.
_ALIVE = {"keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 3, "tcp_user_timeout": 5000}
_ALIVE_ON_SERVER = (
    " -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=5000"
)


class UnsafeDatabase(Unsafe):
    """The database at hand does not keep what the product promises; the service does not start."""


def driver_url(url: str) -> str:
    """Return a database's URL with the name of its driver."""
    # In SQLAlchemy 2.1 the bare name means psycopg 3; in 2.0 it meant another driver. Say it.
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def postgresql_engine(url: str, pool_size: int) -> Engine:
    """Return the engine of a PostgreSQL: one server, or several of which one takes writes at a time.

    Several are named as `postgresql://user@/name?host=a:5432&host=b:5432&target_session_attrs=read-write`.
    """
    engine = create_engine(
        make_url(url).set(drivername=dialect.NAME),
        pool_size=pool_size,
        max_overflow=5,
        # Whoever gave a connection back last has its statements prepared and planned; taken in turn, each of them
        # would have to learn what only a few do.
        pool_use_lifo=True,
        isolation_level="READ COMMITTED",
        connect_args={
            "options": "-c timezone=UTC -c statement_timeout=15s -c lock_timeout=3s"
            " -c idle_in_transaction_session_timeout=30s -c client_encoding=UTF8"
            # Our joins stand in an order that is right; to weigh every other one took longer than the list it was for.
            # To compile a statement (jit) pays for reports of minutes, of which there are none.
            f" -c join_collapse_limit=4 -c jit=off -c application_name={APPLICATION}" + _ALIVE_ON_SERVER,
            # For each server that is named.
            "connect_timeout": 3,
            **_ALIVE,
            "cursor_factory": lazy_description.cursor_class(),
        },
    )

    _ping_after_idleness(engine)
    _ask_first_who_answered_last(engine)

    @event.listens_for(engine, "connect")
    def _assert_server(connection: Any, _entry: ConnectionPoolEntry) -> None:
        version = connection.info.server_version
        if version < 130000:
            raise UnsafeDatabase(one("postgresql_old", version=version))
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise UnsafeDatabase(one("encoding", encoding=encoding))

    return engine


def _ask_first_who_answered_last(engine: Engine) -> None:
    """Where several servers are named, begin with the one that took the last connection: after a failover each new
    connection would else wait for the fallen one first.
    """
    last: list[tuple[str, str]] = []

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _entry: ConnectionPoolEntry, arguments: Any, options: dict[str, Any]) -> Any:
        hosts, ports = str(options.get("host", "")).split(","), str(options.get("port", "")).split(",")
        if len(hosts) < 2 or len(hosts) != len(ports):
            return None
        servers = sorted(zip(hosts, ports, strict=True), key=lambda server: server not in last)
        options |= {"host": ",".join(host for host, _ in servers), "port": ",".join(port for _, port in servers)}
        connection = dialect.connect(*arguments, **options)
        last[:] = [(connection.info.host, str(connection.info.port))]
        return connection


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
        # Whoever takes it next may write.
        elif connection is not None and connection.read_only:
            connection.read_only = None

    @event.listens_for(engine, "checkout")
    def _wake(connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        if connection.closed:
            raise DisconnectionError("the connection was given up while it rested")
        rested = time.monotonic() - entry.info.get("rested_since", time.monotonic())
        if rested <= PING_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as fault:
            # What rests beside it is as dead, and to find that out of each takes seconds when a host says nothing.
            raise InvalidatePoolError("the server went away while the connection rested") from fault


def sqlite_engine(url: str) -> Engine:
    """Return the engine of an SQLite file."""
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
                raise UnsafeDatabase(one("sqlite_pragma", name=name, found=found, value=value))

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
