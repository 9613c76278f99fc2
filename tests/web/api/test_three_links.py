"""Members, households and links: entered, listed, changed, ended, masked, each change with who and why."""

from datetime import timedelta
from typing import Any

import time_machine

from casework.households import handbook
from tests.web.api.conftest import Api
from tests.web.api.test_manners import UNKNOWN, fields, problem
from tests.web.api.tied import HOUSEHOLD, IDS, LINK, MEMBER, tie
from tests.world import COUNTY, MORNING, REPORT, TOWN, VILLAGE


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer["items"]]


def test_a_member_is_entered_changed_and_leaves_office(api: Api, clock: time_machine.Traveller) -> None:
    response = api("he", "POST", "/members", MEMBER)
    made = response.get_json()
    assert response.status_code == 201 and response.headers["Location"] == f"/api/v1/members/{made['id']}"
    assert (made["version"], response.headers["ETag"], made["region_code"]) == (1, '"1"', COUNTY)
    assert (made["phone"], made["sector"], made["is_standing"]) == ("139****1111", "农业界", True)
    path = f"/members/{made['id']}"
    clock.shift(60)
    problem(api("he", "PATCH", path, {"post": "x"}, headers={"If-Match": '"7"'}), 412)
    mended = api.ok("he", "PATCH", path, {"post": "县政协副主席", "phone": ""}, headers={"If-Match": '"1"'})
    assert (mended["post"], mended["phone"], mended["version"]) == ("县政协副主席", None, 2)
    assert fields(api("he", "PATCH", path, {"valid_to": "2026-09-30"})) == {"reason"}
    assert fields(api("he", "PATCH", path, {"valid_to": "2020-01-01", "reason": "x"})) == {"valid_to"}
    problem(api("he", "POST", f"{path}/terms", {"valid_from": "2026-10-01"}), 409)
    clock.shift(60)
    ended = api.ok("he", "PATCH", path, {"valid_to": "2026-09-30", "reason": "换届"})
    clock.shift(60)
    assert (ended["valid_to"], ended["end_reason"], ended["version"]) == ("2026-09-30", "换届", 3)
    again = api.ok("he", "POST", f"{path}/terms", {"valid_from": "2026-10-01", "term": "十二届", "sector": "经济界"})
    assert [each["term"] for each in again["terms"]] == ["十一届", "十二届"] and again["sector"] == "经济界"
    told = api.ok("guan", "GET", f"{path}/history?count=true")
    assert [(each["seq"], each["trigger"], each["record"]) for each in told["items"]] == [
        (1, "make", "members"),
        (2, "make", "member_terms"),
        (3, "mend", "members"),
        (4, "end", "member_terms"),
        (5, "make", "member_terms"),
    ]
    assert told["items"][3]["fields"]["valid_to"] == {"from": None, "to": "2026-09-30"}
    assert told["items"][3]["comment"] == "换届" and told["total"] == 5
    assert "13900001111" not in str(told) and "cipher" not in str(told)
    page = api.ok("he", "GET", f"{path}/history?limit=3")
    rest = api.ok("he", "GET", f"{path}/history?limit=3&cursor={page['next']}")
    assert [each["seq"] for each in rest["items"]] == [4, 5] and rest["next"] is None


def test_members_are_found_by_name_letters_sector_and_office(api: Api) -> None:
    made = [
        api.ok("he", "POST", "/members", {**MEMBER, "name": name, "sector": sector, "valid_from": begins})
        for name, sector, begins in (("陈青山", "农业界", "2021-12-20"), ("罗敏", "教育界", "2026-10-15"))
    ]
    chen, luo = (each["id"] for each in made)
    assert ids(api.ok("guan", "GET", "/members?count=true")) == [chen, luo]
    assert ids(api.ok("he", "GET", "/members?q=lm")) == ids(api.ok("he", "GET", "/members?q=luomin")) == [luo]
    assert ids(api.ok("he", "GET", "/members?name=陈青山")) == ids(api.ok("he", "GET", "/members?q=青山")) == [chen]
    assert ids(api.ok("he", "GET", "/members?sector=教育界&is_standing=true")) == [luo]
    assert ids(api.ok("he", "GET", "/members?in_office=2026-10-14")) == [chen]
    page = api.ok("he", "GET", "/members?limit=1&count=true")
    assert ids(page) == [chen] and page["total"] == 2
    assert ids(api.ok("he", "GET", f"/members?limit=1&count=true&cursor={page['next']}")) == [luo]
    assert fields(api("he", "GET", f"/members?limit=1&cursor={page['next']}&q=a")) == {"cursor"}
    wrong = api("he", "GET", "/members?lacks=x&in_office=y&is_standing=z&limit=0&nothing=1")
    assert fields(wrong) == {"lacks", "in_office", "is_standing", "limit", "nothing"}


