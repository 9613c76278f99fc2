"""Days and times as people type them: pages understand them, programs are held to ISO, other fields keep their words."""

import ast
import re
from pathlib import Path

import pytest

from tests.supervised import initiate
from tests.web.desk import Desk
from tests.web.pages.reading import form_of
from tests.world import VILLAGE, World
from web import typed_days
from workflows.registry import registry

ROOT = Path(__file__).resolve().parents[3]
DAYS = [
    "2026.12.5",
    "2026/12/5",
    "2026年12月5日",
    "２０２６．１２．０５",
    "2026-12-5",
    "20261205",
    "2026年12月5日(周六)",
]
# Fields of pages that ask for a day, a moment or a time of day, in Python: their kind; in templates: their type.
KINDS = ("date", "datetime", "time")
IN_TEMPLATES = re.compile(r'<input[^>]*type="(?:date|datetime-local|time)"[^>]*?name="([^"{]+)"')


@pytest.mark.parametrize("typed", DAYS)
def test_a_day_is_understood_however_it_is_typed(typed: str) -> None:
    assert typed_days.day(typed) == "2026-12-05"


@pytest.mark.parametrize(
    "typed", ["2026.12.5 14：30", "2026年12月5日 14:30", "2026/12/5 下午2点30分", "2026年12月5日14时30分"]
)
def test_a_moment_is_understood_however_it_is_typed(typed: str) -> None:
    assert typed_days.moment(typed) == "2026-12-05T14:30"


@pytest.mark.parametrize(
    "typed", ["", "12月5日", "2026.13.5", "2026.12", "26.12.5", "45996", "明天", "2026.12.5 14:30"]
)
def test_what_is_no_whole_day_stays_as_it_was_typed(typed: str) -> None:
    assert typed_days.day(typed) == typed


@pytest.mark.parametrize(("typed", "read"), [("14：30", "14:30"), ("9点", "09:00"), ("25:00", "25:00"), ("", "")])
def test_a_time_of_day(typed: str, read: str) -> None:
    assert typed_days.clock(typed) == read


def _name(told: ast.Constant | ast.JoinedStr) -> str:
    parts = told.values if isinstance(told, ast.JoinedStr) else [told]
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "1" for each in parts)


def _asked_in_python() -> set[str]:
    names = set()
    for path in (ROOT / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant | ast.JoinedStr):
                given = [*node.args[1:], *(each.value for each in node.keywords if each.arg == "kind")]
                if any(isinstance(each, ast.Constant) and each.value in KINDS for each in given):
                    names.add(_name(node.args[0]))
    return names


def test_every_field_of_a_page_that_asks_for_a_day_has_a_name_by_which_it_is_read() -> None:
    in_templates = {
        name
        for path in (ROOT / "web/templates").rglob("*.html")
        for name in IN_TEMPLATES.findall(path.read_text("utf-8"))
    }
    of_steps = {
        field.name
        for compiled in registry().all()
        for step in compiled.workflow.transitions
        for field in step.fields
        if field.type == "date"
    }
    names = _asked_in_python() | in_templates | of_steps
    assert {"due_on", "starts_at", "option.1", "as_of", "at", "review_on"} <= names
    readers = (typed_days.day, typed_days.moment, typed_days.clock)
    assert [name for name in names if typed_days.reader_of(name) not in readers] == []


@pytest.mark.usefixtures("morning")
def test_forms_and_addresses_take_such_days_and_other_fields_keep_their_words(desk: Desk, world: World) -> None:
    browser = desk.browser("he")
    matter = initiate(world)
    url = f"/supervision/{matter}/edit"
    typed = {**form_of(browser.get(url).text, url), "title": "2026.12.5", "due_on": "２０２６年１２月５日"}
    answer = browser.post(url, data=typed)
    assert answer.status_code == 303, answer.text[-800:]
    kept = desk.client().get(f"/api/v1/supervisions/{matter}", headers=desk.bearer("he")).get_json()
    assert (kept["title"], kept["due_on"]) == ("2026.12.5", "2026-12-05")
    page = browser.get("/consultations/calendar?view=month&day=2027年3月1日").text
    assert "2027-03-01" in page and "2026-11-" not in page


@pytest.mark.usefixtures("morning")
def test_programs_are_held_to_iso(desk: Desk) -> None:
    sent = {
        "title": "修水管",
        "requirement": "修好",
        "source": "meeting",
        "org": "water",
        "level": 1,
        "region_code": VILLAGE,
    }
    client, headers = desk.client(), desk.bearer("he")
    refused = client.post("/api/v1/supervisions", json={**sent, "due_on": "2026.12.5"}, headers=headers)
    assert (refused.status_code, [each["field"] for each in refused.get_json()["errors"]][:1]) == (422, ["due_on"])
    assert client.get("/api/v1/figures?campaign=X&as_of=2026.12.5", headers=headers).status_code == 422
