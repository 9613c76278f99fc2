"""What a look at the board costs follows what it shows, however much an office has open."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import time_machine
from sqlalchemy import event

from casework.core.database import Database
from casework.supervisions.tables import Supervision
from tests.supervised import index_all, lived, multiply
from tests.web.api.counting import statements_of
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.world import MORNING, World
from web.pages.supervisions import supervision_list
from web.views import counting

FEW, MANY = 60, 1260
PAGES = ("/supervision", "/supervision?by=leader", "/supervision?by=list", "/supervision/monday")
# What all matters have in them, what one has, and the number of a slip within what is open.
SEARCHES = tuple(f"/supervision?by=list&q={words}" for words in ("管网", "改造（77）", "督办〔2026〕1号&open=true"))
# Cards and lines of the largest of them, what waits for the caller, and whatever moved.
MOST_LOADED = 100
_SCANNED = re.compile(r"(Seq Scan on|SCAN) supervisions\b(?!.* USING )")


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    with time_machine.travel(MORNING, tick=False):
        yield


@contextmanager
def loaded() -> Iterator[list[Any]]:
    """Collect the matters that are read as objects meanwhile."""
    found: list[Any] = []

    def note(target: Any, _context: object) -> None:
        found.append(target.id)

    event.listen(Supervision, "load", note)
    try:
        yield found
    finally:
        event.remove(Supervision, "load", note)


def test_a_page_asks_and_loads_no_more_for_twenty_times_as_many_matters(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge", level=1)
    units = sorted(world.orgs.values())
    browser, costs = desk.browser("he"), []
    for first, more in ((0, FEW - 1), (FEW, MANY - FEW)):
        multiply(world.db, matter, more, units=units, first=first)
        cost = {}
        for page in PAGES:
            browser.get(page)
            with desk.app.app_context():
                counting.forget()
            with statements_of(world.db) as asked, loaded() as read:
                assert browser.get(page).status_code == 200
            cost[page] = len([each for each in asked if each.startswith(("SELECT", "WITH"))])
            assert len(read) <= MOST_LOADED, page
        costs.append(cost)
    assert costs[0] == costs[1]
    assert max(costs[1].values()) <= 13, costs


def test_a_search_loads_no_more_than_it_shows(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge", level=1)
    multiply(world.db, matter, 200, units=sorted(world.orgs.values()))
    index_all(world.db)
    browser = desk.browser("he")
    for page, shown in zip(SEARCHES, (supervision_list.PAGE_SIZE + 1, 1, 1), strict=True):
        with loaded() as read:
            assert browser.get(page).status_code == 200
        assert len(read) == shown, page


def test_no_card_is_looked_for_in_the_whole_table(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge", level=1)
    multiply(world.db, matter, MANY, units=sorted(world.orgs.values()))
    index_all(world.db)
    with world.db.transaction() as session:
        session.connection().exec_driver_sql("ANALYZE")
    browser = desk.browser("he")
    for page in (*PAGES, *SEARCHES):
        for statement, given in asked_by(world.db, partial(browser.get, page)):
            if "count(*)" not in statement and "FROM supervisions" in statement:
                assert _SCANNED.search(plan_of(world.db, statement, given)) is None, statement


def asked_by(db: Database, look: Callable[[], object]) -> list[tuple[str, Any]]:
    """Return what was asked of the database meanwhile, with its parameters."""
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, given: Any, *_more: object) -> None:
        found.append((statement, given))

    event.listen(db.engine, "before_cursor_execute", note)
    look()
    event.remove(db.engine, "before_cursor_execute", note)
    return found


def plan_of(db: Database, statement: str, given: Any) -> str:
    """Return how the engine means to answer."""
    explain = "EXPLAIN" if db.is_postgresql else "EXPLAIN QUERY PLAN"
    with db.engine.connect() as connection:
        if db.is_postgresql:
            # A thousand rows are few enough to be read through; asked is whether an index would serve.
            connection.exec_driver_sql("SET enable_seqscan = off")
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", given))


def test_every_number_of_the_board_is_a_door_to_exactly_what_it_counts(desk: Desk, world: World) -> None:
    matter = lived(world, "acknowledge", level=1)
    multiply(world.db, matter, 200, units=sorted(world.orgs.values()))
    browser, bearer = desk.browser("he"), desk.bearer("he")
    board = browser.get("/supervision").text
    doors = re.findall(r'href="(/supervision\?by=list[^"]+)"[^>]*>(?:逾期 |另有 )?(\d+)', board)
    assert len(doors) >= 10
    for address, told in doors:
        shown = browser.get(address.replace("&amp;", "&"))
        assert shown.status_code == 200
        query = address.partition("?by=list")[2].replace("&amp;", "&")
        answer = desk.client().get(f"/api/v1/supervisions?count=true{query}", headers=bearer).get_json()
        beside = 3 if "shown_level" in query else 0
        assert answer["total"] == int(told) + beside, address
    assert "201" in words_of(board)
