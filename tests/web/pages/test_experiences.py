"""Experiences: published by the office, read by every member, taken into the bulletin of their quarter."""

from typing import Any

import pytest

from tests.web.desk import Browser, Desk
from tests.web.pages.reading import form_of, words_of

pytestmark = pytest.mark.usefixtures("morning")
TOLD = {"title": "老茶园改造", "findings": "先台刈，再补肥。", "region_code": "方石村", "org": "SLJ"}


def send(browser: Browser, path: str, **changes: Any) -> Any:
    return browser.post(path, {**form_of(browser.get(path).text, path), **changes})


def test_what_the_office_publishes_members_read_and_the_bulletin_takes_in(desk: Desk) -> None:
    clerk, chen = desk.browser("he"), desk.browser("chen")
    wrong = send(clerk, "/experiences/new", title="", on_date="2026-12-01")
    assert wrong.status_code == 422 and 'href="#f-title"' in wrong.text
    answer = send(clerk, "/experiences/new", **TOLD)
    assert answer.status_code == 303, answer.text
    url = str(answer.headers["Location"])
    page = words_of(chen.get(url).text)
    assert "先台刈，再补肥。" in page and "县水利局" in page and "/edit" not in chen.get(url).text
    assert "老茶园改造" in chen.get("/experiences").text
    assert desk.browser("bai").get("/experiences").status_code == 403
    assert chen.get("/experiences/new").status_code == 403 and chen.get(f"{url}/edit").status_code == 403
    asked = {"campaign": "SLSC-2022", "quarter": "2026Q4"}
    drafted = desk.client().post("/api/v1/bulletins", json=asked, headers=desk.bearer("he")).get_json()
    assert "老茶园改造" in clerk.get(f"/bulletins/{drafted['id']}").text
    assert send(clerk, f"{url}/edit", findings="台刈以后补肥。").status_code == 303
    assert "台刈以后补肥。" in chen.get(url).text
    assert send(clerk, f"{url}/withdraw").status_code == 422
    assert send(clerk, f"{url}/withdraw", reason="数字没核实").status_code == 303
    assert "老茶园改造" not in chen.get("/experiences").text
    assert "老茶园改造" not in clerk.get(f"/bulletins/{drafted['id']}").text
