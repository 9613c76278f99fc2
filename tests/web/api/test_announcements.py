"""Announcements: sent to whom they name, told, answered by their addressees, and reminded of once a working day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from casework.core.ids import new_id
from casework.matters.tables import Notice
from tasks import announcements
from tasks.relay import relay
from tasks.run import Run
from tasks.sending import releasing
from tests.campaign import CAMPAIGN, Tied, tie
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem
from tests.world import COUNTY, MORNING, TOWN

CALL = {"region_code": COUNTY, "title": "三季度培训", "content": "请带笔记本。", "asks": "attendance"}
CLIENT_ID = "0192f0c4-0000-7000-8000-0000000000ab"


@pytest.fixture
def tied(api: Api) -> Tied:
    """Let 陈委员 be a member; 罗敏 is one without an account."""
    return tie(api.world)


def sent(api: Api, tied: Tied, **changes: Any) -> Any:
    named = {"audience": "named", "members": [str(tied.member), str(tied.colleague)], "orgs": ["SLJ"]}
    return api.ok("he", "POST", "/announcements", {**CALL, **named, "answer_by": "2026-10-20", **changes})


def told(api: Api, *, at: datetime = MORNING) -> set[tuple[str, str]]:
    """Relay what happened, and return who was told what."""
    relay(api.office.db, at=at)
    releasing.release(api.office.db, at=at)
    names = {actor.person_id: name for name, actor in api.world.actors.items()}
    with api.office.db.reading() as session:
        return {(names.get(row.person_id, ""), row.code) for row in session.scalars(select(Notice))}


def receipts(api: Api, who: str, made: Any, more: str = "") -> Any:
    return api.ok(who, "GET", f"/receipts?announcement={made['id']}{more}")["items"]


def test_each_addressee_is_told_and_answers_and_the_share_is_counted(api: Api, tied: Tied) -> None:
    made = sent(api, tied)
    assert (made["addressed"], made["answered"], made["on_date"]) == (3, 0, "2026-10-14")
    assert told(api) == {("chen", "announced"), ("bai", "announced"), ("shui", "announced")}
    (mine,) = receipts(api, "chen", made)
    path = f"/receipts/{mine['id']}"
    assert fields(api("chen", "PATCH", path, {"answer": "received"})) == {"answer"}
    assert fields(api("chen", "PATCH", path, {"answer": "unable"})) == {"remark"}
    api.ok("chen", "PATCH", path, {"answer": "unable", "remark": "出差"})
    changed = api.ok("chen", "PATCH", path, {"answer": "attending", "remark": ""})
    assert (changed["answer"], changed["version"]) == ("attending", 3)
    (units,) = receipts(api, "bai", made)
    assert units["org"]["code"] == "SLJ" and api.ok("bai", "GET", f"/announcements/{made['id']}")["title"]
    api.ok("shui", "PATCH", f"/receipts/{units['id']}", {"answer": "attending"})
    # The office enters what it heard by telephone.
    (silent,) = receipts(api, "he", made, "&answered=false")
    api.ok("he", "PATCH", f"/receipts/{silent['id']}", {"answer": "unable", "remark": "住院"})
    whole = api.ok("guan", "GET", f"/announcements/{made['id']}")
    assert (whole["addressed"], whole["answered"]) == (3, 3)
    assert len(receipts(api, "he", made, "&answer=attending")) == 2
    assert api.ok("he", "GET", f"{path}/history")["items"][-1]["fields"]["answer"] == {
        "from": "unable",
        "to": "attending",
    }


def test_nobody_sees_or_answers_what_went_to_others(api: Api, tied: Tied) -> None:
    made = sent(api, tied, members=[str(tied.colleague)])
    (other,) = receipts(api, "he", made, f"&member={tied.colleague}")
    for who, code in (("chen", 404), ("jiao", 404), ("cun", 404), ("guan", 403), ("bai", 404)):
        problem(api(who, "PATCH", f"/receipts/{other['id']}", {"answer": "attending"}), code)
    for who, code in (("chen", 404), ("jiao", 404), ("bai", 200), ("guan", 200)):
        assert api(who, "GET", f"/announcements/{made['id']}").status_code == code, who
    problem(api("bai", "POST", f"/announcements/{made['id']}/reminders", {}), 403)
    problem(api("bai", "PATCH", f"/announcements/{made['id']}", {"title": "x"}), 403)
    (units,) = receipts(api, "bai", made)
    problem(api("bai", "PATCH", f"/receipts/{units['id']}", {"withdrawn": True, "reason": "不归我们"}), 403)
    api.join("town", "镇办事员", "clerk", region=TOWN)
    problem(api("town", "POST", "/announcements", {**CALL, "audience": "named", "orgs": ["SLJ"]}), 403)


def test_who_has_not_answered_is_reminded_once_a_working_day(api: Api, tied: Tied, clock: Any) -> None:
    made = sent(api, tied, orgs=["SLJ", "JYJ"])
    told(api)
    (mine,) = receipts(api, "chen", made)
    path = f"/announcements/{made['id']}/reminders"
    first = api.ok("he", "POST", path, {})
    assert (first["for_day"], first["waiting"]) == ("2026-10-14", 4)
    # Who answers before the relay tells it hears nothing.
    api.ok("chen", "PATCH", f"/receipts/{mine['id']}", {"answer": "attending"})
    assert ("bai", "announcement_reminded") in told(api) and ("chen", "announcement_reminded") not in told(api)
    assert problem(api("he", "POST", path, {}), 409)["reasons"][0]["code"] == "reminded_already"
    clock.move_to(datetime(2026, 10, 17, 2, tzinfo=UTC))  # a Saturday: it is read on Monday, and is Monday's
    assert api.ok("he", "POST", path, {})["for_day"] == "2026-10-19"
    clock.move_to(datetime(2026, 10, 19, 2, tzinfo=UTC))
    problem(api("an", "POST", path, {}), 409)


def test_the_daily_job_reminds_once_before_the_day_and_never_of_what_is_answered(api: Api, tied: Tied) -> None:
    made = sent(api, tied)
    done = sent(api, tied, orgs=[], members=[str(tied.member)])
    open_end = sent(api, tied, answer_by=None)
    (mine,) = receipts(api, "chen", done)
    api.ok("chen", "PATCH", f"/receipts/{mine['id']}", {"answer": "attending"})

    def run(day: int) -> int:
        at = datetime(2026, 10, day, 0, 15, tzinfo=UTC)
        found = announcements.remind(
            Run(api.office, new_id(), "announcements_due", f"2026-10-{day}", {}, at, lambda _progress: None)
        )
        return int(found["reminded"])

    assert [run(day) for day in (14, 15, 16, 19, 19, 20, 21)] == [0, 0, 0, 1, 0, 0, 0]
    reminded = told(api, at=datetime(2026, 10, 19, 1, tzinfo=UTC))
    assert {who for who, code in reminded if code == "announcement_reminded"} == {"chen", "bai", "shui"}
    assert ("chen", "announced_openly") in reminded and made["id"] != open_end["id"]


def test_groups_are_counted_on_the_day_and_more_can_be_addressed(api: Api, tied: Tied) -> None:
    everybody = api.ok("he", "POST", "/announcements", {**CALL, "asks": "receipt", "audience": "members"})
    assert everybody["addressed"] == 2
    holders = {**CALL, "audience": "campaign", "campaign": CAMPAIGN}
    assert api.ok("he", "POST", "/announcements", holders)["addressed"] == 2
    path = f"/announcements/{everybody['id']}/addressees"
    assert api.ok("he", "POST", path, {"orgs": ["SLJ"], "members": [str(tied.member)]}) == {"added": 1}
    assert problem(api("he", "POST", path, {"orgs": ["SLJ"]}), 409)["reasons"][0]["code"] == "addressed_already"
    assert fields(api("he", "POST", path, {})) == {"members"}
    assert ("bai", "announced_openly") in told(api)


def test_every_mistake_is_told_at_once_and_a_withdrawn_one_takes_no_answer(api: Api, tied: Tied) -> None:
    wrong = {"asks": "x", "audience": "campaign", "title": " ", "members": ["x"], "orgs": ["NO"], "z": 1}
    assert fields(api("he", "POST", "/announcements", wrong)) == {
        *("asks", "title", "content", "members", "orgs", "z", "region_code"),
    }
    named = {**CALL, "audience": "named"}
    assert fields(api("he", "POST", "/announcements", named)) == {"members"}
    assert fields(api("he", "POST", "/announcements", {**named, "audience": "campaign"})) == {"campaign"}
    early = {**named, "orgs": ["SLJ"], "answer_by": "2026-10-13"}
    assert fields(api("he", "POST", "/announcements", early)) == {"answer_by"}
    body = {**named, "id": CLIENT_ID, "orgs": ["SLJ"]}
    first, again = api("he", "POST", "/announcements", body), api("he", "POST", "/announcements", body)
    assert (first.status_code, again.status_code) == (201, 200) and again.get_json()["addressed"] == 1
    made = first.get_json()
    assert fields(api("he", "PATCH", f"/announcements/{made['id']}", {"withdrawn": True})) == {"reason"}
    api.ok("he", "PATCH", f"/announcements/{made['id']}", {"withdrawn": True, "reason": "改期"})
    assert told(api, at=MORNING + timedelta(minutes=5)) == set()
    (units,) = receipts(api, "bai", made)
    for who, method, path, sent_body in (
        ("bai", "PATCH", f"/receipts/{units['id']}", {"answer": "attending"}),
        ("he", "POST", f"/announcements/{made['id']}/reminders", {}),
        ("he", "POST", f"/announcements/{made['id']}/addressees", {"orgs": ["JYJ"]}),
    ):
        assert problem(api(who, method, path, sent_body), 409)["reasons"][0]["code"] == "announcement_withdrawn"
