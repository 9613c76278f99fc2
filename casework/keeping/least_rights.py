"""Giving up rights that a transaction does not need: on PostgreSQL, a report of a stranger is written as a stranger.

The application's role is a member of `casework_intake` (deploy/postgresql/roles.sql), which may hand reports in and
nothing else: neither read a row nor change one. A server without that role, and SQLite, go on as before.
"""

from sqlalchemy import text

from casework.core.database import Session

_MAY = text(
    "SELECT EXISTS (SELECT FROM pg_roles"
    " WHERE rolname = 'casework_intake' AND pg_has_role(current_user, oid, 'MEMBER'))"
)
_BECOME = text("SET LOCAL ROLE casework_intake")


def only_hand_in(session: Session) -> bool:
    """Let the transaction, from here to its end, hand reports in and nothing else; False: there is no such role."""
    if session.get_bind().dialect.name != "postgresql" or not session.scalar(_MAY):
        return False
    # What was noted before was noted with the rights it needs.
    session.flush()
    session.execute(_BECOME)
    return True
