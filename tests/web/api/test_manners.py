"""The manners of the API, sentence by sentence of the contract: who, what, how mistakes are told, times, money, lists."""

import json
import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from openapi_spec_validator import validate
from sqlalchemy import select

from casework.matters.search import SearchEntry
from tests.web.api.conftest import Api, at
from tests.world import REPORT, VILLAGE

UNKNOWN = "01a137ec-0000-7000-8000-000000000000"


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    told: dict[str, Any] = response.get_json()
    assert {"type", "title", "status", "detail"} <= told.keys()
    assert told["status"] == status
    return told


def fields(response: Any) -> set[str]:
    told = problem(response, 422)
    assert all(set(each) >= {"field", "message"} and each["message"] for each in told["errors"])
    return {each["field"] for each in told["errors"]}


def test_an_unknown_caller_is_401_with_the_way_in(api: Api) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        response = api(None, "GET", "/cases", headers=headers)
        problem(response, 401)
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_who_is_unknown_hears_that_before_anything_else(api: Api) -> None:
    assert api(None, "GET", f"/cases/{UNKNOWN}?nonsense=1").status_code == 401
    assert api(None, "POST", "/cases", data="{", headers={"Content-Type": "application/json"}).status_code == 401


def test_known_but_not_allowed_is_403(api: Api) -> None:
    problem(api("bai", "POST", "/cases", dict(REPORT)), 403)
    problem(api("guan", "POST", "/cases", dict(REPORT)), 403)
    case_id = api.world.report()
    problem(api("guan", "PATCH", f"/cases/{case_id}", {"title": "x"}), 403)
    problem(api("guanli", "GET", "/statistics"), 403)


def test_what_one_may_not_know_of_is_404_like_what_is_not_there(api: Api) -> None:
    case_id = api.world.report()
    hidden = problem(api("ding", "GET", f"/cases/{case_id}"), 404)
    absent = problem(api("ding", "GET", f"/cases/{UNKNOWN}"), 404)
    assert {k: v for k, v in hidden.items() if k != "instance"} == {k: v for k, v in absent.items() if k != "instance"}
    problem(api("he", "GET", "/cases/not-an-id"), 404)
    problem(api("he", "GET", "/nothing-here"), 404)


@pytest.mark.parametrize(
    "raw", [b"{", b"", b"[1,2", b"NaN", b'{"a": 1, "a": 2}', b"\xff\xfe", b'"\\ud800"', b"[]", b"7"]
)
def test_a_body_that_cannot_be_read_is_400(api: Api, raw: bytes) -> None:
    problem(api("he", "POST", "/cases", data=raw, headers={"Content-Type": "application/json"}), 400)


@pytest.mark.parametrize("raw", [b'{"title": NaN}', b'{"title": "\\ud800"}'])
def test_a_value_that_cannot_be_kept_is_422_and_named(api: Api, raw: bytes) -> None:
    found = problem(api("he", "POST", "/cases", data=raw, headers={"Content-Type": "application/json"}), 422)
    assert [each["field"] for each in found["errors"]] == ["title"]


def test_deep_json_is_400(api: Api) -> None:
    raw = b'{"a":' * 1000 + b"1" + b"}" * 1000
    problem(api("he", "POST", "/cases", data=raw, headers={"Content-Type": "application/json"}), 400)


def test_a_body_of_another_kind_is_415_and_too_much_of_it_413(api: Api) -> None:
    problem(api("he", "POST", "/cases", data="title=x", headers={"Content-Type": "text/plain"}), 415)
    large = json.dumps({**REPORT, "description": "长" * 500_000}).encode()
    problem(api("he", "POST", "/cases", data=large, headers={"Content-Type": "application/json"}), 413)


def test_another_method_is_405_with_the_allowed_ones(api: Api) -> None:
    response = api("he", "DELETE", "/cases")
    problem(response, 405)
    assert {"GET", "POST"} <= set(response.headers["Allow"].replace(" ", "").split(","))


def test_all_mistakes_of_a_report_are_told_at_once(api: Api) -> None:
    wrong = {
        "title": " \u3000\u200b",
        "category": "no_such",
        "kind": "wish",
        "urgency": 3,
        "region_code": "999999",
        "channel": "drum",
        "reporter": {"name": "李\u202e芳", "phone": "12", "id_number": "123", "age": 3},
        "occurred_on": "2026-13-01",
        "household_id": UNKNOWN,
        "state": "closed",
        "version": 7,
    }
    assert fields(api("he", "POST", "/cases", wrong)) == {
        *("title", "description", "category", "kind", "urgency", "region_code", "channel", "reporter.name"),
        *("reporter.phone", "reporter.id_number", "reporter.age", "occurred_on", "household_id", "state", "version"),
    }


