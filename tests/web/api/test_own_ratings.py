"""A reporter's own rating by a link, counted apart; and what two persons leave out of the rates, which stays visible."""

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from casework.cases.figures import tallies
from casework.matters.tables import Notice
from casework.registry.tables import Person
from tasks.relay import relay
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem
from tests.web.desk import Browser
from tests.world import MORNING

REACHED = {"followed_up": "reached", "satisfaction": "dissatisfied"}
WHY = {"code": "beyond_policy", "reason": "要求超出政策规定的补助标准"}


def figures(api: Api) -> dict[str, tuple[int, int | None]]:
    told = api.ok("he", "GET", "/statistics")["figures"]
    for each in told:
        listed = api.ok("he", "GET", f"{each['records']}&limit=200")["items"]
        assert len(listed) == each["n"], each
    return {each["key"]: (each["n"], each["of"]) for each in told}


def link_of(api: Api, case_id: Any) -> str:
    return urlsplit(api.ok("he", "POST", f"/cases/{case_id}/rating-link")["link"]).path


def test_a_reporter_rates_by_a_link_once_and_is_counted_apart(api: Api) -> None:
    case_id = api.world.resolved(title="李小芳家的水管断了")
    assert api("bai", "POST", f"/cases/{case_id}/rating-link").status_code == 403
    first, path = link_of(api, case_id), link_of(api, case_id)
    villager = Browser(api.app.test_client())
    assert villager.get(first).status_code == 404, "a new link ends the one before"
    page = villager.get(path)
    assert "对办理结果满意吗" in page.text and "李小芳" not in page.text and "李*芳家的水管" in page.text
    assert "事情解决了没有" in page.text
    for wrong in ({"satisfaction": "delighted"}, {"satisfaction": "satisfied", "solved": "partly"}):
        assert villager.post(path, wrong).status_code == 422
    assert "谢谢" in villager.post(path, {"satisfaction": "satisfied", "solved": "yes", "words": "水通了"}).text
    assert villager.post(path, {"satisfaction": "dissatisfied"}).status_code == 409
    assert problem(api("he", "POST", f"/cases/{case_id}/rating-link"), 409)["reasons"][0]["code"] == "rated_already"
    # Said on the telephone it is another figure: neither is mixed into the other.
    assert api.move("he", str(case_id), "close", **REACHED).status_code == 200
    found = figures(api)
    assert (found["own_rating"], found["satisfaction_rate"]) == ((1, 1), (0, 1))
    assert (found["solution_rate"], found["not_asked"]) == ((0, 0), (1, None))
    shown = api.ok("he", "GET", f"/cases/{case_id}")
    assert (shown["own_rating"], shown["satisfaction"]) == ("satisfied", "dissatisfied")
    assert (shown["own_solved"], shown["solved"]) == ("yes", None)
    told = api.ok("he", "GET", f"/cases/{case_id}/history")["items"]
    assert [each["trigger"] for each in told if "rat" in each["trigger"]] == ["ask_rating", "ask_rating", "rate"]


def test_the_solution_rate_is_what_reporters_say_out_of_who_was_asked(api: Api) -> None:
    said = ("yes", "yes", "no", None, None)
    unreached, *reached = (api.world.resolved() for _ in range(len(said) + 1))
    assert api.move("he", str(unreached), "close", followed_up="unreachable").status_code == 200
    for case_id, solved in zip(reached, said, strict=True):
        told = {} if solved is None else {"solved": solved}
        assert api.move("he", str(case_id), "close", **REACHED, **told).status_code == 200
    found = figures(api)
    assert (found["solution_rate"], found["not_asked"], found["unreachable"]) == ((2, 3), (2, None), (1, None))
    assert found["satisfaction_rate"] == (0, 5), "solved and content are two things"
    (of_unit,) = api.ok("he", "GET", "/statistics/units")["items"]
    rates = {each["key"]: (each["n"], each["of"]) for each in of_unit["figures"]}
    assert (rates["solution_rate"], rates["not_asked"]) == ((2, 3), (2, None))
    for asked, n in (("yes", 2), ("no", 1), ("not_asked", 2), ("no&solved=not_asked", 3), ("yes&solved=no", 3)):
        assert len(api.ok("he", "GET", f"/cases?solved={asked}")["items"]) == n, asked
    assert fields(api("he", "GET", "/cases?solved=partly")) == {"solved"}
    # Left out by two persons, it is in neither number.
    path = f"/cases/{reached[0]}/exclusion"
    api.ok("an", "POST", path, WHY)
    api.ok("lu", "PATCH", path, {"grant": True, "reason": "查过，属实"})
    assert figures(api)["solution_rate"] == (1, 2)
    with api.world.db.reading() as session:
        assert tallies.kept(session) == tallies.expected(session)