def test_who_lacks_a_link_of_a_part(api: Api) -> None:
    tied = tie(api)
    member = tied["member"]["id"]
    assert ids(api.ok("he", "GET", "/members?lacks=demonstration")) == [member]
    assert ids(api.ok("he", "GET", "/members?lacks=poverty_alleviated")) == []
    assert ids(api.ok("he", "GET", "/members?lacks=poverty_alleviated&in_office=2022-02-28")) == [member]
    api.ok("he", "PATCH", f"/links/{tied['link']['id']}", {"valid_to": "2026-10-13", "reason": "搬走"})
    assert ids(api.ok("he", "GET", "/members?lacks=poverty_alleviated")) == [member]
    api.ok("he", "PATCH", f"/members/{member}", {"valid_to": "2026-10-13", "reason": "辞去"})
    assert ids(api.ok("he", "GET", "/members?lacks=demonstration")) == []


def test_a_household_is_entered_masked_changed_and_counts_until_it_does_not(
    api: Api, clock: time_machine.Traveller
) -> None:
    made = api.ok("he", "POST", "/households", HOUSEHOLD)
    assert (made["head_name"], made["head_id_number"], made["phone"]) == ("张*生", "510822********0014", "139****3333")
    assert made["category"] == ["poverty_alleviated"] and made["watch"] == []
    assert {name: made[name] for name in handbook.FIELDS} == {name: HOUSEHOLD[name] for name in handbook.FIELDS}
    assert fields(api("he", "POST", "/households", HOUSEHOLD)) == {"head_id_number"}
    wrong = {"farmland": "3.555", "forest": 12, "floor_area": "-1", "housing_grade": "E", "water": "水" * 61}
    assert fields(api("he", "PATCH", f"/households/{made['id']}", wrong)) == wrong.keys()
    path = f"/households/{made['id']}"
    clock.shift(60)
    watched = {"watch": "unstable", "since": "2026-10-01", "source": "县防返贫办"}
    told = {"phone": None, "people": 5, "farmland": "2.8", "housing_grade": "", **watched}
    mended = api.ok("he", "PATCH", path, told, headers={"If-Match": '"1"'})
    assert (mended["farmland"], mended["forest"], mended["housing_grade"]) == ("2.80", "12.00", "")
    assert (mended["phone"], mended["people"], mended["watch"]) == (None, 5, ["unstable"])
    problem(api("he", "PATCH", path, {"people": 6}, headers={"If-Match": '"1"'}), 412)
    assert fields(api("he", "PATCH", path, {"ends": "unstable", "valid_to": "2026-10-13"})) == {"reason"}
    clock.shift(60)
    api.ok("he", "PATCH", path, {"ends": "unstable", "valid_to": "2026-10-13", "reason": "风险消除"})
    problem(api("he", "PATCH", path, {"ends": "marginal", "reason": "x"}), 409)
    shown = api.ok("cun", "GET", path)
    assert shown["watch"] == [] and {each["code"] for each in shown["statuses"]} == {"poverty_alleviated", "unstable"}
    told = api.ok("he", "GET", f"{path}/history")["items"]
    assert [(each["record"], each["trigger"]) for each in told] == [
        ("households", "make"),
        ("household_statuses", "make"),
        ("households", "mend"),
        ("household_statuses", "make"),
        ("household_statuses", "end"),
    ]
    assert told[2]["fields"]["farmland"] == {"from": "3.50", "to": "2.80"}
    assert "张树生" not in str(told) and IDS[0] not in str(told) and told[-1]["comment"] == "风险消除"


