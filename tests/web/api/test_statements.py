"""How many round trips to the database an answer may cost (performance.md §5)."""

from itertools import pairwise

import pytest

from tests.web.api.conftest import Api
from tests.web.api.counting import statements_of
from tests.world import REPORT

MOST_FOR_A_MOVE = 6


def spent(api: Api, who: str, method: str, path: str, body: object = None) -> list[str]:
    with statements_of(api.office.db) as found:
        response = api(who, method, path, body)
    assert response.status_code in (200, 201), response.get_data(as_text=True)
    return found


def round_trips(api: Api, found: list[str]) -> int:
    """Count: on SQLite, where nothing travels, what one change writes is one trip as it is on PostgreSQL."""
    if api.office.db.is_postgresql:
        return len(found)
    # Who calls is looked up apart there, so as not to take the one writer's place early.
    own = found[found.index("ROLLBACK") + 1 :] if "ROLLBACK" in found else found
    writes = ("UPDATE", "INSERT")
    return 1 + sum(not (one.startswith(writes) and two.startswith(writes)) for one, two in pairwise(["", *own]))


def told(found: list[str]) -> str:
    return f"{len(found)} round trips:\n" + "\n".join(each[:150] for each in found)


def test_reporting_a_case_costs_at_most_six_round_trips(api: Api) -> None:
    spent(api, "he", "POST", "/cases", dict(REPORT))
    found = spent(api, "he", "POST", "/cases", dict(REPORT))
    assert round_trips(api, found) <= 6, told(found)


@pytest.mark.parametrize(
    ("who", "start", "trigger", "fields"),
    [
        ("he", "report", "assign", {"org": "SLJ"}),
        ("bai", "assigned", "acknowledge", {}),
        ("bai", "assigned", "contact", {"words": "下周一来看", "spoke_to": "李某"}),
        ("bai", "assigned", "coordinate", {"plan": "换管"}),
        ("bai", "coordinated", "resolve", {"result_class": "A", "reply": "水已通到户"}),
        ("he", "resolved", "close", {"followed_up": "reached", "satisfaction": "satisfied"}),
        ("he", "resolved", "rework", {"reason": "还有两户没通"}),
    ],
)
def test_a_move_costs_at_most_six_round_trips(
    api: Api, who: str, start: str, trigger: str, fields: dict[str, str]
) -> None:
    make = getattr(api.world, start)
    body = {"trigger": trigger, "fields": fields, "comment": "照此办理"}
    # Once to warm what is kept between requests: the use of the token, the calendar, the unit.
    spent(api, who, "POST", f"/cases/{make()}/transitions", body)
    found = spent(api, who, "POST", f"/cases/{make()}/transitions", body)
    assert round_trips(api, found) <= MOST_FOR_A_MOVE, told(found)


def test_a_page_of_a_list_costs_at_most_three_statements_beside_who_asks(api: Api) -> None:
    for _ in range(3):
        api.world.assigned()
    for who in ("he", "bai", "chen"):
        for query in ("", "?sort=due&open=true", "?q=水管", "?q=水管&sort=due", "?sort=due&limit=1"):
            spent(api, who, "GET", f"/cases{query}")
            found = spent(api, who, "GET", f"/cases{query}")
            asked = [each for each in found if each.startswith(("SELECT", "WITH")) and "FROM tokens" not in each]
            assert len(asked) <= 3, f"{who} {query}: {told(found)}"


def test_what_two_characters_find_is_listed_and_counted_in_one_statement(api: Api) -> None:
    """It looks at the cases of the page, and at what is hit only among the words."""
    api.world.assigned()
    for query in ("?q=水管&count=true", "?q=水管&count=true&sort=due", "?q=水管 饮水&count=true&state=assigned"):
        spent(api, "he", "GET", f"/cases{query}")
        asked = [each for each in spent(api, "he", "GET", f"/cases{query}") if "search_entries" in each]
        assert len(asked) == 1, told(asked)
        assert "LIKE" not in asked[0], "a pair of characters is a token: there is nothing left to look for"
    asked = [each for each in spent(api, "he", "GET", "/cases?q=水管断&count=true") if "search_entries" in each]
    assert len(asked) == 1 and "LIKE" in asked[0], "a longer word may be there in pieces"


def test_a_case_costs_at_most_six_statements_beside_who_asks(api: Api) -> None:
    case_id = api.world.coordinated()
    for who in ("he", "bai", "chen"):
        if who == "chen":
            case_id = api.world.report("chen")
        found = spent(api, who, "GET", f"/cases/{case_id}")
        asked = [each for each in found if each.startswith("SELECT") and "FROM tokens" not in each]
        assert len(asked) <= 6, told(found)