def test_a_result_set_aside_takes_its_rating_along(api: Api) -> None:
    case_id = api.world.resolved()
    path = link_of(api, case_id)
    villager = Browser(api.app.test_client())
    villager.get(path)
    villager.post(path, {"satisfaction": "dissatisfied", "solved": "no"})
    assert figures(api)["own_rating"] == (0, 1)
    assert api.move("an", str(case_id), "rework", reason="水又断了").status_code == 200
    assert figures(api)["own_rating"] == (0, 0)
    assert api.ok("he", "GET", f"/cases/{case_id}")["own_solved"] is None


def test_two_persons_leave_a_case_out_and_everybody_sees_why(api: Api) -> None:
    case_id = api.world.resolved()
    path = f"/cases/{case_id}/exclusion"
    assert api.move("he", str(case_id), "close", **REACHED).status_code == 200
    assert figures(api)["satisfaction_rate"] == (0, 1)
    assert fields(api("he", "POST", path, {"code": "lazy", "reason": ""})) == {"code", "reason"}
    assert api("bai", "POST", path, WHY).status_code == 403
    api.ok("an", "POST", path, WHY)
    assert problem(api("he", "POST", path, WHY), 409)["reasons"][0]["code"] == "excluded_already"
    decision = {"grant": True, "reason": "查过，属实"}
    assert problem(api("an", "PATCH", path, decision), 403)["reasons"][0]["code"] == "asker_cannot_decide"
    assert api("he", "PATCH", path, decision).status_code == 403
    assert figures(api)["satisfaction_rate"] == (0, 1), "asked is not granted"
    (row,) = api.ok("lu", "PATCH", path, decision)["items"]
    assert (row["status"], row["asked_by"]["name"], row["decided_by"]["name"]) == ("granted", "安老师", "陆主席")
    found = figures(api)
    assert (found["satisfaction_rate"], found["solution_rate"], found["excluded"]) == ((0, 0), (0, 0), (1, None))
    assert api.ok("guan", "GET", path)["items"][0]["code"] == "beyond_policy"
    assert problem(api("lu", "PATCH", path, decision), 409)["reasons"][0]["code"] == "nothing_to_exclude"
    # Lifted again by two persons: left out until the second has decided, and all that was said stays to be read.
    lift = f"{path}/lift"
    assert api("bai", "POST", lift, {"reason": "新证据"}).status_code == 403
    api.ok("lu", "POST", lift, {"reason": "当事人补了材料"})
    assert problem(api("an", "POST", lift, {"reason": "同上"}), 409)["reasons"][0]["code"] == "excluded_already"
    assert problem(api("lu", "PATCH", path, decision), 403)["reasons"][0]["code"] == "asker_cannot_decide"
    assert figures(api)["excluded"] == (1, None)
    rows = api.ok("an", "PATCH", path, {"grant": True, "reason": "该算"})["items"]
    assert [(each["code"], each["status"]) for each in rows] == [("beyond_policy", "granted"), ("lift", "granted")]
    assert (figures(api)["satisfaction_rate"], figures(api)["excluded"]) == ((0, 1), (0, None))
    assert problem(api("he", "POST", lift, {"reason": "再来"}), 409)["reasons"][0]["code"] == "not_excluded"
    relay(api.world.db, at=MORNING)
    with api.world.db.reading() as session:
        told = session.execute(select(Notice.code, Person.name).join(Person, Person.id == Notice.person_id)).all()
    assert {("exclusion_granted", "安老师"), ("lift_granted", "陆主席"), ("lift_asked", "安老师")} <= {
        (code, name) for code, name in told
    }


def test_what_was_sent_back_extended_redone_and_came_again_is_counted_whatever_came_later(api: Api) -> None:
    world = api.world
    back, more, anew, again = world.assigned(), world.assigned(), world.resolved(), world.resolved()
    world.assigned()
    assert api.move("bai", str(back), "return", reason="不归我们管").status_code == 200
    until = {"until": "2026-11-20", "reason": "等材料"}
    asked = api.ok("bai", "POST", f"/cases/{more}/extensions", until)
    api.ok("an", "PATCH", f"/cases/{more}/extensions/{asked['id']}", {"grant": True, "reason": "情况属实"})
    assert api.move("he", str(anew), "rework", reason="没办完").status_code == 200
    assert api.move("he", str(again), "close", **REACHED).status_code == 200
    assert api.move("he", str(again), "reopen", reason="又断水了").status_code == 200
    rates = ("return_rate", "extension_rate", "rework_rate", "recurrence_rate")
    assert [figures(api)[each] for each in rates] == [(1, 5), (1, 5), (1, 2), (1, 1)]
    for filter, n in (("given", 5), ("answered", 2), ("ended", 1)):
        assert len(api.ok("he", "GET", f"/cases?{filter}=true")["items"]) == n