def test_mistakes_in_the_categorys_own_questions_are_told_with_the_others(api: Api) -> None:
    wrong = {**REPORT, "title": "", "answers": {"households": "many", "colour": "red"}}
    assert fields(api("he", "POST", "/cases", wrong)) == {"title", "answers.households", "answers.colour"}


def test_every_required_field_is_named_when_it_is_left_out(api: Api) -> None:
    needed = {"title", "description", "category", "kind", "urgency", "region_code", "channel", "reporter"}
    assert fields(api("he", "POST", "/cases", {})) == needed


def test_no_column_of_ours_can_be_set_from_outside(api: Api) -> None:
    for name in ("state", "version", "number", "lead_org_id", "reported_by", "head_hash", "due_at", "is_open", "reply"):
        assert fields(api("he", "POST", "/cases", {**REPORT, name: "x"})) == {name}
        case_id = api.world.report()
        assert fields(api("he", "PATCH", f"/cases/{case_id}", {name: "x"})) == {name}


def test_text_is_kept_exactly_as_typed(api: Api) -> None:
    typed = "  三组\t水管 𠮷㛃 e\u0301 ＡＢ\r\n第二行\u200b  "
    made = api.ok("he", "POST", "/cases", {**REPORT, "description": typed, "title": " 前后有空格 "})
    assert made["description"] == typed
    assert made["title"] == " 前后有空格 "


@pytest.mark.parametrize(
    "query",
    [
        *("nonsense=1", "state=nonsense", "state=", "category=nonsense", "region=abc", "region=999999", "org=NOPE"),
        *("assignee=nobody", f"assignee={UNKNOWN}", "overdue=maybe", "overdue=", "q=", "q=%20%E3%80%80", "sort=colour"),
        *("limit=0", "limit=201", "limit=x", "limit=1.0", "limit=-1", "limit=", "cursor=x", "cursor=", "count=2"),
        *("reported_from=yesterday", "reported_to=2026-02-30", "kind=wish", "urgency=hot", "level=9", "open=1"),
        *("limit=1&limit=2", "sort=due&sort=due", "overdue=true&overdue=false", "region=510822;drop"),
    ],
)
def test_unknown_filters_sorts_and_values_are_422(api: Api, query: str) -> None:
    assert fields(api("he", "GET", f"/cases?{query}"))


def test_all_wrong_filters_are_told_at_once(api: Api) -> None:
    assert fields(api("he", "GET", "/cases?state=x&limit=0&sort=y&z=1&overdue=2")) >= {"state", "overdue"}


def test_times_carry_the_offices_offset_and_dates_are_iso(api: Api) -> None:
    made = api.ok("he", "POST", "/cases", {**REPORT, "occurred_on": "2026-10-01"})
    assert made["created_at"] == made["reported_at"] == "2026-10-14T09:00:00+08:00"
    assert made["occurred_on"] == "2026-10-01"
    assert at(made["deadlines"][0]["due_at"]).utcoffset() == timedelta(hours=8)


def test_a_new_case_is_201_with_its_place_its_version_and_its_etag(api: Api) -> None:
    response = api("he", "POST", "/cases", dict(REPORT))
    made = response.get_json()
    assert response.status_code == 201
    assert made["number"] == "QC-AJ-2026-000001"
    assert response.headers["ETag"] == '"1"' and made["version"] == 1
    assert response.headers["Location"] == f"/api/v1/cases/{made['id']}"
    found = api("he", "GET", response.headers["Location"])
    assert found.get_json() == made and found.headers["ETag"] == '"1"'


def test_a_case_is_found_by_its_number_too(api: Api) -> None:
    made = api.ok("he", "POST", "/cases", dict(REPORT))
    assert api.ok("he", "GET", f"/cases/{made['number']}")["id"] == made["id"]
    assert api.ok("he", "GET", f"/cases/{made['number'].lower()}")["id"] == made["id"]


def test_a_client_may_bring_the_id_and_it_is_taken_once(api: Api) -> None:
    made = api.ok("chen", "POST", "/cases", {**REPORT, "id": UNKNOWN})
    assert made["id"] == UNKNOWN
    problem(api("chen", "POST", "/cases", {**REPORT, "id": UNKNOWN}), 409)
    problem(api("he", "POST", "/cases", {**REPORT, "id": UNKNOWN}), 409)
    assert fields(api("he", "POST", "/cases", {**REPORT, "id": "7"})) == {"id"}


