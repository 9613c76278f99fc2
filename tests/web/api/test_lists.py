"""Lists of cases: filters, sorts, pages and search, each held against plain Python over all cases."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import time_machine

from casework.cases.listing import lists
from casework.core import texts
from tests.web.api.conftest import Api, at
from tests.web.api.test_manners import fields
from tests.world import MORNING, TOWN, VILLAGE

WORDS = ("饮水", "水管", "停水", "道路", "塌方", "茶叶", "ABC", "100%", "a_b", "𠮷", "水")


def county(api: Api, clock: time_machine.Traveller, *, cases: int = 24) -> list[dict[str, Any]]:
    """Fill the county with cases in many states over some weeks; return all of them as 安老师 sees them."""
    rnd = random.Random(20261014)
    for n in range(cases):
        moment = MORNING + timedelta(hours=7 * n)
        clock.move_to(moment)
        changes = {
            "title": f"第{n}件{rnd.choice(WORDS)}{rnd.choice(WORDS)}",
            "description": " ".join(rnd.choices(WORDS, k=4)),
            "category": rnd.choice(("drinking_water", "infrastructure", "market")),
            "kind": rnd.choice(("inquiry", "help", "complaint")),
            "urgency": rnd.choice(("normal", "normal", "urgent")),
            "region_code": rnd.choice((VILLAGE, "510822106", "510822", TOWN)),
        }
        by = rnd.choice(("he", "he", "chen"))
        start = rnd.choice(("report", "assigned", "coordinated", "resolved", "closed", "declined", "suspended"))
        case_id = api.world.report(by, at=moment, **changes)
        _bring(api, case_id, start, at=moment + timedelta(minutes=5))
    clock.move_to(MORNING + timedelta(days=20))
    everything = api.ok("an", "GET", "/cases?limit=200")["items"]
    assert len(everything) == cases
    return [api.ok("an", "GET", f"/cases/{each['id']}") for each in everything]


def _bring(api: Api, case_id: Any, state: str, *, at: datetime) -> None:
    move = api.world.move
    if state == "declined":
        move(case_id, "decline", "he", at=at, reason="请到法院")
    if state in ("report", "declined"):
        return
    move(case_id, "assign", "he", at=at, org="SLJ" if case_id.int % 2 else "JYJ", co_orgs=["ZYZ"])
    handler = "bai" if case_id.int % 2 else "jiao"
    if state == "assigned":
        return
    move(case_id, "coordinate", handler, at=at, plan="换管")
    if state == "suspended":
        move(case_id, "suspend", "he", at=at, reason="等雨停", until="2026-12-01")
    if state in ("resolved", "closed"):
        move(case_id, "resolve", handler, at=at, result_class="A", reply="好了")
    if state == "closed":
        move(case_id, "close", "he", at=at, followed_up="reached", satisfaction="satisfied")


def asked(api: Api, who: str, query: Mapping[str, Any], *, limit: int = 200) -> list[dict[str, Any]]:
    """Walk a whole list page by page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = api.ok(who, "GET", f"/cases?{urlencode({**query, 'limit': limit, **more}, doseq=True)}")
        found += page["items"]
        assert len(page["items"]) <= limit
        cursor = page["next"]
        if cursor is None:
            return found
        assert len(page["items"]) == limit


def total_of(api: Api, who: str, q: str) -> Any:
    return api.ok(who, "GET", f"/cases?{urlencode({'q': q, 'count': 'true', 'limit': 1})}")["total"]


