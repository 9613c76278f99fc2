"""The office opened: settings, key ring and database together. Every process begins here."""

from dataclasses import dataclass
from datetime import timedelta

from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.settings import Settings, read_settings
from casework.core.standby import Standby


@dataclass(frozen=True, slots=True)
class Office:
    """What web, worker, beat and command line share."""

    settings: Settings
    keyring: Keyring
    db: Database
    # Where figures may be read a little late; None: everything is read from the one database.
    standby: Standby | None = None

    def close(self) -> None:
        """Close the database's connections."""
        self.db.close()
        if self.standby is not None:
            self.standby.close()


def open_office(settings: Settings | None = None, *, pool_size: int = 10) -> Office:
    """Open the office as the environment says, or as told.

    Raises:
        UnsafeSettings, UnsafeKeyring, UnsafeDatabase: the service must not start; the message says why.
    """
    settings = settings or read_settings()
    keyring = Keyring.open(settings.home, suite=settings.crypto_suite)
    db = Database(settings.database_url, zone=settings.zone, keyring=keyring, pool_size=pool_size)
    return Office(settings, keyring, db, _standby(settings, db))


def _standby(settings: Settings, db: Database) -> Standby | None:
    if not settings.read_database_url:
        return None
    most = timedelta(seconds=settings.read_seconds)
    return Standby(settings.read_database_url, primary=db, most=most, info=db.info)
