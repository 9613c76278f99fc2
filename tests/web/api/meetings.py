"""Topics and venues for tests of consultations, brought to any state over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.web.api.conftest import Api
from tests.world import TOWN, VILLAGE

TOPIC: Mapping[str, Any] = {
    "title": "三组引水管道怎么修、谁出工",
    "kind": "youshi",
    "source": "public",
    "region_code": VILLAGE,
    "reason": "入夏以来五户反映吃水靠挑，各组说法不一。",
}
HALL: Mapping[str, Any] = {
    "code": "FSC-HALL",
    "name": "方石村村委会会议室",
    "region_code": VILLAGE,
    "capacity": 30,
    "hours": "08:00-12:00,14:00-21:00",
}
YARD: Mapping[str, Any] = {"code": "FSC-YARD", "name": "三组李家院坝", "region_code": VILLAGE, "capacity": 60}
TOWN_HALL: Mapping[str, Any] = {"code": "ZYZ-HALL", "name": "竹园镇二楼会议室", "region_code": TOWN, "capacity": 40}
SPAN = ("2026-10-20T09:00:00+08:00", "2026-10-20T11:00:00+08:00")
AGREED = (
    {"text": "水利局十月底前换好两处断管", "org": "SLJ", "due_on": "2026-10-31"},
    {"text": "镇上组织三组出工二十个", "org": "ZYZ", "due_on": "2026-11-06"},
)


def id_of(api: Api, user: str) -> str:
    """Return the id of one of the cast."""
    return str(api.world[user].person_id)


def people(api: Api, *required: str) -> list[dict[str, Any]]:
    """Return participants: the named ones of the cast are required, two villagers and a member come beside them."""
    return [
        *({"person": id_of(api, user), "part": "department", "required": True} for user in required),
        {"person": id_of(api, "chen"), "part": "member", "required": False},
        {"name": "李小芳", "part": "stakeholder", "required": False},
        {"name": "王大力", "part": "stakeholder", "required": False},
    ]


def venues(api: Api) -> None:
    """Enter the hall, the yard and the town's hall."""
    for each in (HALL, YARD, TOWN_HALL):
        api.ok("he", "POST", "/venues", each)


def move(api: Api, who: str, topic: Any, trigger: str, **given: Any) -> Any:
    """Call for a move."""
    return api(who, "POST", f"/consultations/{topic['id']}/transitions", {"trigger": trigger, "fields": given})


def moved(answer: Any) -> Any:
    """Return the consultation after a move that was made."""
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def approved(api: Api, **changes: Any) -> Any:
    """Bring a topic and have it approved."""
    topic = api.ok("he", "POST", "/consultations", {**TOPIC, **changes})
    for trigger, given in (
        ("screen", {"scores": {"urgency": 4, "breadth": 3, "feasibility": 5}}),
        ("approve", {"authority": "chair_meeting"}),
    ):
        topic = moved(move(api, "an", topic, trigger, **given))
    return topic


def date(
    api: Api, *required: str, venue: str = "FSC-HALL", span: tuple[str, str] = SPAN, **more: Any
) -> dict[str, Any]:
    """Return the fields of a date."""
    return {"starts_at": span[0], "ends_at": span[1], "venue": venue, "participants": people(api, *required), **more}


def scheduled(api: Api, *required: str, title: str = TOPIC["title"], kind: str = "youshi", **more: Any) -> Any:
    """Bring a topic to its date."""
    topic = approved(api, title=title, kind=kind)
    answer = move(api, "he", topic, "schedule", **date(api, *required, **more))
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def held(api: Api, **changes: Any) -> Any:
    """Bring a topic to its meeting, held before its date."""
    topic = scheduled(api, "bai", **changes)
    for trigger, given in (
        ("notify", {"research": "到三组看过两处断口。"}),
        ("hold", {"attended": [id_of(api, "he"), id_of(api, "bai"), "李小芳", "王大力", "赵支书"]}),
    ):
        topic = moved(move(api, "he", topic, trigger, **given))
    return topic


def minuted(
    api: Api, consensus: Sequence[Mapping[str, Any]] = AGREED, said: Sequence[Mapping[str, str]] = (), **changes: Any
) -> Any:
    """Bring a topic to its minutes."""
    told = {"minutes": "大家同意先修后补。", "consensus": list(consensus), "unresolved": ["水费怎么收"]}
    told |= {"statements": list(said)} if said else {}
    answer = move(api, "he", held(api, **changes), "minute", **told)
    assert answer.status_code == 200, answer.text
    return answer.get_json()
