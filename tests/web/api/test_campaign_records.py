"""The plain records of a campaign: entered, listed, mended, taken back, and seen by whom they may be seen."""

from typing import Any

import pytest

from tests.campaign import HEAD, Tied, tie
from tests.web.api.conftest import Api
from tests.web.api.recorded import ADVICE, LESSON, PROJECT, TEA
from tests.web.api.test_manners import fields, problem
from tests.world import COUNTY, TOWN, VILLAGE

CLIENT_ID = "0192f0c4-0000-7000-8000-0000000000aa"


@pytest.fixture
def tied(api: Api) -> Tied:
    """Let 陈委员 be a member who is linked to a household."""
    return tie(api.world)


def ids(page: Any) -> list[str]:
    return [each["id"] for each in page["items"]]


def test_a_record_is_entered_mended_and_taken_back_and_the_history_tells(api: Api) -> None:
    answer = api("he", "POST", "/industries", {**TEA, "id": CLIENT_ID})
    made = answer.get_json()
    assert answer.status_code == 201 and answer.headers["Location"] == f"/api/v1/industries/{CLIENT_ID}"
    assert (made["id"], made["version"], made["name"], made["withdrawn"]) == (CLIENT_ID, 1, "茶叶", False)
    path = f"/industries/{CLIENT_ID}"
    problem(api("he", "PATCH", path, {"name": "x"}, headers={"If-Match": '"9"'}), 412)
    mended = api.ok("he", "PATCH", path, {"name": "茶", "reason": "写错"}, headers={"If-Match": '"1"'})
    assert (mended["version"], mended["tags"], mended["created_at"]) == (2, "三个三", made["created_at"])
    assert fields(api("he", "PATCH", path, {"withdrawn": True})) == {"reason"}
    api.ok("an", "PATCH", path, {"withdrawn": True, "reason": "记重了"})
    assert api.ok("he", "GET", path)["withdrawn"] is True
    assert ids(api.ok("he", "GET", "/industries")) == []
    assert ids(api.ok("he", "GET", "/industries?withdrawn=true")) == [CLIENT_ID]
    changes = api.ok("guan", "GET", f"{path}/history")["items"]
    assert [(each["trigger"], each["actor"]["name"], each["reason"]) for each in changes] == [
        ("make", "何干事", ""),
        ("mend", "何干事", "写错"),
        ("withdraw", "安老师", "记重了"),
    ]
    assert changes[0]["fields"] == TEA and changes[1]["fields"] == {"name": {"from": "茶叶", "to": "茶"}}


def test_the_same_client_id_again_is_the_same_record_and_with_other_words_refused(api: Api) -> None:
    body = {**LESSON, "id": CLIENT_ID}
    first = api("he", "POST", "/services", body)
    again = api("he", "POST", "/services", {**body, "receiver": ""})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json() == first.get_json() and again.headers["Location"] == first.headers["Location"]
    problem(api("he", "POST", "/services", {**body, "content": "别的"}), 409)
    problem(api("an", "POST", "/services", body), 409)
    assert len(api.ok("he", "GET", "/services")["items"]) == 1


def test_there_is_one_record_of_a_name_in_a_place(api: Api) -> None:
    first = api.ok("he", "POST", "/projects", PROJECT)
    told = problem(api("he", "POST", "/projects", PROJECT), 409)
    assert first["id"] in told["detail"]
    other = api.ok("he", "POST", "/projects", {**PROJECT, "name": "水池"})
    problem(api("he", "PATCH", f"/projects/{other['id']}", {"name": PROJECT["name"]}), 409)
    api.ok("he", "PATCH", f"/projects/{first['id']}", {"withdrawn": True, "reason": "记错"})
    api.ok("he", "PATCH", f"/projects/{other['id']}", {"name": PROJECT["name"]})
    problem(api("he", "PATCH", f"/projects/{first['id']}", {"withdrawn": False}), 409)


