"""A member, a household and the link between them, entered through the API as the office enters them."""

from typing import Any

from tests.web.api.conftest import Api
from tests.world import VILLAGE

# Invented, with valid check digits; 510822 is the county's own code.
IDS = ("510822195503070014", "510822196811230029", "510822197001010010")
MEMBER = {
    "name": "陈青山",
    "valid_from": "2021-12-20",
    "term": "十一届",
    "sector": "农业界",
    "is_standing": True,
    "post": "县农业农村局局长",
    "phone": "13900001111",
}
HOUSEHOLD = {
    "region_code": VILLAGE,
    "head_name": "张树生",
    "head_id_number": IDS[0],
    "phone": "13900003333",
    "group_no": "三组",
    "people": 4,
    "hardship": "因病",
    "farmland": "3.50",
    "forest": "12.00",
    "floor_area": "96.00",
    "housing_grade": "B",
    "water": "自来水",
    "insurance": "医保、养老",
    "category": "poverty_alleviated",
    "since": "2020-12-31",
    "source": "县乡村振兴局",
}
LINK = {
    "campaign": "SLSC-2022",
    "kind": "member_household",
    "part": "poverty_alleviated",
    "valid_from": "2022-03-01",
}


def tie(api: Api, *, person: str | None = "chen", link: dict[str, Any] | None = None) -> dict[str, Any]:
    """Enter the three and return them; `person`: whose account the member's is."""
    told = MEMBER if person is None else {**MEMBER, "person_id": str(api.world[person].person_id)}
    member = api.ok("he", "POST", "/members", told)
    household = api.ok("he", "POST", "/households", HOUSEHOLD)
    ends = {"holder": member["id"], "object": household["id"]}
    made = api.ok("he", "POST", "/links", {**LINK, **ends, **(link or {})})
    return {"member": member, "household": household, "link": made}
