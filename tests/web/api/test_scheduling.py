"""Finding dates over HTTP: a regular day keeps the hall, a quarter is planned and taken, a poll is answered and set."""

from typing import Any
from urllib.parse import urlsplit

from tests.web.api.conftest import Api
from tests.web.api.meetings import SPAN, approved, date, id_of, move, moved, people, venues
from tests.web.api.test_manners import fields, problem
from tests.web.desk import Browser
from tests.world import VILLAGE

RULE = {"name": "方石村协商日", "venue": "FSC-HALL", "week": 1, "weekday": 5, "opens": "09:00", "closes": "11:30"}


def test_a_regular_day_is_kept_moved_given_up_and_takes_topics(api: Api) -> None:
    venues(api)
    span = {"first_on": "2026-11-01", "last_on": "2026-12-31"}
    wrong = api("he", "POST", "/regular-days", {**RULE, **span, "closes": "08:00"})
    assert fields(wrong) == {"closes"}
    made = api.ok("he", "POST", "/regular-days", {**RULE, **span})
    path = f"/regular-days/{made['id']}"
    assert [(each["due_on"], each["status"]) for each in made["days"]] == [
        ("2026-11-06", "kept"), ("2026-12-04", "kept"),
    ]  # fmt: skip
    assert api.ok("he", "GET", "/regular-days")["items"][0]["days"] == []
    first, second = (each["id"] for each in made["days"])
    topic = approved(api)
    assert api.ok("he", "POST", f"/consultations/{topic['id']}/regular-day", {"day": first})["day"] == first
    assert api.ok("he", "GET", path)["days"][0]["topics"] == [topic["number"]]
    assert api("he", "PATCH", f"{path}/days/{first}", {"on": None}).status_code == 409, "a topic is on it"
    moved = api.ok("he", "PATCH", f"{path}/days/{second}", {"on": "2026-12-07"})
    assert moved["days"][1]["on_date"] == "2026-12-07"
    assert fields(api("he", "PATCH", f"{path}/days/{second}", {"on": "2026-12-06"})) == {"on"}
    assert api.ok("he", "PATCH", f"{path}/days/{second}", {"on": None})["days"][1]["status"] == "released"
    assert api.ok("he", "POST", f"/consultations/{topic['id']}/regular-day", {"day": None})["day"] is None
    assert api("chen", "POST", "/regular-days", {**RULE, **span}).status_code == 403


def test_a_quarter_is_planned_with_distances_and_taken_item_by_item(api: Api) -> None:
    venues(api)
    table = api.ok("he", "POST", "/distances", {"one": "510822105", "other": "510822106", "km": 31})["items"]
    assert table == [{"one": "510822105", "other": "510822106", "km": 31}]
    assert fields(api("he", "POST", "/distances", {"one": "510822105", "other": "510822105", "km": 1})) == {"other"}
    topic = approved(api)
    asked = {"first": "2026-10-26", "last": "2026-11-30", "halves": ["morning"], "weekdays": ["2", "3"], "minutes": 120}
    asked |= {"venues": ["FSC-HALL"], "topics": [{"id": topic["number"], "people": [id_of(api, "he")], "size": 20}]}
    plan = api.ok("he", "POST", "/quarter-plans", asked)
    assert plan["status"] == "done" and plan["result"]["items"][0]["venue"] == "FSC-HALL"
    assert api.ok("he", "GET", "/quarter-plans")["items"][0]["id"] == plan["id"]
    api.ok("he", "POST", f"/quarter-plans/{plan['id']}/items/{topic['id']}")
    assert api.ok("he", "GET", f"/consultations/{topic['id']}")["state"] == "scheduled"
    assert fields(api("he", "POST", "/quarter-plans", {**asked, "first": "2026-10-01"})) == {"first"}
    turned = api("he", "POST", "/quarter-plans", {**asked, "last": "2026-10-25"}).get_json()["errors"]
    assert [(each["field"], each["code"]) for each in turned] == [("last", "ends_before_it_begins")]
    nobody = api(
        "he", "POST", "/quarter-plans", {**asked, "topics": [{"id": topic["number"], "people": [], "size": 0}]}
    )
    assert fields(nobody) == {"topics[0].people", "topics[0].size"}, "every mistake at once"
    # Who is to be where and when is told to nobody who schedules elsewhere.
    api.join("yuan", "袁干事", "clerk", region="510823")
    assert api.ok("yuan", "GET", "/quarter-plans")["items"] == []
    for method, rest in (("GET", ""), ("POST", "/stop"), ("POST", f"/items/{topic['id']}")):
        assert api("yuan", method, f"/quarter-plans/{plan['id']}{rest}").status_code == 404


