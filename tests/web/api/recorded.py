"""One record of each kind of a campaign, entered by the office through the API."""

from typing import Any

from tests.campaign import CAMPAIGN, Tied, tie
from tests.web.api.conftest import Api
from tests.world import COUNTY, VILLAGE

TEA = {"region_code": COUNTY, "name": "茶叶", "tags": "三个三"}
ADVICE = {"region_code": VILLAGE, "on_date": "2026-10-13", "content": "建一个烘干点"}
LESSON = {"kind": "technical", "region_code": VILLAGE, "on_date": "2026-10-12", "content": "茶园冬管"}
PROJECT = {"name": "方石村茶园", "kind": "agri_industry", "region_code": VILLAGE, "households_told": 12}

INCOME = {"on_date": "2026-10-10", "year": 2025, "method": "calendar_year_1", "people": 4, "wage": "40000.00"}


def one_of_each(api: Api, tied: Tied | None = None) -> dict[str, str]:
    """Enter one record of each kind and return their ids by the names of their lists."""
    tied = tied or tie(api.world)
    made: dict[str, str] = {}

    def enter(name: str, body: dict[str, Any]) -> None:
        made[name] = api.ok("he", "POST", f"/{name}", body)["id"]

    enter("industries", TEA)
    garden = {"industry_id": made["industries"], "region_code": VILLAGE, "name": "茶园", "on_date": "2026-01-01"}
    enter("parks", garden)
    enter("entities", {**garden, "kind": "cooperative"})
    enter("leaders", {"region_code": COUNTY, "name": "周正明", "role": "head", "valid_from": "2022-01-01"})
    enter("services", LESSON)
    enter("suggestions", ADVICE)
    enter("cosignatures", {"suggestion_id": made["suggestions"], "member_id": str(tied.member)})
    enter("projects", PROJECT)
    enter("beneficiaries", {"project_id": made["projects"], "household_id": str(tied.mine), "on_date": "2026-10-01"})
    visit = {"household_id": str(tied.mine), "member_id": str(tied.member), "on_date": "2026-10-13"}
    enter("visits", visit)
    enter("leads", {"activity_id": made["visits"], "risks": ["illness"], "findings": "住院一个月"})
    enter(
        "activities", {"kind": "village_survey", "region_code": VILLAGE, "on_date": "2026-10-13", "title": "看蓄水池"}
    )
    along = {"activity_id": made["activities"], "member_id": str(tied.member), "part": "companion", "status": "present"}
    enter("attendances", along)
    goal = {"campaign": CAMPAIGN, "checklist": "five_ones_household", "item": "job_post", "year": 2026}
    enter("goals", {**goal, "object_id": str(tied.mine)})
    enter("plans", {"campaign": CAMPAIGN, "year": 2026, "object_id": str(tied.mine), "situation": "四口人"})
    enter("incomes", {**INCOME, "household_id": str(tied.mine)})
    call = {"region_code": COUNTY, "title": "培训", "content": "请参加", "audience": "named", "asks": "attendance"}
    enter("announcements", {**call, "members": [str(tied.member)]})
    enter("member-homes", {"region_code": COUNTY, "name": "委员之家"})
    turn = {"home_id": made["member-homes"], "member_id": str(tied.member), "on_date": "2026-10-13"}
    enter("duties", turn)
    made["slogans"] = api.ok("an", "POST", "/slogans", {"region_code": COUNTY, "label": "四个一"})["id"]
    (receipt,) = api.ok("he", "GET", f"/receipts?announcement={made['announcements']}")["items"]
    made["receipts"] = receipt["id"]
    return made
