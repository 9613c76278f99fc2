"""What stands before every start: a home that is whole, keys that fit, the newest schema, what every office has."""

import importlib
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect

from casework import migrations
from casework.core.database import Database
from casework.core.definitions import BadDefinition
from casework.core.errors import refused
from casework.core.office import Office
from casework.keeping import keycheck
from casework.keeping.rows import STAGING_TABLE
from casework.registry.seeding import seed

# A restore works in this folder of the home and, on PostgreSQL, beside this table; both go when it is done.
STAGING = ".restoring"
# An upgrade keeps in this file of the home how far it is; it goes when the upgrade is done, or taken back.
UPGRADING = ".upgrading"
# What an office runs beside the campaigns of the library.
CAMPAIGNS = "campaigns"
_LOADER = "casework.campaign.loader"


def require_ready(office: Office) -> None:
    """Let a start pass where nothing stands against it; changes nothing.

    Raises:
        Refused: `upgrade_unfinished`, `restore_unfinished`, `wrong_keys`, `definition_wrong`.
    """
    require_definitions(office)
    require_whole(office.settings.home, office.db)
    keycheck.require(office.db, office.keyring)


def make_ready(office: Office, *, at: datetime) -> str:
    """Look, then migrate and write what every office starts with; safe to repeat. Returns the schema's revision.

    Raises:
        Refused: as `require_ready`; then nothing was written.
    """
    require_ready(office)
    return bring_up(office, at=at)


def bring_up(office: Office, *, at: datetime) -> str:
    """Migrate and write what every office starts with, whatever stands against it; who calls this has looked."""
    head = migrations.upgrade(office.db)
    with office.db.transaction() as session:
        seed(session, county=office.settings.region, at=at)
        keycheck.keep(session, office.keyring, at=at)
    return head


def require_definitions(office: Office) -> None:
    """Read the campaigns that the office runs beside those of the library, from <home>/campaigns, if it has any.

    Raises:
        Refused: `definition_wrong`, with every mistake of the first wrong file.
    """
    folder = office.settings.home / CAMPAIGNS
    if _LOADER not in sys.modules and not folder.is_dir():
        return
    # Most offices run the library's alone, read when first asked for: no start waits for what campaigns count.
    loader: Any = importlib.import_module(_LOADER)
    try:
        loader.use_folder(folder)
    except BadDefinition as bad:
        raise refused("definition_wrong", told=bad.told("zh")) from bad


def require_whole(home: Path, db: Database) -> None:
    """Refuse a home or a database in which a restore or an upgrade broke off.

    Raises:
        Refused: `upgrade_unfinished`, `restore_unfinished`.
    """
    if (home / UPGRADING).exists():
        raise refused("upgrade_unfinished")
    if (home / STAGING).exists() or has_staging_table(db):
        raise refused("restore_unfinished", path=str(home))


def has_staging_table(db: Database) -> bool:
    """Say whether a restore into this database has not ended."""
    with db.engine.connect() as connection:
        return db.is_postgresql and inspect(connection).has_table(STAGING_TABLE)
