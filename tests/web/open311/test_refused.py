"""What Open311 refuses, in both formats and with exactly these codes; nothing sent to it is a fault (§1.6, §2.4)."""

from collections.abc import Mapping, Sequence

from defusedxml.ElementTree import fromstring

from casework.cases.tables import Case
from casework.open311.tables import Submission
from tests.web.open311.conftest import LEAK, ROOT, Door
from tests.world import TOWN

WRONG_READING: Sequence[tuple[str, Mapping[str, str], int]] = (
    ("/requests", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, 400),
    ("/requests", {"start_date": "2026-06-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, 400),
    ("/requests", {"start_date": "yesterday"}, 400),
    ("/requests", {"status": "half"}, 400),
    ("/requests", {"page_size": "1001"}, 400),
    ("/requests", {"page": "0"}, 400),
    ("/requests", {"service_request_id": ",".join(f"X{n}" for n in range(1001))}, 400),
    ("/requests", {"jurisdiction_id": "510821"}, 404),
    ("/requests", {"api_key": "cw311_wrong"}, 403),
    ("/requests/QC-AJ-2026-999999", {}, 404),
    ("/tokens/nothing", {}, 404),
    ("/services/nothing", {}, 404),
    ("/services", {"jurisdiction_id": "1"}, 404),
    ("/servicerequestupdates", {"start_date": "2026-10-01T00:00:00Z"}, 400),
    ("/nothing", {}, 404),
)


def test_what_is_refused_in_reading(door: Door) -> None:
    for path, query, status in WRONG_READING:
        json, xml = door.get(path + ".json", **query), door.get(path + ".xml", **query)
        assert (json.status_code, xml.status_code) == (status, status)
        assert [each["code"] for each in json.json or ()] == [status]
        root = fromstring(xml.data)
        assert (root.tag, root.findtext("error/code")) == ("errors", str(status))
        assert root.findtext("error/description") == (json.json or [{}])[0]["description"]
        assert json.headers["Access-Control-Allow-Origin"] == "*"


WRONG_REPORT: Sequence[tuple[Mapping[str, str], int]] = (
    ({"api_key": ""}, 403),
    ({"api_key": "cw311_wrong"}, 403),
    ({"service_code": "nothing"}, 404),
    ({"service_code": ""}, 400),
    ({"address_id": ""}, 400),
    ({"address_id": "", "lat": "32.5"}, 400),
    ({"address_id": "", "lat": "132.5", "long": "105"}, 400),
    ({"address_id": "", "lat": "nan", "long": "105"}, 400),
    ({"description": "水" * 4001}, 400),
    ({"phone": "1390000087"}, 400),
    ({"media_url": "javascript:alert(1)"}, 400),
    ({"media_url": "http://user@example.org/a.jpg"}, 400),
    ({"attribute[unknown]": "x"}, 400),
    ({"attribute[households]": "many"}, 400),
    ({"jurisdiction_id": "110101"}, 404),
)


def test_what_is_refused_in_reporting(door: Door) -> None:
    for changes, status in WRONG_REPORT:
        sent = {**LEAK, "api_key": door.key(), **changes}
        for ending in (".json", ".xml"):
            answer = door.post(f"/requests{ending}", sent)
            assert answer.status_code == status, answer.text
            code = (
                (answer.json or [{}])[0]["code"]
                if ending == ".json"
                else fromstring(answer.data).findtext("error/code")
            )
            assert str(code) == str(status)
            assert ("service_code" in answer.text) == ("service_code" in changes), answer.text
        with door.desk.office.db.reading() as session:
            assert session.query(Case).count() == session.query(Submission).count() == 0


def test_no_form_is_a_400_and_no_way_in_a_405(door: Door) -> None:
    key = door.key()
    for body, media in (
        ("<service_requests><request", "text/xml"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>', "application/xml"),
        ("{}", "application/json"),
    ):
        answer = door.desk.client().post(f"{ROOT}/requests.xml?api_key={key}", data=body, content_type=media)
        assert answer.status_code == 400
        assert fromstring(answer.data).findtext("error/code") == "400"
    answer = door.desk.client().delete(f"{ROOT}/services.json")
    assert (answer.status_code, (answer.json or [{}])[0]["code"]) == (405, 405)
    large = door.post(sent={**LEAK, "api_key": key, "description": "x" * (22 << 20)})
    assert (large.status_code, (large.json or [{}])[0]["code"]) == (413, 413)


def test_a_token_of_the_api_is_no_key_and_who_may_not_report_is_refused(door: Door) -> None:
    assert door.post(sent={**LEAK, "api_key": door.desk.token("chen")}).status_code == 403
    assert door.post(sent={**LEAK, "api_key": door.key("guan")}).status_code == 403
    assert door.post(sent={**LEAK, "api_key": door.key("cun"), "address_id": TOWN}).status_code == 400
    # In the query it is taken too.
    assert door.post(f"/requests.json?api_key={door.key()}", LEAK).status_code == 200


def test_control_characters_break_no_list(door: Door) -> None:
    key = door.key()
    number = door.report(key, description="水\x00管\x0b裂\ufffe了\r接着漏")
    assert door.case(number).description == "水管裂了\n接着漏"
    [row] = fromstring(door.get("/requests.xml", api_key=key).data)
    assert row.findtext("description") == "水管裂了\n接着漏"


def test_guessing_keys_from_afar_is_held_off(door: Door) -> None:
    client = door.desk.client()
    far = {"REMOTE_ADDR": "203.0.113.9"}
    found = [
        client.post(f"{ROOT}/requests.xml", data={**LEAK, "api_key": f"cw311_{n}"}, environ_base=far) for n in range(31)
    ]
    assert [each.status_code for each in found] == [403] * 30 + [429]
    assert int(found[-1].headers["Retry-After"]) > 0
    assert fromstring(found[-1].data).findtext("error/code") == "429"


HOSTILE = ("\x00", "%00", "\ud800".encode("utf-8", "surrogatepass"), "' OR 1=1 --", "<x>&", "9" * 400, "𠮷\u202e", "-1")


def test_hostile_values_are_refused_or_empty_and_never_a_fault(door: Door) -> None:
    key = door.key()
    door.report(key)
    names = (
        "service_request_id",
        "service_code",
        "status",
        "start_date",
        "end_date",
        "updated_after",
        "page",
        "api_key",
    )
    client = door.desk.client()
    for value in HOSTILE:
        for name in (*names, "jurisdiction_id"):
            answer = client.get(f"{ROOT}/requests.xml", query_string={name: value})
            assert answer.status_code in (200, 400, 403, 404), (name, value)
            fromstring(answer.data)
        for name in ("description", "first_name", "address_string", "attribute[since]", "update_id", "media_url"):
            answer = client.post(f"{ROOT}/requests.xml", data={**LEAK, "api_key": key, name: value})
            assert answer.status_code in (200, 400), (name, value)
            fromstring(answer.data)
    for path in ("/requests/%00.xml", "/requests/%ff%fe.xml", "/services/%00.xml", "/tokens/..%2f.xml"):
        assert client.get(ROOT + path).status_code == 404
