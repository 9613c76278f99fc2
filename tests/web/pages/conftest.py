"""Pages of cases on a Wednesday morning of the office: one clock for the county and for those who look at it.

The rooms below the pages are tested on both engines, and so is every route. A page is tested on one of the two in
`make test`, half of the pages on each and always the same, and on both with CASEWORK_TEST_TIER=full.
"""

from collections.abc import Iterator
from datetime import timedelta
from zlib import crc32

import pytest
import time_machine

from casework.core.database import Database
from tests import databases
from tests.tiers import FULL
from tests.world import MORNING

_ONE_OF_THEM = "one engine"


@pytest.fixture(params=databases.ENGINES if FULL else [_ONE_OF_THEM])
def db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Lend an open Database with the small county, on the engine whose turn it is."""
    engine = request.param
    if engine == _ONE_OF_THEM:
        engine = databases.ENGINES[crc32(request.node.name.encode()) % 2]
    with databases.fresh_database(engine, holding="county") as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    """Let it be ten o'clock on the morning on which the world's cases are reported at nine."""
    with time_machine.travel(MORNING + timedelta(hours=1), tick=False) as traveller:
        yield traveller
