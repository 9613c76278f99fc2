"""Each row of open311.md §1 and §2: services, requests, what is public, what is refused and with which code."""

import hashlib
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from PIL import Image
from werkzeug.datastructures import MultiDict

import workflows
from casework.cases.tables import Case
from casework.core.hashing import token_digest
from casework.matters.tables import HistoryEntry
from casework.open311 import services
from casework.open311.tables import Submission
from tests.web.open311.conftest import LEAK, ROOT, Door
from tests.world import COUNTY, MORNING, TOWN, VILLAGE

FIELDS = [
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
    *("address", "address_id", "zipcode", "lat", "long", "media_url"),
]


def test_discovery_and_services_in_both_formats(door: Door) -> None:
    told: Any = door.get("/discovery.json").json
    assert set(told) == {"changeset", "contact", "key_service", "max_requests", "endpoints"}
    [endpoint] = told["endpoints"]
    assert endpoint["url"] == f"http://localhost{ROOT}/"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert told["changeset"].endswith("+08:00")
    xml = door.get("/discovery.xml")
    assert xml.content_type == "text/xml; charset=utf-8"
    assert xml.text.startswith("<?xml version='1.0' encoding='utf-8'?>")
    assert [each.text for each in fromstring(xml.data).iter("format")] == endpoint["formats"]
    assert door.desk.client().get("/open311/discovery.json").json == told
    listed: Any = door.get("/services.json", jurisdiction_id=COUNTY).json
    elements = fromstring(door.get("/services.xml").data)
    assert [each.findtext("service_code") for each in elements] == [each["service_code"] for each in listed]
    assert len(listed) == len({each["service_name"] for each in listed}) == 14
    assert {(each["type"], each["metadata"]) for each in listed} == {("realtime", True)}
    definition: Any = door.get("/services/drinking_water.json").json
    asked = {each["code"]: each for each in definition["attributes"]}
    assert [each["order"] for each in definition["attributes"]] == [1, 2, 3, 4]
    assert asked["stopgap"]["datatype"] == "singlevaluelist"
    assert asked["fixmystreet_id"]["automated"] == "server_set"
    assert not any(each["required"] for each in asked.values())
    root = fromstring(door.get("/services/drinking_water.xml").data)
    assert root.tag == "service_definition"
    assert [each.findtext("key") for each in root.iter("value")] == ["true", "false"]


def test_a_report_is_a_case_and_its_sender_alone_sees_it_at_once(door: Door) -> None:
    key = door.key()
    answer = door.post("/requests.xml", {**LEAK, "api_key": key, "account_id": "u-7", "device_id": "abc"})
    assert answer.status_code == 200
    root = fromstring(answer.data)
    number = root.findtext("request/service_request_id") or ""
    assert (root.tag, root.findtext("request/account_id")) == ("service_requests", "u-7")
    case = door.case(number)
    assert case.description == LEAK["description"]
    assert (case.title, case.channel, case.kind, case.region_code) == ("二组蓄水池渗漏", "web", "help", VILLAGE)
    assert (case.reporter_name, case.reported_by) == ("李*芳", door.world["chen"].person_id)
    own: Any = door.get(f"/requests/{number}.json", api_key=key).json
    assert list(own[0]) == FIELDS
    assert own[0]["description"] == LEAK["description"]
    assert (own[0]["status"], own[0]["requested_datetime"]) == ("open", "2026-10-14T09:00:00+08:00")
    assert (own[0]["address"], own[0]["address_id"]) == ("竹园镇方石村", VILLAGE)
    for path in (f"/requests/{number}.json", f"/tokens/{number}.json"):
        hidden, unknown = door.get(path), door.get(path.replace("2026", "2025"))
        assert (hidden.status_code, hidden.text) == (unknown.status_code, unknown.text) == (404, unknown.text)
    assert door.get("/requests.json").json == []
    assert door.get("/requests.json", api_key=door.key("cun")).json == []
    assert [each["service_request_id"] for each in door.rows("/requests.json", api_key=key)] == [number]
    assert door.get(f"/tokens/{number}.json", api_key=key).json == [{"service_request_id": number, "token": number}]


