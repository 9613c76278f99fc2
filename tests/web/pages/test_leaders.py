"""The leading group: terms entered and ended by forms, told on the campaign's page, and holders of villages."""

from typing import Any

import pytest

from casework.core import editions
from casework.core.ids import new_id
from casework.leaders.tables import Leader
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of
from tests.world import VILLAGE

HEAD = {"name": "周正明", "role": "head", "post": "县政协主席", "valid_from": "2022-01-05"}
pytestmark = pytest.mark.usefixtures("morning")


def send(browser: Browser, path: str, **typed: str) -> Any:
    browser.get(path)
    return browser.post(path, {"form_id": str(new_id()), **typed})


def enter(desk: Desk, **changes: str) -> str:
    """Enter a leader and return the path of their form."""
    clerk = desk.browser("he")
    assert send(clerk, "/leaders/new", **{**HEAD, **changes}).status_code == 303
    told = {**HEAD, **changes}["name"]
    page = clerk.get("/leaders").text
    return page[: page.index(told)].rpartition('href="')[2].partition('"')[0]


def test_a_term_is_entered_told_on_the_page_of_its_days_and_ended_with_a_reason(desk: Desk) -> None:
    path = enter(desk)
    enter(desk, name="邓秀兰", role="deputy", valid_from="2026-10-01")
    clerk, leader = desk.browser("he"), desk.browser("lu")
    assert "组长 周正明　副组长 邓秀兰" in leader.get("/campaign").text
    then = leader.get("/campaign?as_of=2022-12-31").text
    assert "组长 周正明" in then and "邓秀兰" not in then
    form = form_of(clerk.get(path).text, path)
    bare = clerk.post(path, {**form, "valid_to": "2026-10-10"})
    assert bare.status_code == 422 and 'href="#f-end_reason"' in bare.text
    assert clerk.post(path, {**form, "valid_to": "2026-10-10", "end_reason": "换届"}).status_code == 303
    assert "周正明" not in leader.get("/campaign").text
    assert "周正明" in leader.get("/campaign?as_of=2026-10-10").text
    stale = clerk.post(path, {**form, "post": "县长"})
    assert stale.status_code == 409 and "别人改过" in stale.text
    with desk.world.db.reading() as session:
        row = session.query(Leader).where(Leader.name == "周正明", Leader.superseded_at.is_(None)).one()
        assert [each.end_reason for each in editions.editions(session, Leader, row.id)] == ["", "换届"]
    assert desk.browser("chen").get("/leaders").status_code == 200
    assert desk.browser("bai").get("/leaders").status_code == 403
    assert send(desk.browser("chen"), "/leaders/new", **HEAD).status_code == 403


def test_a_leader_holds_a_village_and_hands_it_over(desk: Desk) -> None:
    old = enter(desk).split("/")[2]
    new = enter(desk, name="邓秀兰", role="deputy").split("/")[2]
    clerk = desk.browser("he")
    link = {
        "leader": old,
        "object": VILLAGE,
        "valid_from": "2022-03-01",
        "campaign": "SLSC-2022",
        "kind": "org_village",
    }
    made = send(clerk, "/links/new?kind=org_village", **link)
    assert made.status_code == 303, made.text[made.text.find("error-sum") - 200 :][:900]
    assert "方石村" in clerk.get("/leaders").text
    town = {**link, "kind": "leader_township", "object": "510822105"}
    assert send(clerk, "/links/new?kind=leader_township", **town).status_code == 303
    page = desk.browser("lu").get("/figures/villages_linked").text
    assert 'class="bignum">1<' in page, "a township that is looked after for reference counts nowhere"
    both = {"day": "2026-10-31", "reason": "换届", "leader": old, "successor": new}
    form = form_of(clerk.get(f"/handovers/new?leader={old}").text, "/handovers/preview")
    done = clerk.post("/handovers/new", {**form, **both})
    assert done.status_code == 303, done.text
    told = clerk.get(done.headers["Location"]).text
    assert told.count("周正明 → 邓秀兰") == 1 and "没有写交给谁" in told, "the form ticks one link of two"
    assert clerk.post(f"{done.headers['Location']}/undo").status_code == 303


def test_who_is_no_leader_holds_nothing(desk: Desk) -> None:
    clerk = desk.browser("he")
    link = {"leader": str(new_id()), "object": "510822105", "valid_from": "2022-03-01", "campaign": "SLSC-2022"}
    wrong = send(clerk, "/links/new?kind=leader_township", **link, kind="leader_township")
    assert wrong.status_code == 422 and "没有这位领导" in wrong.text
