"""What happens beside the moves: questions to co-units, more time, notes, urging, parts, links, lifted masks."""

from datetime import timedelta

import time_machine

from casework.matters.tables import OutboxEvent
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem
from tests.world import MORNING

ASK = {"org": "ZYZ", "question": "镇上能出几个工日", "due_on": "2026-10-20"}


def test_a_question_is_asked_answered_and_waited_for(api: Api) -> None:
    case_id = str(api.world.coordinated())
    path = f"/cases/{case_id}/co-tasks"
    response = api("bai", "POST", path, ASK)
    task = response.get_json()
    assert response.status_code == 201 and task["status"] == "open" and task["org_name"] == "竹园镇人民政府"
    case = api.ok("bai", "GET", f"/cases/{case_id}")
    assert case["co_tasks"] == [task] and case["co_orgs"] == ["ZYZ"]
    assert next(each for each in case["deadlines"] if each["kind"] == "co_task")["subject"] == task["id"]
    assert "resolve" not in case["available_triggers"]
    assert "竹园镇人民政府" in problem(api.move("bai", case_id, "resolve", result_class="A", reply="好"), 409)["detail"]
    problem(api("bai", "PATCH", f"{path}/{task['id']}", {"answer": "十个"}), 403)
    problem(api("zhen", "PATCH", f"{path}/{task['id']}", {"waive": "不用了"}), 403)
    assert fields(api("zhen", "PATCH", f"{path}/{task['id']}", {})) == {"answer"}
    answered = api.ok("zhen", "PATCH", f"{path}/{task['id']}", {"answer": "出十个工日"})
    assert answered["status"] == "answered" and answered["version"] == 2
    problem(api("zhen", "PATCH", f"{path}/{task['id']}", {"answer": "再答"}), 409)
    assert api.move("bai", case_id, "resolve", result_class="A", reply="好").status_code == 200


def test_the_leading_unit_is_not_asked_by_itself(api: Api) -> None:
    case_id = str(api.world.coordinated())
    lead = api.ok("bai", "GET", f"/cases/{case_id}")["org"]
    told = problem(api("bai", "POST", f"/cases/{case_id}/co-tasks", {**ASK, "org": lead}), 409)
    assert told["reasons"][0]["code"] == "lead_asks_itself"
    assert api.ok("bai", "GET", f"/cases/{case_id}/co-tasks")["items"] == []


def test_a_question_is_waived_by_name_with_a_reason(api: Api) -> None:
    case_id = str(api.world.coordinated())
    task = api.ok("he", "POST", f"/cases/{case_id}/co-tasks", ASK)
    waived = api.ok("he", "PATCH", f"/cases/{case_id}/co-tasks/{task['id']}", {"waive": "已口头答复"})
    assert waived["status"] == "waived" and waived["waive_reason"] == "已口头答复"
    assert api.ok("he", "GET", f"/cases/{case_id}/co-tasks")["items"] == [waived]


def test_all_mistakes_of_a_question_are_told_at_once(api: Api) -> None:
    case_id = str(api.world.coordinated())
    wrong = {"org": "NOPE", "question": "", "due_on": "2026-10-01", "x": 1}
    assert fields(api("he", "POST", f"/cases/{case_id}/co-tasks", wrong)) == {"org", "question", "due_on", "x"}
    assert problem(api("he", "POST", f"/cases/{api.world.assigned()}/co-tasks", ASK), 409)


def test_more_time_is_asked_before_the_clock_is_due_and_decided_by_another(
    api: Api, clock: time_machine.Traveller
) -> None:
    case_id = str(api.world.assigned())
    path, body = f"/cases/{case_id}/extensions", {"until": "2026-10-30", "reason": "管材在路上"}
    assert fields(api("bai", "POST", path, {"until": "31.10.2026", "reason": " "})) == {"until", "reason"}
    problem(api("he", "POST", path, body), 403)
    request = api.ok("bai", "POST", path, body)
    assert request["status"] == "requested" and request["requested_by"]["name"] == "白工"
    assert api.ok("he", "GET", f"/cases/{case_id}")["extensions"] == [request], "the case names the asker too"
    problem(api("bai", "POST", path, body), 409)
    problem(api("bai", "PATCH", f"{path}/{request['id']}", {"grant": True, "reason": "行"}), 403)
    problem(api("he", "PATCH", f"{path}/{request['id']}", {"grant": True, "reason": "行"}), 403)
    assert fields(api("an", "PATCH", f"{path}/{request['id']}", {"grant": "yes"})) == {"grant", "reason"}
    granted = api.ok("an", "PATCH", f"{path}/{request['id']}", {"grant": True, "reason": "确实要等"})
    assert granted["status"] == "granted" and granted["decided_by"]["name"] == "安老师"
    handle = [e for e in api.ok("bai", "GET", f"/cases/{case_id}")["deadlines"] if e["kind"] == "handle"]
    assert [each["due_at"] for each in handle] == ["2026-10-30T17:30:00+08:00"], "one entry a clock"
    assert "2026-10-30" in handle[0]["rule"]
    problem(api("an", "PATCH", f"{path}/{request['id']}", {"grant": False, "reason": "不"}), 409)
    clock.move_to(MORNING + timedelta(days=30))
    assert problem(api("bai", "POST", path, {**body, "until": "2026-12-01"}), 409)


