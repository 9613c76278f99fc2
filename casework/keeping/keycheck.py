"""Whether this key ring belongs to this database (reliability.md F23): a check value of the ring is kept in it.

A wrong ring would write what nobody can read later and take everything there for tampered with, so nothing starts on
it. Whoever rotates a key keeps the value anew; whoever drops one does so before.
"""

from datetime import datetime

from casework import migrations
from casework.core.database import Database, Session
from casework.core.encryption import Keyring, WrongKey
from casework.core.errors import refused
from casework.registry.tables import OfficeSetting

KEY = "key_check"


def require(db: Database, keyring: Keyring) -> None:
    """Let a ring pass that holds every key the database was written with; nothing is written.

    Raises:
        Refused: `wrong_keys`.
    """
    if migrations.current(db) is None:
        return
    with db.reading() as session:
        value = stored(session)
    if value is not None:
        require_value(value, keyring)


def require_value(value: str, keyring: Keyring) -> None:
    """Let a ring pass that holds every key a check value names.

    Raises:
        Refused: `wrong_keys`.
    """
    try:
        keyring.require(value)
    except WrongKey as fault:
        raise refused("wrong_keys", path=str(keyring.path), keys=str(fault).rpartition(": ")[2]) from None


def stored(session: Session) -> str | None:
    """Return the check value that is kept, None before the first start."""
    row = session.get(OfficeSetting, KEY)
    return None if row is None else str(row.value)


def keep(session: Session, keyring: Keyring, *, at: datetime) -> None:
    """Keep the check value of a ring that fits, if it is not the one kept already."""
    value = keyring.key_check_value()
    row = session.get(OfficeSetting, KEY)
    if row is None:
        session.add(OfficeSetting(key=KEY, value=value, updated_at=at))
    elif row.value != value:
        row.value, row.updated_at = value, at


def keep_without(session: Session, keyring: Keyring, key_id: str, *, at: datetime) -> None:
    """Keep the check value of a ring from which a key is about to go."""
    rest = [each for each in keyring.key_check_value().split(",") if not each.startswith(f"{key_id}=")]
    row = session.get(OfficeSetting, KEY)
    if row is None:
        session.add(OfficeSetting(key=KEY, value=",".join(rest), updated_at=at))
    else:
        row.value, row.updated_at = ",".join(rest), at