def test_what_is_public_is_the_summary_and_nothing_personal(door: Door) -> None:
    number = door.report(door.key(), address_string="竹园镇方石村二组 17 号")
    door.release(number)
    door.world.move(door.case(number).id, "assign", "an", org="SLJ")
    for path in (f"/requests/{number}", "/requests", "/servicerequestupdates"):
        for ending in (".json", ".xml"):
            text = door.get(path + ending).text
            for hidden in ("李", "小芳", "1390", "example.org", "二十户", "17 号", "陈委员", "何干事"):
                assert hidden not in text, (path, hidden)
    [told] = door.rows("/requests.json")
    assert told["description"] == "二组蓄水池渗漏，正在修"
    assert (told["agency_responsible"], told["status_notes"]) == ("县水利局", "已交办，办理中")
    # Seven working days from Wednesday noon.
    assert told["expected_datetime"].endswith("+08:00")
    assert told["lat"] is told["long"] is told["media_url"] is None
    xml = fromstring(door.get("/requests.xml").data)
    assert [each.tag for each in xml[0]] == FIELDS
    assert xml[0].find("lat").text is None


@pytest.mark.parametrize(
    ("result_class", "status", "finer"),
    [("A", "closed", "FIXED"), ("B", "open", "ACTION_SCHEDULED"), ("C", "closed", "NO_FURTHER_ACTION")],
)
def test_closed_is_closed_unless_it_comes_up_again(door: Door, result_class: str, status: str, finer: str) -> None:
    number = door.report(door.key())
    door.release(number)
    case_id = door.case(number).id
    door.world.move(case_id, "assign", "an", org="SLJ")
    door.world.move(case_id, "coordinate", "bai", plan="换管")
    later: dict[str, Any] = (
        {"review_on": (MORNING + timedelta(days=30)).date().isoformat()} if result_class == "B" else {}
    )
    door.world.move(case_id, "resolve", "bai", result_class=result_class, reply="已看过现场。", **later)
    [running] = door.rows("/requests.json")
    assert running["status"] == "open"
    door.clock.shift(timedelta(hours=1))
    door.world.move(
        case_id, "close", "he", at=MORNING + timedelta(hours=1), followed_up="reached", satisfaction="satisfied"
    )
    [told] = door.rows("/requests.json")
    assert (told["status"], told["updated_datetime"]) == (status, "2026-10-14T10:00:00+08:00")
    assert bool(door.get("/requests.json", status="closed").json) is (status == "closed")
    assert bool(door.get("/requests.json", status="open").json) is (status == "open")
    assert len(door.rows("/requests.json", status="open,closed")) == 1
    assert (door.get("/servicerequestupdates.json").json or [{}])[-1]["status"] == finer


def test_declined_and_merged_are_closed(door: Door) -> None:
    key = door.key()
    first, second = door.report(key), door.report(key, description="又一处漏水")
    door.world.move(door.case(second).id, "merge", "he", into=str(door.case(first).id))
    door.world.move(door.case(first).id, "decline", "he", reason="不属于受理范围")
    told = {each["service_request_id"]: each for each in door.rows("/requests.json", api_key=key)}
    assert {each["status"] for each in told.values()} == {"closed"}
    assert told[first]["status_notes"] == "不予受理"
    assert told[second]["status_notes"] == "并入其他事项一并办理"


