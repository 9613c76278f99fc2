"""What a village needs of a consultation: a hall near by, answers without an account, and nothing agreed that is lost."""

from datetime import UTC, datetime

import time_machine

from tests.web.api.conftest import Api
from tests.web.api.meetings import TOPIC, date, id_of, move, moved, scheduled, venues
from tests.web.api.test_manners import fields
from tests.world import TOWN, VILLAGE


def test_what_was_agreed_for_a_day_gone_by_is_still_taken_up(api: Api, clock: time_machine.Traveller) -> None:
    venues(api)
    topic = scheduled(api)
    moved(move(api, "he", topic, "notify", research="看过断口"))
    moved(move(api, "he", topic, "hold", attended=["李小芳"]))
    slip = {"text": "换水管", "org": "SLJ", "due_on": "2025-10-31"}
    assert fields(move(api, "he", topic, "minute", minutes="谈成了", consensus=[slip])) == {
        "fields.consensus[0].due_on"
    }, "nothing is agreed to be done before the meeting"
    soon = {**slip, "due_on": "2026-10-16"}
    moved(move(api, "he", topic, "minute", minutes="谈成了", consensus=[soon]))
    clock.move_to(datetime(2026, 10, 21, 2, tzinfo=UTC))
    matter = api.ok("he", "POST", f"/consultations/{topic['id']}/consensus/1/convert", {"into": "supervision"})
    assert (matter["due_on"], matter["state"]) == ("2026-10-16", "initiated")
    path = f"/supervisions/{matter['id']}"
    issue = {"trigger": "issue", "fields": {}}
    assert api("an", "POST", f"{path}/transitions", issue).status_code == 409, "the slip wants a day ahead"
    api.ok("he", "PATCH", path, {"due_on": "2026-10-30"})
    assert api.ok("an", "POST", f"{path}/transitions", issue)["state"] == "issued"


def test_a_hall_near_them_is_found_by_the_table_of_distances(api: Api) -> None:
    venues(api)
    far = {"code": "AAA-HALL", "name": "房石镇会议室", "region_code": "510822106", "capacity": 90}
    api.ok("he", "POST", "/venues", far)
    api.ok("he", "POST", "/distances", {"one": "510822106", "other": TOWN, "km": 47})
    path = "/consultations/slots?from=2026-10-21&to=2026-10-21&minutes=120&limit=4"
    path += "".join(f"&person={id_of(api, each)}" for each in ("bai", "zhen", "shui"))
    found = api.ok("he", "GET", f"{path}&near={VILLAGE}")["items"]
    assert [(each["starts_at"][11:16], each["venue"], each["km"]) for each in found] == [
        ("08:30", "FSC-HALL", 0), ("08:30", "FSC-YARD", 0), ("08:30", "ZYZ-HALL", 1), ("08:30", "AAA-HALL", 47),
    ]  # fmt: skip
    close = api.ok("he", "GET", f"{path}&near={VILLAGE}&within=46&seats=40")["items"]
    assert {(each["venue"], each["km"]) for each in close} == {("FSC-YARD", 0), ("ZYZ-HALL", 1)}
    assert api.ok("he", "GET", f"{path}&near={VILLAGE}&within=46&seats=80")["items"] == []
    first = api.ok("he", "GET", path)["items"][0]
    assert first["venue"] == "AAA-HALL" and first["km"] is None, "by code where nothing is asked"
    assert fields(api("he", "GET", f"{path}&within=5&seats=0")) == {"near", "seats"}
    assert fields(api("he", "GET", f"{path}&near=510822999")) == {"near"}


