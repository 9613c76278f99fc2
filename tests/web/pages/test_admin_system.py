"""The administrator sees how the installation stands and ends log-ins; what was given up is dropped; the audit goes out."""

import csv
import io
import re
from datetime import timedelta
from zipfile import ZipFile

import pytest
from sqlalchemy import select, update
from werkzeug.http import parse_options_header

from casework.cases.tables import Case
from casework.core import clock
from casework.core.ids import new_id
from casework.keeping.verify import verify
from casework.matters import jobs, outbox
from casework.registry import audit_list
from casework.registry.audit_list import Wanted
from casework.registry.tables import AuditEvent, RoleGrant
from casework.retention.tables import RetentionRound
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.web.pages.test_admin import given_up
from tests.world import MORNING, World
from workflows import retaining
from workflows.lifecycles import lifecycles


def audited(world: World, event: str) -> list[AuditEvent]:
    with world.db.reading() as session:
        return list(audit_list.events(session, Wanted(event=event)))


def test_the_page_tells_what_is_wrong_with_its_cure_and_ends_a_log_in(desk: Desk, world: World) -> None:
    folder = desk.office.settings.backups
    folder.mkdir()
    (folder / "casework-20261014-023000.backup").write_bytes(b"x" * 2048)
    clerk, admin = desk.browser("he"), desk.browser("guanli")
    assert clerk.get("/admin/system").status_code == 403
    page = admin.get("/admin/system")
    told = words_of(page.text)
    assert "casework-20261014-023000.backup" in told and "2.0 KB" in told
    assert "何干事" in told and "就是这里" in told and "还没有运行过" in told and "casework serve" in told
    assert "casework serve" in words_of(admin.get("/admin/system?lang=en").text)
    # Who may read no case is not offered to look for one.
    assert 'href="/cases"' not in page.text and 'role="search"' not in page.text
    assert 'role="search"' in clerk.get("/work").text
    end = page.text.split('action="/admin/sessions/', 1)[1].split('"', 1)[0]
    assert clerk.get("/work").status_code == 200
    assert clerk.post(f"/admin/sessions/{end}").status_code == 403
    assert admin.post(f"/admin/sessions/{end}").status_code == 303
    assert clerk.get("/work").status_code in (302, 303)
    assert audited(world, "session.ended")[0].facts == {"person": str(world["he"].person_id)}


def test_what_was_given_up_is_put_aside_for_good(desk: Desk, world: World) -> None:
    job, event = given_up(world)
    admin = desk.browser("guanli")
    admin.get("/admin/jobs")
    for path in (f"/admin/jobs/{job.id}/drop", f"/admin/events/{event.id}/drop"):
        assert admin.post(path).status_code == 303
        assert admin.post(path).status_code == 409
    with world.db.reading() as session:
        assert jobs.count_dead(session) == outbox.count_dead(session) == 0
    assert "不做了" in admin.get("/admin/jobs?which=done").text
    assert audited(world, "job.dropped") and audited(world, "event.dropped")
    folder = desk.office.settings.attachments
    found = verify(world.db, at=clock.now(), attachments=folder, lifecycles=lifecycles(), only=("I10", "I25"))
    assert [each.rows for each in found] == [0, 0]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_auditor_takes_out_what_the_filter_finds_and_that_is_written_down(
    desk: Desk, world: World, kind: str
) -> None:
    with world.db.transaction() as session:
        for event, number in (("test.event", 1), ("test.event", 2), ("test.other", 3)):
            who, facts = world["he"].person_id, {"n": f"=SUM({number})"}
            session.add(AuditEvent(id=new_id(), at=clock.now(), event=event, person_id=who, facts=facts))
    auditor = desk.browser("shen")
    assert "/admin/audit/export?event=test.event" in auditor.get("/admin/audit?event=test.event").text
    taken = auditor.post("/admin/audit/export?event=test.event", {"format": kind})
    _, told = parse_options_header(taken.headers["Content-Disposition"])
    assert taken.status_code == 200 and re.fullmatch(rf"审计记录-20[-0-9]{{8}}\.{kind}", told["filename"])
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(taken.data.decode("utf-8-sig"))))
        assert [row[1] for row in rows[1:]] == ["test.event", "test.event"]
    else:
        with ZipFile(io.BytesIO(taken.data)) as book:
            text = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
        assert "SUM(2)" in text and "SUM(3)" not in text and "<f>" not in text
    assert audited(world, "audit.exported")[0].facts == {"rows": 2, "format": kind, "event": "test.event"}
    assert auditor.post("/admin/audit/export", {"format": "exe"}).status_code == 422
    security = desk.browser("anquan")
    assert "/admin/audit/export" not in security.get("/admin/audit").text
    assert security.post("/admin/audit/export", {"format": kind}).status_code == 403


def test_two_administrators_let_go_of_what_is_due(desk: Desk, world: World) -> None:
    case_id = world.resolved()
    world.move(case_id, "close", "he", followed_up="unreachable", at=MORNING + timedelta(hours=2))
    with world.db.transaction() as session:
        session.execute(update(Case).values(state_since=clock.now() - timedelta(days=366 * 6)))
        other = {"person_id": world["jin"].person_id, "region": None, "org_id": None, "created_at": clock.now()}
        session.add(RoleGrant(id=new_id(), role="admin", **other))
    one, two = desk.browser("guanli"), desk.browser("jin")
    page = words_of(one.get("/admin/system").text)
    assert "个人信息的保存期限" in page and "10 年" in page and "没有到期的" in page
    assert one.post("/admin/retention/cases/propose").status_code == 409
    assert one.post("/admin/retention/years", {"kind": "cases", "years": "0"}).status_code == 422
    assert one.post("/admin/retention/years", {"kind": "cases", "years": "5"}).status_code == 303
    assert one.post("/admin/retention/cases/propose").status_code == 303
    mine, theirs = (each.get("/admin/system").text for each in (one, two))
    assert "/approve" not in mine and "等另一位管理员同意" in words_of(mine)
    (approve,) = {
        part.split('"')[0]
        for part in theirs.split('action="')
        if part.startswith("/admin/retention/rounds") and "approve" in part.split('"')[0]
    }
    assert one.post(approve).status_code == 409 and desk.browser("an").post(approve).status_code == 403
    assert two.post(approve).status_code == 303 and two.post(approve).status_code == 409
    assert "正在销毁：已销毁 0 / 1 件" in words_of(two.get("/admin/system").text)
    with world.db.transaction() as session:
        row = session.scalars(select(RetentionRound)).one()
        assert retaining.erase_some(session, row.id, at=clock.now()) == 1
    # One of them stops it; what is gone by then is told, and the work that comes late finds nothing left to do.
    assert one.post(f"/admin/retention/rounds/{row.id}/halt").status_code == 303
    with world.db.transaction() as session:
        assert retaining.erase_some(session, row.id, at=clock.now()) == 0
        retaining.finish(session, row.id, at=clock.now())
    assert audited(world, "retention.halted") and not audited(world, "retention.done")
    told = words_of(one.get("/admin/system").text)
    assert "销毁困难件 1 件" in told
    clerk = desk.browser("he")
    case = words_of(clerk.get(f"/cases/{world.case(case_id).number}").text)
    assert "已到期销毁" in case and "保存期满" in case and "水管" in case
