"""The caller's own list, proposals for triage, and figures that open exactly their records."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from casework.cases.tables import AssignmentRule, Case
from casework.core.ids import new_id
from casework.matters.tables import Draft
from tests.web.api.conftest import Api
from tests.web.api.test_lists import county
from tests.web.api.test_manners import fields, problem
from tests.world import MORNING, REPORT, TOWN, VILLAGE


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in rows]


# Whole months come from the tallies, days at the edge are counted, and so is whatever lies in one village.
PLACES_AND_PERIODS = (
    *("", "&from=2026-10-15&to=2026-10-18", f"&region={TOWN}", f"&region={VILLAGE}", "&from=2026-10-01&to=2026-12-31"),
    *("&from=2026-08-15", "&to=2026-10-16", "&from=2026-09-20&to=2026-10-16", f"&region={TOWN}&from=2026-10-16"),
)


def test_work_holds_what_one_can_act_on_oneself(api: Api, clock: time_machine.Traveller) -> None:
    reported = str(api.world.report())
    assigned, resolved = str(api.world.assigned()), str(api.world.resolved())
    elsewhere = api.world.report()
    api.world.move(elsewhere, "assign", "he", org="JYJ")
    asked = str(api.world.coordinated())
    task = api.ok(
        "bai", "POST", f"/cases/{asked}/co-tasks", {"org": "ZYZ", "question": "几个工日", "due_on": "2026-10-20"}
    )
    request = api.ok("bai", "POST", f"/cases/{assigned}/extensions", {"until": "2026-10-30", "reason": "等料"})
    with api.office.db.transaction() as session:
        session.add(
            Draft(
                id=new_id(),
                person_id=api.world["he"].person_id,
                form="comment",
                matter_id=UUID(reported),
                content="sealed",
                updated_at=MORNING,
            )
        )
    keys = {"to_sign", "due", "to_approve", "follow_up", "drafts"}
    work = {who: api.ok(who, "GET", "/work") for who in ("he", "an", "bai", "zhen", "chen", "guan", "guanli")}
    assert all(keys <= each.keys() and all(isinstance(each[key], list) for key in keys) for each in work.values())
    assert ids(work["bai"]["to_sign"]) == [assigned]
    assert reported in ids(work["he"]["due"]) and assigned not in ids(work["he"]["due"])
    assert ids(work["he"]["follow_up"]) == [resolved]
    assert work["he"]["to_approve"] == [] and work["he"]["drafts"][0]["about"] == reported
    assert ids(work["an"]["to_approve"]) == [request["id"]]
    assert work["an"]["to_approve"][0]["case"]["id"] == assigned and work["an"]["drafts"] == []
    assert ids(work["zhen"]["questions"]) == [task["id"]]
    for who in ("chen", "guan", "guanli"):
        assert not any(work[who][key] for key in keys)
    clock.move_to(MORNING + timedelta(days=7))
    assert {assigned, asked} <= set(ids(api.ok("bai", "GET", "/work")["due"]))


def test_the_follow_up_is_never_the_resolvers_own(api: Api) -> None:
    resolved = api.world.resolved()
    assert str(resolved) in ids(api.ok("he", "GET", "/work")["follow_up"])
    with api.office.db.transaction() as session:
        case = session.get(Case, resolved)
        assert case is not None
        case.resolved_by = api.world["he"].person_id
    assert api.ok("he", "GET", "/work")["follow_up"] == []
    assert str(resolved) in ids(api.ok("an", "GET", "/work")["follow_up"])


def test_proposals_show_their_grounds(api: Api) -> None:
    with api.office.db.transaction() as session:
        for region, org in (("510822", "SLJ"), (TOWN, "ZYZ")):
            session.add(
                AssignmentRule(
                    id=new_id(),
                    category="drinking_water",
                    region=region,
                    org_id=api.world.orgs[org],
                    created_at=MORNING,
                )
            )
    told = api.ok(
        "he", "POST", "/suggest", {"title": "水管断了又停水", "description": "老人突发高烧", "region_code": VILLAGE}
    )
    assert told["model"] == "keywords-1"
    best = told["category"][0]
    assert best["code"] == "drinking_water" and best["label"] == "饮水" and {"水管", "停水"} <= set(best["words"])
    assert 0 < best["confidence"] <= 1
    assert (told["org"][0]["code"], told["org"][0]["ground"]) == ("ZYZ", "rule"), "the most particular rule wins"
    assert told["urgency"][0]["code"] == "critical" and "突发高烧" in told["urgency"][0]["words"]
    assert fields(api("he", "POST", "/suggest", {"region_code": "1", "x": 2})) == {
        "title",
        "description",
        "region_code",
        "x",
    }
    problem(api("bai", "POST", "/suggest", {"title": "x", "description": "y"}), 403)
    assert api.ok("he", "POST", "/suggest", {"title": "xyz", "description": "xyz"})["category"] == []


@pytest.mark.parametrize(
    ("title", "urgency"),
    [
        ("楼下煤气泄漏，怕爆炸", "critical"),
        ("屋后滑坡，房子随时会塌", "critical"),
        ("自来水停了三天", "urgent"),
        ("村里三天吃不上水", "urgent"),
        ("问一问转学的手续", None),
    ],
)
def test_haste_is_heard_however_it_is_said(api: Api, title: str, urgency: str | None) -> None:
    told = api.ok("he", "POST", "/suggest", {"title": title, "description": title})["urgency"]
    assert (told[0]["code"] if told else None) == urgency


def test_look_alikes_are_the_same_person_or_the_same_place_in_the_same_words(
    api: Api, clock: time_machine.Traveller
) -> None:
    first = str(api.world.report())
    same_words = str(api.world.report(title="三组水管冲断了", reporter={"name": "张三丰"}))
    same_person = str(
        api.world.report(title="孩子转学", description="学位满了", category="schooling", region_code="510822106")
    )
    other = str(
        api.world.report(title="香菇滞销", description="卖不出去", reporter={"name": "王五"}, category="market")
    )
    similar = {each["id"]: each for each in api.ok("he", "GET", f"/cases/{first}/suggestions")["similar"]}
    assert set(similar) == {same_words, same_person}
    assert similar[same_person]["same_person"] and similar[same_person]["score"] < similar[same_words]["score"]
    assert similar[same_words]["same_place"] and "三组水管" in " ".join(similar[same_words]["words"])
    assert other not in similar
    api.move("he", same_words, "decline", reason="重复")
    clock.move_to(MORNING + timedelta(days=180))
    assert same_words in {e["id"] for e in api.ok("he", "GET", f"/cases/{first}/suggestions")["similar"]}
    clock.move_to(MORNING + timedelta(days=181))
    assert same_words not in {e["id"] for e in api.ok("he", "GET", f"/cases/{first}/suggestions")["similar"]}


def test_a_look_alike_never_refuses_a_report(api: Api) -> None:
    for _ in range(3):
        api.ok("he", "POST", "/cases", dict(REPORT))


def test_every_figure_opens_exactly_its_records(api: Api, clock: time_machine.Traveller) -> None:
    county(api, clock)
    told: dict[str, Any] = {}
    for query in PLACES_AND_PERIODS:
        for by in ("by=category", "by=place", "by=unit", "by=state", "by=category&by=state", "by=unit&by=place"):
            told = api.ok("an", "GET", f"/statistics?{by}{query}")
            for cell in told["cells"]:
                assert cell["count"] == api.ok("an", "GET", f"{cell['records']}&count=true&limit=1")["total"], cell
            assert sum(cell["count"] for cell in told["cells"]) == told["figures"][0]["n"]
        keys, by_unit = set(), api.ok("an", "GET", f"/statistics/units?{query.lstrip('&')}")["items"]
        assert [each["unit"]["code"] for each in by_unit] == sorted(each["unit"]["code"] for each in by_unit)
        for figure in [*told["figures"], *(figure for each in by_unit for figure in each["figures"])]:
            keys.add(figure["key"])
            assert figure["n"] == api.ok("an", "GET", f"{figure['records']}&count=true&limit=1")["total"], figure
            if figure["of"] is not None:
                whole = api.ok("an", "GET", f"{figure['of_records']}&count=true&limit=1")["total"]
                assert figure["of"] == whole and figure["n"] <= figure["of"], figure
        assert {"open", "overdue", "due_this_week", "on_time"} <= keys
        assert {"response_rate", "solution_rate", "satisfaction_rate"} <= keys
    assert any(figure["n"] for figure in api.ok("an", "GET", "/statistics")["figures"] if figure["key"] == "on_time")


def test_figures_are_for_triage_and_overseers_of_the_place(api: Api) -> None:
    for who in ("he", "an", "lu", "guan", "shen"):
        api.ok(who, "GET", "/statistics")
    for who in ("bai", "chen", "cun", "jin", "guanli"):
        problem(api(who, "GET", "/statistics"), 403)
    api.join("town", "镇办事员", "clerk", region=TOWN)
    problem(api("town", "GET", "/statistics?region=510823"), 403)
    records = api.ok("town", "GET", "/statistics?region=5108")["figures"][0]["records"]
    assert f"region={TOWN}" in records
    assert fields(api("he", "GET", "/statistics?by=colour&from=x&region=a&y=1")) == {"by", "from", "region", "y"}
