"""What a test database starts with: the schema, made by the product's own migrations, and if wanted the county."""

from casework import migrations
from casework.core.database import Database
from tests.world import found_county


def build_schema(url: str) -> None:
    """Migrate the empty database at `url` to the newest schema."""
    database = Database(url)
    try:
        migrations.upgrade(database)
    finally:
        database.close()


def build_county(url: str) -> None:
    """Migrate the empty database at `url` and found the county of tests/world.py in it."""
    build_schema(url)
    database = Database(url)
    try:
        found_county(database)
    finally:
        database.close()
