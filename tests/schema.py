"""The schema that every test database starts with."""

import importlib
import pkgutil

import casework
from casework.core.database import Database


def build_schema(url: str) -> None:
    """Create all tables of all rooms in the empty database at `url`."""
    for module in pkgutil.walk_packages(casework.__path__, "casework."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)
    database = Database(url)
    try:
        database.create_all()
    finally:
        database.close()
