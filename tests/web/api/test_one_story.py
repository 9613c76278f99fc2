"""One water source, from five reports to the strike-off: everything by the API, by those whose business it is."""

from typing import Any

from tests.web.api.conftest import Api
from tests.web.api.meetings import TOPIC, date, id_of, move, moved, venues
from tests.web.api.test_manners import fields, problem
from tests.world import REPORT

AGREED = (
    {"text": "水利局换三组两处断管", "org": "SLJ", "due_on": "2026-11-06"},
    {"text": "镇上定一个分水的规矩", "org": "ZYZ", "due_on": "2026-11-13"},
    {"text": "蓄水池年底前修好", "org": "SLJ", "due_on": "2026-12-18"},
)


def step(api: Api, who: str, matter: Any, trigger: str, status: int = 200, **given: Any) -> Any:
    sent = {"trigger": trigger, "fields": given} | ({"comment": given.pop("comment")} if "comment" in given else {})
    answer = api(who, "POST", f"/supervisions/{matter['id']}/transitions", sent)
    assert answer.status_code == status, answer.text
    return answer.get_json()


def test_five_reports_about_one_source_are_talked_over_and_followed_to_their_end(api: Api) -> None:
    venues(api)
    reports = [api.ok("cun", "POST", "/cases", {**REPORT, "title": f"水源不够，第 {n} 户"})["id"] for n in range(5)]
    topic = api.ok("he", "POST", "/consultations", {**TOPIC, "source": "case_cluster", "cases": reports})
    moved(move(api, "he", topic, "screen", scores={"urgency": 5, "breadth": 4, "feasibility": 4}))
    moved(move(api, "an", topic, "approve", authority="office"))

    # Two other meetings are in the way: of the hall, and of somebody who is needed.
    other = api.ok("he", "POST", "/consultations", {**TOPIC, "title": "村道怎么走"})
    moved(move(api, "he", other, "screen", scores={"urgency": 1, "breadth": 1, "feasibility": 1}))
    moved(move(api, "an", other, "approve", authority="office"))
    moved(move(api, "he", other, "schedule", **date(api, "bai")))
    found = problem(move(api, "he", topic, "schedule", **date(api, "bai")), 409)
    assert found["title"] == "clash"
    assert {"venue", "participant"} <= {each["what"] for each in found["clashes"]}
    asked = f"from=2026-10-20&to=2026-10-23&minutes=120&person={id_of(api, 'bai')}&venue=FSC-HALL"
    free = api.ok("he", "GET", f"/consultations/slots?{asked}", None)["items"][0]
    moved(move(api, "he", topic, "schedule", **date(api, "bai", span=(free["starts_at"], free["ends_at"]))))

    moved(move(api, "he", topic, "notify", research="五户都走到了，水源在一处"))
    moved(move(api, "he", topic, "hold", attended=["李小芳", "王大力"]))
    moved(move(api, "he", topic, "minute", minutes="各组同意轮流用水", consensus=list(AGREED)))
    problem(move(api, "he", topic, "implement"), 409)
    made = [
        api.ok("he", "POST", f"/consultations/{topic['id']}/consensus/{n}/convert", {"into": into})
        for n, into in ((1, "case"), (2, "case"), (3, "supervision"))
    ]
    again = api("he", "POST", f"/consultations/{topic['id']}/consensus/3/convert", {"into": "supervision"})
    assert (again.status_code, again.get_json()["id"]) == (200, made[2]["id"])
    moved(move(api, "he", topic, "implement"))
    assert [each["channel"] for each in made[:2]] == ["consultation"] * 2
    assert (made[2]["source"], made[2]["source_id"]) == ("consultation", topic["id"])

    supervised = made[2]
    assert step(api, "an", supervised, "issue")["slip_number"] == "督办〔2026〕1号"
    step(api, "bai", supervised, "acknowledge")
    step(api, "he", supervised, "urge", comment="请报进展")
    step(api, "an", supervised, "escalate", level=2, reason="没有动静")
    step(api, "an", supervised, "escalate", 403, level=3, reason="还没有动静", leader="陆主席")
    step(api, "lu", supervised, "escalate", level=3, reason="还没有动静", leader="陆主席")
    step(api, "shui", supervised, "report", result_class="A", result="池子修好了，蓄满了")
    step(api, "bai", supervised, "verify", 403, evidence="自己看过")
    step(api, "he", supervised, "verify", evidence="到场看了，拍了照")
    step(api, "he", supervised, "propose_strike_off")
    step(api, "he", supervised, "strike_off", 403)
    assert step(api, "an", supervised, "strike_off")["state"] == "struck_off"

    moved(move(api, "he", topic, "evaluate", satisfaction="satisfied", realised={"1": True, "2": True, "3": True}))
    assert moved(move(api, "an", topic, "archive"))["state"] == "archived"


def test_a_supervised_matter_comes_from_no_topic_that_its_office_may_not_know_of(api: Api) -> None:
    topic = api.ok("he", "POST", "/consultations", dict(TOPIC))
    sent = {"title": "分水", "requirement": "定规矩", "source": "consultation", "org": "SLJ", "due_on": "2026-11-13"}
    for source_id, status in ((topic["id"], 201), (topic["id"].replace(topic["id"][:8], "00000000"), 422)):
        answer = api("he", "POST", "/supervisions", {**sent, "source_id": source_id, "level": 1})
        assert answer.status_code == status, answer.text
        if status == 422:
            assert fields(answer) == {"source_id"}