def test_everybody_has_a_seat_also_where_only_the_venue_changes(api: Api) -> None:
    venues(api)
    for capacity in (4, 5):
        code = f"HUT-{capacity}"
        api.ok("he", "POST", "/venues", {"code": code, "name": "小屋", "region_code": VILLAGE, "capacity": capacity})
    topic = approved(api)
    # Four come, and the convenor, who does not stand in the list.
    told = problem(move(api, "he", topic, "schedule", **date(api, "bai", venue="HUT-4")), 409)
    assert [each["code"] for each in told["reasons"]] == ["venue_too_small"]
    topic = moved(move(api, "he", topic, "schedule", **date(api, "bai", venue="HUT-5")))
    smaller = {"starts_at": SPAN[0], "ends_at": SPAN[1], "venue": "HUT-4"}
    told = problem(move(api, "he", topic, "reschedule", **smaller), 409)
    assert [each["code"] for each in told["reasons"]] == ["venue_too_small"]
    with_himself = date(api, "bai", venue="HUT-5")
    with_himself["participants"].append({"person": id_of(api, "he"), "part": "convenor", "required": True})
    assert len(moved(move(api, "he", topic, "reschedule", **with_himself))["participants"]) == 5


def test_a_name_set_apart_by_a_space_is_the_same_person(api: Api) -> None:
    venues(api)
    topic = approved(api)
    for trigger, given in (
        ("schedule", date(api, "bai")),
        ("notify", {"research": "看过"}),
    ):
        topic = moved(move(api, "he", topic, trigger, **given))
    path = f"/consultations/{topic['id']}/attendance-reply"
    assert api("he", "POST", path, {"reply": "yes", "name": "王 大力"}).status_code == 200
    assert fields(api("he", "POST", path, {"reply": "yes", "name": 5})) == {"name"}
    twice = move(api, "he", topic, "hold", attended=["王大力", "王 大力"])
    assert fields(twice) == {"fields.attended[1]"}
    said = [{"who": "王大力", "position": "against", "words": "不出工"}]
    held = moved(move(api, "he", topic, "hold", attended=[id_of(api, "bai"), "王\u3000大力"], statements=said))
    came = [(each["name"], each["said"]) for each in held["participants"] if each["attended"] and not each["person"]]
    assert came == [("王大力", "不出工")]


