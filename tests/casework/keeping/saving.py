"""Saving an office to a file and bringing it back somewhere else, as the commands do."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.settings import Settings, read_settings
from casework.keeping.backup import Saved, back_up
from casework.keeping.findings import Finding
from casework.keeping.restore import Restored, restore
from casework.keeping.verify import verify
from casework.tables import metadata
from tests.casework.keeping.lived import LATER, Office, empty_place
from workflows.lifecycles import lifecycles

PASSPHRASE = "山高水长-春风又绿"
SECRET = "5" * 64


@dataclass(frozen=True)
class Place:
    """An empty home with an empty database, for a restore."""

    settings: Settings

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def entries(self) -> set[str]:
        """What lies in the home, but the secret that reading the settings makes."""
        return {entry.name for entry in self.home.iterdir()} - {"secret.key"}

    def with_passphrase(self, passphrase: str) -> "Place":
        return Place(_settings(self.home, self.settings.database_url, passphrase))


@contextmanager
def place_for(engine: str, folder: Path, *, passphrase: str = "") -> Iterator[Place]:
    """Lend an empty place."""
    with empty_place(engine, folder) as (url, home):
        yield Place(_settings(home, url, passphrase))


def _settings(home: Path, url: str, passphrase: str) -> Settings:
    given = {"CASEWORK_HOME": str(home), "CASEWORK_DATABASE_URL": url, "CASEWORK_BACKUP_PASSPHRASE": passphrase}
    return read_settings(given)


def save(office: Office, file: Path, **options: Any) -> Saved:
    """Save an office."""
    keyring = Keyring(office.home / "keyring.json")
    return back_up(office.db, file, home=office.home, keyring=keyring, secret_key=SECRET, at=LATER, **options)


def bring(place: Place, file: Path, *, verifier: Callable[..., Any] | None = None, **options: Any) -> Restored:
    """Bring an office back."""
    return restore(file, settings=place.settings, at=LATER, verifier=verifier or look, **options)


def look(db: Database, home: Path) -> Sequence[Finding]:
    """Verify a database and the home it belongs to."""
    return verify(db, at=LATER, attachments=home / "attachments", lifecycles=lifecycles())


def open_at(place: Place) -> Database:
    """Open what was restored."""
    return Database(place.settings.database_url, keyring=Keyring(place.home / "keyring.json"))


def contents(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Read every row of every table, the same on both engines; what is derived is left out."""
    found = {}
    with db.reading() as session:
        for table in metadata.sorted_tables:
            if table.name.startswith("case_tall"):
                continue
            columns = [column for column in table.columns if column.name != "tokens"]
            rows = session.execute(select(*columns).order_by(*table.primary_key.columns))
            found[table.name] = sorted((tuple(row) for row in rows), key=repr)
    return found
