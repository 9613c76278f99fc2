"""Places, units and categories: read by everybody known, written by triage over the place, nothing ever deleted."""

from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem
from tests.world import REPORT, TOWN


def test_lists_page_by_code_and_narrow(api: Api) -> None:
    codes = [each["code"] for each in api.ok("bai", "GET", "/orgs")["items"]]
    assert codes == sorted(codes) == ["JYJ", "SLJ", "ZYZ"]
    page = api.ok("bai", "GET", "/orgs?limit=2&count=true")
    assert [each["code"] for each in page["items"]] == ["JYJ", "SLJ"] and page["total"] == 3
    rest = api.ok("bai", "GET", f"/orgs?limit=2&cursor={page['next']}&count=true")
    assert [each["code"] for each in rest["items"]] == ["ZYZ"] and rest["next"] is None
    assert [each["code"] for each in api.ok("bai", "GET", "/orgs?kind=township")["items"]] == ["ZYZ"]
    assert [each["code"] for each in api.ok("bai", "GET", f"/orgs?region={TOWN}")["items"]] == ["ZYZ"]
    assert [each["code"] for each in api.ok("bai", "GET", "/orgs?q=水利")["items"]] == ["SLJ"]
    assert [each["name"] for each in api.ok("bai", "GET", f"/regions?parent={TOWN}")["items"]] == ["方石村"]
    assert fields(api("bai", "GET", "/orgs?kind=x&region=y&z=1&limit=0")) >= {"kind", "region", "z"}
    labels = {each["code"]: each["label_zh"] for each in api.ok("bai", "GET", "/categories")["items"]}
    assert labels["drinking_water"] == "饮水" and len(labels) == 14


def test_a_record_carries_id_version_and_times(api: Api) -> None:
    for path in ("/regions/510822", "/orgs/SLJ", "/categories/other"):
        response = api("bai", "GET", path)
        assert {"id", "version", "created_at", "updated_at"} <= response.get_json().keys()
        assert response.headers["ETag"] == f'"{response.get_json()["version"]}"'
        by_id = f"{path.rpartition('/')[0]}/{response.get_json()['id']}"
        assert api.ok("bai", "GET", by_id) == response.get_json()
        assert api.ok("bai", "GET", f"{by_id}/history") == api.ok("bai", "GET", f"{path}/history")
    for path in ("/regions/999999", "/orgs/NOPE", "/categories/none", "/orgs/SLJ%20x/history"):
        problem(api("bai", "GET", path), 404)


def test_a_unit_is_entered_mended_and_ended_and_the_history_tells(api: Api) -> None:
    body = {"code": "LYJ", "name": "县林业局", "kind": "department", "region_code": "510822"}
    response = api("he", "POST", "/orgs", body)
    made = response.get_json()
    assert response.status_code == 201 and response.headers["Location"] == "/api/v1/orgs/LYJ"
    assert api("he", "POST", "/orgs", body).status_code == 409
    path = "/orgs/LYJ"
    problem(api("he", "PATCH", path, {"name": "x"}, headers={"If-Match": '"9"'}), 412)
    mended = api.ok("he", "PATCH", path, {"name": "县林业和草原局", "signs_results": True}, headers={"If-Match": '"1"'})
    assert mended["version"] == 2 and mended["id"] == made["id"]
    api.ok("an", "PATCH", path, {"valid_to": "2026-10-13"})
    assert api.ok("he", "GET", path)["valid_to"] == "2026-10-13", "nothing is deleted"
    assert "LYJ" not in {each["code"] for each in api.ok("he", "GET", "/orgs")["items"]}
    assert [each["code"] for each in api.ok("he", "GET", "/orgs?ended=true")["items"]] == ["LYJ"]
    changes = api.ok("bai", "GET", f"{path}/history")["items"]
    assert [(each["seq"], each["trigger"], each["actor"]["name"]) for each in changes] == [
        (1, "make", "何干事"),
        (2, "mend", "何干事"),
        (3, "mend", "安老师"),
    ]
    assert changes[1]["fields"]["name"] == {"from": "县林业局", "to": "县林业和草原局"}
    case_id = api.world.report()
    assert fields(api.move("he", str(case_id), "assign", org="LYJ")) == {"fields.org"}


def test_a_place_and_a_category_are_entered(api: Api) -> None:
    village = api.ok("he", "POST", "/regions", {"code": "510822105207", "name": "石坎村"})
    assert village["parent_code"] == TOWN and village["level"] == "village"
    case = api.ok("he", "POST", "/cases", {**REPORT, "region_code": "510822105207"})
    assert case["region_code"] == "510822105207"
    api.ok("he", "POST", "/categories", {"code": "well", "label_zh": "水井", "label_en": "Well", "keywords": ["水井"]})
    assert api.ok("he", "POST", "/cases", {**REPORT, "category": "well"})["category"] == "well"
    api.ok("he", "PATCH", "/categories/well", {"active": False})
    assert fields(api("he", "POST", "/cases", {**REPORT, "category": "well"})) == {"category"}
    assert fields(api("he", "PATCH", "/categories/well", {"parent_code": "well"})) == {"parent_code"}


def test_all_mistakes_are_told_at_once(api: Api) -> None:
    wrong = {"code": "L Y J", "name": "", "kind": "club", "region_code": "510822", "signs_results": 1, "x": 2}
    assert fields(api("he", "POST", "/orgs", wrong)) == {"code", "name", "kind", "signs_results", "x"}
    assert fields(api("he", "PATCH", "/orgs/SLJ", {"code": "NEW", "id": 1})) == {"code", "id"}
    assert fields(api("he", "POST", "/orgs", {})) == {"code", "name", "kind", "region_code"}
    assert fields(api("he", "PATCH", "/orgs/SLJ", {"region_code": "999999"})) == {"region_code"}
    assert "code" in fields(api("he", "POST", "/regions", {}))
    assert fields(api("he", "POST", "/regions", {"code": "51082210", "name": "x"})) in ({"code"}, set())


def test_only_triage_writes_and_only_in_its_own_place(api: Api) -> None:
    body = {"code": "X", "name": "某某", "kind": "department", "region_code": "510822"}
    for who in ("bai", "chen", "guan", "guanli"):
        problem(api(who, "POST", "/orgs", body), 403)
        problem(api(who, "PATCH", "/orgs/SLJ", {"name": "x"}), 403)
    api.join("town", "镇办事员", "clerk", region=TOWN)
    problem(api("town", "POST", "/orgs", body), 403)
    problem(api("town", "PATCH", "/orgs/SLJ", {"name": "x"}), 403)
    problem(api("town", "PATCH", "/orgs/ZYZ", {"region_code": "510822"}), 403)
    assert api("town", "POST", "/orgs", {**body, "region_code": TOWN}).status_code == 201
    problem(api("town", "POST", "/categories", {"code": "c", "label_zh": "某", "label_en": "c"}), 403)
