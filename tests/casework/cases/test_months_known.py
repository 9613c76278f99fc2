"""The months of a chart are read with the figures beside it, where these reach so far; else by themselves."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from casework.cases.figures import statistics, tallies
from casework.cases.figures.scopes import Period, Scope
from casework.core.database import Database
from tests.web.api.counting import statements_of
from tests.world import COUNTY, MORNING, TOWN, VILLAGE, World, make_world

TWO = [Period(date(2026, 8, 1), date(2026, 8, 31)), Period(date(2026, 9, 1), date(2026, 9, 30))]
WHOLE = [*TWO, Period(date(2026, 10, 1), date(2026, 10, 31))]
EARLIER = [*TWO, Period(date(2026, 10, 1), date(2026, 10, 9))]
# Since when, until when, which months, and whether they have to be asked for by themselves.
ASKED: Sequence[tuple[date | None, date | None, Sequence[Period], bool]] = (
    (None, None, WHOLE, False),
    (date(2026, 7, 20), None, WHOLE, False),
    (None, date(2026, 10, 9), EARLIER, False),
    (date(2026, 8, 1), date(2026, 10, 9), EARLIER, False),
    (date(2026, 8, 2), None, WHOLE, True),
    (date(2026, 10, 1), None, WHOLE, True),
    # Of a month that is shown to a day the sum of all of it says nothing.
    (None, None, EARLIER, True),
)


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Found the small county and let cases be reported in four months, some of them closed."""
    made = make_world(db, tmp_path)
    for days in (0, 3, 6, 20, 40, 41, 70):
        at = MORNING - timedelta(days=days)
        made.report(at=at)
        closed = made.resolved(at=at)
        made.move(closed, "close", "he", at=at, followed_up="reached", satisfaction="satisfied")
    return made


@pytest.mark.parametrize("folded", [True, False])
def test_they_are_the_same_and_asked_once(world: World, folded: bool) -> None:
    if folded:
        tallies.fold(world.db)
    zone = world.db.info["zone"]
    with world.db.reading() as session:
        for region in (COUNTY, TOWN, VILLAGE):
            for first, last, periods, more in ASKED:
                read = statistics.overview(session, Scope((region,), Period(first, last), zone), at=MORNING)
                with statements_of(world.db) as asked:
                    found = read.months(periods)
                assert any("SELECT" in each for each in asked) is more, (region, first, last)
                alone = statistics.months(session, Scope((region,), Period(), zone), periods)
                assert found == alone
                assert sum(each["total"].n for each in found) > sum(each["closed"].n for each in found) > 0
