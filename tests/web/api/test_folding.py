"""Where no worker folds the sums, whoever reads the figures does, and sees the same before and after."""

import pytest

from casework.cases.figures import tallies
from casework.cases.figures.tally_tables import NAMES, CaseTallyChange
from tests.web.api.conftest import Api


@pytest.mark.parametrize(("kept", "waits"), [(tallies.MANY - 1, True), (tallies.MANY, False)])
def test_figures_are_folded_by_their_reader_once_very_many_changes_wait(api: Api, kept: int, waits: bool) -> None:
    api.world.report()
    with api.world.db.transaction() as session:
        part = {"day": "2026-10-14", "place": "510822100", "category": "water", "unit": ""}
        there_and_back = ({**part, **dict.fromkeys(NAMES, 1 - 2 * (n % 2))} for n in range(kept - kept % 2))
        session.add_all(CaseTallyChange(**each) for each in there_and_back)
        if kept % 2:
            session.add(CaseTallyChange(**part, **dict.fromkeys(NAMES, 0)))
    before = api.ok("guan", "GET", "/statistics?by=category")
    with api.world.db.reading() as session:
        assert tallies.waits(session) is waits
    assert api.ok("guan", "GET", "/statistics?by=category") == before
    assert {each["key"]: each["n"] for each in before["figures"]}["total"] == 1