def test_a_note_tells_whom_it_names(api: Api) -> None:
    case_id = str(api.world.assigned())
    text = "@白工 和 @he 请看，邮箱 x@bai.cn 不算，@没有这个人 也不算"
    made = api.ok("an", "POST", f"/cases/{case_id}/comments", {"text": text})
    assert made["trigger"] == "comment" and made["comment"] == text and made["from_state"] == made["to_state"]
    wanted = [str(api.world[name].person_id) for name in ("bai", "he")]
    assert made["fields"]["mentions"] == wanted
    with api.office.db.reading() as session:
        event = session.query(OutboxEvent).where(OutboxEvent.event == "case.commented").one()
        assert event.facts["mentions"] == wanted
    assert api.ok("an", "GET", f"/cases/{case_id}")["comments_total"] == 1
    assert fields(api("an", "POST", f"/cases/{case_id}/comments", {"text": "\u200b", "x": 1})) == {"text", "x"}
    assert fields(api("an", "POST", f"/cases/{case_id}/comments", {"text": "字" * 4001})) == {"text"}
    problem(api("guan", "POST", f"/cases/{case_id}/comments", {"text": "好"}), 403)


def test_urging_reminds_the_unit_that_has_it(api: Api) -> None:
    case_id = str(api.world.assigned())
    made = api.ok("he", "POST", f"/cases/{case_id}/urge", {"text": "今天给个回话"})
    assert made["trigger"] == "urge_unit" and made["comment"] == "今天给个回话"
    with api.office.db.reading() as session:
        event = session.query(OutboxEvent).where(OutboxEvent.event == "case.urged").one()
        assert event.facts["org_id"] == str(api.world.orgs["SLJ"])
        assert event.facts["request"], "the log lines of telling it carry the id of the request"
    assert api("he", "POST", f"/cases/{case_id}/urge", {}).status_code == 201
    problem(api("bai", "POST", f"/cases/{case_id}/urge", {}), 403)
    assert api.move("he", case_id, "suspend", reason="等雨停", until="2026-12-01").status_code == 200
    assert (
        problem(api("he", "POST", f"/cases/{case_id}/urge", {}), 409)["reasons"][0]["code"] == "suspended_is_not_urged"
    )
    assert problem(api("he", "POST", f"/cases/{api.world.report()}/urge", {}), 409)


def test_a_report_with_several_troubles_becomes_several_cases(api: Api) -> None:
    case_id = str(api.world.report())
    parts = [{"title": "水管断了", "description": "三组"}, {"title": "路也断了", "description": "通村路"}]
    made = api.ok("he", "POST", f"/cases/{case_id}/split", {"parts": parts})["items"]
    assert [each["title"] for each in made] == ["水管断了", "路也断了"]
    part = api.ok("he", "GET", f"/cases/{made[0]['id']}")
    assert part["split_from"] == case_id and part["reporter"]["name"] == "李*芳"
    wrong = {"parts": [{"title": "", "x": 1}, 5]}
    assert fields(api("he", "POST", f"/cases/{case_id}/split", wrong)) >= {"parts.0.title", "parts.0.x", "parts.1"}
    problem(api("he", "POST", f"/cases/{api.world.resolved()}/split", {"parts": parts}), 409)


def test_cases_that_belong_together_are_linked_both_ways_once(api: Api) -> None:
    one, two = str(api.world.report()), str(api.world.report("chen"))
    number = api.ok("he", "GET", f"/cases/{two}")["number"]
    for _ in range(2):
        api.ok("he", "POST", f"/cases/{one}/links", {"to": number})
    assert [each["id"] for each in api.ok("he", "GET", f"/cases/{one}/links")["items"]] == [two]
    assert [each["id"] for each in api.ok("he", "GET", f"/cases/{two}/links")["items"]] == [one]
    assert api.ok("chen", "GET", f"/cases/{two}/links")["items"] == [], "hidden ones are not told of"
    assert fields(api("he", "POST", f"/cases/{one}/links", {})) == {"to"}
    problem(api("he", "POST", f"/cases/{one}/links", {"to": one}), 409)


def test_a_mask_is_lifted_with_a_reason_logged_and_capped(api: Api) -> None:
    case_id = api.world.assigned()
    path = f"/cases/{case_id}/reveal"
    assert fields(api("bai", "POST", path, {"field": "address"})) == {"field", "reason"}
    shown = api.ok("bai", "POST", path, {"field": "name", "reason": "上门要找人"})
    assert shown == {"field": "name", "value": "李小芳", "left_today": 49}
    assert api.ok("bai", "POST", path, {"field": "id_number", "reason": "核对"})["value"] is None
    for who in ("guan", "zhen", "shen", "cun"):
        assert api(who, "POST", path, {"field": "name", "reason": "看看"}).status_code in (403, 404)
    for _ in range(48):
        api.ok("bai", "POST", path, {"field": "phone", "reason": "回访"})
    told = problem(api("bai", "POST", path, {"field": "phone", "reason": "回访"}), 429)
    assert told["detail"]
    assert api("shui", "POST", path, {"field": "phone", "reason": "回访"}).status_code == 200
