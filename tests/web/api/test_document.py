"""The models the document is drawn from, held against the readers that judge."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from pydantic import BaseModel

from casework.campaign import leads
from casework.cases import filters, intake, reporters
from casework.cases.listing import lists
from casework.core.i18n import catalogue
from casework.permissions import rules
from tests.supervised import SLIP
from tests.web.api.conftest import Api
from tests.web.api.meetings import minuted, venues
from tests.web.api.recorded import one_of_each
from tests.web.api.tied import tie
from tests.world import REPORT
from web.api import parameters, requests
from web.api.campaign.campaign_records import RESOURCES
from web.api.operations import OPERATIONS
from workflows.cases import extensions, mending
from workflows.money import fund_fields


def names(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def known_to(reader: Callable[..., Any]) -> set[str]:
    """Return the fields a reader knows, from the tuple or mapping in its source that it refuses others by."""
    return {part for part in inspect.getsource(reader).replace("'", '"').split('"')[1::2] if part.isidentifier()}


def test_the_document_names_exactly_the_fields_that_are_read() -> None:
    assert names(requests.CaseIn) == set(intake.FIELDS)
    assert names(requests.ReporterIn) == set(reporters.FIELDS)
    assert names(requests.FundIn) == set(fund_fields.FIELDS)
    assert names(requests.CasePatch) <= known_to(mending._read)
    assert names(requests.ExtensionIn) <= known_to(extensions._read)
    assert {each.name for each in parameters.FILTERS} == set(filters.names())


def test_the_records_of_a_campaign_are_described_by_the_fields_of_their_forms() -> None:
    beside = {
        "/visits": {"need", "lead", "also", "before_link", "apart"},
        "/activities": {"cases", "tasks", "attendees", "before_link", "apart"},
        "/announcements": {"members", "orgs"},
    }
    follows = {
        "/incomes": {"per_person", "is_official"},
        "/duties": {"activity_id"},
        "/announcements": {"addressed", "answered"},
        "/leads": {"state"},
    }
    untold = {"/leads": set(leads.OF_VISIT[1:])}
    found = {"need", "lead", "also", "cases", "tasks", "attendees", "members", "orgs"}
    for each in RESOURCES:
        form = each.listing.form
        told = {field.name for field in form.fields}
        assert names(each.taken) == (told | {"id"} | beside.get(each.path, set())) - untold.get(each.path, set()), (
            each.path
        )
        assert set(each.fixed) - found == {field.name for field in form.fields if field.fixed}, each.path
        shown = {field.name.removesuffix("_id") for field in form.fields if field.points_at} | {"id", "version"}
        shown |= {"created_at", "updated_at"} | ({"withdrawn"} if form.is_withdrawable else set())
        assert names(each.shape) == told | shown | follows.get(each.path, set()), each.path


def _drawn(api: Api, seed: dict[str, str]) -> tuple[str, str]:
    """Draw a spot check of one visit, in the quarter after it; return the ids of check and visit."""
    check: str = api.ok("he", "POST", "/spot-checks", seed)["id"]
    with time_machine.travel(datetime(2027, 1, 4, 2, 0, tzinfo=UTC), tick=False):
        told = api.ok("he", "POST", f"/spot-checks/{check}/draw", {"seed": seed["seed"]})
    return check, told["visits"][0]["visit"]


_ROBOT = {"kind": "dingtalk", "label": "群", "url": "https://8.8.8.8/robot/send", "alarms": True}
# Who is asked by the operations that the head of the office has no call to.
_CALLERS = {
    **dict.fromkeys(("make_webhook", "mend_webhook", "make_robot", "mend_robot"), "guanli"),
    **{"reply_to_invitation": "he", "read_reply_file": "he"},
}


def _asked(api: Api, topic: str) -> str:
    """Ask who came what they think; return the first."""
    return str(api.ok("he", "POST", f"/consultations/{topic}/ratings")["items"][0]["id"])


def test_every_other_field_is_refused_by_every_operation_that_takes_a_body(api: Api) -> None:
    case_id = str(api.world.coordinated())
    line = {"stage": "idea", "amount": "1.00", "source": "a", "document_no": "b", "on": "2026-10-01"}
    fund = api.ok("an", "POST", f"/cases/{case_id}/funds", line)["id"]
    task = api.ok(
        "an", "POST", f"/cases/{case_id}/co-tasks", {"org": "ZYZ", "question": "几个", "due_on": "2026-10-20"}
    )["id"]
    asked = api.ok("bai", "POST", f"/cases/{case_id}/extensions", {"until": "2026-10-30", "reason": "等料"})["id"]
    recorded = one_of_each(api)
    tied = tie(api)
    homes = f"/households/{tied['household']['id']}/residents"
    tied["resident"] = api.ok("he", "POST", homes, {"name": "张小生"})
    parts = {f"<{name}_id>": each["id"] for name, each in tied.items()}
    whose = {"campaign": "SLSC-2022", "year": 2022, "member": tied["member"]["id"]}
    parts["<sheet_id>"] = api.ok("an", "POST", "/assessments", whose)["id"]
    seed = {"campaign": "SLSC-2022", "quarter": "2026Q4", "seed": "a seed that is long enough"}
    parts["<check_id>"], parts["<visit_id>"] = _drawn(api, seed)
    parts["<bulletin_id>"] = api.ok("an", "POST", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022Q4"})["id"]
    parts["<supervision_id>"] = api.ok("an", "POST", "/supervisions", dict(SLIP))["id"]
    leaves = {"org": "SLJ", "successor": "ZYZ", "day": "2026-10-31", "reason": "换届", "dry_run": False}
    parts["<handover_id>"] = api.ok("an", "POST", "/handovers", leaves)["id"]
    venues(api)
    topic = minuted(api)
    parts |= {"<consultation_id>": topic["id"], "<n>": "1", "<year>": "2026", "<rating_id>": _asked(api, topic["id"])}
    parts |= {"<id>": case_id, "<task_id>": task, "<request_id>": asked, "<line_id>": fund, "<code>": "SLJ"}
    parts["<paper>"] = "assignment"
    endpoint = {"url": "https://8.8.8.8/hook", "events": ["case.created"]}
    parts["<robot_id>"] = api.ok("guanli", "POST", "/robots", _ROBOT)["id"]
    parts["<webhook_id>"] = api.ok("guanli", "POST", "/webhooks", endpoint)["id"]
    rule = {"name": "协商日", "venue": "FSC-HALL", "week": 1, "weekday": 5, "opens": "09:00", "closes": "11:30"}
    days = api.ok("an", "POST", "/regular-days", {**rule, "first_on": "2026-11-01", "last_on": "2026-11-30"})
    parts |= {"<rule>": days["id"], "<day_id>": days["days"][0]["id"], "<voter_id>": topic["id"]}
    who = {"ask_extension": "bai", "save_reply": "bai", **_CALLERS}
    for each in OPERATIONS:
        if each.request is None or each.media != "application/json":
            continue
        path = each.path
        for name, value in parts.items():
            path = path.replace(name, value)
        path = path.replace("<record_id>", recorded.get(path.split("/")[1], ""))
        path = path.replace("/regions/SLJ", "/regions/510822").replace("/categories/SLJ", "/categories/other")
        path = path.replace("/venues/SLJ", "/venues/FSC-HALL")
        path = path.replace("/look-backs/1", "/look-backs/3")
        extra = {"surely_unknown": 1} | ({"answer": "x"} if each.name == "settle_co_task" else {})
        caller = "zhen" if each.name == "settle_co_task" else who.get(each.name, "an")
        if each.path in {"/orgs", "/regions"}:
            extra |= {"code": "510822", "region_code": "510822"}
        response = api(caller, each.method, path, extra)
        assert response.status_code == 422, (each.method, path, response.get_data(as_text=True))
        assert "surely_unknown" in {mistake["field"] for mistake in response.get_json()["errors"]}, path


@pytest.mark.parametrize(("field", "longest"), [("title", 120), ("description", 20_000)])
def test_lengths_in_the_document_are_those_of_the_readers(api: Api, field: str, longest: int) -> None:
    schema = requests.CaseIn.model_json_schema()["properties"][field]
    assert schema["maxLength"] == longest
    assert api("he", "POST", "/cases", {**REPORT, field: "字" * longest}).status_code == 201
    assert api("he", "POST", "/cases", {**REPORT, field: "字" * (longest + 1)}).status_code == 422


def test_every_operation_says_who_may_and_what_it_gives() -> None:
    for each in OPERATIONS:
        assert each.permission in rules().permission, each.path
        assert each.answers and {401, 403, 422} <= set(each.problems), each.path
        assert ("<id>" not in each.path) or 404 in each.problems, each.path
    assert len({(each.method, each.path) for each in OPERATIONS}) == len(OPERATIONS)


def test_every_limit_of_a_clock_has_words() -> None:
    for unit in ("working_day", "calendar_day", "hour", "end_of_day", "until"):
        assert f"rule.{unit}" in catalogue()
    assert set(lists.SORTS) >= {"due", "reported", "updated"}


def test_every_list_that_pages_counts_when_asked(api: Api) -> None:
    # What was sent to a receiver or a robot is a log of deliveries, paged and never counted.
    logs = {"/webhooks/<webhook_id>/deliveries", "/robots/<robot_id>/messages"}
    paged = {each.path: {one.name for one in each.parameters} for each in OPERATIONS if each.method == "GET"}
    assert {path for path, taken in paged.items() if "cursor" in taken and "count" not in taken} <= logs
    for path in ("bulletins", "consultations", "assessments", "venues"):
        assert api.ok("an", "GET", f"/{path}?count=true&limit=1")["total"] == 0
        assert "total" not in api.ok("an", "GET", f"/{path}") or api.ok("an", "GET", f"/{path}")["total"] is None
    venues(api)
    told = api.ok("an", "GET", "/venues?count=true&limit=1")
    assert (len(told["items"]), told["total"]) == (1, len(api.ok("an", "GET", "/venues")["items"]))