def test_a_poll_is_answered_by_link_and_telephone_and_a_date_is_set(api: Api) -> None:
    venues(api)
    topic = approved(api)
    path = f"/consultations/{topic['id']}/poll"
    assert api("he", "GET", path).status_code == 404
    spans = [
        ("2026-10-26T09:00:00+08:00", "2026-10-26T11:00:00+08:00"),
        ("2026-10-27T09:00:00+08:00", "2026-10-27T11:00:00+08:00"),
    ]
    asked: dict[str, Any] = {
        "options": [{"starts_at": a, "ends_at": b} for a, b in spans],
        "participants": people(api, "bai"),
    }
    asked |= {"venue": "FSC-HALL", "closes_on": "2026-10-20"}
    assert fields(api("he", "POST", path, asked | {"venue": "NONE", "beer": 1})) == {"venue", "beer"}
    cannot: dict[str, dict[str, Any]] = {
        "options[0]": {"options": [{"starts_at": "2026-10-26T11:30:00+08:00", "ends_at": "2026-10-26T14:30:00+08:00"}]},
        "options[1]": {"options": [asked["options"][0], {"starts_at": spans[0][0], "ends_at": spans[1][1]}]},
        "options[0].where": {"options": [{**asked["options"][0], "where": "FSC-YARD"}]},
        "venue": {"venue": "HUT"},
        "convenor": {"convenor": "01a20b9e-1c2d-7000-8000-000000000001"},
    }
    api.ok("he", "POST", "/venues", {"code": "HUT", "name": "小屋", "region_code": VILLAGE, "capacity": 4})
    for name, change in cannot.items():
        assert fields(api("he", "POST", path, {**asked, **change})) == {name}, "nobody is asked about what cannot be"
    for late in ("2026-10-28", "2026-10-01"):
        assert fields(api("he", "POST", path, {**asked, "closes_on": late})) == {"closes_on"}
    poll = api.ok("he", "POST", path, asked)
    assert [each["starts_at"] for each in poll["options"]] == [each[0] for each in spans], "in the office's zone"
    first, second = poll["voters"][:2]
    villager = Browser(api.app.test_client())
    where = urlsplit(first["link"]).path
    assert villager.get(where).status_code == 200
    assert villager.post(where, {"answer.0": "no", "answer.1": "yes"}).status_code in (200, 303)
    told = api.ok("he", "PATCH", f"{path}/voters/{second['id']}", {"answers": {"1": "yes"}})["voters"]
    seen = villager.get(where).get_data(as_text=True)
    assert seen.count("别人已经说的：来 1") == 1 and "来不了 1" not in seen, "the others' answers, not one's own"
    assert [(each["answers"].get("1"), each["by_phone"]) for each in told[:2]] == [("yes", False), ("yes", True)]
    assert fields(api("he", "PATCH", f"{path}/voters/{second['id']}", {"answers": {"9": "yes"}})) == {"answers"}
    steps = api.ok("he", "GET", f"/consultations/{topic['id']}/history")["items"]
    noted = [(each["actor"], each["fields"]["channel"]) for each in steps if each["trigger"] == "answer_poll"]
    assert [channel for _who, channel in noted] == ["link", "phone"] and noted[0][0] != noted[1][0]
    (fresh, *_others) = api.ok("he", "PATCH", f"{path}/voters/{first['id']}", {"renew": True})["voters"]
    assert villager.get(where).status_code == 404 and fresh["link"]
    answers_are_given_up_by_who_says_so(api, path, asked, where=urlsplit(fresh["link"]).path)
    done = api.ok("he", "POST", f"{path}/choice", {"option": 1})
    assert not done["open"] and all(each["link"] is None for each in done["voters"])
    assert api.ok("he", "GET", f"/consultations/{topic['id']}")["starts_at"] == spans[1][0]
    assert api("chen", "GET", path).status_code == 404


def answers_are_given_up_by_who_says_so(api: Api, path: str, asked: dict[str, Any], *, where: str) -> None:
    """Ask a poll again that two have answered: refused until that is said, as it is now, and then done."""
    villager = Browser(api.app.test_client())
    refusal = api("he", "POST", path, asked)
    assert refusal.status_code == 409 and [each["code"] for each in refusal.get_json()["reasons"]] == ["poll_stands"]
    stands = refusal.get_json()["poll"]
    assert (stands["number"], stands["answered"]) == (1, 2) and villager.get(where).status_code == 200
    poll = api.ok("he", "GET", path)
    assert (poll["number"], poll["answered"]) == (1, 2), "nothing was lost"
    for wrong, names in (({"number": 1}, {"replaces.answered"}), (True, {"replaces"}), ({}, set())):
        answer = api("he", "POST", path, {**asked, "replaces": wrong})
        assert fields(answer) == (names or {"replaces.number", "replaces.answered"})
    third = poll["voters"][2]["id"]
    api.ok("he", "PATCH", f"{path}/voters/{third}", {"answers": {"0": "maybe"}})
    for old in ({"number": 1, "answered": 2}, {"number": 2, "answered": 3}):
        assert api("he", "POST", path, {**asked, "replaces": old}).status_code == 409, "one more has answered since"
    again = api.ok("he", "POST", path, {**asked, "replaces": {"number": 1, "answered": 3}})
    assert (again["number"], again["answered"]) == (2, 0) and villager.get(where).status_code == 404
    (topic, _) = path.removeprefix("/consultations/").split("/")
    steps = api.ok("he", "GET", f"/consultations/{topic}/history")["items"]
    assert [each["fields"].get("replaces") for each in steps if each["trigger"] == "poll"][-1] == {
        "number": 1,
        "answered": 3,
    }
