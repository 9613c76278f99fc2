"""Plans of a year and estimates of income: one plan a household and village, sums in yuan, never official."""

from typing import Any

import pytest

from tests.campaign import CAMPAIGN, Tied, tie
from tests.web.api.conftest import Api
from tests.web.api.recorded import INCOME
from tests.web.api.test_manners import fields, problem
from tests.world import TOWN, VILLAGE

YEAR = {"campaign": CAMPAIGN, "year": 2026}


@pytest.fixture
def tied(api: Api) -> Tied:
    """Let 陈委员 be a member who is linked to a household."""
    return tie(api.world)


def test_a_household_and_a_village_have_one_plan_a_year(api: Api, tied: Tied) -> None:
    home = api.ok("he", "POST", "/plans", {**YEAR, "object_id": str(tied.mine), "situation": "四口人"})
    assert (home["region_code"], home["made_on"], home["object"]["name"]) == (VILLAGE, "2026-10-14", "张*生")
    village = api.ok("he", "POST", "/plans", {**YEAR, "region_code": VILLAGE, "aims": "通水"})
    for again in ({"object_id": str(tied.mine)}, {"region_code": VILLAGE}):
        told = problem(api("he", "POST", "/plans", {**YEAR, **again}), 409)
        assert told["reasons"][0]["code"] == "recorded_already"
    for wrong, where in (
        (YEAR, {"region_code"}),
        ({**YEAR, "year": 2021, "region_code": VILLAGE}, {"year"}),
        ({**YEAR, "object_id": str(tied.mine), "region_code": TOWN}, {"region_code"}),
        ({**YEAR, "object_id": village["id"]}, {"object_id"}),
        ({"aims": 3, "budget": "1"}, {"campaign", "year", "aims", "budget"}),
    ):
        assert fields(api("he", "POST", "/plans", wrong)) == where, wrong
    assert [each["id"] for each in api.ok("he", "GET", f"/plans?object={tied.mine}")["items"]] == [home["id"]]
    assert [each["id"] for each in api.ok("chen", "GET", "/plans?year=2026")["items"]] == [home["id"]]
    assert api.ok("chen", "PATCH", f"/plans/{home['id']}", {"measures": "学技术"})["measures"] == "学技术"
    problem(api("chen", "PATCH", f"/plans/{village['id']}", {"aims": "x"}), 404)
    problem(api("chen", "POST", "/plans", {**YEAR, "year": 2027, "object_id": str(tied.mine)}), 403)


def test_an_estimate_is_reckoned_from_its_sums_and_never_official(api: Api, tied: Tied) -> None:
    sums = {"business_gross": "30000.00", "business_cost": "45000.00", "transfer": "1000.50"}
    made = api.ok("chen", "POST", "/incomes", {**INCOME, **sums, "household_id": str(tied.mine)})
    assert (made["per_person"], made["is_official"], made["property"]) == ("6500.12", False, "0.00")
    loss = {**INCOME, "wage": "0.01", "business_cost": "10.02", "year": 2024, "household_id": str(tied.mine)}
    assert api.ok("he", "POST", "/incomes", loss)["per_person"] == "-2.50"
    told = problem(api("he", "POST", "/incomes", {**loss, "people": 3}), 409)
    assert told["reasons"][0]["code"] == "recorded_already"
    base: dict[str, Any] = {**INCOME, "household_id": str(tied.mine)}
    for wrong, where in (
        ({"wage": "", "people": 0}, {"people"}),
        ({"wage": ""}, {"wage"}),
        ({"wage": "一万", "transfer": "-1", "method": "guess"}, {"wage", "transfer", "method"}),
        ({"year": 2027}, {"on_date"}),
        ({"on_date": "2026-10-15"}, {"on_date"}),
        ({"per_person": "1.00"}, {"per_person"}),
    ):
        assert fields(api("he", "POST", "/incomes", {**base, **wrong})) == where, wrong
    assert api.ok("guan", "GET", "/incomes")["items"] == []
    problem(api("chen", "POST", "/incomes", {**base, "household_id": str(tied.other)}), 422)
    path = f"/incomes/{made['id']}"
    mended = api.ok("chen", "PATCH", path, {"wage": "44000.00", "reason": "算错"})
    assert mended["per_person"] == "7500.12"
    change = api.ok("he", "GET", f"{path}/history")["items"][-1]
    assert change["fields"]["wage"] == {"from": "40000.00", "to": "44000.00"}
    api.ok("chen", "PATCH", path, {"withdrawn": True, "reason": "记重了"})
    assert [each["year"] for each in api.ok("he", "GET", f"/incomes?household={tied.mine}")["items"]] == [2024]
