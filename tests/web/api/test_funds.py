"""Money on a case: lines by stage, taken back by mirror lines, never counted twice, credited to 100 % at most."""

import threading
from typing import Any

import time_machine

from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem

LINE = {
    "stage": "applied",
    "amount": "120000.00",
    "source": "省级衔接资金",
    "document_no": "川财农〔2026〕18号",
    "on": "2026-10-10",
}


def add(api: Api, case_id: Any, who: str = "he", **changes: Any) -> Any:
    body = {k: v for k, v in {**LINE, **changes}.items() if v is not None}
    return api(who, "POST", f"/cases/{case_id}/funds", body)


def test_a_line_is_written_shown_and_told(api: Api) -> None:
    case_id = api.world.coordinated()
    response = add(api, case_id, project="三组管网", note="已报件", expected_on="2026-11-20")
    made = response.get_json()
    assert response.status_code == 201
    assert made["amount"] == "120000.00" and made["on"] == "2026-10-10" and made["allocation"] == made["id"]
    case = api.ok("bai", "GET", f"/cases/{case_id}")
    assert case["funds"] == [made]
    clock = next(each for each in case["deadlines"] if each["kind"] == "funds_expected")
    assert clock["subject"] == made["id"] and clock["due_at"] == "2026-11-20T17:30:00+08:00"
    assert api.ok("he", "GET", f"/cases/{case_id}/funds")["totals"] == {"applied": "120000.00"}
    last = api.ok("he", "GET", f"/cases/{case_id}/history")["items"][-1]
    assert last["trigger"] == "add_fund" and last["fields"]["amount"] == "120000.00"


def test_coordinating_opens_the_ledger_to_triage_and_the_handling_unit(api: Api) -> None:
    case_id = api.world.assigned()
    assert problem(add(api, case_id), 409)["reasons"][0]["code"] == "funds_not_open"
    api.move("bai", str(case_id), "coordinate", plan="换管")
    for number, who in enumerate(("he", "an", "bai", "shui")):
        assert add(api, case_id, who, document_no=f"N{number}").status_code == 201
    for who in ("zhen", "chen", "guan", "ding"):
        assert add(api, case_id, who).status_code in (403, 404)


def test_all_mistakes_of_a_line_are_told_at_once(api: Api) -> None:
    case_id = api.world.coordinated()
    wrong = {
        "stage": "dreamt",
        "amount": 12.5,
        "source": " ",
        "document_no": None,
        "on": "2026-10-15",
        "expected_on": "2026-10-01",
        "allocation": "7",
        "fiscal_year": 2026,
    }
    response = api("he", "POST", f"/cases/{case_id}/funds", wrong)
    assert fields(response) == {
        *("stage", "amount", "source", "document_no", "on", "expected_on", "allocation", "fiscal_year"),
    }
    for amount in ("0.00", "-5.00", "1e3", "１２", "12,000", "1.005", "", 5, None, "9" * 40):
        assert fields(add(api, case_id, amount=amount if amount is not None else "")) == {"amount"}


def test_a_sum_moves_on_stage_by_stage_and_never_grows(api: Api, clock: time_machine.Traveller) -> None:
    case_id = api.world.coordinated()
    first = add(api, case_id, stage="approved", expected_on="2026-11-20").get_json()
    further = {"allocation": first["allocation"], "document_no": "青财〔2026〕7号"}
    told = problem(add(api, case_id, stage="arrived", amount="120000.01", **further), 409)
    assert "120000.00" in told["detail"]
    assert add(api, case_id, stage="arrived", amount="90000.00", **further).status_code == 201
    told = problem(add(api, case_id, stage="arrived", amount="80000.00", **further), 409)
    assert told["reasons"][0]["code"] == "fund_stage_reached"
    case = api.ok("he", "GET", f"/cases/{case_id}")
    clock_ = next(each for each in case["deadlines"] if each["kind"] == "funds_expected")
    assert clock_["status"] == "met" and clock_["met_at"] is not None
    assert api.ok("he", "GET", f"/cases/{case_id}/funds")["totals"] == {"approved": "120000.00", "arrived": "90000.00"}


def test_one_document_begins_one_sum_once(api: Api) -> None:
    one, two = api.world.coordinated(), api.world.coordinated()
    assert add(api, one).status_code == 201
    for case_id in (one, two):
        assert problem(add(api, case_id), 409)["reasons"][0]["code"] == "fund_document_twice"
    assert add(api, two, project="另一个项目").status_code == 201


def test_one_document_sent_at_once_to_two_cases_begins_one_sum(api: Api) -> None:
    cases = [api.world.coordinated() for _ in range(4)]
    answers: list[int] = []
    barrier = threading.Barrier(4)

    def shoot(case_id: Any) -> None:
        barrier.wait()
        answers.append(add(api, case_id).status_code)

    threads = [threading.Thread(target=shoot, args=(each,)) for each in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409, 409, 409]


