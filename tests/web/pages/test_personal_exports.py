"""Ledgers that name people leave by two persons: asked with a reason, granted by another, made once, marked, then gone."""

import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from casework.core import clock
from casework.core.errors import Refused
from casework.core.ids import new_id
from casework.dispatches import personal as kept
from casework.dispatches.personal_tables import PersonalExport
from casework.matters.tables import Job
from casework.registry.tables import AuditEvent
from tasks import exporting as job
from tasks.run import Run
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import words_of
from tests.world import COUNTY, TOWN, World
from workflows.ledgers import importing, personal

pytestmark = pytest.mark.usefixtures("morning")

WANTED = {"kind": "cases", "place": TOWN, "reason": "给县委办核对饮水困难"}


def asked(browser: Browser, world: World, **more: str) -> str:
    """Ask for an export; return where its steps are."""
    browser.get("/ledgers/exports")
    answer = browser.post("/ledgers/exports", {**WANTED, **more, "form_id": str(new_id())})
    assert answer.status_code == 303, answer.text
    with world.db.reading() as session:
        return f"/ledgers/exports/{kept.listed(session, COUNTY)[0].id}"


def run_job(desk: Desk) -> Any:
    """Do what was asked for of the worker."""
    with desk.office.db.reading() as session:
        row = session.scalars(select(Job).where(Job.name == personal.JOB)).one()
    run = Run(desk.office, row.id, row.name, row.period, row.payload, clock.now(), lambda _told: None)
    return job.make(run)


def test_one_asks_another_grants_and_the_asker_takes_it_for_three_days(desk: Desk, world: World, morning: Any) -> None:
    world.report(region_code=TOWN)
    world.report(region_code="510822106")
    clerk, head = desk.browser("he"), desk.browser("an")
    at = asked(clerk, world)
    # Nobody grants their own, and a clerk grants nothing at all.
    own = asked(head, world)
    assert head.post(f"{own}/grant").status_code == 409
    assert clerk.post(f"{at}/grant").status_code == 403 and clerk.post(f"{at}/file").status_code == 409
    assert head.post(f"{at}/grant").status_code == 303
    assert head.post(f"{at}/grant").status_code == 409
    assert run_job(desk) == {"rows": 1} == run_job(desk)
    page = clerk.get("/ledgers/exports").text
    assert "可取" in page and "已取 0 次" in words_of(page) and WANTED["reason"] in page
    # It is the asker's alone; the head who granted it has no file.
    assert head.post(f"{at}/file").status_code == 404
    answer = clerk.post(f"{at}/file")
    assert answer.headers["Content-Disposition"].isascii()
    assert answer.status_code == 200 and answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert clerk.post(f"{at}/file").data == answer.data
    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    mark = str(sheet["A1"].value)
    assert world["he"].name in mark and "2026-10-14 10:00" in mark and "QC-DC-2026-000001" in mark
    assert mark in str(sheet.oddHeader.right.text) and mark in str(sheet.oddFooter.center.text)
    with world.db.reading() as session:
        row = session.get_one(PersonalExport, kept.listed(session, COUNTY)[1].id)
        assert (row.status, row.taken, row.rows) == ("ready", 2, 1) and row.content_cipher is not None
        told = session.scalars(select(AuditEvent).where(AuditEvent.event.startswith("export."))).all()
    assert sorted(each.event for each in told if each.facts["number"] == row.number) == [
        *("export.asked", "export.granted", "export.made", "export.taken", "export.taken")
    ]
    assert {each.person_id for each in told if each.event == "export.granted"} == {world["an"].person_id}
    # Its time over, it is refused at once and the file is gone with the next tidying; who had it stays.
    morning.shift(timedelta(days=3))
    with desk.office.db.reading() as session, pytest.raises(Refused):
        personal.take(session, desk.office, row.id, actor=world["he"], at=clock.now())
    with world.db.transaction() as session:
        assert kept.empty_old(session, clock.now()) == 1
    with world.db.reading() as session:
        row = session.get_one(PersonalExport, row.id)
        assert row.status == "gone" and row.content_cipher is None and row.taken == 2


def test_what_is_wrong_is_told_on_its_field_and_refusing_needs_words(desk: Desk, world: World) -> None:
    clerk, head = desk.browser("he"), desk.browser("an")
    clerk.get("/ledgers/exports")
    for field, given in (
        ("kind", {"kind": "regions"}),
        ("place", {"place": "510823"}),
        ("place", {"kind": "households"}),
        ("reason", {"reason": " "}),
    ):
        answer = clerk.post("/ledgers/exports", {**WANTED, **given})
        assert answer.status_code == 422 and f'href="#f-{field}"' in answer.text, field
    # The way of one person is shut for what names people.
    assert clerk.post("/ledgers/export", {"kind": "cases"}).status_code == 422
    at = asked(clerk, world)
    assert head.post(f"{at}/refuse", {"refusal": ""}).status_code == 422
    assert head.post(f"{at}/refuse", {"refusal": "用统计数就够了"}).status_code == 303
    assert "用统计数就够了" in clerk.get("/ledgers/exports").text
    assert clerk.post(f"{at}/withdraw").status_code == 409
    assert clerk.post(f"{asked(clerk, world)}/withdraw").status_code == 303
    # The database refuses one person twice even to who writes past the program.
    row = at.rpartition("/")[2].replace("-", "")
    with pytest.raises(IntegrityError), world.db.transaction() as session:
        session.execute(text(f"UPDATE personal_exports SET decided_by = asked_by WHERE status = 'refused' /*{row}*/"))


def test_a_marked_ledger_comes_back_unchanged(desk: Desk, world: World, tmp_path: Any) -> None:
    world.report(region_code=TOWN)
    clerk = desk.browser("he")
    at = asked(clerk, world)
    head = desk.browser("an")
    head.get("/ledgers/exports")
    head.post(f"{at}/grant")
    run_job(desk)
    path = tmp_path / "marked.xlsx"
    path.write_bytes(clerk.post(f"{at}/file").data)
    done = importing.run(desk.office, "cases", path, actor=world["he"], at=clock.now(), dry_run=True)
    assert (done.created, done.updated, done.refused) == (0, 0, [])