def test_reporters_are_masked_everywhere(api: Api) -> None:
    secret = "51082219900307123X"
    number = {**REPORT, "reporter": {"name": "李小芳", "phone": "13900000876"}}
    made = api.ok("he", "POST", "/cases", number)
    assert made["reporter"] == {"name": "李*芳", "phone": "139****0876", "id_number": None}
    for path in (f"/cases/{made['id']}", "/cases", f"/cases/{made['id']}/history"):
        text = api("he", "GET", path).get_data(as_text=True)
        assert "李小芳" not in text and "13900000876" not in text and secret not in text


def test_reporting_is_for_members_liaisons_and_triage_in_their_own_places(api: Api) -> None:
    for who in ("he", "an", "lu", "chen", "cun"):
        api.ok(who, "POST", "/cases", dict(REPORT))
    for who in ("bai", "shui", "guan", "jin", "shen", "guanli", "anquan"):
        problem(api(who, "POST", "/cases", dict(REPORT)), 403)
    # A place outside the own one looks like one that is not there.
    assert fields(api("cun", "POST", "/cases", {**REPORT, "region_code": "510822106"})) == {"region_code"}
    assert fields(api("chen", "POST", "/cases", {**REPORT, "region_code": VILLAGE + "9"})) == {"region_code"}


def test_mending_is_kept_in_the_history_and_a_changed_limit_shows_its_reason(api: Api) -> None:
    case_id = str(api.world.assigned())
    before = api.ok("he", "GET", f"/cases/{case_id}")
    after = api.ok("he", "PATCH", f"/cases/{case_id}", {"urgency": "urgent", "title": "改过的标题"})
    assert after["version"] == before["version"] + 1
    handle = {each["kind"]: each for each in after["deadlines"]}["handle"]
    assert (
        handle["limit"]["amount"] == 4
        and handle["due_at"] < {e["kind"]: e for e in before["deadlines"]}["handle"]["due_at"]
    )
    last = api.ok("he", "GET", f"/cases/{case_id}/history")["items"][-1]
    assert last["trigger"] == "mend" and last["from_state"] == last["to_state"] == "assigned"
    assert last["fields"]["urgency"] == {"from": "normal", "to": "urgent"}
    assert last["fields"]["limits"][0]["kind"] == "handle"
    assert len({each["kind"] for each in after["deadlines"]}) == len(after["deadlines"]), "one entry a clock"


def test_a_case_that_is_moved_to_another_place_is_found_there(api: Api) -> None:
    case_id = str(api.world.report())
    api.ok("he", "PATCH", f"/cases/{case_id}", {"region_code": "510822106"})
    with api.office.db.reading() as session:
        assert session.scalars(select(SearchEntry.region_code)).all() == ["510822106"]


def test_a_public_summary_is_set_and_taken_away_by_triage(api: Api) -> None:
    case_id = api.world.report()
    assert api.ok("he", "PATCH", f"/cases/{case_id}", {"public_summary": "水管在修"})["public_summary"] == "水管在修"
    assert api.ok("he", "PATCH", f"/cases/{case_id}", {"public_summary": None})["public_summary"] is None


def test_the_history_is_complete_gapless_and_pages(api: Api) -> None:
    case_id = api.world.resolved()
    items = api.ok("he", "GET", f"/cases/{case_id}/history")["items"]
    assert [each["seq"] for each in items] == list(range(1, len(items) + 1))
    assert items[0]["trigger"] == "report" and items[0]["from_state"] is None and items[0]["to_state"] == "reported"
    assert all(one["to_state"] == two["from_state"] for one, two in pairwise(items))
    wanted = {"seq", "at", "actor", "trigger", "from_state", "to_state", "comment", "fields", "hash"}
    assert all(wanted <= each.keys() for each in items)
    paged, cursor = [], ""
    while True:
        page = api.ok("he", "GET", f"/cases/{case_id}/history?limit=2{cursor}")
        paged += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert paged == items


def test_the_document_is_valid_openapi_3_1_and_names_every_route(api: Api) -> None:
    document = api(None, "GET", "/openapi.json").get_json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    declared = {(m.upper(), p.replace("{", "<").replace("}", ">")) for p, ms in document["paths"].items() for m in ms}
    routed = {
        (method, re.sub("<(?:consultation|fund_line|code):", "<", rule.rule.removeprefix("/api/v1")))
        for rule in api.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint.startswith("api.") and "openapi" not in rule.rule
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert declared == routed


def test_people_get_the_same_as_a_page(api: Api) -> None:
    page = api(None, "GET", "/api/docs")
    assert page.status_code == 200 and page.mimetype == "text/html"
    for path in ("/cases", "/cases/&lt;id&gt;/transitions", "/batches"):
        assert path in page.get_data(as_text=True)


def test_a_browser_needs_its_form_token_and_a_token_needs_none(api: Api) -> None:
    response = api(None, "POST", "/cases", dict(REPORT), headers={"Cookie": "casework_session=nobody"})
    assert response.status_code == 401
