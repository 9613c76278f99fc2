"""The office opened: settings, key ring and database together. Every process begins here."""

from dataclasses import dataclass

from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Office:
    """What web, worker, beat and command line share."""

    settings: Settings
    keyring: Keyring
    db: Database

    def close(self) -> None:
        """Close the database's connections."""
        self.db.close()


def open_office(settings: Settings | None = None, *, pool_size: int = 10) -> Office:
    """Open the office as the environment says, or as told.

    Raises:
        UnsafeSettings, UnsafeKeyring, UnsafeDatabase: the service must not start; the message says why.
    """
    settings = settings or read_settings()
    keyring = Keyring.open(settings.home, suite=settings.crypto_suite)
    db = Database(settings.database_url, zone=settings.zone, keyring=keyring, pool_size=pool_size)
    return Office(settings, keyring, db)
