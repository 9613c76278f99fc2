"""What each role sees and may do, on every route: 404 for what is hidden, 403 for what is visible and not allowed.

The table is casework/permissions.toml itself; the world is small enough to know by hand who is what to which case.
"""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import time_machine

from casework.permissions import rules
from casework.registry.tables import RoleGrant
from tests.web.api.conftest import Api
from tests.web.api.test_lists import asked
from tests.world import MORNING, REPORT, TOWN, VILLAGE
from web.api.operations import OPERATIONS, Operation

SECRETS = ("李小芳", "13900000876")
PEOPLE = (
    "an",
    "he",
    "lu",
    "guan",
    "jin",
    "shen",
    "chen",
    "cun",
    "bai",
    "shui",
    "jiao",
    "zhen",
    "guanli",
    "anquan",
    "ding",
)
# What each of the cast is to the case of `_case`, by hand: reported by 陈委员, led by the water bureau, helped with by
# the town, formerly with the education bureau; it has no money.
RELATIONS: dict[str, set[str]] = {
    "an": {"triage", "head"},
    "he": {"triage"},
    "lu": {"triage", "head"},
    "guan": {"overseer"},
    "shen": {"overseer"},
    "jin": set(),
    "chen": {"reporter", "member"},
    "cun": {"liaison"},
    "bai": {"unit"},
    "shui": {"unit", "unit_head"},
    "zhen": {"co_unit"},
    "jiao": {"former"},
    "ding": {"former"},
    "guanli": set(),
    "anquan": set(),
}
# Bodies good enough to get past reading; what is asked here is who may, not what becomes of it.
BODIES: dict[str, Any] = {
    "/cases/<id>": {"title": "新标题"},
    "/cases/<id>/comments": {"text": "请看"},
    "/cases/<id>/urge": {"text": "请抓紧"},
    "/cases/<id>/split": {"parts": [{"title": "一", "description": "二"}]},
    "/cases/<id>/links": {"to": "QC-AJ-2026-000001"},
    "/cases/<id>/funds": {"stage": "idea"},
    "/cases/<id>/extensions": {"until": "2026-10-26", "reason": "等料"},
    "/cases/<id>/co-tasks": {"org": "ZYZ", "question": "几个工日", "due_on": "2026-10-20"},
    "/cases/<id>/reveal": {"field": "phone", "reason": "回电话"},
}
OF_A_CASE = [each for each in OPERATIONS if each.path.startswith("/cases/<id>")]
# These are asked by the engine or of a part of the case, so the route itself only needs sight.
DEEPER = {"move_case", "settle_co_task"}


def _case(api: Api) -> UUID:
    case_id = api.world.report("chen")
    api.world.move(case_id, "assign", "he", org="JYJ")
    api.world.move(case_id, "return", "jiao", reason="管网归水利局")
    api.world.move(case_id, "assign", "he", org="SLJ", co_orgs=["ZYZ"])
    return case_id


def _call(api: Api, who: str, operation: Operation, case_id: UUID) -> Any:
    path = operation.path.replace("<id>", str(case_id))
    for name in operation.variables[1:]:
        path = path.replace(f"<{name}>", "01a137ec-0000-7000-8000-00000000000f")
    if operation.name == "attach_file":
        return api(who, operation.method, path, data={"file": (b"", "x.txt")}, content_type="multipart/form-data")
    body = BODIES.get(operation.path, {}) if operation.method in ("POST", "PATCH") else None
    return api(who, operation.method, path, body)


def test_every_route_of_a_case_answers_404_403_or_lets_pass_as_the_table_says(api: Api) -> None:
    case_id = _case(api)
    table = rules()
    visible = set(table.visible["case"])
    for who in PEOPLE:
        for operation in OF_A_CASE:
            response = _call(api, who, operation, case_id)
            text = response.get_data(as_text=True)
            case = (who, operation.method, operation.path, response.status_code, text[:200])
            if operation.name != "reveal_value":
                assert not any(secret in text for secret in SECRETS), case
            if not RELATIONS[who] & visible:
                assert response.status_code == 404, case
            elif operation.name in DEEPER:
                assert response.status_code not in (401, 500), case
            elif RELATIONS[who] & set(table.permission[operation.permission]):
                assert response.status_code not in (401, 403), case
            elif len(operation.variables) > 1 and response.status_code == 404:
                continue  # a part that is not there
            else:
                assert response.status_code == 403, case
            # Some of the calls change the case; it must stay what RELATIONS says.
            assert api.world.case(case_id).lead_org_id == api.world.orgs["SLJ"]


