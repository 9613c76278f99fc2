"""Where no worker folds the sums, whoever reads the figures does, and sees the same before and after."""

import threading
from typing import Any

import pytest

from casework.cases.figures import tallies
from casework.cases.figures.tally_tables import NAMES, CaseTallyChange
from tests.web.api.conftest import Api
from web import folding


def until_folded() -> None:
    for thread in threading.enumerate():
        if thread.name == folding.THREAD:
            thread.join()


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
    until_folded()
    with api.world.db.reading() as session:
        assert tallies.waits(session) is waits
    assert api.ok("guan", "GET", "/statistics?by=category") == before
    assert {each["key"]: each["n"] for each in before["figures"]}["total"] == 1


def test_no_reader_waits_for_the_folding_and_it_goes_on_once_at_a_time(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, begun = threading.Event(), []

    def held(_db: Any, **_more: Any) -> int:
        begun.append(threading.current_thread().name)
        assert may_go_on.wait(60)
        return 0

    monkeypatch.setattr(tallies, "fold", held)
    monkeypatch.setattr(tallies, "many_wait", lambda _session: True)
    monkeypatch.setattr(folding, "_SECONDS", 0.0)
    for _ in range(3):
        # Were it folded before the answer is sent, none would come.
        api.ok("guan", "GET", "/statistics?by=category")
    may_go_on.set()
    until_folded()
    assert begun == [folding.THREAD]
    api.ok("guan", "GET", "/statistics?by=category")
    until_folded()
    assert len(begun) == 2
