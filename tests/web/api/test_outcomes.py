"""What comes after a consultation over HTTP: looks back, opinions by link or entered, calls; hidden from who only came."""

from datetime import UTC, datetime
from typing import Any

import time_machine

from tests.web.api.conftest import Api
from tests.web.api.meetings import minuted, venues
from tests.web.api.test_manners import fields


def test_the_office_records_what_came_of_it_and_nobody_else_sees_it(api: Api, clock: time_machine.Traveller) -> None:
    venues(api)
    topic = minuted(api)
    here = f"/consultations/{topic['id']}"
    first, second = api.ok("he", "GET", f"{here}/look-backs")["items"]
    assert (first["months"], second["months"], first["holds"], first["finding"]) == (3, 6, None, None)
    assert fields(api("he", "POST", f"{here}/look-backs/3", {"holds": "yes"})) == {"holds", "finding"}
    found: dict[str, Any] = {"holds": True, "finding": "问了五户，水一直有"}
    for each in (first, second):
        early = api("he", "POST", f"{here}/look-backs/{each['months']}", found)
        assert fields(early) == {"months"} and each["due_on"] in early.text, "it says from which day"
    clock.move_to(datetime.fromisoformat(first["due_on"]).replace(hour=1, tzinfo=UTC))
    assert fields(api("he", "POST", f"{here}/look-backs/6", found)) == {"months"}
    assert api.ok("he", "POST", f"{here}/look-backs/3", found)["items"][0]["holds"] is True
    assert api("he", "POST", f"{here}/look-backs/3", found).status_code == 409
    for n in ("4", "x", "99999999999999999999"):
        assert api("he", "POST", f"{here}/look-backs/{n}", found).status_code == 404
    asked = api.ok("he", "POST", f"{here}/ratings")["items"]
    assert asked and all("/opinion/" in each["link"] for each in asked)
    # A link is shown by the answer that makes it, and by no other.
    assert all(each["link"] is None for each in api.ok("he", "GET", f"{here}/ratings")["items"])
    one = f"{here}/ratings/{asked[0]['id']}"
    assert api.ok("he", "POST", f"{one}/link")["items"][0]["link"] != asked[0]["link"]
    assert fields(api("he", "PATCH", one, {"satisfaction": "very", "words": 7})) == {"satisfaction", "words"}
    entered = api.ok("he", "PATCH", one, {"satisfaction": "satisfied", "words": "好"})["items"][0]
    assert (entered["satisfaction"], entered["words"], entered["channel"]) == ("satisfied", "好", "phone")
    assert api("he", "PATCH", one, {"satisfaction": "satisfied"}).status_code == 409
    assert api("he", "POST", f"{one}/link").status_code == 409
    assert api("he", "PATCH", f"{here}/ratings/nobody", {"satisfaction": "satisfied"}).status_code == 404
    assert api.ok("he", "GET", f"{here}/tellings")["items"] == []
    assert fields(api("he", "POST", f"{here}/tellings", {"case": "x", "outcome": "y"})) == {"case", "outcome"}
    nobody = {"case": "01a137ec-0000-7000-8000-00000000000f", "outcome": "told"}
    assert api("he", "POST", f"{here}/tellings", nobody).status_code == 409
    # Who was invited sees the consultation, not what the office follows up.
    assert api("chen", "GET", here).status_code == 200
    for part in ("look-backs", "ratings", "tellings"):
        assert api("chen", "GET", f"{here}/{part}").status_code == 404
    assert api("chen", "POST", f"{here}/ratings").status_code == 404
