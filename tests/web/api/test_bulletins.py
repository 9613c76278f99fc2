"""A quarter's bulletin over HTTP: prose may be edited and numbers may not; signed, it never changes again."""

import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import time_machine

from casework.activities.tables import Activity
from casework.bulletins import actions, queries
from casework.core import editions
from casework.core.actors import SYSTEM
from casework.registry import accounts, grants
from tests.supervised import initiate, step
from tests.web.api.conftest import Api
from tests.web.api.test_figures import lay
from tests.web.api.test_manners import fields, problem
from tests.world import MORNING, VILLAGE

BEGIN = {"campaign": "SLSC-2022", "quarter": "2022Q4"}


def move(api: Api, who: str, bulletin: Any, trigger: str, **given: Any) -> Any:
    return api(who, "POST", f"/bulletins/{bulletin['id']}/transitions", {"trigger": trigger, "fields": given})


def answered(api: Api, bulletin: Any) -> None:
    notes = api.ok("he", "GET", f"/bulletins/{bulletin['id']}")["content"]["notes"]
    assert notes
    api.ok("he", "PATCH", f"/bulletins/{bulletin['id']}", {"answers": {note["text"]: "已核对" for note in notes}})


def signed(api: Api) -> Any:
    bulletin = api.ok("he", "POST", "/bulletins", BEGIN)
    assert move(api, "he", bulletin, "freeze").status_code == 200
    answered(api, bulletin)
    assert move(api, "an", bulletin, "review").status_code == 200
    return move(api, "lu", bulletin, "sign").get_json()


def test_a_bulletin_goes_from_draft_to_its_number(api: Api) -> None:
    lay(api)
    bulletin = api.ok("he", "POST", "/bulletins", BEGIN)
    assert (bulletin["state"], bulletin["as_of"], bulletin["known_at"]) == ("draft", "2022-12-31", None)
    assert bulletin["available_triggers"] == ["freeze"]
    told = problem(move(api, "he", bulletin, "sign"), 409)
    assert told["available_triggers"] == ["freeze"]
    frozen = move(api, "he", bulletin, "freeze").get_json()
    assert frozen["state"] == "frozen" and len(frozen["sha256"]) == 64
    # Two figures do not agree: somebody has to say why, and somebody else has to read it.
    told = problem(move(api, "an", bulletin, "review"), 409)
    assert told["reasons"][0]["code"] == "notes_unanswered"
    answered(api, bulletin)
    assert move(api, "he", bulletin, "review").status_code == 403
    assert move(api, "an", bulletin, "review").get_json()["state"] == "reviewed"
    assert move(api, "an", bulletin, "sign").status_code == 403
    done = move(api, "lu", bulletin, "sign").get_json()
    assert (done["document_no"], done["signed_on"]) == ("青协办〔2026〕1号", "2026-10-14")
    history = api.ok("he", "GET", f"/bulletins/{bulletin['id']}/history")["items"]
    assert [each["trigger"] for each in history] == ["report", "freeze", "mend", "review", "sign"]
    assert history[-1]["fields"]["document_no"] == done["document_no"]


def test_what_is_entered_after_signing_shows_beside_it_and_alters_nothing(api: Api) -> None:
    lay(api)
    before = signed(api)
    with api.office.db.transaction() as session:
        row = Activity(kind="village_survey", region_code=VILLAGE, on_date=date(2022, 11, 1), title="补记一次")
        editions.enter(session, row, actor=SYSTEM, at=MORNING + timedelta(hours=1))
    after = api.ok("he", "GET", f"/bulletins/{before['id']}")
    assert (after["content"], after["sha256"]) == (before["content"], before["sha256"])
    assert {"key": "village_visits", "frozen": 5, "now": 6} in after["since"]
    # Recomputed from the records with both its instants, the figure is still what was signed.
    asked = "&".join(f"{name}={value}" for name, value in (("as_of", "2022-12-31"), ("campaign", "SLSC-2022")))
    known_at = before["known_at"].replace("+", "%2B")
    again = {each["key"]: each for each in api.ok("he", "GET", f"/figures?{asked}&known_at={known_at}")["figures"]}
    assert all(again[each["key"]]["exact"] == each["exact"] for each in before["content"]["figures"])
    told = problem(api("he", "PATCH", f"/bulletins/{before['id']}", {"title": "另一个题目"}), 409)
    assert told["reasons"][0]["code"] == "bulletin_is_signed"