def test_every_filter_lists_exactly_what_it_says(api: Api, clock: time_machine.Traveller) -> None:
    everything = county(api, clock)
    now = MORNING + timedelta(days=20)
    day = "2026-10-17"
    open_states = ("reported", "assigned", "coordinated", "resolved", "suspended")

    def is_late(case: dict[str, Any]) -> bool:
        return case["due_at"] is not None and at(case["due_at"]) < now and case["state"] in open_states

    oracle: list[tuple[Mapping[str, Any], Callable[[dict[str, Any]], bool]]] = [
        ({}, lambda c: True),
        ({"state": "assigned"}, lambda c: c["state"] == "assigned"),
        ({"state": ["closed", "declined"]}, lambda c: c["state"] in ("closed", "declined")),
        ({"category": "market"}, lambda c: c["category"] == "market"),
        ({"kind": ["help", "inquiry"]}, lambda c: c["kind"] in ("help", "inquiry")),
        ({"urgency": "urgent"}, lambda c: c["urgency"] == "urgent"),
        ({"region": "510822"}, lambda c: True),
        ({"region": TOWN}, lambda c: c["region_code"].startswith(TOWN)),
        ({"region": [TOWN, "510822106"]}, lambda c: c["region_code"].startswith((TOWN, "510822106"))),
        ({"township": "510822"}, lambda c: c["region_code"] == "510822"),
        ({"org": "SLJ"}, lambda c: c["org"] == "SLJ"),
        ({"org": "ZYZ"}, lambda c: "ZYZ" in c["co_orgs"]),
        ({"lead_org": "none"}, lambda c: c["org"] is None),
        ({"open": "true"}, lambda c: c["state"] in open_states),
        ({"open": "false"}, lambda c: c["state"] not in open_states),
        ({"overdue": "true"}, is_late),
        ({"overdue": "false"}, lambda c: not is_late(c)),
        ({"reported_from": day}, lambda c: c["reported_at"][:10] >= day),
        ({"reported_to": day}, lambda c: c["reported_at"][:10] <= day),
        ({"reported_from": day, "reported_to": day}, lambda c: c["reported_at"][:10] == day),
        ({"reported_from": "2026-10-17T12:00:00+08:00"}, lambda c: c["reported_at"] >= "2026-10-17T12:00:00+08:00"),
        ({"handled": "on_time"}, lambda c: _handled(c, now) == "on_time"),
        ({"handled": "late"}, lambda c: _handled(c, now) == "late"),
        ({"followed_up": "reached", "satisfaction": "satisfied"}, lambda c: c["satisfaction"] == "satisfied"),
        ({"result_class": "A"}, lambda c: c["result_class"] == "A"),
        (
            {"state": "assigned", "category": "market", "overdue": "true"},
            lambda c: c["state"] == "assigned" and c["category"] == "market" and is_late(c),
        ),
    ]
    for query, fits in oracle:
        wanted = {case["id"] for case in everything if fits(case)}
        for sort in lists.SORTS:
            found = asked(api, "an", {**query, "sort": sort})
            assert {case["id"] for case in found} == wanted, (query, sort)
            assert len(found) == len(wanted), (query, sort)
        total = api.ok("an", "GET", f"/cases?{urlencode({**query, 'count': 'true', 'limit': 1}, doseq=True)}")["total"]
        assert total == len(wanted), query
    assert "total" not in api.ok("an", "GET", "/cases")


def _handled(case: dict[str, Any], now: datetime) -> str | None:
    clock = next((each for each in case["deadlines"] if each["kind"] == "handle"), None)
    if clock is None:
        return None
    if clock["status"] == "met":
        return "on_time" if at(clock["met_at"]) <= at(clock["due_at"]) else "late"
    return "late" if clock["status"] == "running" and at(clock["due_at"]) < now else None


def test_pages_of_every_size_join_into_the_same_sorted_list(api: Api, clock: time_machine.Traveller) -> None:
    county(api, clock, cases=17)
    keys: Mapping[str, Callable[[dict[str, Any]], Any]] = {
        "due": lambda c: (c["due_at"] is None, c["due_at"] or ""),
        "reported": lambda c: c["reported_at"],
        "updated": lambda c: c["updated_at"],
    }
    for sort in lists.SORTS:
        for who in ("an", "bai", "chen"):
            whole = asked(api, who, {"sort": sort})
            for limit in (1, 3, 5):
                assert asked(api, who, {"sort": sort}, limit=limit) == whole, (sort, who, limit)
            values = [keys[sort.lstrip("-")](case) for case in whole if case["due_at"] or "due" not in sort]
            downwards = (sort in ("reported", "updated")) or sort == "-due"
            assert values == sorted(values, reverse=downwards), (sort, who)
            if "due" in sort:
                nothing_due = [case["due_at"] is None for case in whole]
                assert nothing_due == sorted(nothing_due), "cases without a clock come last"


