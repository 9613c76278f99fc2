"""Supervised matters over HTTP: initiated, listed by every filter, moved as cases are, seen by whom they concern."""

import io
from typing import Any

from tests.supervised import LIFE, SLIP
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem


def initiated(api: Api, **changes: Any) -> Any:
    raw = {name: value for name, value in {**SLIP, **changes}.items() if value is not None}
    return api.ok("he", "POST", "/supervisions", raw)


def move(api: Api, who: str, matter: Any, trigger: str, *, comment: str | None = None, **given: Any) -> Any:
    body = {"trigger": trigger, "fields": given} | ({} if comment is None else {"comment": comment})
    return api(who, "POST", f"/supervisions/{matter['id']}/transitions", body)


def test_a_matter_goes_from_a_draft_to_struck_off(api: Api) -> None:
    matter = initiated(api)
    assert (matter["state"], matter["slip_number"], matter["org"], matter["level"]) == ("initiated", None, "SLJ", 2)
    assert [each["code"] for each in matter["co_orgs"]] == ["ZYZ"]
    assert "issue" not in matter["available_triggers"]
    told = problem(move(api, "an", matter, "strike_off"), 409)
    assert told["available_triggers"] == ["issue"]
    for trigger, by, given in LIFE:
        answer = move(api, by, matter, trigger, **given)
        assert answer.status_code == 200, answer.text
        if trigger == "propose_strike_off":
            mine = {each["trigger"]: each["reasons"] for each in answer.get_json()["unavailable_triggers"]}
            assert "not_your_role" in {each["code"] for each in mine["strike_off"]}
    done = api.ok("he", "GET", f"/supervisions/{matter['id']}")
    assert (done["state"], done["slip_number"], done["struck_off_on"]) == (
        "struck_off",
        "督办〔2026〕1号",
        "2026-10-14",
    )
    assert done["struck_off_by"]["name"] == "安老师" and done["proposed_by"]["name"] == "何干事"
    history = api.ok("he", "GET", f"/supervisions/{matter['id']}/history")["items"]
    assert [each["trigger"] for each in history] == ["initiate", *(trigger for trigger, _, _ in LIFE)]
    assert (history[0]["from_state"], history[1]["fields"]) == (None, {"slip_number": "督办〔2026〕1号"})


def test_levels_are_numbers_and_an_urging_needs_its_word(api: Api) -> None:
    matter = initiated(api)
    for trigger, by, given in LIFE[:2]:
        move(api, by, matter, trigger, **given)
    assert fields(move(api, "an", matter, "urge")) == {"comment"}
    urged = move(api, "he", matter, "urge", comment="请报进展").get_json()
    assert [(each["number"], each["words"], each["on"]) for each in urged["urgings"]] == [
        ("催办〔2026〕1号", "请报进展", "2026-10-14")
    ]
    assert move(api, "an", matter, "escalate", level=3, reason="久拖", leader="陆主席").status_code == 403
    assert fields(move(api, "lu", matter, "escalate", level=3, reason="久拖")) == {"fields.leader"}
    listed = move(api, "lu", matter, "escalate", level=3, reason="久拖", leader="陆主席").get_json()
    assert (listed["level"], listed["leader"]) == (3, "陆主席")
    clock = next(each for each in listed["deadlines"] if each["kind"] == "progress" and each["met_at"] is None)
    assert clock["due_at"] == "2026-10-21T17:30:00+08:00" and "5" in clock["explain"]


