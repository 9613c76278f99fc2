"""A spot check over HTTP: committed to beforehand, printed in the bulletin, drawn by the seed, and drawn again."""

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from casework.activities.tables import Activity
from casework.assessment import spot_check
from casework.core import clock as office_clock
from casework.core import editions
from casework.core.actors import SYSTEM
from tests.web.api.conftest import Api
from tests.web.api.test_assessments import item, visit
from tests.web.api.test_manners import fields, problem
from tests.web.api.tied import tie

SEED = "三十二次掷骰子：4 2 6 1 5 3 3 6"
COMMIT = {"campaign": "SLSC-2022", "quarter": "2026Q4", "seed": SEED}
JANUARY = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)


def drawn(api: Api, clock: Any, *, visits: int = 21) -> tuple[dict[str, Any], list[str], Any]:
    tied = tie(api)
    check = api.ok("he", "POST", "/spot-checks", COMMIT)
    ids = [visit(api, tied, date(2026, 10, 1 + number)) for number in range(visits)]
    visit(api, tied, date(2026, 10, 9), form="phone")
    visit(api, tied, date(2026, 9, 9))
    clock.move_to(JANUARY)
    return tied, ids, api.ok("he", "POST", f"/spot-checks/{check['id']}/draw", {"seed": SEED})


def test_anybody_can_draw_again_what_was_drawn(api: Api, clock: Any) -> None:
    tied, ids, check = drawn(api, clock)
    # The recipe of docs/how-to/check-a-spot-check.md, by hand: a tenth of 21, rounded up.
    key = SEED.encode()
    order = sorted(ids, key=lambda each: hmac.new(key, each.encode(), hashlib.sha256).hexdigest())
    assert [each["visit"] for each in check["visits"]] == order[:3]
    assert (check["population"], check["seed"], check["differs"]) == (21, SEED, [])
    assert check["commitment"] == hashlib.sha256(key).hexdigest()
    told = api.ok("he", "GET", f"/spot-checks/{check['id']}/visits")
    assert sorted(told["items"]) == sorted(ids)
    clock.move_to(JANUARY + timedelta(hours=1))
    # A visit entered afterwards changes nothing; one that was exchanged in the sample shows.
    with api.office.db.transaction() as session:
        row = Activity(kind="household_visit", form="on_site", region_code="510822105206", on_date=date(2026, 11, 1))
        row.member_id = UUID(tied["member"]["id"])
        editions.enter(session, row, actor=SYSTEM, at=office_clock.now())
    assert api.ok("he", "GET", f"/spot-checks/{check['id']}")["differs"] == []
    with api.office.db.transaction() as session:
        found = spot_check.of_quarter(session, "SLSC-2022", "2026Q4")
        assert found is not None
        spot_check.findings_of(session, found.id)[0].activity_id = row.id
    assert str(row.id) in api.ok("he", "GET", f"/spot-checks/{check['id']}")["differs"]


def test_the_seed_is_fixed_before_the_quarter_ends_and_shown_when_it_is_over(api: Api, clock: Any) -> None:
    late = {**COMMIT, "quarter": "2026Q3"}
    assert problem(api("he", "POST", "/spot-checks", late), 409)["reasons"][0]["code"] == "spot_check_too_late"
    assert fields(api("he", "POST", "/spot-checks", {"quarter": "4", "seed": "1234", "luck": 1})) == {
        *("campaign", "quarter", "seed", "luck"),
    }
    check = api.ok("he", "POST", "/spot-checks", COMMIT)
    assert (check["seed"], check["visits"]) == (None, [])
    again = {**COMMIT, "seed": SEED[::-1]}
    assert problem(api("he", "POST", "/spot-checks", again), 409)["reasons"][0]["code"] == "spot_check_exists"
    path = f"/spot-checks/{check['id']}/draw"
    told = problem(api("he", "POST", path, {"seed": SEED}), 409)
    assert told["reasons"][0]["code"] == "spot_check_too_early"
    # It is printed before anything is drawn.
    api.ok("he", "POST", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2026Q3"})
    bulletin = api.ok("he", "GET", "/bulletins")["items"][0]
    html = api("he", "GET", f"/bulletins/{bulletin['id']}/document?format=html").get_data(as_text=True)
    assert check["commitment"] in html and "2026年四季度" in html
    clock.move_to(JANUARY)
    assert fields(api("he", "POST", path, {"seed": SEED[::-1]})) == {"seed"}
    assert api("guan", "POST", path, {"seed": SEED}).status_code == 403
    assert api("chen", "GET", f"/spot-checks/{check['id']}").status_code == 404
    api.ok("he", "POST", path, {"seed": SEED})
    assert problem(api("he", "POST", path, {"seed": SEED}), 409)["reasons"][0]["code"] == "spot_check_drawn"


def test_what_is_found_counts_in_the_sheet_of_whose_visit_it_was(api: Api, clock: Any) -> None:
    tied, _, check = drawn(api, clock)
    path = f"/spot-checks/{check['id']}/visits/{check['visits'][0]['visit']}"
    assert fields(api("he", "PATCH", path, {"outcome": "not_confirmed"})) == {"words"}
    assert fields(api("he", "PATCH", path, {"outcome": "maybe", "asked_on": "2027-02-01"})) == {"outcome", "asked_on"}
    told = api.ok("he", "PATCH", path, {"outcome": "not_confirmed", "words": "户主说那天没有人来"})
    assert (told["outcome"], told["asked_on"], told["version"]) == ("not_confirmed", "2027-01-04", 2)
    assert api("guan", "PATCH", path, {"outcome": "confirmed"}).status_code == 403
    ask = {"campaign": "SLSC-2022", "year": 2026, "member": tied["member"]["id"]}
    sheet = api.ok("he", "POST", "/assessments", ask)
    assert (item(sheet, "records")["points"], item(sheet, "false_record")["points"]) == ("5.00", "5.00")
    api.ok("he", "PATCH", path, {"outcome": "confirmed", "words": "记错了日子，来过"})
    move = {"trigger": "recompute", "fields": {"reason": "户主更正"}}
    again = api.ok("he", "POST", f"/assessments/{sheet['id']}/transitions", move)
    assert (item(again, "records")["points"], item(again, "false_record")["points"]) == ("10.00", "0.00")


def test_what_a_spot_check_hears_settles_the_targets_the_visit_shows(api: Api, clock: Any) -> None:
    tied, _ids, check = drawn(api, clock)
    home = tied["household"]["id"]
    told = {"campaign": "SLSC-2022", "checklist": "five_ones_household", "year": 2026, "object_id": home}
    items = ("informed_person", "job_post", "environment")
    made = []
    for item_code, found in zip(items, (check["visits"][0]["visit"], check["visits"][1]["visit"], None), strict=True):
        shown = {"evidence_id": found} if found else {"evidence": "照片"}
        made.append(api.ok("an", "POST", "/goals", {**told, "item": item_code, "state": "claimed", **shown})["id"])
    for place, outcome in ((0, "confirmed"), (1, "not_confirmed")):
        path = f"/spot-checks/{check['id']}/visits/{check['visits'][place]['visit']}"
        api.ok("he", "PATCH", path, {"outcome": outcome, "words": "没见过人"})
    states = [api.ok("he", "GET", f"/goals/{each}")["state"] for each in made]
    assert states == ["verified", "in_progress", "claimed"]
    reason = api.ok("he", "GET", f"/goals/{made[1]}/history")["items"][-1]["reason"]
    assert "没见过人" in reason
