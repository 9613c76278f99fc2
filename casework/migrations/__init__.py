"""The schema over time: Alembic migrations with four-digit names, run from code, never importing the models.

`head.txt` names the newest one, so that two branches that both add a migration clash in review and not in an office.
"""

from pathlib import Path
from threading import Lock

from casework.core.database import Database

_FOLDER = Path(__file__).parent
# Alembic's context is one a process: two threads in it write over each other's connection. Between processes the
# database itself keeps order (env.py).
_one_at_a_time = Lock()


def head() -> str:
    """Return the revision this code needs."""
    return (_FOLDER / "head.txt").read_text("ascii").strip()


def current(db: Database) -> str | None:
    """Return the revision a database is at; None when it has no schema yet."""
    from sqlalchemy import inspect, text  # noqa: PLC0415 - asked by /readyz only after start; keeps start-up short

    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def knows(revision: str) -> bool:
    """Say whether a revision is one of this code's, rather than of a later version."""
    return any((_FOLDER / "versions").glob(f"{revision}_*.py")) if revision.isalnum() else False


def upgrade(db: Database, *, to: str | None = None) -> str:
    """Create or migrate the schema, as far as `to` (the newest); safe to repeat. Returns the revision reached.

    On PostgreSQL each migration is one transaction. On SQLite so is the first; later ones rebuild tables with foreign
    keys off and check them afterwards (reliability.md §2.3.7).
    """
    wanted = to or head()
    if current(db) in (wanted, head()):
        return wanted
    from alembic import command  # noqa: PLC0415 - a third of a second that no running service should pay
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with _one_at_a_time, db.engine.connect() as connection:
        # The time limits that are lifted for it must not live on in the pool.
        connection.detach()
        config.attributes["connection"] = connection
        command.upgrade(config, wanted)
    return wanted