def test_what_is_still_being_handled_is_told_as_of_the_day_and_not_as_late(api: Api) -> None:
    lay(api)
    home = api.ok("he", "GET", "/households")["items"][0]["id"]
    case_id = api.world.report("he", at=datetime(2026, 9, 20, 2, 0, tzinfo=UTC), household_id=home)
    then = api.ok("he", "POST", "/bulletins", BEGIN)
    assert then["content"]["open"] == {"count": 0}
    path = f"/bulletins/{api.ok('he', 'POST', '/bulletins', {**BEGIN, 'quarter': '2026Q3'})['id']}"
    assert api.ok("he", "GET", path)["content"]["open"] == {"count": 1, "ids": str(case_id)}
    text = api("he", "GET", f"{path}/document?format=html").get_data(as_text=True)
    # Nobody asked whether its time is over: the sentence does not say so.
    assert re.search("尚在办理的困难件<a [^>]*>1</a>件", text) and "已过办理时限" not in text
    api.ok(
        "he", "POST", f"/cases/{case_id}/transitions", {"trigger": "decline", "fields": {"reason": "already_handled"}}
    )
    assert api.ok("he", "GET", path)["content"]["open"] == {"count": 1, "ids": str(case_id)}


def test_a_correction_is_a_new_issue_that_names_the_old(api: Api) -> None:
    lay(api)
    first = signed(api)
    told = problem(api("he", "POST", "/bulletins", BEGIN), 409)
    assert told["reasons"][0]["code"] == "bulletin_signed_already"
    second = api.ok("he", "POST", "/bulletins", {**BEGIN, "corrects": first["id"]})
    assert move(api, "he", second, "freeze").status_code == 200
    assert move(api, "an", second, "review").status_code == 409
    answered(api, second)
    assert move(api, "an", second, "review").status_code == 200
    assert move(api, "lu", second, "sign").get_json()["document_no"] == "青协办〔2026〕2号"
    text = api("he", "GET", f"/bulletins/{second['id']}/document?format=html").get_data(as_text=True)
    assert "本期更正青协办〔2026〕1号" in text


def test_a_correction_speaks_of_the_day_of_what_it_corrects(api: Api) -> None:
    lay(api)
    first = api.ok("he", "POST", "/bulletins", BEGIN)
    words = [{"key": "overview", "heading": "总的情况", "paragraphs": ["自己写的一段"]}]
    api.ok("he", "PATCH", f"/bulletins/{first['id']}", {"as_of": "2023-01-11", "sections": words})
    assert move(api, "he", first, "freeze").status_code == 200
    answered(api, first)
    assert move(api, "an", first, "review").status_code == 200
    assert move(api, "lu", first, "sign").status_code == 200
    second = api.ok("he", "POST", "/bulletins", {**BEGIN, "corrects": first["id"]})
    assert (second["as_of"], second["sections"][0]["paragraphs"]) == ("2023-01-11", ["自己写的一段"])


def test_the_press_draft_is_marked_until_its_numbers_are_signed(api: Api) -> None:
    lay(api)
    bulletin = api.ok("he", "POST", "/bulletins", BEGIN)
    asked = "document?format=html&press=true"
    assert "未签发" in api("he", "GET", f"/bulletins/{bulletin['id']}/{asked}").get_data(as_text=True)
    assert move(api, "he", bulletin, "freeze").status_code == 200
    answered(api, bulletin)
    assert move(api, "an", bulletin, "review").status_code == 200
    assert move(api, "lu", bulletin, "sign").status_code == 200
    assert "未签发" not in api("he", "GET", f"/bulletins/{bulletin['id']}/{asked}").get_data(as_text=True)