def test_a_role_over_no_place_or_unit_is_no_help(api: Api) -> None:
    """A hidden case and none at all answer alike on every route, for everybody."""
    hidden = api.world.report(region_code="510822106")
    absent = UUID("01a137ec-0000-7000-8000-00000000000e")
    api.join("town", "镇办事员", "clerk", region=TOWN)
    for who in ("town", "bai", "zhen", "cun", "jin", "guanli", "anquan", "ding"):
        for operation in OF_A_CASE:
            one, two = _call(api, who, operation, hidden), _call(api, who, operation, absent)
            assert one.status_code == two.status_code == 404, (who, operation.path)
            told, told_too = one.get_json(), two.get_json()
            assert {**told, "instance": None} == {**told_too, "instance": None}


def test_a_former_unit_looks_for_thirty_days_and_no_longer(api: Api, clock: time_machine.Traveller) -> None:
    case_id = _case(api)
    assert api("jiao", "GET", f"/cases/{case_id}").status_code == 200
    clock.move_to(MORNING + timedelta(days=30))
    assert api("jiao", "GET", f"/cases/{case_id}").status_code == 200
    clock.move_to(MORNING + timedelta(days=30, seconds=1))
    assert api("jiao", "GET", f"/cases/{case_id}").status_code == 404
    assert asked(api, "jiao", {}) == []


def test_finance_sees_cases_with_money_only(api: Api) -> None:
    case_id = api.world.coordinated()
    assert api("jin", "GET", f"/cases/{case_id}").status_code == 404
    line = {
        "stage": "applied",
        "amount": "120000.00",
        "source": "水利局",
        "document_no": "青水〔2026〕3号",
        "on": "2026-10-10",
    }
    api.ok("he", "POST", f"/cases/{case_id}/funds", line)
    assert api("jin", "GET", f"/cases/{case_id}").status_code == 200
    assert [each["id"] for each in asked(api, "jin", {})] == [str(case_id)]
    assert api("jin", "POST", f"/cases/{case_id}/funds", line).status_code == 403


def test_a_revoked_grant_closes_the_door_at_the_next_request(api: Api) -> None:
    case_id = api.world.assigned()
    assert api("bai", "GET", f"/cases/{case_id}").status_code == 200
    with api.office.db.transaction() as session:
        grant = session.query(RoleGrant).where(RoleGrant.person_id == api.world["bai"].person_id).one()
        grant.valid_to = (MORNING - timedelta(days=1)).date()
    assert api("bai", "GET", f"/cases/{case_id}").status_code == 404
    assert asked(api, "bai", {}) == []


def test_lists_counts_search_figures_and_hints_tell_nothing_of_what_is_hidden(api: Api) -> None:
    """An oracle in plain Python knows for everybody which cases they may know of; every way of asking agrees with it."""
    rnd = random.Random(7)
    world = api.world
    api.join("town", "镇办事员", "clerk", region=TOWN)
    facts: dict[str, dict[str, Any]] = {}
    for n in range(18):
        region = rnd.choice((VILLAGE, TOWN, "510822106", "510822"))
        by = rnd.choice(("he", "chen"))
        case_id = world.report(
            by, region_code=region, title=f"暗号词{n}号 水管断了", reporter={"name": "李小芳", "phone": "13900000876"}
        )
        lead, co = None, None
        if rnd.random() < 0.7:
            lead, co = rnd.choice(("SLJ", "JYJ")), rnd.choice((None, "ZYZ"))
            world.move(case_id, "assign", "he", org=lead, co_orgs=[co] if co else [])
        facts[str(case_id)] = {"region": region, "by": by, "lead": lead, "co": co}

    def may_know(who: str, fact: dict[str, Any]) -> bool:
        if who in ("an", "he", "lu", "guan", "shen"):
            return True
        return {
            "town": fact["region"].startswith(TOWN),
            "chen": fact["by"] == "chen",
            "cun": fact["region"].startswith(VILLAGE),
            "bai": fact["lead"] == "SLJ",
            "jiao": fact["lead"] == "JYJ",
            "zhen": fact["co"] == "ZYZ",
        }.get(who, False)

    for who in ("an", "town", "guan", "chen", "cun", "bai", "jiao", "zhen", "jin", "guanli", "anquan"):
        wanted = {each_id for each_id, fact in facts.items() if may_know(who, fact)}
        assert {each["id"] for each in asked(api, who, {}, limit=4)} == wanted, who
        for query in ("count=true", "count=true&q=水管断了", "count=true&q=水", "count=true&sort=due&limit=1"):
            assert api.ok(who, "GET", f"/cases?{query}")["total"] == len(wanted), (who, query)
        for each_id in facts:
            assert (api(who, "GET", f"/cases/{each_id}").status_code == 200) == (each_id in wanted)
        hidden = sorted(set(facts) - wanted)
        for each_id in hidden[:2]:
            number = api.ok("an", "GET", f"/cases/{each_id}")["number"]
            assert api(who, "GET", f"/cases/{number}").status_code == 404
            title = api.ok("an", "GET", f"/cases/{each_id}")["title"].split()[0]
            assert api.ok(who, "GET", f"/cases?count=true&q={title}")["total"] == 0, "search tells"
        if who in ("town", "chen"):
            hints = api.ok(who, "POST", "/suggest", {k: REPORT[k] for k in ("title", "description", "region_code")})
            assert {each["id"] for each in hints["similar"]} <= wanted, "look-alikes tell"
        if who in ("town", "guan"):
            figures = api.ok(who, "GET", "/statistics?by=state")
            assert figures["figures"][0]["n"] == len(wanted), "figures tell"
            assert sum(cell["count"] for cell in figures["cells"]) == len(wanted)