def test_the_list_is_narrowed_by_every_filter(api: Api) -> None:
    one = initiated(api)
    other = initiated(api, org="JYJ", co_orgs=None, level=1, source="document", title="民办园转普惠")
    move(api, "an", other, "issue")

    def found(query: str, who: str = "he") -> list[str]:
        return [each["id"] for each in api.ok(who, "GET", f"/supervisions?{query}")["items"]]

    assert found("") == [other["id"], one["id"]]
    assert found("state=issued") == [other["id"]] and found("org=SLJ") == [one["id"]]
    assert found("level=1") == [other["id"]] and found("source=meeting") == [one["id"]]
    assert found("q=管网") == [one["id"]] and found("overdue=true") == []
    assert found("still_since=2026-10-01") == [] and found("still_since=2027-01-01") == [other["id"], one["id"]]
    assert found("region=510823") == [] and found("open=true&progress_late=false") == [other["id"], one["id"]]
    page = api.ok("he", "GET", "/supervisions?limit=1&count=true")
    assert page["total"] == 2
    assert found(f"limit=1&cursor={page['next']}") == [one["id"]]
    assert fields(api("he", "GET", "/supervisions?state=x&level=9&org=NO&overdue=1&source_id=3&region=x")) == {
        *("state", "level", "org", "overdue", "source_id", "region")
    }
    # The unit sees its own, who helps sees what they help with, a member and a stranger nothing.
    assert found("", "bai") == [one["id"]] and found("", "zhen") == [one["id"]] and found("", "jiao") == [other["id"]]
    assert found("", "guan") == [other["id"], one["id"]]
    assert api("chen", "GET", "/supervisions").status_code == 403
    assert api("jiao", "GET", f"/supervisions/{one['id']}").status_code == 404
    assert move(api, "zhen", one, "issue").status_code == 403


def test_what_is_wrong_is_told_at_once_and_a_case_is_a_source_that_one_may_see(api: Api) -> None:
    case_id = str(api.world.report())
    matter = initiated(api, source="case", source_id=case_id, source_words=None, org="JYJ", co_orgs=None)
    assert (matter["source_id"], matter["region_code"]) == (case_id, "510822105206")
    assert [each["id"] for each in api.ok("he", "GET", f"/supervisions?source_id={case_id}")["items"]] == [matter["id"]]
    wrong = {**SLIP, "org": "NO", "co_orgs": ["NEITHER"], "due_on": "2026-10-13", "level": 0, "x": 1}
    assert fields(api("he", "POST", "/supervisions", wrong)) == {"org", "co_orgs", "due_on", "level", "x"}
    assert fields(api("he", "POST", "/supervisions", {})) == {
        *("title", "requirement", "source", "org", "due_on", "level")
    }
    for source, given in (("meeting", case_id), ("case", matter["id"]), ("consultation", case_id)):
        raw = {**SLIP, "source": source, "source_id": given}
        assert fields(api("he", "POST", "/supervisions", raw)) == {"source_id"}
    assert api("bai", "POST", "/supervisions", dict(SLIP)).status_code == 403
    assert api("he", "POST", "/supervisions", {**SLIP, "region_code": "510822105206"}).status_code == 201


def test_what_the_slip_says_is_mended_until_it_is_signed(api: Api) -> None:
    matter = initiated(api)
    path = f"/supervisions/{matter['id']}"
    mended = api.ok("he", "PATCH", path, {"due_on": "2026-11-06", "level": 1, "requirement": "先通水"})
    assert (mended["due_on"], mended["first_due_on"], mended["level"]) == ("2026-11-06", "2026-11-06", 1)
    assert api("bai", "PATCH", path, {"title": "x"}).status_code == 403
    move(api, "an", matter, "issue")
    told = problem(api("he", "PATCH", path, {"due_on": "2026-12-01"}), 409)
    assert told["reasons"][0]["code"] == "slip_is_signed"
    assert api.ok("he", "PATCH", path, {"title": "六组饮水"})["title"] == "六组饮水"
    stale = api("he", "PATCH", path, {"title": "x"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_files_and_notes_stand_with_the_matter(api: Api) -> None:
    matter = initiated(api)
    path = f"/supervisions/{matter['id']}"
    sent = {"file": (io.BytesIO("进展：已挖开三处".encode()), "进展.txt")}
    made = api("bai", "POST", f"{path}/attachments", data=sent, content_type="multipart/form-data")
    assert made.status_code == 201, made.text
    assert api("guan", "POST", f"{path}/comments", {"text": "请抓紧"}).status_code == 403
    assert api.ok("zhen", "POST", f"{path}/comments", {"text": "@安老师 工日已到位"})["fields"]["mentions"]
    (listed,) = api.ok("he", "GET", f"{path}/attachments")["items"]
    assert api("an", "GET", listed["content"]).get_data().decode() == "进展：已挖开三处"
    assert api("jiao", "GET", listed["content"]).status_code == 404
    shown = api.ok("an", "GET", path)
    assert (shown["attachments_total"], shown["comments_total"]) == (1, 1)