def test_lists_narrow_go_newest_first_and_page(api: Api, tied: Tied) -> None:
    days = {
        day: api.ok("he", "POST", "/suggestions", {**ADVICE, "on_date": day})["id"]
        for day in ("2026-10-01", "2026-10-13")
    }
    third = api.ok(
        "he", "POST", "/suggestions", {**ADVICE, "on_date": "2026-10-01", "org": "SLJ", "adoption": "adopted"}
    )
    assert third["org"] == {"code": "SLJ", "name": "县水利局"}
    order = [days["2026-10-13"], third["id"], days["2026-10-01"]]
    assert ids(api.ok("he", "GET", "/suggestions")) == order
    seen, cursor = [], ""
    while cursor is not None:
        page = api.ok("he", "GET", f"/suggestions?limit=1&count=true{cursor and f'&cursor={cursor}'}")
        seen += ids(page)
        cursor = page["next"]
        assert page["total"] == 3
    assert seen == order
    for asked, found in (
        ("org=SLJ&adoption=adopted&adoption=partly", [third["id"]]),
        ("from=2026-10-02", [order[0]]),
        ("to=2026-10-01", order[1:]),
        (f"region={TOWN}", order),
        ("region=510823", []),
        ("org=JYJ", []),
    ):
        assert ids(api.ok("he", "GET", f"/suggestions?{asked}")) == found, asked
    wrong = "/suggestions?org=NO&from=x&region=y&z=1&adoption=no&limit=0&withdrawn=maybe&industry=x"
    assert fields(api("he", "GET", wrong)) == {
        "org",
        "from",
        "region",
        "z",
        "adoption",
        "limit",
        "withdrawn",
        "industry",
    }
    named = api.ok("he", "POST", "/industries", TEA)
    api.ok("he", "POST", "/industries", {**TEA, "name": "Kiwi"})
    assert ids(api.ok("he", "GET", "/industries?q=茶")) == [named["id"]]
    assert [each["name"] for each in api.ok("he", "GET", "/industries?q=KIWI")["items"]] == ["Kiwi"]
    assert [each["name"] for each in api.ok("he", "GET", "/industries?limit=1")["items"]] == ["Kiwi"]
    rest = api.ok("he", "GET", f"/industries?limit=1&cursor={api.ok('he', 'GET', '/industries?limit=1')['next']}")
    assert ids(rest) == [named["id"]]


def test_what_a_record_points_at_is_named_and_a_household_masked(api: Api, tied: Tied) -> None:
    industry = api.ok("he", "POST", "/industries", TEA)["id"]
    park = {"industry_id": industry, "region_code": VILLAGE, "name": "茶园", "on_date": "2026-01-01"}
    assert api.ok("he", "POST", "/parks", park)["industry"] == {"id": industry, "name": "茶叶"}
    entity = api.ok("he", "POST", "/entities", {**park, "kind": "cooperative", "name": "合作社"})
    project = api.ok("he", "POST", "/projects", {**PROJECT, "industry_id": industry, "entity_id": entity["id"]})
    assert project["entity"]["name"] == "合作社" and project["households_told"] == 12
    body = {"project_id": project["id"], "household_id": str(tied.mine), "on_date": "2026-10-01"}
    made = api.ok("he", "POST", "/beneficiaries", body)
    assert made["project"]["name"] == PROJECT["name"] and made["household"] == {"id": str(tied.mine), "name": "张*生"}
    assert ids(api.ok("he", "GET", f"/beneficiaries?project={project['id']}&household={tied.mine}")) == [made["id"]]
    assert ids(api.ok("he", "GET", f"/entities?industry={industry}&kind=cooperative")) == [entity["id"]]
    assert fields(api("he", "PATCH", f"/beneficiaries/{made['id']}", {"household_id": str(tied.other)})) == {
        "household_id"
    }
    text = api("guan", "GET", f"/beneficiaries/{made['id']}/history").get_data(as_text=True)
    assert HEAD not in text and str(tied.mine) in text