def test_notes_of_others_are_internal_and_numbers_in_texts_are_masked_for_who_only_looks(api: Api) -> None:
    case_id = api.world.report("chen", description="请打 13812345678 找老李")
    api.world.move(case_id, "assign", "he", org="SLJ", co_orgs=["ZYZ"])
    api.ok("he", "POST", f"/cases/{case_id}/comments", {"text": "内部：先核实 13812345678"})
    api.ok("chen", "POST", f"/cases/{case_id}/comments", {"text": "我再去看看"})
    path = f"/cases/{case_id}/history"
    notes = {
        who: [each["comment"] for each in api.ok(who, "GET", path)["items"] if each["trigger"] == "comment"]
        for who in ("he", "bai", "zhen", "guan", "chen", "cun")
    }
    assert notes["he"] == notes["bai"] == ["内部：先核实 13812345678", "我再去看看"]
    assert notes["zhen"] == notes["guan"] == ["内部：先核实 138****5678", "我再去看看"]
    assert notes["chen"] == [None, "我再去看看"]
    assert notes["cun"] == [None, None]
    for who, masked in (("he", False), ("bai", False), ("chen", False), ("guan", True), ("cun", True), ("zhen", True)):
        text = api(who, "GET", f"/cases/{case_id}").get_data(as_text=True)
        assert ("13812345678" not in text) == masked, who


def test_whom_somebody_spoke_to_is_no_name_to_who_only_looks(api: Api) -> None:
    case_id = str(api.world.assigned())
    api.move("bai", case_id, "contact", words="约好上门", spoke_to="李小芳")
    api.move("bai", case_id, "contact", words="再打一次", spoke_to="家属")
    for who, seen in (("he", "李小芳"), ("bai", "李小芳"), ("guan", "李*芳"), ("shen", "李*芳")):
        told = api.ok(who, "GET", f"/cases/{case_id}/history")["items"]
        spoken = [each["fields"]["spoke_to"] for each in told if each["trigger"] == "contact"]
        assert spoken == [seen, "家属"], who


def test_every_id_in_a_body_is_looked_for_in_the_callers_sight_only(api: Api) -> None:
    api.join("town", "镇办事员", "clerk", region=TOWN)
    mine = api.world.coordinated()
    hidden = api.world.coordinated(region_code="510822106")
    line = {"stage": "approved", "amount": "100.00", "source": "水利局", "document_no": "A1", "on": "2026-10-10"}
    theirs = api.ok("he", "POST", f"/cases/{hidden}/funds", line)
    before = api.world.case(hidden).version
    further = {**line, "stage": "arrived", "allocation": theirs["allocation"], "document_no": "A2"}
    tries = {
        f"/cases/{mine}/links": ({"to": str(hidden)}, "to"),
        f"/cases/{mine}/funds": (further, "allocation"),
    }
    for path, (body, field) in tries.items():
        response = api("town", "POST", path, body)
        assert response.status_code == 422, path
        assert [each["field"] for each in response.get_json()["errors"]] == [field]
    done = api.ok("town", "POST", "/batches", {"action": "urge", "ids": [str(hidden), str(mine)]})
    assert [each["done"] for each in done["results"]] == [False, True]
    assert api.world.case(hidden).version == before
