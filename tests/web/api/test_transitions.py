"""Moving a case through the API: the order in which it is judged, versions, and every sentence of the workflow."""

from typing import Any

import pytest

from casework.core.ids import new_id
from casework.registry.tables import Person, RoleGrant
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem

UNKNOWN = "01a137ec-0000-7000-8000-000000000000"


def states(api: Api, case_id: Any) -> str:
    return str(api.ok("an", "GET", f"/cases/{case_id}")["state"])


def test_a_move_is_judged_in_the_promised_order(api: Api) -> None:
    case_id = api.world.report()
    path = f"/cases/{case_id}/transitions"
    # Who, before anything.
    assert api(None, "POST", path, {"trigger": "fly"}).status_code == 401
    # Visible, before what was sent is read.
    response = api("ding", "POST", path, data=b"{", headers={"Content-Type": "application/json"})
    assert response.status_code == 404
    # Readable, before the trigger; a known trigger, before the state.
    assert api("chen", "POST", path, data=b"{", headers={"Content-Type": "application/json"}).status_code == 404
    assert api("he", "POST", path, data=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert fields(api("he", "POST", path, {"trigger": "fly", "fields": {"org": "NOPE"}})) == {"trigger"}
    assert fields(api("guan", "POST", path, {"trigger": "fly"})) == {"trigger"}
    assert fields(api("he", "POST", path, {})) == {"trigger"}
    assert fields(api("he", "POST", path, {"trigger": 7, "state": "closed"})) == {"trigger", "state"}
    # Possible in this state, before the role and the fields: an observer who may see it hears 409, with what is possible.
    told = problem(api("guan", "POST", path, {"trigger": "close", "fields": {"nonsense": 1}}), 409)
    assert told["available_triggers"] == []
    told = problem(api("he", "POST", path, {"trigger": "resolve"}), 409)
    assert told["available_triggers"] == ["assign", "decline", "merge"]
    # Allowed, before the fields.
    problem(api("guan", "POST", path, {"trigger": "assign", "fields": {"org": "NOPE"}}), 403)
    problem(api("cun", "POST", path, {"trigger": "assign", "fields": {}}), 403)
    # Fields, all of them, before the rules of the business.
    wrong = {"trigger": "assign", "fields": {"org": "NOPE", "co_orgs": "x", "route": "y", "z": 1}, "comment": 5}
    assert fields(api("he", "POST", path, wrong)) == {
        *("fields.org", "fields.co_orgs", "fields.route", "fields.z", "comment")
    }
    assert fields(api("he", "POST", path, {"trigger": "assign"})) == {"fields.org"}
    assert fields(api("he", "POST", path, {"trigger": "assign", "fields": []})) == {"fields"}
    assert states(api, case_id) == "reported"


def test_rules_of_the_business_are_409_with_all_reasons(api: Api) -> None:
    case_id = str(api.world.coordinated())
    api.ok("he", "POST", f"/cases/{case_id}/co-tasks", {"org": "ZYZ", "question": "出多少工日", "due_on": "2026-10-20"})
    told = problem(api.move("bai", case_id, "resolve", result_class="B", reply="列入计划", review_on="2026-10-14"), 409)
    assert {each["code"] for each in told["reasons"]} == {"co_tasks_open", "review_date_is_past"}
    assert "contact" in told["available_triggers"]
    assert "resolve" not in told["available_triggers"]
    assert "竹园镇人民政府" in told["detail"]


def test_a_case_lives_from_reported_to_closed(api: Api) -> None:
    case_id = str(api.world.report())
    steps: list[tuple[str, str, dict[str, Any], str]] = [
        ("he", "assign", {"org": "SLJ", "co_orgs": ["ZYZ"], "assignee": "bai", "route": "two_offices"}, "assigned"),
        ("bai", "acknowledge", {}, "assigned"),
        ("bai", "contact", {"words": "明天上门", "spoke_to": "李某"}, "assigned"),
        ("bai", "coordinate", {"plan": "局里出管材，镇里出工"}, "coordinated"),
        ("he", "suspend", {"reason": "等枯水", "until": "2026-11-02"}, "suspended"),
        ("he", "resume", {"reason": "水退了"}, "coordinated"),
        ("bai", "resolve", {"result_class": "A", "reply": "已通水"}, "resolved"),
        ("he", "close", {"followed_up": "reached", "satisfaction": "satisfied"}, "closed"),
    ]
    told: dict[str, Any] = {}
    for version, (who, trigger, given, state) in enumerate(steps, start=2):
        response = api.move(who, case_id, trigger, comment="照办", **given)
        told = response.get_json()
        assert response.status_code == 200, told
        assert (told["state"], told["version"]) == (state, version)
        assert response.headers["ETag"] == f'"{version}"'
    assert told["org"] == "SLJ" and told["co_orgs"] == ["ZYZ"] and told["assignee"]["name"] == "白工"
    assert told["result_class"] == "A" and told["satisfaction"] == "satisfied" and told["followed_up"] == "reached"
    history = api.ok("he", "GET", f"/cases/{case_id}/history")["items"]
    assert [each["trigger"] for each in history] == ["report", *(trigger for _, trigger, _, _ in steps)]


def test_if_match_lets_one_of_two_through(api: Api) -> None:
    case_id = api.world.report()
    path, body = f"/cases/{case_id}/transitions", {"trigger": "assign", "fields": {"org": "SLJ"}}
    assert problem(api("he", "POST", path, body, headers={"If-Match": '"7"'}), 412)["version"] == 1
    problem(api("he", "POST", path, body, headers={"If-Match": '"nonsense"'}), 412)
    assert api("he", "POST", path, body, headers={"If-Match": '"1"'}).status_code == 200
    told = problem(api("he", "POST", path, {"trigger": "suspend"}, headers={"If-Match": '"1"'}), 412)
    assert told["version"] == 2
    assert problem(api("he", "PATCH", f"/cases/{case_id}", {"title": "x"}, headers={"If-Match": '"1"'}), 412)
    assert api("he", "PATCH", f"/cases/{case_id}", {"title": "x"}, headers={"If-Match": "*"}).status_code == 200
    assert api("he", "PATCH", f"/cases/{case_id}", {"title": "y"}, headers={"If-Match": '"3"'}).status_code == 200


def test_after_a_merge_the_other_case_shows_both_reporters_and_the_old_number_leads_there(api: Api) -> None:
    one = api.world.report(reporter={"name": "张三丰", "phone": "13800001111"})
    two = api.world.report()
    told = api.move("he", str(one), "merge", into=str(two)).get_json()
    number = api.ok("he", "GET", f"/cases/{two}")["number"]
    assert told["state"] == "merged" and told["merged_into"] == {"id": str(two), "number": number}
    old = api.ok("he", "GET", f"/cases/{told['number']}")
    assert old["id"] == str(one) and old["merged_into"]["id"] == str(two)
    both = api.ok("he", "GET", f"/cases/{two}")
    assert [(each["name"], each["case"]["id"]) for each in both["reporters"]] == [
        ("李*芳", str(two)),
        ("张*丰", str(one)),
    ]
    assert api.ok("he", "GET", f"/cases/{two}/history")["items"][-1]["trigger"] == "absorb"
    assert api.move("he", str(one), "unmerge").get_json()["state"] == "reported"
    assert len(api.ok("he", "GET", f"/cases/{two}")["reporters"]) == 1


def test_a_merge_into_what_the_caller_may_not_know_of_is_422_like_into_nothing(api: Api) -> None:
    api.join("town", "镇办事员", "clerk", region="510822105")
    mine = str(api.world.report())
    hidden = str(api.world.report(region_code="510822106"))
    assert api("town", "GET", f"/cases/{hidden}").status_code == 404
    for target in (hidden, UNKNOWN, "QC-AJ-2026-000002"):
        assert fields(api.move("town", mine, "merge", into=target)) == {"fields.into"}
    assert states(api, hidden) == "reported" and states(api, mine) == "reported"


def test_the_resolver_does_not_close(api: Api) -> None:
    api.join("both", "两头忙", "clerk", region="510822")
    with api.office.db.transaction() as session:
        person = session.query(Person).where(Person.user_name == "both").one()
        session.add(
            RoleGrant(
                id=new_id(),
                person_id=person.id,
                role="handler",
                org_id=api.world.orgs["SLJ"],
                created_at=person.created_at,
            )
        )
    case_id = str(api.world.coordinated())
    assert api.move("both", case_id, "resolve", result_class="A", reply="好了").status_code == 200
    told = problem(api.move("both", case_id, "close", followed_up="unreachable"), 403)
    assert told["reasons"][0]["code"] == "resolver_cannot_close"
    told = api.ok("both", "GET", f"/cases/{case_id}")
    assert "close" not in told["available_triggers"]
    assert "close" in {each["trigger"] for each in told["unavailable_triggers"] if each["reasons"]}
    assert api.move("he", case_id, "close", followed_up="unreachable").status_code == 200


def test_satisfaction_is_asked_only_of_whom_somebody_reached(api: Api) -> None:
    case_id = str(api.world.resolved())
    assert fields(api.move("he", case_id, "close", followed_up="reached")) == {"fields.satisfaction"}
    wrong = api.move("he", case_id, "close", followed_up="unreachable", satisfaction="satisfied")
    assert fields(wrong) == {"fields.satisfaction"}
    assert api.move("he", case_id, "close", followed_up="unreachable").status_code == 200


def test_a_second_return_needs_a_ruling_that_later_triage_is_shown(api: Api) -> None:
    case_id = str(api.world.report())
    for _ in range(2):
        assert api.move("he", case_id, "assign", org="SLJ").status_code == 200
        assert api.move("bai", case_id, "return", reason="管网归镇上", suggested_org="ZYZ").status_code == 200
    problem(api.move("he", case_id, "assign", org="SLJ"), 409)
    problem(api.move("he", case_id, "arbitrate", org="ZYZ", ruling="管网归镇"), 403)
    assert api.move("an", case_id, "arbitrate", org="ZYZ", ruling="管网归镇").status_code == 200
    assert api.move("he", case_id, "assign", org="ZYZ").status_code == 200
    later = str(api.world.report())
    proposed = api.ok("he", "GET", f"/cases/{later}/suggestions")["org"][0]
    assert (proposed["code"], proposed["ground"]) == ("ZYZ", "precedent")


def test_what_can_be_done_and_what_moves_agree(api: Api) -> None:
    """A trigger shown as available is never refused for state, role or rule; one not shown never passes."""
    given: dict[str, dict[str, Any]] = {
        "assign": {"org": "SLJ"},
        "decline": {"reason": "请到法院"},
        "return": {"reason": "不归我们"},
        "contact": {"words": "说过了", "spoke_to": "李某"},
        "coordinate": {"plan": "换管"},
        "suspend": {"reason": "等雨停", "until": "2026-12-01"},
        "resolve": {"result_class": "A", "reply": "好了"},
        "rework": {"reason": "没通"},
        "close": {"followed_up": "unreachable"},
        "reopen": {"reason": "又断了"},
        "arbitrate": {"org": "SLJ", "ruling": "归水利"},
        "merge": {"into": str(api.world.report())},
    }
    triggers = (*given, "acknowledge", "resume", "unmerge")
    for start in ("report", "assigned", "coordinated", "resolved"):
        case_id = str(getattr(api.world, start)())
        for who in ("he", "bai", "guan", "cun"):
            found = api(who, "GET", f"/cases/{case_id}")
            shown = found.get_json()["available_triggers"] if found.status_code == 200 else []
            for trigger in triggers:
                status = api.move(who, case_id, trigger, **given.get(trigger, {})).status_code
                assert (trigger in shown) == (status == 200), (start, who, trigger, status, shown)
                if status == 200:
                    case_id = str(getattr(api.world, start)())


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_reasons_are_told_in_the_readers_language(api: Api, locale: str) -> None:
    case_id = api.world.report()
    told = problem(
        api(
            "he",
            "POST",
            f"/cases/{case_id}/transitions",
            {"trigger": "close"},
            headers={"Accept-Language": locale},
        ),
        409,
    )
    assert ("办不了" in told["detail"]) == (locale == "zh")


def test_times_in_a_history_are_of_the_offices_zone_too(api: Api) -> None:
    case_id = str(api.world.assigned())
    api.ok("he", "PATCH", f"/cases/{case_id}", {"kind": "complaint"})
    limits = api.ok("he", "GET", f"/cases/{case_id}/history")["items"][-1]["fields"]["limits"]
    assert {each["kind"] for each in limits} == {"handle"}
    assert all(each[end].endswith("17:30:00+08:00") for each in limits for end in ("from", "to"))
