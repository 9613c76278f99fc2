"""The same thing for many cases: each lands or is refused by itself, and a dry run keeps nothing."""

from typing import Any

from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem

UNKNOWN = "01a137ec-0000-7000-8000-000000000000"


def run(api: Api, who: str = "he", **body: Any) -> dict[str, Any]:
    told: dict[str, Any] = api.ok(who, "POST", "/batches", body)
    assert told["done"] + told["refused"] == len(told["results"])
    return told


def test_each_row_lands_or_is_refused_by_itself(api: Api) -> None:
    good = [str(api.world.report()) for _ in range(2)]
    assigned, hidden = str(api.world.assigned()), UNKNOWN
    told = run(api, action="assign", ids=[good[0], assigned, hidden, good[1]], fields={"org": "SLJ"}, dry_run=False)
    assert [each["id"] for each in told["results"]] == [good[0], assigned, hidden, good[1]]
    assert [each["done"] for each in told["results"]] == [True, False, False, True]
    assert (told["done"], told["refused"]) == (2, 2)
    assert all((each["reason"] is None) == each["done"] for each in told["results"])
    for case_id in good:
        case = api.ok("he", "GET", f"/cases/{case_id}")
        assert case["state"] == "assigned" and case["version"] == 2


def test_a_dry_run_foretells_and_keeps_nothing(api: Api) -> None:
    ids = [str(api.world.report()), str(api.world.assigned())]
    foretold = run(api, action="assign", ids=ids, fields={"org": "SLJ"}, dry_run=True)
    assert foretold["dry_run"] is True
    assert api.ok("he", "GET", f"/cases/{ids[0]}")["version"] == 1
    assert len(api.ok("he", "GET", f"/cases/{ids[0]}/history")["items"]) == 1
    done = run(api, action="assign", ids=ids, fields={"org": "SLJ"})
    assert [each["done"] for each in done["results"]] == [each["done"] for each in foretold["results"]]
    assert [each["reason"] for each in done["results"]] == [each["reason"] for each in foretold["results"]]


def test_a_filter_names_the_rows(api: Api) -> None:
    wanted = {str(api.world.assigned()) for _ in range(3)}
    api.world.report()
    told = run(
        api, action="urge", filter={"state": ["assigned"], "org": "SLJ", "overdue": False}, fields={"text": "快"}
    )
    assert {each["id"] for each in told["results"]} == wanted and told["done"] == 3
    assert run(api, action="urge", filter={"state": "closed"})["results"] == []


def test_more_time_and_links_go_in_batches_too(api: Api) -> None:
    ids = [str(api.world.assigned()) for _ in range(2)]
    told = run(api, "bai", action="extend", ids=ids, fields={"until": "2026-10-30", "reason": "等料"})
    assert told["done"] == 2
    told = run(api, action="link", ids=ids, fields={"to": ids[0]})
    assert [each["done"] for each in told["results"]] == [False, True]
    wrong = run(api, "bai", action="extend", ids=ids, fields={"until": "2026-10-30", "reason": "等料"})
    assert wrong["done"] == 0 and all(each["code"] == "refused" for each in wrong["results"])


def test_wrong_fields_are_told_row_by_row_with_their_names(api: Api) -> None:
    told = run(api, action="assign", ids=[str(api.world.report())], fields={"org": "NOPE", "x": 1})
    reason = told["results"][0]["reason"]
    assert "fields.org" in reason and "fields.x" in reason


def test_all_mistakes_of_a_batch_are_told_at_once(api: Api) -> None:
    wrong = {"action": "fly", "ids": ["7", UNKNOWN], "fields": [], "dry_run": "yes", "x": 1}
    assert fields(api("he", "POST", "/batches", wrong)) == {"action", "ids.0", "fields", "dry_run", "x"}
    assert fields(api("he", "POST", "/batches", {"action": "urge"})) == {"ids"}
    assert fields(api("he", "POST", "/batches", {"action": "urge", "ids": [UNKNOWN], "filter": {}})) == {"ids"}
    assert fields(api("he", "POST", "/batches", {"action": "urge", "ids": []})) == {"ids"}
    assert fields(api("he", "POST", "/batches", {"action": "urge", "ids": [UNKNOWN] * 201})) == {"ids"}
    told = fields(api("he", "POST", "/batches", {"action": "urge", "filter": {"state": "x", "y": 1, "q": None}}))
    assert told == {"filter.state", "filter.y", "filter.q"}


def test_batches_are_for_those_who_work_on_cases(api: Api) -> None:
    body = {"action": "urge", "ids": [UNKNOWN]}
    for who in ("guan", "chen", "cun", "jin", "shen", "guanli", "anquan"):
        problem(api(who, "POST", "/batches", body), 403)


def test_rows_refused_for_the_role_say_so_and_others_land(api: Api) -> None:
    mine, theirs = str(api.world.assigned()), str(api.world.report("chen"))
    told = run(api, "bai", action="acknowledge", ids=[theirs, mine])
    assert [each["done"] for each in told["results"]] == [False, True]
    told = run(api, "bai", action="assign", ids=[mine], fields={"org": "SLJ"})
    assert told["done"] == 0


def test_two_hundred_rows_go_through_at_once(api: Api) -> None:
    ids = [str(api.world.assigned()) for _ in range(40)]
    told = run(api, action="urge", ids=ids * 5)
    assert told["done"] == len(told["results"]) == 40, "each case once"


def test_a_comment_that_is_no_text_refuses_the_batch_whoever_its_rows_are(api: Api) -> None:
    for ids in ([UNKNOWN], [str(api.world.report())]):
        body = {"action": "link", "ids": ids, "fields": {"to": UNKNOWN}, "comment": 0}
        assert fields(api("he", "POST", "/batches", body)) == {"comment"}