def test_a_cursor_is_safe_in_an_address_and_holds_for_its_own_list_only(api: Api) -> None:
    for _ in range(3):
        api.world.report()
    cursor = api.ok("an", "GET", "/cases?limit=1")["next"]
    assert cursor.isascii() and all(c.isalnum() or c in "-_" for c in cursor)
    assert api.ok("an", "GET", f"/cases?limit=2&cursor={cursor}")["items"]
    for other in (
        f"sort=due&cursor={cursor}",
        f"state=reported&cursor={cursor}",
        f"cursor={cursor}x",
        f"cursor={cursor[:-4]}",
    ):
        assert fields(api("an", "GET", f"/cases?limit=1&{other}")) == {"cursor"}


def test_search_finds_what_like_over_title_and_description_finds(api: Api, clock: time_machine.Traveller) -> None:
    everything = county(api, clock)
    queries = [
        *WORDS,
        "第1",
        "件水",
        "停水 道路",
        "饮水 茶叶",
        "管 停",
        "abc",
        "ＡＢＣ",
        "100%",
        "a_b",
        "%",
        "_",
        "没有这个词",
        "第0件饮",
    ]
    for q in queries:
        needles = texts.search_key(q).split()
        wanted = {
            case["id"]
            for case in everything
            if all(
                needle in texts.search_key(case["title"]) or needle in texts.search_key(case["description"])
                for needle in needles
            )
        }
        for who in ("an", "lu"):
            for query in ({"q": q}, {"q": q, "sort": "due"}, {"q": q, "state": "assigned"}):
                fitting = {
                    c["id"]
                    for c in everything
                    if c["id"] in wanted
                    and c["state"] in (query.get("state"), c["state"] if "state" not in query else None)
                }
                assert {case["id"] for case in asked(api, who, query)} == fitting, (q, who, query)
        assert total_of(api, "an", q) == len(wanted), q


def test_common_words_are_found_by_walking_and_rare_ones_by_the_index_alike(
    api: Api, clock: time_machine.Traveller, monkeypatch: Any
) -> None:
    """The border between both ways moves nothing but the cost."""
    county(api, clock, cases=16)
    for q in ("饮水", "水", "停水 道路"):
        for who in ("an", "bai", "chen"):
            by_index = [asked(api, who, {"q": q, "sort": sort}, limit=3) for sort in lists.SORTS]
            assert total_of(api, who, q) == len(by_index[0]), "a total counts what its reader may know of and no more"
            with monkeypatch.context() as patched:
                patched.setattr(lists, "COMMON", 0)
                patched.setattr(lists, "FEW", 0)
                patched.setattr(lists, "FEW_TO_SEARCH", 0)
                found = [asked(api, who, {"q": q, "sort": sort}, limit=3) for sort in lists.SORTS]
                assert found == by_index, (q, who)
                assert total_of(api, who, q) == len(found[0])
                walked = asked(api, who, {"sort": "due"}, limit=4)
            assert walked == asked(api, who, {"sort": "due"}, limit=4)


def test_a_filter_by_category_takes_in_what_stands_under_it(api: Api) -> None:
    api.ok(
        "he",
        "POST",
        "/categories",
        {"code": "well", "label_zh": "水井", "label_en": "Well", "parent_code": "drinking_water"},
    )
    below = str(api.world.report(category="well"))
    above = str(api.world.report())
    assert {c["id"] for c in asked(api, "he", {"category": "drinking_water"})} == {below, above}
    assert {c["id"] for c in asked(api, "he", {"category": "well"})} == {below}


def test_me_is_who_asks(api: Api) -> None:
    case_id = str(api.world.report("chen"))
    api.move("he", case_id, "assign", org="SLJ", assignee="bai")
    api.world.report()
    assert [c["id"] for c in asked(api, "bai", {"assignee": "me"})] == [case_id]
    assert asked(api, "he", {"assignee": "me"}) == []
    assert [c["id"] for c in asked(api, "chen", {"reported_by": "me"})] == [case_id]
