"""Opening the office for a command that needs its tables: a database without them is refused in one line."""

from casework import migrations
from casework.core.errors import refused
from casework.core.office import Office, open_office
from casework.keeping.start import require_ready


def open_current_office() -> Office:
    """Open the office.

    Raises:
        Refused: the schema is missing or not of this version, the keys do not fit, or a restore broke off.
    """
    office = open_office()
    require_ready(office)
    if migrations.current(office.db) != migrations.head():
        office.close()
        raise refused("schema_missing")
    return office
