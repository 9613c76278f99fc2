"""Spot checks and sheets sent upwards are paged like every list: limit, cursor, and a total when it is asked for."""

from datetime import date
from typing import Any

from casework.assessment.tables import SpotCheck
from casework.core import clock as office_clock
from casework.core import editions
from casework.core.actors import SYSTEM
from casework.dispatches import queries
from casework.exchange.receivers import receivers
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields
from tests.world import COUNTY

QUARTERS = [f"{year}Q{n}" for year in (2026, 2025, 2024) for n in (4, 3, 2, 1)]


def pages(api: Api, path: str, limit: int) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the rows of all pages together, and how many each page had."""
    rows: list[dict[str, Any]] = []
    sizes: list[int] = []
    cursor = ""
    while True:
        told = api.ok("he", "GET", f"{path}?limit={limit}&count=true{cursor}")
        rows += told["items"]
        sizes.append(len(told["items"]))
        if told["next"] is None:
            assert told["total"] == len(rows)
            return rows, sizes
        cursor = f"&cursor={told['next']}"


def lay(api: Api) -> None:
    with api.office.db.transaction() as session:
        for campaign in ("SLSC-2022", "SHUANGZHU-2021"):
            for quarter in QUARTERS:
                row = SpotCheck(
                    region_code=COUNTY, campaign=campaign, quarter=quarter, commitment=f"{campaign}{quarter}"
                )
                editions.enter(session, row, actor=SYSTEM, at=office_clock.now())
        for n in range(7):
            queries.keep(
                session,
                receivers()["city"],
                b"sheet",
                region_code=COUNTY,
                file_name=f"{n}.xlsx",
                rows=n,
                as_of=date(2026, 10, 1),
                actor=api.world["he"],
                # All at the same instant: the id keeps them apart.
                at=office_clock.now(),
            )


def test_spot_checks_and_sheets_sent_upwards_come_in_pages(api: Api, clock: Any) -> None:
    lay(api)
    whole = api.ok("he", "GET", "/spot-checks")
    assert (len(whole["items"]), whole["next"], "total" in whole) == (24, None, False)
    rows, sizes = pages(api, "/spot-checks", 7)
    assert (rows, sizes) == (whole["items"], [7, 7, 7, 3])
    assert [each["quarter"] for each in rows] == sorted(QUARTERS * 2, reverse=True)
    sent = api.ok("he", "GET", "/dispatches")
    assert (len(sent["items"]), sent["next"], "total" in sent) == (7, None, False)
    rows, sizes = pages(api, "/dispatches", 3)
    assert (rows, sizes) == (sent["items"], [3, 3, 1])


def test_what_is_no_limit_and_no_cursor_of_these_lists_is_refused(api: Api, clock: Any) -> None:
    lay(api)
    other = api.ok("he", "GET", "/dispatches?limit=1")["next"]
    for path in ("/spot-checks", "/dispatches"):
        assert fields(api("he", "GET", f"{path}?limit=201")) == {"limit"}
        assert fields(api("he", "GET", f"{path}?count=maybe")) == {"count"}
        assert fields(api("he", "GET", f"{path}?cursor=x")) == {"cursor"}
    assert fields(api("he", "GET", f"/spot-checks?cursor={other}")) == {"cursor"}