def test_households_are_found(api: Api) -> None:
    tied = tie(api)
    other = api.ok("he", "POST", "/households", {"region_code": TOWN, "head_name": "李小芳", "watch": "marginal"})["id"]
    mine = tied["household"]["id"]
    for asked, found in (
        (f"region={VILLAGE}", [mine]),
        (f"region={TOWN}", [other, mine]),
        ("category=poverty_alleviated", [mine]),
        ("watch=marginal", [other]),
        (f"member={tied['member']['id']}", [mine]),
        ("head_name=李小芳", [other]),
        ("head_name=李小", []),
        ("linked=true", [mine]),
        ("linked=false", [other]),
    ):
        assert ids(api.ok("he", "GET", f"/households?{asked}")) == found, asked
    page = api.ok("he", "GET", "/households?limit=1")
    assert ids(api.ok("he", "GET", f"/households?limit=1&cursor={page['next']}")) == [mine]
    wrong = api("he", "GET", "/households?region=x&category=y&member=z&linked=1")
    assert fields(wrong) == {"region", "category", "member", "linked"}


def test_a_link_ends_by_day_and_reason_and_may_begin_again(api: Api) -> None:
    tied = tie(api)
    link, path = tied["link"], f"/links/{tied['link']['id']}"
    assert (link["holder_name"], link["object_name"], link["region_code"]) == ("陈青山", "张*生", VILLAGE)
    ends = {"holder": link["holder"], "object": link["object"]}
    problem(api("he", "POST", "/links", {**LINK, **ends}), 409)
    assert fields(api("he", "PATCH", path, {"part": "demonstration"})) == {"reason"}
    assert fields(api("he", "PATCH", path, {"part": "x", "reason": "y"})) == {"part"}
    assert fields(api("he", "PATCH", path, {"valid_to": "2022-02-01", "reason": "y"})) == {"valid_to"}
    ended = api.ok("he", "PATCH", path, {"valid_to": "2026-09-30", "reason": "换届"}, headers={"If-Match": '"1"'})
    assert (ended["valid_to"], ended["end_reason"], ended["version"]) == ("2026-09-30", "换届", 2)
    problem(api("he", "PATCH", path, {"remark": "y", "reason": "x"}, headers={"If-Match": '"1"'}), 412)
    begun = api.ok("he", "POST", "/links", {**LINK, **ends, "valid_from": "2026-10-01"})
    problem(api("he", "PATCH", path, {"valid_to": None, "reason": "弄错"}), 409)
    assert ids(api.ok("he", "GET", "/links?active_on=2026-10-14")) == [begun["id"]]
    assert ids(api.ok("he", "GET", f"/links?household={link['object']}")) == [begun["id"], link["id"]]
    assert ids(api.ok("he", "GET", f"/links?member={link['holder']}&part=demonstration")) == []
    told = api.ok("he", "GET", f"{path}/history")["items"]
    assert [(each["trigger"], each["comment"]) for each in told] == [("make", None), ("end", "换届")]


def test_a_link_put_right_tells_of_the_visits_it_no_longer_holds(api: Api) -> None:
    """Days of a link may be mended after visits were entered; those outside are named, none is lost or refused."""
    tied = tie(api)
    path = f"/links/{tied['link']['id']}"
    visit = {"household_id": tied["household"]["id"], "member_id": tied["member"]["id"], "findings": "看了看"}
    early = api.ok("he", "POST", "/visits", {**visit, "on_date": "2022-05-01"})
    late = api.ok("he", "POST", "/visits", {**visit, "on_date": "2026-09-20"})
    noted = api.ok("he", "POST", "/visits", {**visit, "on_date": "2022-02-01", "before_link": True})
    assert api.ok("he", "GET", path)["warnings"] == []
    ended = api.ok("he", "PATCH", path, {"valid_to": "2026-09-19", "reason": "换人"})
    assert [(each["code"], each["id"]) for each in ended["warnings"]] == [("visit_outside", late["id"])]
    assert "2026-09-20" in ended["warnings"][0]["message"]
    begun = api.ok("he", "PATCH", path, {"valid_from": "2022-06-01", "reason": "日子登记错了"})
    assert [each["id"] for each in begun["warnings"]] == [early["id"], late["id"]]
    again = {key: tied["link"][key] for key in ("campaign", "kind", "part", "holder", "object")}
    assert api.ok("he", "POST", "/links", {**again, "valid_from": "2026-09-20"})["warnings"][0]["id"] == early["id"]
    api.ok("he", "PATCH", f"/visits/{early['id']}", {"withdrawn": True, "reason": "记错了"})
    assert api.ok("he", "GET", path)["warnings"] == [] and noted["remark"]