def test_a_wrong_line_is_taken_back_by_a_mirror_line(api: Api) -> None:
    case_id = api.world.coordinated()
    line = add(api, case_id, expected_on="2026-11-20").get_json()
    path = f"/cases/{case_id}/funds/{line['id']}/reverse"
    assert fields(api("he", "POST", path, {})) == {"note"}
    mirror = api.ok("he", "POST", path, {"note": "文号抄错了"})
    assert mirror["reverses"] == line["id"] and mirror["amount"] == "-120000.00"
    assert problem(api("he", "POST", path, {"note": "再冲"}), 409)["reasons"][0]["code"] == "fund_reversed_already"
    told = problem(api("he", "POST", f"/cases/{case_id}/funds/{mirror['id']}/reverse", {"note": "x"}), 409)
    assert told["reasons"][0]["code"] == "fund_is_reversal"
    assert api.ok("he", "GET", f"/cases/{case_id}/funds")["totals"] == {"applied": "0.00"}
    clock = next(e for e in api.ok("he", "GET", f"/cases/{case_id}")["deadlines"] if e["kind"] == "funds_expected")
    assert clock["status"] == "stopped"
    assert add(api, case_id).status_code == 201, "the document is free again"


def test_a_sum_that_moved_on_is_taken_back_from_its_end(api: Api) -> None:
    case_id = api.world.coordinated()
    first = add(api, case_id, stage="approved").get_json()
    second = add(api, case_id, stage="arrived", allocation=first["allocation"], document_no="B").get_json()
    base = f"/cases/{case_id}/funds"
    told = problem(api("he", "POST", f"{base}/{first['id']}/reverse", {"note": "错"}), 409)
    assert told["reasons"][0]["code"] == "fund_moved_on"
    for line in (second, first):
        assert api("he", "POST", f"{base}/{line['id']}/reverse", {"note": "错"}).status_code == 201


def test_credits_make_a_hundred_percent_at_most(api: Api) -> None:
    case_id = api.world.coordinated()
    line = add(api, case_id).get_json()
    path = f"/cases/{case_id}/funds/{line['id']}/shares"
    me = str(api.world["chen"].person_id)
    made = api.ok("he", "POST", path, {"person": me, "share": "60.00"})
    assert made["share"] == "60.00" and made["allocation"] == line["id"]
    told = problem(api("he", "POST", path, {"org": "SLJ", "share": "40.01", "role": "joint"}), 409)
    assert "40.00" in told["detail"]
    assert api("he", "POST", path, {"org": "SLJ", "share": "40.00"}).status_code == 201
    wrong = {"person": me, "org": "NOPE", "share": "120.00", "role": "boss", "x": 1}
    assert fields(api("he", "POST", path, wrong)) == {"person", "org", "share", "role", "x"}


def test_a_line_of_another_case_is_not_there(api: Api) -> None:
    one, two = api.world.coordinated(), api.world.coordinated()
    line = add(api, one).get_json()
    problem(api("he", "POST", f"/cases/{two}/funds/{line['id']}/reverse", {"note": "x"}), 404)


def test_the_ledger_of_all_money_lists_what_each_may_know_of_with_sums_by_stage(api: Api) -> None:
    here, away = api.world.coordinated(), api.world.report("an", region_code="510822106")
    first = add(api, here, document_no="一号", project="管网").get_json()
    arrived = add(api, here, document_no="二号", stage="arrived", amount="30000.00", on="2026-10-12").get_json()
    back = api.ok("he", "POST", f"/cases/{here}/funds/{arrived['id']}/reverse", {"note": "记错了"})
    add(api, here, document_no="三号", stage="arrived", amount="500.05", on="2026-10-13")
    whole = api.ok("an", "GET", "/funds?count=true")
    assert [each["document_no"] for each in whole["items"]] == ["三号", "二号", "二号", "一号"]
    assert whole["total"] == 4 and whole["totals"] == {"applied": "120000.00", "arrived": "500.05"}
    assert {each["case"]["id"] for each in whole["items"]} == {str(here)} and str(away) not in str(whole)
    assert {k: v for k, v in whole["items"][3].items() if k in first} == first
    assert api.ok("an", "GET", f"/funds/{first['id']}")["case"]["id"] == str(here)
    for query, numbers in (
        ("stage=applied", ["一号"]),
        ("stage=applied&stage=arrived&document_no=三号", ["三号"]),
        ("project=管网", ["一号"]),
        ("source=县财政", []),
        ("from=2026-10-11&to=2026-10-12", ["二号", "二号"] if back["on"] == "2026-10-12" else ["二号"]),
        ("region=510822105", ["三号", "二号", "二号", "一号"]),
        ("region=510822106", []),
    ):
        assert [each["document_no"] for each in api.ok("guan", "GET", f"/funds?{query}")["items"]] == numbers, query
    page = api.ok("an", "GET", "/funds?limit=3")
    rest = api.ok("an", "GET", f"/funds?limit=3&cursor={page['next']}")
    assert page["items"] + rest["items"] == whole["items"] and rest["next"] is None


def test_the_ledger_shows_no_line_of_a_case_that_is_hidden(api: Api) -> None:
    line = add(api, api.world.coordinated()).get_json()
    for who in ("ding", "guanli"):
        answer = api(who, "GET", "/funds")
        assert answer.status_code == 403 or (answer.get_json()["items"], answer.get_json()["totals"]) == ([], {})
        assert api(who, "GET", f"/funds/{line['id']}").status_code in (403, 404)
    assert api.ok("bai", "GET", "/funds")["items"][0]["id"] == line["id"]
    assert fields(api("he", "GET", "/funds?stage=x&region=y&from=z&limit=0&color=1")) == {
        *("stage", "region", "from", "limit", "color"),
    }