def test_prose_is_edited_and_numbers_are_not(api: Api) -> None:
    lay(api)
    bulletin = api.ok("he", "POST", "/bulletins", BEGIN)
    path = f"/bulletins/{bulletin['id']}"
    sections = [{"key": "overview", "heading": "总的情况", "paragraphs": ["到村{village_visits}，", "不编数"]}]
    led = {"key": "praise", "heading": "表扬", "paragraphs": [], "leads": {"praise": "走得勤的委员有（{year}年）："}}
    changed = api.ok("he", "PATCH", path, {"sections": [led, *sections]})
    assert changed["sections"][0]["leads"] == led["leads"]
    assert fields(api("he", "PATCH", path, {"sections": [{**led, "leads": {"tables": "x"}}]})) == {"sections[0].leads"}
    changed = api.ok("he", "PATCH", path, {"sections": sections, "title": "{year}年{quarter}通报"})
    assert changed["sections"][0]["parts"] == ["kinds", "money"]
    assert fields(api("he", "PATCH", path, {"sections": [{"heading": "一", "paragraphs": ["{nothing}"]}]})) == {
        "sections[0]"
    }
    assert fields(api("he", "PATCH", path, {"content": {}, "frozen": {}})) == {"content", "frozen"}
    odd = [{"key": ["overview"], "heading": 7, "paragraphs": [None, {}]}, "x"]
    assert fields(api("he", "PATCH", path, {"sections": odd})) == {"sections[0].heading", "sections[1].paragraphs"}
    text = api("he", "GET", f"{path}/document?format=html").get_data(as_text=True)
    assert "5次" in text and "2022年第四季度通报" in text
    assert api("chen", "PATCH", path, {"title": "x"}).status_code == 404
    assert api("guan", "PATCH", path, {"title": "x"}).status_code == 403


def test_a_draft_is_the_offices_own_and_a_signed_one_everybodys(api: Api) -> None:
    lay(api)
    done = signed(api)
    second = api.ok("he", "POST", "/bulletins", {**BEGIN, "quarter": "2022Q3"})
    for who, seen in (("he", 2), ("guan", 2), ("chen", 1), ("bai", 1)):
        items = api.ok(who, "GET", "/bulletins?campaign=SLSC-2022")["items"]
        assert len(items) == seen
        assert api(who, "GET", f"/bulletins/{done['id']}").status_code == 200
        assert api(who, "GET", f"/bulletins/{second['id']}").status_code == (200 if seen == 2 else 404)
    assert api("chen", "POST", "/bulletins", BEGIN).status_code == 403


def test_every_format_is_written(api: Api) -> None:
    lay(api)
    done = signed(api)
    path = f"/bulletins/{done['id']}/document"
    word = api("chen", "GET", f"{path}?format=docx")
    body = ZipFile(BytesIO(word.data)).read("word/document.xml").decode()
    assert "青协办〔2026〕1号" in body and "表扬与提醒" in body
    assert api("he", "GET", f"{path}?format=pdf").data.startswith(b"%PDF-")
    assert "xl/workbook.xml" in ZipFile(BytesIO(api("he", "GET", f"{path}?format=xlsx").data)).namelist()
    assert api("he", "GET", f"{path}?format=json").get_json()["number"] == "青协办〔2026〕1号"
    press = api("he", "GET", f"{path}?format=html&press=true").get_data(as_text=True)
    assert "——联村。" in press and "青协办" not in press
    assert api("he", "GET", f"{path}?format=html").headers["Content-Type"] == "text/html; charset=utf-8"
    assert fields(api("he", "GET", f"{path}?format=exe&press=maybe")) == {"format", "press"}


def test_a_quarter_that_has_not_come_has_no_bulletin(api: Api) -> None:
    for quarter in ("2027Q1", "2021Q4"):
        told = problem(api("he", "POST", "/bulletins", {**BEGIN, "quarter": quarter}), 409)
        assert told["reasons"][0]["code"] == "quarter_not_yet"
    assert fields(api("he", "POST", "/bulletins", {"campaign": "X", "quarter": "2022"})) == {"campaign", "quarter"}
    with time_machine.travel(datetime(2026, 12, 20, 2, 0, tzinfo=UTC), tick=False):
        bulletin = api.ok("he", "POST", "/bulletins", {**BEGIN, "quarter": "2026Q4"})
        told = problem(move(api, "he", bulletin, "freeze"), 409)
        assert told["reasons"][0]["code"] == "as_of_is_ahead"
        api.ok("he", "PATCH", f"/bulletins/{bulletin['id']}", {"as_of": "2026-12-18"})
        assert move(api, "he", bulletin, "freeze").status_code == 200


