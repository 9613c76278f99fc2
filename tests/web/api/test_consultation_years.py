"""The plan of a year: topics by month, approved by the right body, from then on only added to; a page and a sheet."""

from tests.web.api.conftest import Api
from tests.web.api.meetings import TOPIC, minuted, venues
from tests.web.api.test_manners import fields, problem

YEAR = "/consultation-years/2026"


def test_a_year_is_planned_approved_and_added_to(api: Api) -> None:
    first, second, late = (
        api.ok("he", "POST", "/consultations", {**TOPIC, "title": title}) for title in ("水管", "路灯", "垃圾")
    )
    assert api.ok("guan", "GET", YEAR)["topics"] == []
    approval = {"authority": "chair_meeting", "on": "2026-10-13", "plan_no": "青协纪〔2026〕3号"}
    assert problem(api("an", "POST", f"{YEAR}/approval", approval), 409)["reasons"][0]["code"] == "year_plan_empty"
    api.ok("he", "POST", f"{YEAR}/topics", {"topic": second["number"], "month": 11})
    api.ok("he", "POST", f"{YEAR}/topics", {"topic": first["id"], "month": 12})
    made = api.ok("he", "POST", f"{YEAR}/topics", {"topic": first["id"], "month": 3})
    assert [(each["month"], each["title"]) for each in made["topics"]] == [(3, "水管"), (11, "路灯")]
    assert fields(api("he", "POST", f"{YEAR}/topics", {"topic": "QC-XS-2026-000099", "month": 13})) == {"month"}
    assert fields(api("he", "POST", f"{YEAR}/topics", {"topic": "QC-XS-2026-000099", "month": 1})) == {"topic"}
    assert api("bai", "POST", f"{YEAR}/topics", {"topic": first["id"], "month": 4}).status_code in (403, 404)
    assert api("he", "POST", f"{YEAR}/approval", approval).status_code == 403
    wrong = {"authority": "office", "on": "2026-10-15"}
    assert fields(api("an", "POST", f"{YEAR}/approval", wrong)) == {"authority"}
    done = api.ok("an", "POST", f"{YEAR}/approval", approval)
    assert (done["authority"], done["approved_on"], done["plan_no"]) == tuple(approval.values())
    # What was approved stays; what comes later is told as such and may be taken out again.
    told = problem(api("he", "POST", f"{YEAR}/topics", {"topic": first["id"], "month": None}), 409)
    assert told["reasons"][0]["code"] == "year_plan_approved"
    added = api.ok("he", "POST", f"{YEAR}/topics", {"topic": late["id"], "month": 10})["topics"][1]
    assert (added["title"], added["added_on"]) == ("垃圾", "2026-10-14")
    assert len(api.ok("he", "POST", f"{YEAR}/topics", {"topic": late["id"]})["topics"]) == 2
    assert api("an", "GET", "/consultation-years/26").status_code == 404
    assert api("an", "POST", f"{YEAR}/approval", approval).status_code == 409


def test_a_topic_that_was_met_about_is_planned_no_more(api: Api) -> None:
    venues(api)
    topic = minuted(api)
    good = {each["code"]: (each["n"], each["of"]) for each in api.ok("an", "GET", YEAR)["quality"]}
    assert good == {"public": (1, 1), "converted": (0, 2), "on_time": (0, 0), "satisfied": (0, 0), "repeated": (0, 1)}
    api.ok("he", "POST", f"/consultations/{topic['id']}/consensus/1/convert", {"into": "case"})
    (kept,) = (each for each in api.ok("guan", "GET", YEAR)["quality"] if each["code"] == "converted")
    assert [(each["n"], each["counts"]) for each in kept["records"]] == [(1, True), (2, False)]
    told = problem(api("he", "POST", f"{YEAR}/topics", {"topic": topic["id"], "month": 3}), 409)
    assert told["reasons"][0]["code"] == "year_topic_ended"