def test_all_mistakes_are_told_at_once(api: Api, tied: Tied) -> None:
    wrong = {
        "kind": "club",
        "on_date": "2026-10-15",
        "member_id": "x",
        "org": "NO",
        "household_id": str(tied.member),
        "x": 1,
    }
    assert fields(api("he", "POST", "/services", wrong)) == {
        *("kind", "on_date", "member_id", "org", "household_id", "x", "region_code", "content"),
    }
    assert fields(api("he", "POST", "/projects", {**PROJECT, "finished_on": "2026-10-01"})) == {"begun_on"}
    made = api.ok("he", "POST", "/services", LESSON)
    wrong = {"content": " ", "kind": None, "withdrawn": 1, "reason": 5, "id": CLIENT_ID}
    assert fields(api("he", "PATCH", f"/services/{made['id']}", wrong)) == set(wrong)


def test_the_office_writes_in_its_own_place_only(api: Api, tied: Tied) -> None:
    api.join("town", "镇办事员", "clerk", region=TOWN)
    industry = api.ok("he", "POST", "/industries", TEA)["id"]
    problem(api("town", "POST", "/industries", {**TEA, "name": "木耳"}), 403)
    # The county's industry is not in the town's sight.
    problem(api("town", "PATCH", f"/industries/{industry}", {"name": "x"}), 404)
    made = api.ok("town", "POST", "/suggestions", ADVICE)
    problem(api("town", "PATCH", f"/suggestions/{made['id']}", {"region_code": COUNTY}), 403)
    for who in ("guan", "shen", "bai", "guanli", "cun"):
        problem(api(who, "POST", "/suggestions", ADVICE), 403)
        problem(
            api(who, "PATCH", f"/suggestions/{made['id']}", {"content": "x"}), 403 if who in ("guan", "shen") else 404
        )
    assert (
        ids(api.ok("guan", "GET", "/suggestions")) == [made["id"]] and ids(api.ok("bai", "GET", "/suggestions")) == []
    )


def test_a_member_enters_and_sees_their_own_and_names_nobody_else(api: Api, tied: Tied, clock: Any) -> None:
    api.ok("he", "POST", "/suggestions", ADVICE)
    made = api.ok("chen", "POST", "/suggestions", {**ADVICE, "content": "修路"})
    assert made["member"] == {"id": str(tied.member), "name": "陈青山"}
    assert ids(api.ok("chen", "GET", "/suggestions")) == [made["id"]]
    named = {**ADVICE, "member_id": str(tied.colleague)}
    assert fields(api("chen", "POST", "/suggestions", named)) == {"member_id"}
    problem(api("chen", "POST", "/suggestions", {**ADVICE, "member_id": None}), 403)
    assert fields(api("chen", "POST", "/suggestions", {**ADVICE, "adoption": "adopted"})) == {"adoption"}
    problem(api("chen", "POST", "/projects", PROJECT), 403)
    assert fields(api("chen", "POST", "/services", {**LESSON, "household_id": str(tied.other)})) == {"household_id"}
    api.ok("chen", "PATCH", f"/suggestions/{made['id']}", {"content": "修路灯"})
    clock.shift(10 * 86400 + 1)
    assert "10" in problem(api("chen", "PATCH", f"/suggestions/{made['id']}", {"content": "再改"}), 409)["detail"]
    api.ok("he", "PATCH", f"/suggestions/{made['id']}", {"adoption": "adopted", "answered_on": "2026-10-20"})


def test_who_only_looks_sees_numbers_of_people_masked(api: Api) -> None:
    made = api.ok("he", "POST", "/suggestions", {**ADVICE, "content": "请联系 13900003333"})
    path = f"/suggestions/{made['id']}"
    assert "13900003333" in api.ok("he", "GET", path)["content"]
    for where in (path, "/suggestions", f"{path}/history"):
        assert "13900003333" not in api("guan", "GET", where).get_data(as_text=True), where