def test_filters_span_paging_and_ids(door: Door) -> None:
    key = door.key()
    numbers = [door.report(key)]
    for day in range(1, 4):
        door.clock.move_to(MORNING + timedelta(days=day))
        code = "infrastructure" if day == 3 else "drinking_water"
        numbers.append(door.report(key, description=f"第 {day} 处", service_code=code))

    def got(**query: Any) -> list[str]:
        answer = door.get("/requests.json", api_key=key, **query)
        assert answer.status_code == 200, answer.text
        return [each["service_request_id"] for each in answer.json or ()]

    newest_first = numbers[::-1]
    assert got() == newest_first
    assert got(service_code="infrastructure,other") == [numbers[3]]
    assert got(page_size=3) + got(page_size=3, page=2) == newest_first
    assert got(service_request_id=f"{numbers[0]},{numbers[2]},QC-AJ-2020-000001", status="closed") == [
        numbers[2],
        numbers[0],
    ]
    edge = "2026-10-15T09:00:00+08:00"
    assert got(start_date=edge) == newest_first[:3]
    assert got(end_date=edge) == numbers[1::-1]
    assert got(start_date=edge, end_date="2026-10-15T01:00:00Z") == [numbers[1]]
    assert got(start_date="2026-07-17T00:00:00Z", end_date="2026-10-15T00:00:00Z") == [numbers[0]]
    assert got(updated_after=edge, updated_before=edge) == [numbers[1]]
    assert got(service_request_id=",".join([*numbers, *(f"X{n}" for n in range(996))])) == newest_first
    door.clock.move_to(MORNING + timedelta(days=91))
    assert got() == newest_first[:3]
    assert got(start_date="2026-10-13T00:00:00Z") == newest_first


PLACES = (
    ({"address_id": f"{VILLAGE}"}, VILLAGE, ""),
    ({"address_id": f"{TOWN}999"}, TOWN, f"{TOWN}999"),
    ({"address_id": "", "address_string": "青川县竹园镇方石村三组"}, VILLAGE, "三组"),
    ({"address_id": "", "address_string": "竹园镇某处"}, TOWN, "某处"),
    ({"address_id": "", "address_string": "不知何处"}, COUNTY, "不知何处"),
    ({"address_id": "110101", "address_string": ""}, COUNTY, "110101"),
    ({"address_id": "", "lat": "32.585", "long": "105.238"}, COUNTY, "32.585"),
)


def test_every_place_is_found_or_left_to_triage(door: Door) -> None:
    for changes, place, noted in PLACES:
        case = door.case(door.report(door.key(), **changes))
        assert case.region_code == place
        with door.desk.office.db.reading() as session:
            rows = session.query(HistoryEntry).where(HistoryEntry.matter_id == case.id)
            notes = [row.comment or "" for row in rows.where(HistoryEntry.trigger == "comment")]
        assert len(notes) == case.comments_total == bool(noted)
        assert noted in "".join(notes)


def test_names_answers_pictures_and_files(door: Door) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(picture, "PNG")
    key = door.key()
    sent: MultiDict[str, Any] = MultiDict(
        [
            *({**LEAK, "api_key": key, "first_name": "Ann", "last_name": "Lee"}.items()),
            *(
                ("attribute[households]", "17"),
                ("attribute[stopgap]", "true"),
                ("attribute[since]", "2026-10-01T00:00"),
            ),
        ]
    )
    sent.add("media", (io.BytesIO(picture.getvalue()), "leak.png"))
    answer = door.post(sent=sent)
    assert answer.status_code == 200, answer.text
    case = door.case((answer.json or [{}])[0]["service_request_id"])
    assert case.answers == {"households": 17, "stopgap": True, "since": "2026-10-01"}
    assert (case.attachments_total, case.reporter_name) == (1, "A****e")
    nameless = door.case(door.report(key, description="无名", first_name="", last_name="-", phone=""))
    assert (nameless.reporter_name, nameless.reporter_phone) == ("未**名", None)
    both: MultiDict[str, Any] = MultiDict({**LEAK, "api_key": key, "media_url": "https://example.org/a.jpg"})
    both.add("media", (io.BytesIO(picture.getvalue()), "leak.png"))
    assert door.post(sent=both).status_code == 400
    linked = door.case(door.report(key, description="有图", media_url="https://example.org/a.jpg"))
    assert linked.comments_total == 1