def test_a_unit_is_linked_to_a_village_and_what_does_not_exist_is_told_by_field(api: Api) -> None:
    village = {"campaign": "SLSC-2022", "kind": "org_village", "valid_from": "2022-03-01"}
    made = api.ok("he", "POST", "/links", {**village, "holder": "SLJ", "object": VILLAGE})
    assert (made["object"], made["object_name"], made["holder_name"]) == (VILLAGE, "竹园镇 方石村", "县水利局")
    assert ids(api.ok("cun", "GET", "/links?kind=org_village&org=SLJ")) == [made["id"]]
    wrong = {**LINK, "holder": UNKNOWN, "object": UNKNOWN, "valid_from": "x", "part": "y", "nothing": 1}
    assert fields(api("he", "POST", "/links", wrong)) == {"holder", "object", "valid_from", "nothing"}
    assert fields(api("he", "POST", "/links", {})) == {"campaign", "kind", "holder", "object", "valid_from"}
    nowhere = {**village, "holder": "NOPE", "object": "999999"}
    assert fields(api("he", "POST", "/links", nowhere)) == {"holder", "object"}
    industry = {**village, "kind": "office_industry", "holder": "SLJ", "object": UNKNOWN}
    assert fields(api("he", "POST", "/links", industry)) == {"holder", "object"}
    # Whoever is linked to a town would be so to all its villages, and each figure of linked villages with it.
    town = api("he", "POST", "/links", {**village, "holder": "SLJ", "object": TOWN})
    assert [each["code"] for each in problem(town, 422)["errors"]] == ["no_village"]


def test_who_has_left_begins_no_link(api: Api) -> None:
    tied = tie(api)
    days = {"valid_from": "2022-01-01", "valid_to": "2022-12-31"}
    member = api.ok("he", "POST", "/members", {"name": "罗启明", **days})["id"]
    leader = {"region_code": COUNTY, "name": "周正明", "role": "head", **days, "end_reason": "换届"}
    led = {"kind": "org_village", "holder": api.ok("he", "POST", "/leaders", leader)["id"], "object": VILLAGE}
    linked = {**LINK, "holder": member, "object": tied["household"]["id"]}
    for told in (linked, {**LINK, **led, "part": None}):
        late = problem(api("he", "POST", "/links", {**told, "valid_from": "2023-01-01"}), 409)
        assert [each["code"] for each in late["reasons"]] == ["holder_has_left"]
        api.ok("he", "POST", "/links", {**told, "valid_from": "2022-12-31"})
    over = {"member": tied["member"]["id"], "successor": member, "day": "2026-10-14", "reason": "换届"}
    kept = problem(api("he", "POST", "/handovers", over), 409)
    assert [each["code"] for each in kept["reasons"]] == ["holder_has_left"]


def test_everybody_sees_what_is_theirs_to_see(api: Api, clock: time_machine.Traveller) -> None:
    tied = tie(api)
    far = api.ok("he", "POST", "/households", {"region_code": "510822106", "head_name": "王石"})["id"]
    other = api.ok("he", "POST", "/members", {**MEMBER, "name": "罗敏"})["id"]
    near, own, link = (tied[name]["id"] for name in ("household", "member", "link"))
    assert set(ids(api.ok("guan", "GET", "/households"))) == {near, far}
    assert ids(api.ok("chen", "GET", "/households")) == ids(api.ok("cun", "GET", "/households")) == [near]
    assert ids(api.ok("chen", "GET", "/members")) == [own]
    assert ids(api.ok("chen", "GET", "/links")) == ids(api.ok("cun", "GET", "/links")) == [link]
    for path in (f"/households/{far}", f"/members/{other}", f"/households/{far}/history"):
        problem(api("chen", "GET", path), 404)
    for who in ("jin", "guanli", "bai"):
        for room in ("members", "households", "links"):
            problem(api(who, "GET", f"/{room}"), 403)
        problem(api(who, "GET", f"/households/{near}"), 404)
    for who in ("chen", "cun", "guan"):
        problem(api(who, "PATCH", f"/households/{near}", {"people": 1}), 403)
        problem(api(who, "PATCH", f"/links/{link}", {"valid_to": "2026-10-13", "reason": "x"}), 403)
        problem(api(who, "POST", "/households", HOUSEHOLD), 403)
    api.ok("he", "PATCH", f"/links/{link}", {"valid_to": "2026-10-13", "reason": "换届"})
    clock.move_to(MORNING + timedelta(days=29))
    assert ids(api.ok("chen", "GET", "/households")) == [near]
    clock.move_to(MORNING + timedelta(days=30))
    assert ids(api.ok("chen", "GET", "/households")) == ids(api.ok("chen", "GET", "/links")) == []


