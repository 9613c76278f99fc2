"""What we ask of SQLAlchemy's dialect for psycopg beside what it does.

Written as listeners of the engine both would cost every statement of every request: as long as anybody listens, each
connection that is made joins its own listeners with the engine's, and each statement goes around by them.
"""

from contextlib import suppress
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

# As an engine's URL names it.
NAME = "postgresql+casework"
_READ_ONLY = "25006"
_IN_TRANSACTION = 2


class OurDialect(PGDialect_psycopg):
    """psycopg as SQLAlchemy knows it, with the two habits of this house."""

    supports_statement_cache = True

    def do_rollback(self, dbapi_connection: Any) -> None:
        """End a transaction that may only read by COMMIT, which takes nothing back there either.

        After a ROLLBACK the driver forgets every statement it has prepared, and the server plans each of them anew:
        half of what a page asked of it.
        """
        driver = getattr(dbapi_connection, "driver_connection", dbapi_connection)
        if driver is not None and driver.read_only and driver.info.transaction_status == _IN_TRANSACTION:
            # What is wrong with the connection the rollback that follows finds out and handles.
            with suppress(self.loaded_dbapi.Error):
                driver.commit()
        super().do_rollback(dbapi_connection)  # type: ignore[no-untyped-call] # SQLAlchemy tells no types here

    def is_disconnect(self, e: Exception, connection: Any, cursor: Any) -> bool:
        """Let go also of a server that takes no writes any more: it was the primary and another one is now."""
        if super().is_disconnect(e, connection, cursor):  # type: ignore[no-untyped-call] # as above
            return True
        return getattr(e, "sqlstate", None) == _READ_ONLY and not getattr(connection, "read_only", False)


registry.register("postgresql.casework", __name__, OurDialect.__name__)