def test_a_repeat_is_the_first_one_again(door: Door) -> None:
    key, other = door.key(), door.key("cun")
    first = door.report(key)
    assert door.report(key) == first
    assert door.report(door.key()) == first, "another key of the same account is the same client"
    assert door.report(other) != first
    door.clock.shift(timedelta(minutes=11))
    second = door.report(key)
    assert second != first
    known = door.report(key, **{"attribute[fixmystreet_id]": "4711"})
    assert door.report(key, description="改过的话", **{"attribute[fixmystreet_id]": "4711"}) == known
    headers = {"Idempotency-Key": '"8f14e45f"'}
    twice = [door.post(sent={**LEAK, "api_key": key}, headers=headers).json for _ in range(2)]
    assert twice[0] == twice[1]
    with door.desk.office.db.reading() as session:
        assert session.query(Case).count() == session.query(Submission).count() == 5
        rows = session.query(Submission).all()
        assert not any(key in (row.content_cipher or key) or "李" in (row.content_cipher or "") for row in rows)
        assert not any(token_digest(key) in str(vars(row)) for row in rows)


def test_updates_of_a_client_are_notes_and_move_nothing(door: Door) -> None:
    key = door.key()
    number = door.report(key)
    sent = {
        **{"api_key": key, "service_request_id": number, "update_id": "u1", "status": "CLOSED"},
        **{"updated_datetime": "2026-10-14T08:59:00+08:00", "description": "水已经通了", "first_name": "小芳"},
    }
    answer = door.post("/servicerequestupdates.xml", sent)
    update_id = fromstring(answer.data).findtext("request_update/update_id")
    assert update_id
    assert (door.post("/servicerequestupdates.json", sent).json or [{}])[0]["update_id"] == update_id
    case = door.case(number)
    assert (case.state, case.comments_total) == ("reported", 1)
    assert door.post("/servicerequestupdates.json", {**sent, "api_key": door.key("cun")}).status_code == 404
    assert door.post("/servicerequestupdates.json", {**sent, "update_id": "u2", "description": ""}).status_code == 400
    assert door.post("/servicerequestupdates.json", {**sent, "api_key": ""}).status_code == 403
    # Nobody else hears of it, and the note itself is no update.
    assert door.get("/servicerequestupdates.json").json == []
    [told] = door.rows("/servicerequestupdates.json", api_key=key)
    assert (told["status"], told["service_request_id"]) == ("OPEN", number)


def test_the_release_of_a_summary_is_an_update_at_the_time_it_was_recorded(door: Door) -> None:
    number = door.report(door.key())
    door.clock.shift(timedelta(hours=3))
    door.release(number)
    window = {"start_date": "2026-10-14T12:00:00+08:00", "end_date": "2026-10-14T12:00:00+08:00"}
    [told] = door.rows("/servicerequestupdates.json", **window)
    assert told["description"] == "二组蓄水池渗漏，正在修"
    assert told["updated_datetime"] == "2026-10-14T12:00:00+08:00"
    assert door.get("/servicerequestupdates.xml", **window).text.count("<request_update>") == 1


def test_cookies_count_for_nothing(door: Door) -> None:
    number = door.report(door.key())
    browser = door.desk.browser("chen")
    assert browser.get(f"{ROOT}/requests/{number}.json").status_code == 404
    assert browser.client.post(f"{ROOT}/requests.json", data=LEAK).status_code == 403
    allowed = door.desk.client().options(f"{ROOT}/requests.json").headers
    assert allowed["Access-Control-Allow-Origin"] == "*"


def test_a_retired_service_is_off_the_list_and_old_requests_keep_it(door: Door) -> None:
    number = door.report(door.key())
    door.release(number)
    with door.desk.office.db.transaction() as session:
        services.take(session, "drinking_water").active = False
    listed: Any = door.get("/services.json").json
    assert "drinking_water" not in [each["service_code"] for each in listed]
    assert (door.get("/requests.json").json or [{}])[0]["service_name"] == "饮水"
    assert door.post(sent={**LEAK, "api_key": door.key(), "description": "又漏了"}).status_code == 400
    assert door.get("/services/drinking_water.json").status_code == 404


def test_the_changeset_moves_with_the_questions() -> None:
    """Whoever changes the questions moves `QUESTIONS_CHANGED`, and the digest here; readers cache by it."""
    file = Path(workflows.__file__).parent / "library" / "questions.v1.toml"
    known = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    assert (known, services.QUESTIONS_CHANGED.date().isoformat()) == ("3ae26bdf1567f96b", "2026-11-01")
