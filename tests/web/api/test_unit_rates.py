"""What became of a case counts for the unit that led it then: sent back, given more time, done anew, come again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from casework.cases.figures import tallies
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields

REACHED = {"followed_up": "reached", "satisfaction": "satisfied"}
KEYS = ("return_rate", "extension_rate", "rework_rate", "recurrence_rate")
# The reader of each number: what a history says happened while a unit led the case.
SAYS = {"return": "return_rate", "grant_extension": "extension_rate", "rework": "rework_rate"}
Told = Mapping[str, Mapping[str, tuple[int, int]]]


def told(api: Api) -> Told:
    """Return the four rates of every unit, each number checked against the list it opens."""
    found = {}
    for each in api.ok("he", "GET", "/statistics/units")["items"]:
        rates = {figure["key"]: figure for figure in each["figures"]}
        found[each["unit"]["code"]] = {key: (rates[key]["n"], rates[key]["of"]) for key in KEYS}
        for figure in rates.values():
            assert figure["n"] == api.ok("he", "GET", f"{figure['records']}&count=true")["total"], figure
            if figure["of"] is not None:
                assert figure["of"] == api.ok("he", "GET", f"{figure['of_records']}&count=true")["total"], figure
    with api.world.db.reading() as session:
        assert tallies.kept(session) == tallies.expected(session)
    return found


def by_histories(api: Api, cases: list[UUID]) -> Told:
    """Reckon the same from the histories, each case once for a unit: with a pencil, as an auditor would."""
    sets: dict[str, dict[str, tuple[set[UUID], set[UUID]]]] = {}
    for case_id in cases:
        lead, resolved, closed = "", False, False
        for entry in api.ok("he", "GET", f"/cases/{case_id}/history?limit=200")["items"]:
            trigger = entry["trigger"]
            if trigger == "assign":
                lead, resolved = entry["fields"]["org"], False
            if not lead:
                continue
            of = sets.setdefault(lead, {key: (set(), set()) for key in KEYS})
            resolved = resolved or trigger == "resolve"
            for key in ("return_rate", "extension_rate"):
                of[key][1].add(case_id)
            if resolved:
                of["rework_rate"][1].add(case_id)
            if trigger == "close":
                closed = True
                of["recurrence_rate"][1].add(case_id)
            if trigger in SAYS:
                of[SAYS[trigger]][0].add(case_id)
            if trigger == "reopen" and closed:
                of["recurrence_rate"][0].add(case_id)
            lead = "" if trigger in ("return", "reopen", "recall") else lead
    return {code: {key: (len(n), len(of)) for key, (n, of) in each.items()} for code, each in sets.items()}


def extend(api: Api, case_id: UUID, *, by: str, until: str) -> None:
    asked = api.ok(by, "POST", f"/cases/{case_id}/extensions", {"until": until, "reason": "等材料"})
    api.ok("an", "PATCH", f"/cases/{case_id}/extensions/{asked['id']}", {"grant": True, "reason": "情况属实"})


def go(api: Api, case_id: UUID, *steps: tuple[str, str, Mapping[str, Any]]) -> None:
    for by, trigger, given in steps:
        answer = api.move(by, str(case_id), trigger, **given)
        assert answer.status_code == 200, (trigger, answer.text)


def to(org: str) -> tuple[str, str, Mapping[str, Any]]:
    return ("an", "assign", {"org": org})


BACK = {"reason": "不归我们管"}
DONE = {"result_class": "A", "reply": "水管已经接好，通水了"}


def lived(api: Api) -> list[UUID]:
    """Let cases go from unit to unit."""
    world = api.world
    returned, again, twice, plain = (world.report() for _ in range(4))
    # Sent back by one, given more time and done anew by another.
    go(api, returned, to("SLJ"), ("bai", "return", BACK), to("ZYZ"))
    extend(api, returned, by="zhen", until="2026-11-20")
    go(api, returned, ("zhen", "coordinate", {"plan": "先看现场"}), ("zhen", "resolve", DONE))
    go(api, returned, ("an", "rework", {"reason": "没办完"}))
    # Closed by one, come again, given to another.
    go(api, again, to("SLJ"), ("bai", "coordinate", {"plan": "先看现场"}), ("bai", "resolve", DONE))
    go(api, again, ("he", "close", REACHED), ("he", "reopen", {"reason": "又断水了"}), to("JYJ"))
    # Sent back, and in the end led by the same one after all.
    go(api, twice, to("SLJ"), ("bai", "return", BACK), to("SLJ"))
    go(api, plain, to("JYJ"))
    return [returned, again, twice, plain]


def test_each_unit_answers_for_what_happened_while_it_led(api: Api) -> None:
    cases = lived(api)
    found = told(api)
    assert found == by_histories(api, cases)
    assert found["SLJ"] == dict(zip(KEYS, ((2, 3), (0, 3), (0, 1), (1, 1)), strict=True))
    assert found["ZYZ"] == dict(zip(KEYS, ((0, 1), (1, 1), (1, 1), (0, 0)), strict=True))
    assert found["JYJ"] == dict(zip(KEYS, ((0, 2), (0, 2), (0, 0), (0, 0)), strict=True))
    whole = {each["key"]: (each["n"], each["of"]) for each in api.ok("he", "GET", "/statistics")["figures"]}
    assert [whole[key] for key in KEYS] == [(2, 4), (1, 4), (1, 2), (1, 1)], "of all, each case counts once"


def test_what_is_given_by_mistake_counts_for_nobody_and_takes_nothing_away(api: Api) -> None:
    case_id = api.world.report()
    go(api, case_id, to("ZYZ"), ("an", "recall", {}))
    assert "ZYZ" not in told(api)
    go(api, case_id, to("SLJ"), ("bai", "return", BACK), to("SLJ"), ("an", "recall", {}))
    assert told(api)["SLJ"]["return_rate"] == (1, 1), "it did send it back before"
    go(api, case_id, to("SLJ"))
    assert told(api)["SLJ"]["return_rate"] == (1, 1)


def test_what_is_put_right_takes_those_along_who_led_it_before(api: Api) -> None:
    cases = lived(api)
    before = told(api)
    api.ok("he", "PATCH", f"/cases/{cases[0]}", {"region_code": "510822106", "category": "market"})
    assert told(api) == before


@pytest.mark.parametrize("wrong", ["sent_back", "sent_back@", "liked@SLJ", "sent_back@NONE", "@", "sent_back@a b"])
def test_a_filter_by_unit_that_means_nothing_is_refused(api: Api, wrong: str) -> None:
    assert fields(api("he", "GET", f"/cases?unit_ever={wrong}")) == {"unit_ever"}


@pytest.mark.parametrize("path", ["/statistics", "/statistics/units", "/statistics/export"])
@pytest.mark.parametrize("place", ["51082210", "510822999"])
def test_figures_of_a_place_whose_list_nobody_could_open_are_refused(api: Api, path: str, place: str) -> None:
    assert fields(api("he", "GET", f"/cases?region={place}")) == {"region"}
    assert fields(api("he", "GET", f"{path}?region={place}")) == {"region"}