def test_staff_of_a_town_write_in_their_town_alone(api: Api) -> None:
    api.join("town", "镇办事员", "clerk", region=TOWN)
    made = api.ok("town", "POST", "/households", HOUSEHOLD)
    elsewhere = {**HOUSEHOLD, "head_id_number": IDS[1], "region_code": "510822106"}
    assert fields(api("town", "POST", "/households", elsewhere)) == {"region_code"}
    moved = api("town", "PATCH", f"/households/{made['id']}", {"region_code": "510822106"})
    assert fields(moved) == {"region_code"}
    problem(api("town", "POST", "/members", MEMBER), 403)


def test_a_household_that_moves_takes_its_links_along(api: Api) -> None:
    tied = tie(api)
    api.ok("he", "PATCH", f"/households/{tied['household']['id']}", {"region_code": "510822106"})
    assert api.ok("he", "GET", f"/links/{tied['link']['id']}")["region_code"] == "510822106"
    problem(api("cun", "GET", f"/links/{tied['link']['id']}"), 404)


def test_masks_are_lifted_with_a_reason_by_who_works_with_it(api: Api) -> None:
    tied = tie(api)
    path = f"/households/{tied['household']['id']}/reveal"
    shown = {
        name: api.ok("chen", "POST", path, {"field": name, "reason": "走访前联系"}) for name in ("head_name", "phone")
    }
    assert [each["value"] for each in shown.values()] == ["张树生", "13900003333"]
    assert shown["phone"]["left_today"] == 48
    assert fields(api("he", "POST", path, {"field": "remark", "reason": " "})) == {"field", "reason"}
    for who in ("guan", "cun"):
        problem(api(who, "POST", path, {"field": "phone", "reason": "看看"}), 403)
    problem(api("jin", "POST", path, {"field": "phone", "reason": "看看"}), 404)
    of_member = f"/members/{tied['member']['id']}/reveal"
    assert api.ok("he", "POST", of_member, {"field": "phone", "reason": "通知"})["value"] == "13900001111"


def test_who_lives_in_a_household_is_for_those_who_work_with_it(api: Api) -> None:
    tied = tie(api)
    path = f"/households/{tied['household']['id']}/residents"
    told = {"name": "张小生", "relation": "长子", "sex": "male", "birth_year": 1998, "health": "健康", "labour": "普通"}
    made = api.ok("he", "POST", path, told)
    assert (made["name"], made["birth_year"], made["version"]) == ("张*生", 1998, 1)
    left = api.ok("he", "PATCH", f"{path}/{made['id']}", {"left_on": "2026-09-01"}, headers={"If-Match": '"1"'})
    assert (left["left_on"], left["relation"], left["version"]) == ("2026-09-01", "长子", 2)
    assert [each["name"] for each in api.ok("chen", "GET", path)["items"]] == ["张*生"]
    for who in ("guan", "cun"):
        problem(api(who, "GET", path), 403)
    problem(api("jin", "GET", path), 404)
    problem(api("chen", "POST", path, told), 403)
    wrong = api("he", "POST", path, {"name": "", "sex": "x", "birth_year": 2999, "left_on": "x", "age": 3})
    assert fields(wrong) == {"name", "sex", "birth_year", "left_on", "age"}
    problem(api("he", "PATCH", f"{path}/{UNKNOWN}", {"relation": "x"}), 404)


def test_a_case_names_a_household_its_reporter_may_know_of(api: Api) -> None:
    tied = tie(api)
    near = tied["household"]["id"]
    far = api.ok("he", "POST", "/households", {"region_code": "510822106", "head_name": "王石"})["id"]
    case = api.ok("chen", "POST", "/cases", {**REPORT, "household_id": near})
    assert case["household_id"] == near
    told = api.ok("he", "GET", f"/cases/{case['id']}/history")["items"][0]
    assert told["fields"]["household_id"] == near
    for wrong in (far, UNKNOWN, "x"):
        assert fields(api("chen", "POST", "/cases", {**REPORT, "household_id": wrong})) == {"household_id"}


