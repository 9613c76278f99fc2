"""What a database error means for who asked: try again later, somebody was faster, or a fault of ours.

The edges may not know SQLAlchemy; they catch `DatabaseFault` and ask here. Not here: what is answered.
"""

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from casework.core.database import UnsafeDatabase

__all__ = ["DatabaseFault", "is_lost", "is_passing", "is_taken"]

DatabaseFault = SQLAlchemyError

_UNIQUE_PG = "23505"
_UNIQUE_SQLITE = "UNIQUE constraint failed"


def is_passing(fault: BaseException) -> bool:
    """Say whether the same request may succeed later: server away, restarted, locked, full or out of connections."""
    if isinstance(fault, PoolTimeout | OperationalError | InterfaceError | UnsafeDatabase):
        return True
    return is_lost(fault)


def is_lost(fault: BaseException) -> bool:
    """Say whether the connection broke, so that another one may well answer at once."""
    return isinstance(fault, DBAPIError) and fault.connection_invalidated


def is_taken(fault: BaseException) -> bool:
    """Say whether somebody else wrote the same unique value a moment earlier."""
    if not isinstance(fault, IntegrityError):
        return False
    return getattr(fault.orig, "sqlstate", None) == _UNIQUE_PG or _UNIQUE_SQLITE in str(fault.orig)
