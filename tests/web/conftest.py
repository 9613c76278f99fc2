"""The web of the county of tests/world.py, on both engines."""

from pathlib import Path

import pytest

from casework.core.database import Database
from tests.web.desk import Desk, make_desk
from tests.world import World, make_world


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Found the small county in a fresh database."""
    return make_world(db, tmp_path)


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Desk:
    """Open its web."""
    return make_desk(world, tmp_path)