def test_the_office_writes_down_who_answers_without_an_account(api: Api) -> None:
    venues(api)
    topic = scheduled(api)
    moved(move(api, "he", topic, "notify", research="看过断口"))
    path = f"/consultations/{topic['id']}"
    told = {"name": "李小芳", "reply": "yes"}
    assert api("chen", "POST", f"{path}/attendance-reply", told).status_code == 403
    assert fields(api("he", "POST", f"{path}/attendance-reply", {**told, "name": "陈委员"})) == {"name"}, (
        "answers alone"
    )
    assert api.ok("he", "POST", f"{path}/attendance-reply", told)["reply"] == "yes"
    shown = {each["name"]: each for each in api.ok("he", "GET", path)["participants"]}
    assert (shown["李小芳"]["notice"], shown["王大力"]["notice"]) == ("told", "none")
    step = api.ok("he", "GET", f"{path}/history")["items"][-1]
    assert step["trigger"] == "reply" and "李小芳" not in str(step)
    assert api.ok("chen", "POST", f"{path}/attendance-reply", {"reply": "no"})["name"] == "陈委员"


def test_who_has_no_account_is_told_that_a_date_fell_and_it_is_written_down(api: Api) -> None:
    venues(api)
    topic = scheduled(api)
    path = f"/consultations/{topic['id']}/date-tellings"
    assert api.ok("he", "GET", path)["items"] == []
    moved(move(api, "he", topic, "notify", research="看过断口"))
    assert api("he", "POST", path, {"place": 0}).status_code == 409, "the date stands"
    moved(move(api, "an", topic, "postpone", reason="下雨"))
    waiting = api.ok("he", "GET", path)["items"]
    assert [(each["name"], each["told_at"]) for each in waiting] == [("李小芳", None), ("王大力", None)]
    li = {"place": waiting[0]["place"]}
    assert api("chen", "POST", path, li).status_code == 404 and api("chen", "GET", path).status_code == 404
    convenor_has_one = {"place": min({0, 1, 2, 3} - {each["place"] for each in waiting})}
    assert (
        fields(api("he", "POST", path, convenor_has_one))
        == fields(api("he", "POST", path, {"place": "x"}))
        == {"place"}
    )
    first = api.ok("he", "POST", path, li)["items"]
    assert (first[0]["told_by"], first[1]["told_by"]) == (id_of(api, "he"), None) and first[0]["told_at"]
    assert api.ok("an", "POST", path, li)["items"] == first, "it stays as it was said first"
    steps = api.ok("he", "GET", f"/consultations/{topic['id']}/history")["items"]
    assert [each["trigger"] for each in steps].count("tell_off") == 1 and "李小芳" not in str(steps[-1])
    # Called off after that, it is news again for whoever knew of the date.
    moved(move(api, "he", topic, "schedule", **date(api, "bai")))
    assert api.ok("he", "GET", path)["items"] == []
    moved(move(api, "an", topic, "cancel", reason="不开了"))
    assert [each["told_at"] for each in api.ok("he", "GET", path)["items"]] == [None, None]
    assert api.ok("he", "POST", path, li)["items"][0]["told_by"] == id_of(api, "he")


def test_a_date_nobody_knew_of_falls_without_anybody_being_called(api: Api) -> None:
    venues(api)
    topic = scheduled(api)
    moved(move(api, "an", topic, "postpone", reason="下雨"))
    assert api.ok("he", "GET", f"/consultations/{topic['id']}/date-tellings")["items"] == []


def test_a_second_topic_of_the_same_cases_points_at_the_first(api: Api) -> None:
    ids = [str(api.world.report(title=f"第{n}件")) for n in range(3)]
    alone = api.ok("he", "POST", "/consultations", {**TOPIC, "cases": ids[:2]})
    assert alone["warnings"] == []
    second = api.ok("he", "POST", "/consultations", {**TOPIC, "title": "水管", "cases": ids})
    (told,) = second["warnings"]
    assert told["code"] == "same_cases" and f"2 件也在议题 {alone['number']} 里" in told["message"]
    first = api.ok("he", "GET", f"/consultations/{alone['id']}")["warnings"]
    assert [second["number"] in each["message"] for each in first] == [True], "each tells of the other"
    assert api.ok("guan", "GET", f"/consultations/{alone['id']}")["warnings"] == [], "who only looks is told none"
    moved(move(api, "an", second, "drop", reason="同一件事", into=alone["number"]))
    assert api.ok("he", "GET", f"/consultations/{alone['id']}")["warnings"] == []
