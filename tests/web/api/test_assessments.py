"""The life of a sheet over HTTP: computed, answered within five working days, reviewed by others, approved, frozen."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine

from casework.activities.tables import Activity
from casework.assessment import sheets
from casework.assessment.tables import Assessment
from casework.core import editions
from casework.core.actors import SYSTEM
from casework.core.ids import new_id
from casework.matters.tables import Notice
from tasks import daily
from tasks.relay import relay
from tasks.run import Run
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem
from tests.web.api.tied import MEMBER, tie
from tests.world import MORNING, VILLAGE

ASK = {"campaign": "SLSC-2022", "year": 2022}


def visit(api: Api, tied: dict[str, Any], on: date, **changes: Any) -> str:
    values = {"kind": "household_visit", "region_code": VILLAGE, "on_date": on, "form": "on_site", **changes}
    ends = {"member_id": tied["member"]["id"], "household_id": tied["household"]["id"]}
    with api.office.db.transaction() as session:
        row = Activity(**values, **{name: UUID(value) for name, value in ends.items()})
        return str(editions.enter(session, row, actor=SYSTEM, at=MORNING).id)


def computed(api: Api) -> tuple[dict[str, Any], Any]:
    tied = tie(api)
    for month in (4, 5, 7):
        visit(api, tied, date(2022, month, 9))
    return tied, api.ok("he", "POST", "/assessments", {**ASK, "member": tied["member"]["id"]})


def move(api: Api, who: str, sheet: Any, trigger: str, **given: Any) -> Any:
    return api(who, "POST", f"/assessments/{sheet['id']}/transitions", {"trigger": trigger, "fields": given})


def run(api: Api) -> Run:
    return Run(api.office, new_id(), "sheets_lapse", "", {}, datetime.now(UTC), lambda **_: None)


def item(sheet: Any, code: str) -> Any:
    return next(each for each in sheet["items"] if each["item"] == code)


def test_a_sheet_shows_every_point_with_its_records(api: Api) -> None:
    tied, sheet = computed(api)
    assert (sheet["state"], sheet["as_of"], sheet["number"]) == ("computed", "2022-12-31", "QC-KH-2022-000001")
    homes = item(sheet, "households")
    visits = next(each for each in homes["counts"] if each["count"] == "visits")
    # Three visits, two of them in one quarter: the household counts once a quarter.
    assert (visits["number"], visits["points"], len(visits["evidence"])) == (2, "4.00", 3)
    assert sorted(each["points"] for each in visits["evidence"]) == ["0.00", "2.00", "2.00"]
    assert all(api("chen", "GET", each["href"]).status_code == 200 for each in visits["evidence"])
    # 5 for the link, 4 for visits, 10 for records; the fourth quarter was missed.
    assert (homes["points"], item(sheet, "records")["points"], item(sheet, "overdue")["points"]) == (
        *("9.00", "10.00", "1.00"),
    )
    assert (sheet["score"], sheet["band"], sheet["band_label"]) == ("18.00", "to_improve", "需改进")
    told = problem(api("he", "POST", "/assessments", {**ASK, "member": tied["member"]["id"]}), 409)
    assert told["reasons"][0]["code"] == "sheet_exists"
    assert fields(api("he", "POST", "/assessments", {"campaign": "X", "year": "2022", "rank": 1})) == {
        *("campaign", "year", "member", "rank"),
    }
    again = api.ok("he", "POST", "/assessment-years", ASK)
    assert again == {"computed": 0, "kept": 1}


def test_from_the_member_to_the_chair_and_then_nothing_moves(api: Api) -> None:
    tied, sheet = computed(api)
    path = f"/assessments/{sheet['id']}"
    assert sheet["available_triggers"] == ["recompute"]
    told = problem(move(api, "he", sheet, "review"), 409)
    assert told["reasons"][0]["code"] == "time_to_answer_runs"
    assert move(api, "he", sheet, "confirm").status_code == 403
    assert move(api, "bai", sheet, "confirm").status_code == 404
    assert api.ok("chen", "GET", path)["available_triggers"] == ["confirm", "appeal"]
    assert fields(move(api, "chen", sheet, "appeal")) == {"fields.reason"}
    appealed = move(api, "chen", sheet, "appeal", reason="第四季度走访了，漏记").get_json()
    assert (appealed["state"], appealed["appeal"]) == ("appealed", "第四季度走访了，漏记")
    # The office sets points with reasons; the member may not, and nobody goes above the cap.
    more = [{"item": "households", "points": "11", "reason": "走访记录在纸质台账上"}]
    assert api("chen", "PATCH", path, {"adjustments": more}).status_code == 403
    wrong = [{"item": "gold", "points": 5, "reason": "x"}, {"item": "households", "points": "41"}]
    assert fields(api("he", "PATCH", path, {"adjustments": wrong})) == {
        *("adjustments[0].item", "adjustments[1].points", "adjustments[1].reason"),
    }
    changed = api.ok("he", "PATCH", path, {"adjustments": more})
    assert (changed["score"], item(changed, "households")["computed"]) == ("20.00", "9.00")
    told = problem(move(api, "he", sheet, "review"), 409)
    assert told["reasons"][0]["code"] == "appeal_unanswered"
    assert move(api, "an", sheet, "review", answer="已补记一次走访").get_json()["state"] == "reviewed"
    assert move(api, "an", sheet, "approve").status_code == 403
    done = move(api, "lu", sheet, "approve").get_json()
    assert (done["state"], done["available_triggers"], len(done["sha256"])) == ("approved", [], 64)
    # What is entered afterwards alters nothing.
    visit(api, tied, date(2022, 11, 3))
    assert api.ok("chen", "GET", path)["items"] == done["items"]
    assert move(api, "he", sheet, "recompute", reason="补记").status_code == 409
    history = api.ok("he", "GET", f"{path}/history")["items"]
    assert [each["trigger"] for each in history] == ["report", "appeal", "adjust", "review", "approve"]
    assert history[-1]["fields"]["sha256"] == done["sha256"]
    with api.office.db.reading() as session:
        row = session.query(Assessment).one()
        assert row.frozen is not None and sheets.digest(row.frozen) == done["sha256"]


def test_silence_confirms_after_five_working_days_and_computing_again_begins_them_anew(api: Api, clock: Any) -> None:
    tied, sheet = computed(api)
    assert sheet["due_at"].startswith("2026-10-21")
    clock.move_to(MORNING + timedelta(days=2))
    visit(api, tied, date(2022, 11, 3))
    again = move(api, "he", sheet, "recompute", reason="补记").get_json()
    assert (again["score"], again["due_at"][:10]) == ("21.00", "2026-10-23")
    clock.move_to(MORNING + timedelta(days=8))
    assert daily.sheets_lapse(run(api)) == {"confirmed": 0}
    clock.move_to(MORNING + timedelta(days=10))
    assert daily.sheets_lapse(run(api)) == {"confirmed": 1}
    assert daily.sheets_lapse(run(api)) == {"confirmed": 0}
    lapsed = api.ok("chen", "GET", f"/assessments/{sheet['id']}")
    assert (lapsed["state"], lapsed["response"]) == ("member_confirmed", "lapsed")
    assert move(api, "he", sheet, "review").get_json()["state"] == "reviewed"


def test_nobody_judges_the_own_sheet(api: Api) -> None:
    tied = tie(api, person="an")
    sheet = api.ok("he", "POST", "/assessments", {**ASK, "member": tied["member"]["id"]})
    told = problem(move(api, "an", sheet, "recompute", reason="x"), 403)
    assert told["reasons"][0]["code"] == "own_sheet"
    assert api("an", "PATCH", f"/assessments/{sheet['id']}", {"adjustments": []}).status_code == 403


def test_the_list_is_in_the_order_of_names_and_a_member_sees_the_own(api: Api) -> None:
    computed(api)
    for name in ("白云", "安心"):
        api.ok("he", "POST", "/members", {**MEMBER, "name": name})
    assert api.ok("he", "POST", "/assessment-years", ASK) == {"computed": 2, "kept": 1}
    for who, seen in (("he", 3), ("guan", 3), ("chen", 1), ("bai", 0)):
        answer = api(who, "GET", "/assessments")
        assert len((answer.get_json() or {}).get("items", [])) == seen, who
    names, path = [], "/assessments?year=2022&band=to_improve&limit=2"
    page = api.ok("he", "GET", path)
    names += [each["member_name"] for each in page["items"]]
    names += [each["member_name"] for each in api.ok("he", "GET", f"{path}&cursor={page['next']}")["items"]]
    assert names == sorted(names) and len(names) == 3
    assert "score" not in page["items"][0]
    assert fields(api("he", "GET", "/assessments?sort=score&band=best&year=22")) == {"sort", "band", "year"}


def test_those_who_have_to_act_are_told(api: Api) -> None:
    _, sheet = computed(api)
    move(api, "chen", sheet, "appeal", reason="漏记")
    relay(api.office.db, at=MORNING)
    with api.office.db.reading() as session:
        told = {(row.code, row.person_id) for row in session.query(Notice)}
    assert ("sheet_computed", api.world["chen"].person_id) in told
    assert ("sheet_appealed", api.world["he"].person_id) in told
    assert not any(code == "sheet_appealed" and who == api.world["chen"].person_id for code, who in told)


def test_a_year_that_has_not_come_or_has_no_scheme_has_no_sheets(api: Api) -> None:
    tied = tie(api)
    for year in (2027, 2021):
        told = problem(api("he", "POST", "/assessments", {**ASK, "year": year, "member": tied["member"]["id"]}), 409)
        assert told["reasons"][0]["code"] == "year_not_yet"
    with time_machine.travel(datetime(2026, 12, 20, 2, 0, tzinfo=UTC), tick=False):
        made = api.ok("he", "POST", "/assessments", {**ASK, "year": 2026, "member": tied["member"]["id"]})
    # Without a file of its own a year goes by the last scheme before it.
    assert (made["as_of"], made["scheme_year"]) == ("2026-12-20", 2022)
