"""Handovers over HTTP: foretold without a trace, done in one step, taken back in one; who may, and what is wrong."""

from typing import Any

import pytest

from tests.campaign import tie
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields

TOLD = {"day": "2026-10-31", "reason": "换届"}


@pytest.mark.usefixtures("clock")
def test_a_dry_run_foretells_what_is_then_done_and_undone(api: Api) -> None:
    tied = tie(api.world)
    case_id = api.world.coordinated()
    leaves = {**TOLD, "member": str(tied.member), "successor": str(tied.colleague)}
    links = f"/links?member={tied.member}&active_on=2026-11-01"
    foretold = api.ok("he", "POST", "/handovers", {**leaves, "dry_run": True})
    assert foretold["id"] is None and {each["kind"] for each in foretold["items"]} == {"link", "visit", "role"}
    assert len(api.ok("he", "GET", links)["items"]) == 1
    made = api.ok("he", "POST", "/handovers", leaves)
    told = [{name: each[name] for name in ("kind", "id", "label", "stays")} for each in made["items"]]
    assert told == [{name: each[name] for name in ("kind", "id", "label", "stays")} for each in foretold["items"]]
    assert made["undo_until"] > made["done_at"] and api.ok("he", "GET", links)["items"] == []
    assert api.ok("an", "GET", f"/handovers/{made['id']}") == made
    unit = api.ok("he", "POST", "/handovers", {**TOLD, "org": "SLJ", "successor": "ZYZ"})
    assert [(each["kind"], each["moved"]) for each in unit["items"]] == [("case_lead", True)]
    assert api.ok("he", "GET", f"/cases/{case_id}")["org"] == "ZYZ"
    for each in (made, unit):
        assert api.ok("he", "POST", f"/handovers/{each['id']}/undo", {"reason": "弄错了"})["undone_at"]
    assert len(api.ok("he", "GET", links)["items"]) == 1
    assert api.ok("he", "GET", f"/cases/{case_id}")["org"] == "SLJ"
    again = api("he", "POST", f"/handovers/{unit['id']}/undo", {"reason": "弄错了"})
    assert again.status_code == 409
    refusal: Any = again.get_json()
    assert refusal["reasons"][0]["code"] == "handover_undone"


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("told", [{}, {"reason": None}, {"reason": " \u200b"}])
def test_a_handover_is_taken_back_without_a_reason_too(api: Api, told: dict[str, Any]) -> None:
    tied = tie(api.world)
    leaves = {**TOLD, "member": str(tied.member), "successor": str(tied.colleague)}
    made = api.ok("he", "POST", "/handovers", leaves)
    assert api.ok("he", "POST", f"/handovers/{made['id']}/undo", told)["undone_at"]
    assert len(api.ok("he", "GET", f"/links?member={tied.member}&active_on=2026-11-01")["items"]) == 1


def test_mistakes_stand_at_their_fields_and_strangers_are_kept_out(api: Api) -> None:
    tied = tie(api.world)
    wrong = api("he", "POST", "/handovers", {"org": "NO", "day": "soon", "reason": "", "dry_run": 1, "extra": 1})
    assert wrong.status_code == 422 and fields(wrong) == {"org", "day", "dry_run", "extra"}
    both = api("he", "POST", "/handovers", {**TOLD, "org": "SLJ", "member": str(tied.member)})
    assert fields(both) == {"org"}
    links = [{"id": "x"}, {"id": str(tied.free)}]
    asked = {**TOLD, "member": str(tied.member), "successor": str(tied.colleague), "links": links}
    assert fields(api("he", "POST", "/handovers", asked)) == {"links.0.id", "links.1.id"}
    empty = api("he", "POST", "/handovers", {**TOLD, "org": "JYJ", "successor": "ZYZ"})
    assert fields(empty) == {"links"} and "没有要交接的" in empty.get_json()["errors"][0]["message"]
    for who, status in (("chen", 403), ("bai", 403), ("guan", 403)):
        assert api(who, "POST", "/handovers", {**TOLD, "org": "SLJ", "successor": "ZYZ"}).status_code == status
