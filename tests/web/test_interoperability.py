"""The examples of docs/interoperability.md, run against a served office, so that none of them rots."""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import icalendar
import pytest

from casework.core.settings import read_settings
from casework.registry import tokens
from tests.web.desk import Desk
from tests.web.previews.stage import open_stage

DOCS = Path(__file__).parents[2] / "docs"
ADDRESS = "https://office.example.org"


def examples(section: str, language: str = "python") -> list[str]:
    """Return the blocks of code of one section."""
    page = (DOCS / "interoperability.md").read_text("utf-8")
    start = page.index(f"\n## {section}\n")
    part = page[start : page.find("\n## ", start + 4)]
    return re.findall(rf"```{language}\n(.*?)```", part, re.DOTALL)


def run(code: str, served: str, known: dict[str, Any]) -> dict[str, Any]:
    """Run an example against the office that is served here."""
    exec(code.replace(ADDRESS, served), known)  # noqa: S102 - the example of our own documentation
    return known


@pytest.fixture
def served(desk: Desk) -> Iterator[str]:
    with open_stage(desk.app) as address:
        yield address


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("client", DOCS / "examples" / "client.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "client", module)
    spec.loader.exec_module(module)
    return module


def test_the_session_with_open311_goes_as_it_is_told(desk: Desk, served: str) -> None:
    report, read = examples("Open311")
    known = run(report, served, {"KEY": desk.token("chen", kind=tokens.OPEN311)})
    number = known["number"]
    # As triage does: what is listed was released by a person.
    answer = desk.client().patch(
        f"/api/v1/cases/{number}", json={"public_summary": "蓄水池渗漏，正在修"}, headers=desk.bearer("he")
    )
    assert answer.status_code == 200
    run(read, served, known)
    assert [each["service_request_id"] for each in known["listed"]] == [number]
    assert known["listed"][0]["status"] == "open" and known["mine"]["service_request_id"] == number


def test_the_client_calls_walks_lists_and_is_told_why_not(desk: Desk, served: str, client: ModuleType) -> None:
    (code,) = examples("Programs: the HTTP API")
    known = run(code, served, {"TOKEN": desk.token("he")})
    assert known["mistakes"] == {"category"} and known["found"] == [known["made"]["number"]]
    with pytest.raises(KeyError):
        known["office"].call("GET /cases", colour="red")


def test_the_shapes_drawn_from_the_document_are_those_of_the_answers(
    desk: Desk, served: str, client: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = client.Office(served, desk.token("he"))
    # Their module, in which the names they have of one another are looked up.
    module = ModuleType("office_types")
    monkeypatch.setitem(sys.modules, "office_types", module)
    shapes = vars(module)
    exec(client.types_of(office.document), shapes)  # noqa: S102 - drawn from our own document
    drawn = [name for name, each in shapes.items() if hasattr(each, "__total__") and name != "TypedDict"]
    assert len(drawn) > 100
    for name in drawn:
        assert (
            get_type_hints(shapes[name]).keys() == office.document["components"]["schemas"][name]["properties"].keys()
        )
    told = office.call("GET /statistics", by=["state", "unit"])
    assert told.keys() == shapes["StatisticsOut"].__required_keys__


def test_a_calendar_is_fetched_and_read_as_it_is_told(desk: Desk, served: str, client: ModuleType) -> None:
    (code,) = examples("Calendars")
    desk.world.assigned()
    known = run(code, served, {"TOKEN": desk.token("bai"), "icalendar": icalendar})
    assert known["entries"] and all(each["UID"] for each in known["entries"])


def test_the_settings_of_single_sign_on_are_settings(tmp_path: Path) -> None:
    (code,) = examples("Single sign-on", "sh")
    given = dict(line.split("=", 1) for line in code.splitlines())
    oidc = read_settings({"CASEWORK_HOME": str(tmp_path), **given}).oidc
    assert oidc is not None and oidc.issuer == given["CASEWORK_OIDC_ISSUER"]