def test_the_same_key_makes_one_household(api: Api) -> None:
    headers = {"Idempotency-Key": "h1"}
    first = api.ok("he", "POST", "/households", HOUSEHOLD, headers=headers)
    assert api.ok("he", "POST", "/households", HOUSEHOLD, headers=headers) == first
    assert fields(api("he", "POST", "/households", {**HOUSEHOLD, "people": 9}, headers=headers)) != set()


def test_a_link_begins_a_year_ahead_at_most_and_no_member_visits_after_the_term(api: Api) -> None:
    tied = tie(api)
    member, household, link = (tied[name]["id"] for name in ("member", "household", "link"))
    other = api.ok("he", "POST", "/households", {**HOUSEHOLD, "head_name": "李小芳", "head_id_number": IDS[1]})
    ends = {**LINK, "holder": member, "object": other["id"]}
    assert fields(api("he", "POST", "/links", {**ends, "valid_from": "2099-01-01"})) == {"valid_from"}
    assert fields(api("he", "PATCH", f"/links/{link}", {"valid_from": "2099-01-01", "reason": "x"})) == {"valid_from"}
    api.ok("he", "POST", "/links", {**ends, "valid_from": "2027-01-01"})
    visit = {"member_id": member, "household_id": household, "on_date": "2026-10-01", "form": "on_site"}
    before = api.ok("he", "POST", "/visits", visit)
    api.ok("he", "PATCH", f"/members/{member}", {"valid_to": "2026-09-30", "reason": "换届"})
    late = {**visit, "on_date": "2026-10-10", "apart": True}
    told = problem(api("he", "POST", "/visits", late), 409)
    assert [each["code"] for each in told["reasons"]] == ["visit_after_term"] and "2026-09-30" in str(told)
    api.ok("he", "POST", "/visits", {**late, "on_date": "2026-09-30"})
    # What was kept while the term went on may still be worded anew, and moved to no day after it.
    path = f"/visits/{before['id']}"
    api.ok("he", "PATCH", path, {"findings": "收入稳定", "reason": "补记"})
    moved = problem(api("he", "PATCH", path, {"on_date": "2026-10-02", "reason": "x"}), 409)
    assert [each["code"] for each in moved["reasons"]] == ["visit_after_term"]
    # A further term, and the day is the member's again.
    api.ok("he", "POST", f"/members/{member}/terms", {"valid_from": "2026-10-01"})
    api.ok("he", "POST", "/visits", late)


def test_no_link_begins_before_its_campaign(api: Api) -> None:
    tied = tie(api)
    other = api.ok("he", "POST", "/households", {**HOUSEHOLD, "head_name": "李小芳", "head_id_number": IDS[1]})
    ends = {**LINK, "holder": tied["member"]["id"], "object": other["id"]}
    for day in ("1900-01-01", "2021-12-31"):
        assert fields(api("he", "POST", "/links", {**ends, "valid_from": day})) == {"valid_from"}
        moved = {"valid_from": day, "reason": "更正"}
        assert fields(api("he", "PATCH", f"/links/{tied['link']['id']}", moved)) == {"valid_from"}
    api.ok("he", "POST", "/links", {**ends, "valid_from": "2022-01-01"})


def test_no_member_surveys_a_village_after_the_term(api: Api) -> None:
    member = tie(api)["member"]["id"]
    api.ok("he", "PATCH", f"/members/{member}", {"valid_to": "2026-09-30", "reason": "换届"})
    survey = {"kind": "village_survey", "member_id": member, "region_code": VILLAGE, "title": "看产业路"}
    told = problem(api("he", "POST", "/activities", {**survey, "on_date": "2026-10-01"}), 409)
    assert [each["code"] for each in told["reasons"]] == ["activity_after_term"] and "2026-09-30" in str(told)
    kept = api.ok("he", "POST", "/activities", {**survey, "on_date": "2026-09-30"})
    path = f"/activities/{kept['id']}"
    assert api("he", "PATCH", path, {"on_date": "2026-10-02", "reason": "x"}).status_code == 409
    api.ok("he", "PATCH", path, {"findings": "路已通", "reason": "补记"})
    # The unit's own, by nobody in particular, has no term.
    api.ok("he", "POST", "/activities", {**survey, "member_id": None, "org": "ZYZ", "on_date": "2026-10-01"})
