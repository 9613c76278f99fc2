"""Real clients of others against a served office: georeport 0.3.1 reads in both formats, three 0.8.0 reports."""

import importlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import requests

from casework.registry import tokens
from tests.web.desk import Desk
from tests.web.previews.stage import open_stage
from tests.world import COUNTY, VILLAGE

# The one line that three 0.8.0 needs to be imported by a Python of today (open311.md §6).
vars(itertools)["ifilter"] = filter
georeport: Any = importlib.import_module("georeport")
three: Any = importlib.import_module("three")


@pytest.fixture
def root(desk: Desk) -> Iterator[str]:
    """Serve the office on a free port; yields the endpoint."""
    with open_stage(desk.app) as address:
        yield f"{address}/open311/v2"


def release(desk: Desk, number: str) -> None:
    answer = desk.client().patch(
        f"/api/v1/cases/{number}", json={"public_summary": f"{number} 正在修"}, headers=desk.bearer("he")
    )
    assert answer.status_code == 200


def test_three_reports_and_reads_and_georeport_reads_the_same(desk: Desk, root: str, tmp_path: Path) -> None:
    assert (version("three"), version("georeport")) == ("0.8.0", "0.3.1")
    writer = three.Three(root, jurisdiction=COUNTY, api_key=desk.token("chen", kind=tokens.OPEN311))
    assert writer.discovery()["endpoints"][0]["url"] == f"{root}/"
    assert {"drinking_water", "other"} <= {each["service_code"] for each in writer.services()}
    numbers = []
    for code in ("drinking_water", "infrastructure"):
        [made] = writer.post(
            code, address="竹园镇方石村二组", first_name="小芳", last_name="李", phone="13900000876", description=code
        )
        numbers.append(made["service_request_id"])
    photo = tmp_path / "note.txt"
    photo.write_text("渗漏处在蓄水池北侧", "utf-8")
    with photo.open("rb") as media:
        [third] = writer.post("housing", address="方石村", description="有附件", media=media)
    [refused] = writer.post("nothing", address="方石村", description="x")
    assert refused["code"] == 404
    for number in numbers:
        release(desk, number)
    # What was not released is the sender's alone.
    assert writer.request(third["service_request_id"])[0]["code"] == 404
    assert writer.request(third["service_request_id"], api_key=writer.api_key)[0]["description"] == "有附件"
    assert writer.token(numbers[0])[0]["service_request_id"] == numbers[0]
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%m-%d-%Y")
    week_ago = (datetime.now(UTC) - timedelta(days=7)).strftime("%m-%d-%Y")
    told = writer.requests("drinking_water", start=week_ago, end=tomorrow, count=5)
    assert [each["service_request_id"] for each in told] == numbers[:1]
    readers = [georeport.GeoReport(root, jurisdiction=COUNTY, output_format=name) for name in ("json", "xml")]
    for reader in readers:
        assert len(reader.get_service_list()) == 14
        assert reader.get_service_definition("drinking_water")["service_code"] == "drinking_water"
        listed = reader.get_service_requests(status="open")
        assert [each["service_request_id"] for each in listed] == numbers[::-1]
        one = reader.get_service_request(numbers[0])
        assert (one["description"], one["address_id"]) == (f"{numbers[0]} 正在修", VILLAGE)
        assert one["lat"] is None
        with pytest.raises(requests.HTTPError, match="404"):
            reader.get_service_request("QC-AJ-2020-000001")
        with pytest.raises(requests.HTTPError, match="400"):
            reader.get_service_requests(start_date="2026-01-01T00:00:00Z", end_date="2026-09-01T00:00:00Z")


def test_what_the_writer_sends_is_kept_as_a_report_of_its_owner(desk: Desk, root: str) -> None:
    writer = three.Three(root, api_key=desk.token("cun", kind=tokens.OPEN311))
    [made] = writer.post("other", description="只有坐标", lat="32.58", long="105.23")
    case = desk.client().get(f"/api/v1/cases/{made['service_request_id']}", headers=desk.bearer("he")).json
    assert case is not None
    # The liaison answers for one village only, so there it waits for triage.
    assert (case["region_code"], case["channel"], case["category"]) == (VILLAGE, "web", "other")
    without_key = three.Three(root).post("other", description="x", address="方石村")
    assert without_key[0]["code"] == 403