def _late(content: Any) -> int:
    """Return how many supervised matters of the one unit are late."""
    (row,) = next(each["rows"] for each in content["tables"] if each["key"] == "supervision")
    return int(row[-1])


def test_late_is_what_was_due_when_the_bulletin_is_drawn_and_not_what_falls_due_until_the_quarter_ends(
    api: Api,
) -> None:
    lay(api)
    for day in ("2026-10-30", "2026-12-31"):
        step(api.world, initiate(api.world, due_on=day), "issue", "an")
    path = f"/bulletins/{api.ok('he', 'POST', '/bulletins', {**BEGIN, 'quarter': '2026Q4'})['id']}"
    late = {}
    for on in ("2026-10-30", "2026-10-31", "2026-12-31", "2027-01-01", "2027-03-01"):
        with time_machine.travel(datetime.fromisoformat(f"{on}T02:00:00Z"), tick=False):
            late[on] = _late(api.ok("he", "GET", path)["content"])
    # The last day of the quarter is over on the first of January.
    assert list(late.values()) == [0, 1, 1, 2, 2], late


def test_frozen_while_its_quarter_is_under_way_it_is_the_same_whenever_it_is_drawn_again(api: Api) -> None:
    lay(api)
    for day in ("2026-10-30", "2026-11-20"):
        step(api.world, initiate(api.world, due_on=day), "issue", "an")
    bulletin = api.ok("he", "POST", "/bulletins", {**BEGIN, "quarter": "2026Q4"})
    with time_machine.travel(datetime(2026, 11, 10, 2, tzinfo=UTC), tick=False):
        api.ok("he", "PATCH", f"/bulletins/{bulletin['id']}", {"as_of": "2026-11-09"})
        frozen = move(api, "he", bulletin, "freeze").get_json()
    assert _late(frozen["content"]) == 1
    later = datetime(2027, 2, 1, 2, tzinfo=UTC)
    with time_machine.travel(later, tick=False), api.office.db.reading() as session:
        row = queries.under_way(session, "SLSC-2022", "2026Q4")
        assert row is not None and actions.anew(session, row, at=later).sha256 == frozen["sha256"]
    assert api.ok("he", "GET", f"/bulletins/{bulletin['id']}")["content"] == frozen["content"]


def _stands_in(api: Api, deputy: str, absent: str) -> None:
    with api.office.db.transaction() as session:
        one, other = (accounts.by_user_name(session, name) for name in (absent, deputy))
        assert one is not None and other is not None
        days = {"valid_from": date(2026, 10, 14), "valid_to": date(2026, 10, 20)}
        grants.appoint_deputy(session, one, other, **days, actor=None, at=MORNING)


def _reviewed(api: Api, by: str) -> Any:
    bulletin = api.ok("he", "POST", "/bulletins", BEGIN)
    assert move(api, "he", bulletin, "freeze").status_code == 200
    answered(api, bulletin)
    assert move(api, by, bulletin, "review").status_code == 200
    return bulletin


def test_who_reviewed_a_bulletin_does_not_sign_it_in_the_name_of_another(api: Api) -> None:
    lay(api)
    _stands_in(api, "an", "lu")
    bulletin = _reviewed(api, "an")
    told = problem(move(api, "an", bulletin, "sign"), 403)
    assert [each["code"] for each in told["reasons"]] == ["reviewer_cannot_sign"]
    assert "sign" not in api.ok("an", "GET", f"/bulletins/{bulletin['id']}")["available_triggers"]
    # Somebody else who stands in for the same person may, and so may that person.
    _stands_in(api, "he", "lu")
    assert move(api, "he", bulletin, "sign").get_json()["state"] == "signed"


def test_a_chair_reviews_and_signs_in_their_own_right(api: Api) -> None:
    lay(api)
    assert move(api, "lu", _reviewed(api, "lu"), "sign").get_json()["state"] == "signed"
