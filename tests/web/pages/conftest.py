"""Pages of cases on a Wednesday morning of the office: one clock for the county and for those who look at it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from tests.world import MORNING


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    """Let it be ten o'clock on the morning on which the world's cases are reported at nine."""
    with time_machine.travel(MORNING + timedelta(hours=1), tick=False) as traveller:
        yield traveller
