"""Consultations over HTTP: brought by whoever may, scheduled without a clash, held, minuted, converted, evaluated."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine

from casework.consultations.tables import Consultation
from casework.registry.calendar import load_calendar
from tests.web.api.conftest import Api
from tests.web.api.meetings import (
    AGREED,
    HALL,
    SPAN,
    TOPIC,
    YARD,
    approved,
    date,
    held,
    id_of,
    minuted,
    move,
    scheduled,
    venues,
)
from tests.web.api.test_manners import fields, problem
from tests.world import TOWN
from workflows.firing import sweep


def test_a_topic_goes_from_the_village_to_the_archive(api: Api) -> None:
    venues(api)
    topic = api.ok("cun", "POST", "/consultations", TOPIC)
    assert (topic["state"], topic["number"], topic["overdue"]) == ("collected", "QC-XS-2026-000001", False)
    assert topic["deadlines"][0]["kind"] == "screen"
    assert move(api, "cun", topic, "screen", scores={}).status_code == 403
    assert fields(move(api, "he", topic, "screen", scores={"urgency": 6, "breadth": 1})) == {
        "fields.scores.urgency",
        "fields.scores.feasibility",
    }
    topic = move(api, "he", topic, "screen", scores={"urgency": 4, "breadth": 3, "feasibility": 5}).get_json()
    assert topic["scores"] == {"urgency": 4, "breadth": 3, "feasibility": 5}
    assert problem(move(api, "he", topic, "hold", attended=[]), 409)["available_triggers"] == ["drop"]
    assert move(api, "he", topic, "approve", authority="office").status_code == 403
    assert move(api, "lu", topic, "approve", authority="chair_meeting").get_json()["state"] == "approved"
    topic = move(api, "he", topic, "schedule", **date(api, "bai")).get_json()
    assert (topic["state"], topic["venue"], topic["convenor"]["name"]) == ("scheduled", "FSC-HALL", "何干事")
    assert topic["notice_on"] == "2026-10-15" and topic["starts_at"] == SPAN[0]
    assert (topic["notice"]["notices_by"], topic["notice"]["materials_by"]) == ("2026-10-15", "2026-10-16")
    assert {each["code"] for each in topic["warnings"]} == {"make_up_members"}
    # Nobody is asked to a meeting that nobody has looked into before.
    assert fields(move(api, "he", topic, "notify")) == {"fields.research"}
    api.ok(
        "he", "POST", f"/consultations/{topic['id']}/attachments", data={"file": (BytesIO("调研".encode()), "a.txt")}
    )
    topic = move(api, "he", topic, "notify").get_json()
    assert {each["name"]: each["notice"] for each in topic["participants"]}["李小芳"] == "none"
    seen = api.ok("chen", "GET", f"/consultations/{topic['id']}")["participants"]
    assert {each["notice"] for each in seen} == {None}, "how far a notice has come is for who runs the meeting"
    answered = api.ok("chen", "POST", f"/consultations/{topic['id']}/attendance-reply", {"reply": "yes"})
    assert (answered["reply"], answered["person"]) == ("yes", id_of(api, "chen"))
    assert api("jiao", "POST", f"/consultations/{topic['id']}/attendance-reply", {"reply": "yes"}).status_code == 404
    assert api("an", "POST", f"/consultations/{topic['id']}/attendance-reply", {"reply": "yes"}).status_code == 403
    there = [id_of(api, "bai"), "李小芳"]
    wrong = [{"who": "王五", "position": "for"}, {"who": "李小芳", "position": "angry"}, {"position": "for"}]
    assert fields(move(api, "he", topic, "hold", attended=there, statements=wrong)) == {
        "fields.statements[0].who", "fields.statements[1].position", "fields.statements[2].who",
    }  # fmt: skip
    said = [{"who": "李小芳", "position": "against", "words": "先定水费"}, {"who": "白工", "position": "for"}]
    assert fields(move(api, "he", topic, "hold", attended=there, statements=[*said, *said])) == {
        "fields.statements[2].who", "fields.statements[3].who",
    }  # fmt: skip
    came = move(api, "he", topic, "hold", attended=there, statements=said).get_json()
    heard = {each["name"]: (each["position"], each["said"]) for each in came["participants"] if each["attended"]}
    assert heard == {"李小芳": ("against", "先定水费"), "白工": ("for", "")}
    steps = api.ok("he", "GET", f"/consultations/{topic['id']}/history")["items"]
    assert steps[-1]["fields"]["statements"] == {"against": 1, "for": 1} and "先定水费" not in str(steps)
    assert {each["code"] for each in came["warnings"]} == {"date_not_reached", "quorum", "make_up_members"}
    assert all(each["message"] for each in came["warnings"])


def test_what_was_agreed_is_minuted_converted_followed_and_archived(api: Api) -> None:
    venues(api)
    topic = held(api)
    wrong = {"minutes": "谈成了。", "consensus": [{"text": "修管"}, {"text": "出工", "org": "XX", "due_on": "31"}]}
    assert fields(move(api, "he", topic, "minute", **wrong)) == {
        "fields.consensus[0].org",
        "fields.consensus[0].due_on",
        "fields.consensus[1].org",
        "fields.consensus[1].due_on",
    }
    topic = move(api, "he", topic, "minute", minutes="谈成了。", consensus=list(AGREED)).get_json()
    # Whose unit is to act and was not there is told: 白工 of the one came, nobody of the town.
    assert [(each["code"], each["message"][:3]) for each in topic["warnings"]] == [("unit_not_there", "竹园镇")]
    assert [(each["n"], each["org"]["code"]) for each in topic["consensus"]] == [(1, "SLJ"), (2, "ZYZ")]
    # Whom it is agreed with may read it.
    assert api.ok("zhen", "GET", f"/consultations/{topic['id']}")["minutes"] == "谈成了。"
    told = problem(move(api, "he", topic, "implement"), 409)
    assert told["reasons"][0]["code"] == "items_unconverted" and "（第 1、2 项）" in told["reasons"][0]["message"]
    for n in (1, 2):
        api.ok("he", "POST", f"/consultations/{topic['id']}/consensus/{n}/convert", {"into": "case"})
    assert move(api, "he", topic, "implement").get_json()["state"] == "implementing"
    assert fields(move(api, "he", topic, "evaluate", satisfaction="satisfied", realised={"3": True, "1": 1})) == {
        "fields.realised.3",
        "fields.realised.1",
    }
    done = move(api, "he", topic, "evaluate", satisfaction="satisfied", realised={"1": True, "2": False}).get_json()
    assert [each["realised"] for each in done["consensus"]] == [True, False]
    assert move(api, "he", topic, "archive").status_code == 403
    assert move(api, "an", topic, "archive").get_json()["state"] == "archived"
    assert problem(move(api, "he", topic, "minute", minutes="再写", consensus=[]), 409)["available_triggers"] == []
    history = api.ok("he", "GET", f"/consultations/{topic['id']}/history")["items"]
    assert [each["trigger"] for each in history] == [
        *("report", "screen", "approve", "schedule", "notify", "hold", "minute"),
        *("convert", "convert", "implement", "evaluate", "archive"),
    ]
    assert "李小芳" not in str(history)


def test_who_may_bring_a_topic_and_who_may_know_of_it(api: Api) -> None:
    for who in ("chen", "cun", "bai", "lu"):
        # A member of the county, the village's liaison, a unit as itself, and the office.
        topic = api.ok(who, "POST", "/consultations", TOPIC)
        assert topic["org"] == ({"code": "SLJ", "name": "县水利局"} if who == "bai" else None)
    for who in ("guan", "jin", "guanli"):
        assert api(who, "POST", "/consultations", TOPIC).status_code == 403
    assert fields(api("cun", "POST", "/consultations", {**TOPIC, "region_code": TOWN})) == {"region_code"}
    assert fields(api("bai", "POST", "/consultations", {**TOPIC, "org": "JYJ"})) == {"region_code"}
    seen = {
        who: len(api.ok(who, "GET", "/consultations")["items"]) for who in ("he", "guan", "cun", "chen", "bai", "zhen")
    }
    assert seen == {"he": 4, "guan": 4, "cun": 4, "chen": 1, "bai": 1, "zhen": 0}
    mistakes = {**TOPIC, "title": "", "kind": "x", "source": None, "cases": ["1"], "extra": 1, "reason": " "}
    assert fields(api("he", "POST", "/consultations", mistakes)) == {
        *("title", "kind", "source", "cases[0]", "extra", "reason"),
    }


def test_a_double_booked_venue_convenor_or_required_participant_is_refused_with_who_and_when(api: Api) -> None:
    venues(api)
    first = scheduled(api, "bai")
    other = approved(api, title="校车停靠点设在哪里")
    late = ("2026-10-20T10:30:00+08:00", "2026-10-20T12:00:00+08:00")
    told = problem(move(api, "he", other, "schedule", **date(api, "bai", span=late)), 409)
    assert told["title"] == "clash" and told["available_triggers"]
    assert [(each["what"], each["id"], each["title"], each["starts_at"]) for each in told["clashes"]] == [
        ("venue", first["id"], first["title"], SPAN[0]),
        ("convenor", first["id"], first["title"], SPAN[0]),
        ("participant", first["id"], first["title"], SPAN[0]),
    ]
    # Where people are taken no other hall helps: the next time at which all are free in the same hall does.
    (way,) = told["alternatives"]
    assert (way["what"], way["venue"], way["starts_at"]) == ("time", "FSC-HALL", "2026-10-20T14:00:00+08:00")
    # Where only the hall is taken others are offered, the village's own yard before the town's.
    free = date(api, span=late, convenor=id_of(api, "an"))
    ways = problem(move(api, "he", other, "schedule", **free), 409)["alternatives"]
    assert [(each["what"], each["venue"], each["km"]) for each in ways] == [
        ("venue", "FSC-YARD", 0),
        ("venue", "ZYZ-HALL", 1),
        ("time", "FSC-HALL", 0),
    ]
    # A reason lets people pass, never the venue or the convenor.
    forced = date(api, "bai", span=late, override_reason="只讲十分钟")
    whats = [each["what"] for each in problem(move(api, "he", other, "schedule", **forced), 409)["clashes"]]
    assert whats == ["venue", "convenor"]
    elsewhere = {**forced, "venue": "FSC-YARD", "convenor": id_of(api, "an")}
    assert [
        each["what"]
        for each in problem(move(api, "he", other, "schedule", **{**elsewhere, "override_reason": ""}), 409)["clashes"]
    ] == ["participant"]
    assert move(api, "he", other, "schedule", **elsewhere).get_json()["override_reason"] == "只讲十分钟"
    # Put off, it gives free what it kept; directly after another one there is no clash.
    assert move(api, "an", first, "postpone", reason="下雨").get_json()["state"] == "postponed"
    third = approved(api, title="村道路灯装几盏")
    assert move(api, "he", third, "schedule", **date(api)).status_code == 200
    after = date(api, "bai", span=(SPAN[1], "2026-10-20T12:00:00+08:00"), override_reason="接着开")
    assert move(api, "he", first, "schedule", **after).status_code == 200


def test_a_date_that_stands_is_moved_with_everything_else_as_it_was(api: Api) -> None:
    venues(api)
    topic = scheduled(api, "bai")
    others = scheduled(api, title="校车停靠点设在哪里", span=("2026-10-21T09:00:00+08:00", "2026-10-21T11:00:00+08:00"))
    # An hour later it overlaps its own old date, which is no clash.
    later = {"starts_at": "2026-10-20T10:00:00+08:00", "ends_at": "2026-10-20T12:00:00+08:00"}
    moved = move(api, "he", topic, "reschedule", **later).get_json()
    assert (moved["state"], moved["starts_at"], moved["venue"]) == ("scheduled", later["starts_at"], "FSC-HALL")
    assert [each["name"] for each in moved["participants"]] == [each["name"] for each in topic["participants"]]
    clocks = [each["status"] for each in moved["deadlines"] if each["kind"] == "notice"]
    assert clocks == ["running"]
    taken = {"starts_at": others["starts_at"], "ends_at": others["ends_at"]}
    told = problem(move(api, "he", topic, "reschedule", **taken), 409)
    assert told["title"] == "clash" and told["alternatives"]
    shut = {"starts_at": "2026-10-20T12:00:00+08:00", "ends_at": "2026-10-20T13:00:00+08:00"}
    assert problem(move(api, "he", topic, "reschedule", **shut), 409)["reasons"][0]["code"] == "venue_closed_then"
    topic = move(api, "he", topic, "notify", research="看过").get_json()
    api.ok("chen", "POST", f"/consultations/{topic['id']}/attendance-reply", {"reply": "yes"})
    known = move(api, "he", topic, "reschedule", starts_at=SPAN[0], ends_at=SPAN[1]).get_json()
    # The answers were to another date; the meeting's own clock runs to the new one.
    assert (known["state"], {each["reply"] for each in known["participants"]}) == ("notified", {None})
    assert [each["kind"] for each in known["deadlines"] if each["status"] == "running"] == ["meeting"]
    assert move(api, "cun", topic, "reschedule", starts_at=SPAN[0], ends_at=SPAN[1]).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_at": "2026-10-13T09:00:00+08:00"}, "starts_at"),
        ({"ends_at": SPAN[0]}, "ends_at"),
        ({"ends_at": "2026-10-22T09:00:00+08:00"}, "ends_at"),
        ({"ends_at": "2026-10-20T12:30:00+08:00"}, "venue"),
        ({"venue": "NIRGENDS"}, "venue"),
        ({"participants": [{"name": f"村民{n}", "part": "guest", "required": False} for n in range(31)]}, "venue"),
        ({"participants": [{"name": "李小芳", "part": "guest", "required": False}] * 2}, "participants[1]"),
        ({"participants": [{"part": "guest", "required": False}]}, "participants[0].name"),
        ({"participants": [{"person": "7", "part": "x"}]}, "participants[0].person"),
        ({"convenor": "7"}, "convenor"),
    ],
)
def test_a_date_that_cannot_be_is_refused_on_its_field(change: dict[str, Any], field: str, api: Api) -> None:
    venues(api)
    topic = approved(api)
    assert f"fields.{field}" in fields(move(api, "he", topic, "schedule", **{**date(api, "bai"), **change}))
    assert api.ok("he", "GET", f"/consultations/{topic['id']}")["participants"] == []


def test_something_agreed_is_converted_once(api: Api) -> None:
    venues(api)
    topic = minuted(api)
    path = f"/consultations/{topic['id']}/consensus"
    made = api.ok("he", "POST", f"{path}/1/convert", {"into": "case"})
    assert (made["channel"], made["title"], made["state"]) == ("consultation", AGREED[0]["text"], "reported")
    again = api("he", "POST", f"{path}/1/convert", {"into": "case"})
    assert again.status_code == 200 and again.get_json()["id"] == made["id"]
    assert problem(api("he", "POST", f"{path}/1/convert", {"into": "suggestion"}), 409)
    assert api("he", "POST", f"{path}/2/convert", {"into": "suggestion"}).status_code == 201
    advice = api("he", "POST", f"{path}/2/convert", {"into": "suggestion"})
    assert advice.status_code == 200 and advice.get_json()["content"] == AGREED[1]["text"]
    assert api("he", "POST", f"{path}/3/convert", {"into": "case"}).status_code == 404
    assert fields(api("he", "POST", f"{path}/2/convert", {"into": "wish"})) == {"into"}
    assert api("bai", "POST", f"{path}/2/convert", {"into": "case"}).status_code == 403
    shown = api.ok("he", "GET", f"/consultations/{topic['id']}")
    assert [(each["into"], each["record"]) for each in shown["consensus"]] == [
        ("case", made["id"]),
        ("suggestion", advice.get_json()["id"]),
    ]
    assert {each["status"] for each in shown["deadlines"] if each["kind"] == "convert"} == {"met"}


def test_what_was_agreed_and_not_converted_falls_due_after_three_working_days(api: Api) -> None:
    venues(api)
    topic = minuted(api)
    api.ok("he", "POST", f"/consultations/{topic['id']}/consensus/1/convert", {"into": "case"})
    with api.office.db.reading() as session:
        due_at = load_calendar(session).shift(datetime(2026, 10, 14, 9, 30, tzinfo=UTC), 3)
    clocks = api.ok("he", "GET", f"/consultations/{topic['id']}")["deadlines"]
    left = [each for each in clocks if each["kind"] == "convert" and each["status"] == "running"]
    assert [datetime.fromisoformat(each["due_at"]) for each in left] == [due_at]
    sweep(api.office.db, at=due_at + timedelta(minutes=1))
    history = api.ok("he", "GET", f"/consultations/{topic['id']}/history")["items"]
    assert [each["trigger"] for each in history if each["actor"]["name"] == "system"] == ["urge"]


def test_free_times_are_found_earliest_first_beyond_the_known_plan_too(api: Api) -> None:
    venues(api)
    scheduled(api, "bai")
    found = api.ok(
        "he",
        "GET",
        f"/consultations/slots?from=2026-10-20&to=2026-10-20&minutes=120&person={id_of(api, 'bai')}&venue=FSC-HALL",
    )
    starts = [each["starts_at"][11:16] for each in found["items"]]
    # The morning is taken until eleven, the hall shuts from twelve to two, the office at half past five.
    assert starts == ["14:00", "14:30", "15:00", "15:30"]
    assert {each["venue"] for each in found["items"]} == {"FSC-HALL"}
    any_room = api.ok("he", "GET", "/consultations/slots?from=2026-10-14&to=2026-10-20&minutes=60&limit=3")["items"]
    assert [(each["starts_at"], each["venue"]) for each in any_room] == [
        ("2026-10-14T09:30:00+08:00", code) for code in ("FSC-HALL", "FSC-YARD", "ZYZ-HALL")
    ]
    far = api.ok("he", "GET", "/consultations/slots?from=2031-01-01&to=2031-01-31&minutes=60&limit=1")["items"]
    assert far and far[0]["starts_at"].startswith("2031-01-0")
    assert fields(api("he", "GET", "/consultations/slots?from=2026-10-20&to=2026-10-19&minutes=60")) == {"to"}
    wrong = "/consultations/slots?from=x&minutes=1&person=7&venue=NO&slot=1"
    assert fields(api("he", "GET", wrong)) == {"from", "minutes", "person", "venue", "slot"}


def test_a_venue_is_entered_mended_and_listed(api: Api) -> None:
    venues(api)
    assert [each["code"] for each in api.ok("chen", "GET", "/venues")["items"]] == ["FSC-HALL", "FSC-YARD", "ZYZ-HALL"]
    page = api.ok("chen", "GET", "/venues?limit=2")
    assert [each["code"] for each in api.ok("chen", "GET", f"/venues?limit=2&cursor={page['next']}")["items"]] == [
        "ZYZ-HALL"
    ]
    assert problem(api("he", "POST", "/venues", HALL), 409)["reasons"][0]["code"] == "venue_exists"
    assert api("chen", "POST", "/venues", HALL).status_code == 403
    wrong = {"code": "X", "name": "", "region_code": "999999", "capacity": 0, "hours": "9-12"}
    assert fields(api("he", "POST", "/venues", wrong)) == {"name", "region_code", "capacity", "hours"}
    assert api.ok("he", "PATCH", "/venues/FSC-YARD", {"hours": "09:00-18:00", "capacity": 20})["version"] == 2
    assert api("chen", "PATCH", "/venues/FSC-YARD", {"capacity": 30}).status_code == 403
    api.ok("he", "POST", "/venues", {**YARD, "code": "院坝/3组"})
    assert api.ok("he", "PATCH", "/venues/院坝/3组", {"capacity": 9})["capacity"] == 9, "a code may have a slash in it"
    assert api.ok("he", "GET", "/venues/院坝%2F3组")["code"] == "院坝/3组"


def test_a_topic_that_says_the_same_goes_on_in_the_other(api: Api) -> None:
    mine, theirs = str(api.world.report()), str(api.world.report(title="五组也吃不上水"))
    first = api.ok("he", "POST", "/consultations", {**TOPIC, "cases": [mine]})
    second = api.ok("he", "POST", "/consultations", {**TOPIC, "cases": [mine, theirs]})
    drop = {"reason": "说的是同一件事"}
    for wrong, code in (("QC-XS-2026-999999", "no_such_topic"), (second["id"], "own_topic")):
        (told,) = problem(move(api, "he", second, "drop", **drop, into=wrong), 422)["errors"]
        assert (told["field"], told["code"]) == ("fields.into", code)
    joined = move(api, "he", second, "drop", **drop, into=first["id"]).get_json()
    assert (joined["state"], joined["joined_to"]["number"]) == ("dropped", first["number"])
    kept = api.ok("he", "GET", f"/consultations/{first['id']}")
    # Each case once; who took what in stands in the history of both.
    assert {each["id"] for each in kept["cases"]} == {mine, theirs}
    (told,) = [
        row
        for row in api.ok("he", "GET", f"/consultations/{first['id']}/history")["items"]
        if row["trigger"] == "absorb"
    ]
    assert told["fields"]["number"] == second["number"]
    third = api.ok("he", "POST", "/consultations", TOPIC)
    (over,) = problem(move(api, "he", third, "drop", **drop, into=second["id"]), 422)["errors"]
    assert over["code"] == "topic_is_over" and second["number"] in over["message"]


def test_a_topic_comes_out_of_cases_and_is_mended(api: Api) -> None:
    case_id = str(api.world.report())
    topic = api.ok("he", "POST", "/consultations", {**TOPIC, "source": "case_cluster", "cases": [case_id]})
    assert [each["id"] for each in topic["cases"]] == [case_id]
    again = api.ok("he", "POST", "/consultations", TOPIC)
    screened = move(api, "he", again, "screen", scores={"urgency": 1, "breadth": 1, "feasibility": 1}).get_json()
    (told,) = screened["warnings"]
    assert told["code"] == "topic_brought_before" and topic["number"] in told["message"]
    led = str(api.world.assigned())
    venues(api)
    other = approved(api, source="case_cluster", cases=[led])
    asked = {**date(api, "an"), "convenor": id_of(api, "bai")}
    warned = move(api, "he", other, "schedule", **asked).get_json()["warnings"]
    assert warned[0]["code"] == "convenor_is_party" and "白工" in warned[0]["message"]
    found = api.ok("he", "GET", f"/consultations?case={case_id}&state=collected&kind=youshi&region=510822105&q=引水")
    assert [each["id"] for each in found["items"]] == [topic["id"]]
    assert api.ok("he", "GET", "/consultations?state=archived")["items"] == []
    assert fields(api("he", "GET", "/consultations?state=x&colour=1")) == {"state", "colour"}
    path = f"/consultations/{topic['id']}"
    mended = api.ok(
        "he", "PATCH", path, {"title": "引水管道怎么修", "research": "看过两处"}, headers={"If-Match": '"1"'}
    )
    assert (mended["title"], mended["version"]) == ("引水管道怎么修", 2)
    assert api("he", "PATCH", path, {"title": "再改"}, headers={"If-Match": '"1"'}).status_code == 412
    assert api("cun", "PATCH", path, {"title": "再改"}).status_code == 403
    assert problem(api("he", "PATCH", path, {"minutes": "先写"}), 409)["reasons"][0]["code"] == "no_minutes_yet"
    assert api.ok("he", "POST", f"{path}/comments", {"text": "先听听三组"})["comment"] == "先听听三组"


def test_a_villager_is_masked_for_who_only_looks(api: Api) -> None:
    venues(api)
    topic = scheduled(api, "bai")
    names = {each["name"] for each in api.ok("guan", "GET", f"/consultations/{topic['id']}")["participants"]}
    assert "李小芳" not in names and "白工" in names
    assert "李小芳" in {each["name"] for each in api.ok("bai", "GET", f"/consultations/{topic['id']}")["participants"]}


def test_a_meeting_on_a_theme_counts_once_among_those_held(api: Api) -> None:
    venues(api)
    with time_machine.travel(datetime(2022, 5, 1, 1, tzinfo=UTC), tick=False):
        span = ("2022-05-10T09:00:00+08:00", "2022-05-10T11:00:00+08:00")
        minuted(api, kind="thematic", span=span)
        asked = "campaign=SLSC-2022&as_of=2022-06-30"
        figures = {each["key"]: each["exact"] for each in api.ok("he", "GET", f"/figures?{asked}")["figures"]}
    assert figures["consultations_held"] == 1
    with api.office.db.reading() as session:
        assert session.query(Consultation).one().activity_id is not None
