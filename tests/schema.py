"""The schema that every test database starts with: the one the product itself makes, by its migrations."""

from casework import migrations
from casework.core.database import Database


def build_schema(url: str) -> None:
    """Migrate the empty database at `url` to the newest schema."""
    database = Database(url)
    try:
        migrations.upgrade(database)
    finally:
        database.close()