def test_who_signed_along_is_entered_by_the_office_and_sees_the_suggestion(api: Api) -> None:
    tied = tie(api.world)
    made = api.ok("he", "POST", "/suggestions", ADVICE)
    body = {"suggestion_id": made["id"], "member_id": str(tied.member)}
    assert ids(api.ok("chen", "GET", "/suggestions")) == []
    problem(api("chen", "POST", "/cosignatures", body), 403)
    signed = api.ok("he", "POST", "/cosignatures", body)
    assert signed["suggestion"]["name"] == ADVICE["content"]
    assert ids(api.ok("chen", "GET", "/suggestions")) == [made["id"]]
    assert ids(api.ok("chen", "GET", f"/cosignatures?suggestion={made['id']}")) == [signed["id"]]
    problem(api("chen", "PATCH", f"/suggestions/{made['id']}", {"content": "改"}), 403)
    problem(api("he", "POST", "/cosignatures", body), 409)
    own = api.ok("he", "POST", "/suggestions", {**ADVICE, "content": "修路", "member_id": str(tied.member)})
    told = problem(api("he", "POST", "/cosignatures", {**body, "suggestion_id": own["id"]}), 409)
    assert told["reasons"][0]["code"] == "signed_first"


def test_for_what_somebody_is_away_is_told_of_who_is_on_leave_alone(api: Api) -> None:
    tied = tie(api.world)
    meeting = {"kind": "training", "region_code": VILLAGE, "on_date": "2026-10-13", "title": "培训", "people": 3}
    held = api.ok("he", "POST", "/activities", meeting)
    row = {"activity_id": held["id"], "member_id": str(tied.member), "part": "attendee"}
    assert fields(api("he", "POST", "/attendances", {**row, "status": "absent", "leave": "sick"})) == {"leave"}
    assert fields(api("he", "POST", "/attendances", {**row, "status": "leave", "leave": "beach"})) == {"leave"}
    away = api.ok("he", "POST", "/attendances", {**row, "status": "leave", "leave": "sick"})
    assert (away["status"], away["leave"]) == ("leave", "sick")


def test_what_has_no_place_of_its_own_is_the_county_s(api: Api) -> None:
    api.join("town", "镇办事员", "clerk", region=TOWN)
    day = {"on_date": "2026-10-13"}
    for path, told in (
        ("/activities", {"kind": "training", **day, "title": "培训"}),
        ("/activities", {"kind": "contact", **day, "title": "商产业"}),
        ("/suggestions", {**day, "content": "多修水窖"}),
        ("/industries", {"name": "茶叶"}),
        ("/leaders", {"name": "周正明", "role": "head", "valid_from": "2022-01-01"}),
    ):
        made = api.ok("he", "POST", path, told)
        assert made["region_code"] == COUNTY, path
        # Whoever has no say over the county is asked for a place.
        assert fields(api("town", "POST", path, told)) == {"region_code"}, path
    # What happens in a village does so in one.
    for kind in ("village_survey", "civility_activity", "onsite_office"):
        assert fields(api("he", "POST", "/activities", {"kind": kind, **day, "title": "去"})) == {"region_code"}


def test_what_follows_is_not_told_before_what_it_follows_on(api: Api) -> None:
    tied = tie(api.world)
    visit = {"household_id": str(tied.mine), "member_id": str(tied.member), "on_date": "2026-10-13"}
    assert fields(api("he", "POST", "/visits", {**visit, "next_on": "2026-10-12"})) == {"next_on"}
    made = api.ok("he", "POST", "/visits", {**visit, "next_on": "2026-10-13"})
    assert fields(api("he", "PATCH", f"/visits/{made['id']}", {"next_on": "2026-10-12"})) == {"next_on"}
    said = {"region_code": COUNTY, "on_date": "2026-10-13", "content": "多修水窖"}
    said |= {"adoption": "adopted", "reply": "已列入计划", "answered_on": "2026-10-12"}
    assert fields(api("he", "POST", "/suggestions", said)) == {"answered_on"}
