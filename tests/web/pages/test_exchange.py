"""Taking a ledger in by four steps and out again: nothing lands before it was tried, faults come back marked."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from openpyxl import Workbook, load_workbook

from casework.cases.tables import Case
from casework.core import clock
from casework.core.errors import NotFound
from casework.exchange import remapping, uploads
from casework.exchange.column_sets import column_set
from casework.exchange.sheets import Book, Row, Sheet, read_book
from casework.registry import audit_list
from casework.registry.tables import Org
from tasks import taking_in
from tasks.run import Run
from tasks.runner import Runner
from tasks.schedule import WORKS
from tests.web.api.test_own_funds import LINE
from tests.web.desk import Browser, Desk
from tests.web.pages.test_links import send, where
from tests.world import World
from workflows.ledgers import exporting, importing, taken_out

ORGS = (
    ("代码", "名称", "类型", "所在区划"),
    ("NYJ", "县农业农村局", "department", "510822"),
    ("LYJ", "县林业局", "nothing", "510822"),
)


def workbook(rows: Any) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def hand_in(browser: Browser, rows: Any, *, kind: str = "orgs", name: str = "单位.xlsx") -> str:
    """Hand a file in and return where its columns are shown."""
    browser.get("/ledgers")
    answer = browser.post("/ledgers", {"kind": kind, "file": (io.BytesIO(workbook(rows)), name)})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def orgs(world: World) -> set[str]:
    with world.db.reading() as session:
        return {row.code for row in session.query(Org)}


def work(desk: Desk, then: Callable[[Any], None] = lambda said: None) -> list[Any]:
    """Do what was asked of the worker; return what it said on the way."""
    said: list[Any] = []
    runner = Runner(desk.office, "worker", {"ledger_import": lambda run: _listened(run, said, then)})
    while runner.run_next(names=["ledger_import"]):
        pass
    return said


def _listened(run: Run, said: list[Any], then: Callable[[Any], None]) -> Any:
    def tell(progress: Any) -> None:
        run.progress(progress)
        said.append(progress)
        then(progress)

    return taking_in.ledger_import(replace(run, progress=tell))


@pytest.fixture
def clerk(desk: Desk) -> Browser:
    return desk.browser("he")


def test_a_file_goes_by_four_steps_and_good_rows_land(clerk: Browser, desk: Desk, world: World) -> None:
    before = orgs(world)
    path = hand_in(clerk, ORGS)
    page = clerk.get(path).text
    assert "单位.xlsx" in page and "县农业农村局" in page and "猜的，请核" in page
    assert clerk.post(path, {}).headers["Location"] == f"{path}/trial"
    trial = clerk.get(f"{path}/trial").text
    assert "入库 1 行（新增 1、更新 0）" in trial and "3 行 类型" in trial and 'class="red">nothing' in trial
    assert orgs(world) == before
    with clerk.client.get(f"{path}/marked.xlsx") as answer:
        sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert sheet["C3"].border.left.style == "medium" and sheet["E3"].value
    assert clerk.post(f"{path}/land").headers["Location"] == f"{path}/landed"
    assert orgs(world) == before | {"NYJ"}
    landed = clerk.get(f"{path}/landed").text
    assert "1 行已入库" in landed and f"{path}/marked.xlsx" in landed
    assert "单位.xlsx" in clerk.get("/ledgers").text
    # Twice lands nothing more, and the file itself is gone.
    assert clerk.post(f"{path}/land").status_code == 303
    assert [each.name for each in (desk.office.settings.home / "uploads").rglob("单位*")] == []


def test_a_fault_of_a_file_of_several_sheets_names_its_sheet(clerk: Browser) -> None:
    book = Workbook()
    for name in ("上半年", "下半年"):
        sheet = book.create_sheet(name)
        for row in ORGS:
            sheet.append(list(row))
        sheet["A3"] = f"LYJ-{name}"
    out = io.BytesIO()
    book.save(out)
    clerk.get("/ledgers")
    sent = {"kind": "orgs", "file": (io.BytesIO(out.getvalue()), "单位.xlsx")}
    path = clerk.post("/ledgers", sent).headers["Location"]
    clerk.post(path, {})
    trial = clerk.get(f"{path}/trial").text
    assert all(f"{name} 3 行 类型" in trial and f">{name} 3<" in trial for name in ("上半年", "下半年"))


def test_a_long_file_says_how_far_it_is_and_is_stopped_between_two_chunks(
    clerk: Browser, desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 50)
    rows = [ORGS[0], *((f"D{n}", f"第 {n} 局", "department", "510822") for n in range(120))]
    before, path = orgs(world), hand_in(clerk, rows)
    assert clerk.post(path, {}).headers["Location"] == f"{path}/progress"
    page = clerk.get(f"{path}/progress").text
    assert "正在试读" in page and "排队中" in page and f'action="{path}/stop"' in page
    assert clerk.post(f"{path}/stop").headers["Location"] == path
    assert "什么都没有写" in clerk.get(path).text and not work(desk)
    assert clerk.post(path, {}).headers["Location"] == f"{path}/progress"
    assert [each["done"] for each in work(desk)] == [50, 100, 120]
    led = clerk.get(f"{path}/progress", headers={"HX-Request": "true"})
    assert led.headers["HX-Redirect"] == f"{path}/trial" and orgs(world) == before

    assert clerk.post(f"{path}/land").headers["Location"] == f"{path}/progress"
    assert clerk.post(f"{path}/land").headers["Location"] == f"{path}/progress"

    def stop_after_the_first(said: Any) -> None:
        if said["done"] == 50:
            part = clerk.get(f"{path}/progress", headers={"HX-Request": "true"}).text
            assert "50 / 120 行" in part and "<html" not in part
            assert clerk.post(f"{path}/stop").headers["Location"] == f"{path}/trial"

    work(desk, stop_after_the_first)
    # The worker hears of it at its next word: whole chunks have landed, they left their trace, and nothing else did.
    assert len(orgs(world) - before) == 100
    with world.db.reading() as session:
        assert audit_list.recent(session, "ledger.imported")[0].facts["created"] == 100
    assert clerk.post(f"{path}/land").headers["Location"] == f"{path}/progress"
    work(desk)
    assert clerk.get(f"{path}/progress").headers["Location"] == f"{path}/landed"
    assert len(orgs(world) - before) == 120 and "20 行已入库" in clerk.get(f"{path}/landed").text


def test_columns_nobody_knows_are_matched_by_hand_and_remembered(clerk: Browser, world: World) -> None:
    rows = [("单位简码", "名称", "性质", "所在区划"), ("NYJ", "县农业农村局", "department", "510822")]
    path = hand_in(clerk, rows)
    page = clerk.get(path).text
    assert "单位简码" in page and "不导入" in page
    missing = clerk.post(path, {})
    assert missing.status_code == 422 and "还差“code”" in missing.text
    twice = clerk.post(path, {"c0": "code", "c2": "code"})
    assert twice.status_code == 422 and "有两列都对到" in twice.text
    assert clerk.post(path, {"c0": "code", "c2": "kind", "remember": "1"}).status_code == 303
    clerk.post(f"{path}/land")
    assert "NYJ" in orgs(world)
    again = clerk.get(hand_in(clerk, rows)).text
    assert re.search(r'value="code" selected', again) and re.search(r'value="kind" selected', again)


def test_a_file_that_is_none_is_refused_on_its_field(clerk: Browser, desk: Desk) -> None:
    clerk.get("/ledgers")
    assert clerk.post("/ledgers", {"kind": "orgs"}).status_code == 422
    assert clerk.post("/ledgers", {"kind": "no", "file": (io.BytesIO(b"x"), "a.xlsx")}).status_code == 422
    for content in (b"", b"not a workbook \x00\x01", workbook([])):
        answer = clerk.post("/ledgers", {"kind": "orgs", "file": (io.BytesIO(content), "a.xlsx")})
        assert answer.status_code == 409 and 'href="#f-file"' in answer.text
    folder = desk.office.settings.home / "uploads"
    assert not folder.is_dir() or not list(folder.iterdir())


def test_nothing_lands_untried_and_nobody_else_finds_the_file(clerk: Browser, desk: Desk, world: World) -> None:
    before = orgs(world)
    path = hand_in(clerk, ORGS)
    assert clerk.post(f"{path}/land").headers["Location"] == path
    assert orgs(world) == before
    head = desk.browser("an")
    assert head.get(path).status_code == 404 and head.post(f"{path}/land").status_code == 404
    for token in ("x", "0" * 32, "..%2f..", "%00"):
        assert clerk.get(f"/ledgers/imports/{token}").status_code == 404


def test_an_upload_is_removed_after_a_day(tmp_path: Path, world: World) -> None:
    at, person = clock.now(), world["he"].person_id
    assert person is not None
    kept = uploads.keep(tmp_path, io.BytesIO(b"x"), name="../../a.csv", kind="orgs", person_id=person, at=at)
    assert uploads.file_of(tmp_path, kept).parent.parent == tmp_path / "uploads"
    assert uploads.sweep(tmp_path, at=at + timedelta(hours=23)) == 0
    assert uploads.get(tmp_path, kept.token, person_id=person) == kept
    assert uploads.sweep(tmp_path, at=at + timedelta(days=1)) == 1
    with pytest.raises(NotFound):
        uploads.get(tmp_path, kept.token, person_id=person)


def test_a_ledger_goes_out_leaves_a_trace_and_comes_back_unchanged(clerk: Browser, desk: Desk, world: World) -> None:
    clerk.get("/ledgers")
    assert clerk.post("/ledgers/export", {"kind": "nothing"}).status_code == 422
    answer = clerk.post("/ledgers/export", {"kind": "orgs"})
    assert answer.status_code == 200 and answer.data.startswith(b"PK")
    assert "attachment" in answer.headers["Content-Disposition"]
    with world.db.reading() as session:
        (event,) = audit_list.recent(session, "ledger.exported")
        assert event.facts["rows"] == len(orgs(world)) and event.person_id == world["he"].person_id
    assert desk.browser("bai").get("/ledgers").status_code == 403


def test_a_ledger_of_difficulties_becomes_cases(clerk: Browser, world: World) -> None:
    headings = ("编号", "受理日期", "反映人", "电话", "村组", "问题描述")
    good = ("问1", "2026-03-02", "李小芳", "13900000876", "方石村", "三组水管断了，要修。")
    undated = ("问2", "2026年13月", "王小明", None, "方石村", "路灯不亮。")
    misdialled = ("问3", "2026-03-03", "王小明", "123", "方石村", "路灯不亮。")
    path = hand_in(clerk, [headings, good, undated, misdialled], kind="cases", name="困难台账.xlsx")
    clerk.get(path)
    assert clerk.post(path, {}).status_code == 303
    trial = clerk.get(f"{path}/trial").text
    assert "139****0876" in trial and "13900000876" not in trial
    assert "3 行 受理日期" in trial and "4 行 电话" in trial
    clerk.post(f"{path}/land")
    with world.db.reading() as session:
        assert [row.title for row in session.query(Case)] == ["三组水管断了，要修"]


def test_an_empty_table_has_our_headings(clerk: Browser) -> None:
    with clerk.client.get("/ledgers/blank/cases.xlsx") as answer:
        sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert unquote(answer.headers["Content-Disposition"]) == "attachment; filename*=UTF-8''问题(困难)办理台账.xlsx"
    assert [cell.value for cell in sheet[1]] == column_set("cases").headings
    assert clerk.get("/ledgers/blank/nothing.xlsx").status_code == 404


def test_the_copy_with_our_headings_keeps_rows_and_units(tmp_path: Path) -> None:
    source = tmp_path / "a.xlsx"
    source.write_bytes(workbook([("资金表",), (), ("文号码", "项目", "下来的钱（万元）"), ("1号", "水池", "1.5")]))
    book, columns = read_book(source), column_set("funds")
    money = next(column for column in columns.columns if column.cell == "money")
    target = tmp_path / "b.xlsx"
    remapping.write_mapped(book, columns, {"文号码": "", "下来的钱（万元）": money.key}, target=target)
    rows = {row.number: row.cells for row in read_book(target).sheets[0].rows}
    assert rows[3][2] == money.heading and "文号码" not in rows[3]
    assert rows[4][2] == "1.5"


@pytest.mark.parametrize(
    ("title", "upper", "heading", "told"),
    [("资金表（单位：元）", "", "下来的钱", "申请(元)"), ("资金表", "", "下来的钱", "申请"), ("资金表", "资金(元)", "下来的", "申请(元)")],
)  # fmt: skip
def test_the_copy_with_our_headings_says_no_other_unit_than_the_file(
    tmp_path: Path, title: str, upper: str, heading: str, told: str
) -> None:
    lines = [
        Row(1, [title]),
        Row(2, ["项目", "来源", upper, ""]),
        Row(3, ["", "", heading, "到位", "批复"]),
        Row(4, ["路", "省", "3"]),
    ]
    if not upper:
        lines[1:3] = [Row(3, ["项目", "来源", heading, "到位", "批复"])]
    book = Book([Sheet("资金", False, lines, [(1, 2, 1, 4)] if upper else [])])
    mapping = {"项目": "project", "来源": "source", heading: "applied", "到位": "arrived"}
    target = tmp_path / "b.xlsx"
    remapping.write_mapped(book, column_set("funds"), mapping, target=target)
    rows = {row.number: row.cells for row in read_book(target).sheets[0].rows}
    assert rows[3][:3] == ["项目名称", "资金来源", told]


def test_a_sheet_goes_upwards_is_listed_and_given_again(clerk: Browser, desk: Desk, world: World) -> None:
    assert "还没有上报过" in clerk.get("/ledgers").text
    answer = clerk.post("/ledgers/sent", {"receiver": "city", "as_of": ""})
    assert answer.status_code == 200 and answer.data.startswith(b"PK")
    page = clerk.get("/ledgers").text
    assert "报市政协（三联三促）" in page and "何干事" in page
    path = next(part for part in page.split('"') if part.startswith("/ledgers/sent/"))
    assert clerk.post(path).data == answer.data
    assert clerk.post("/ledgers/sent", {"receiver": "nowhere"}).status_code == 409
    assert clerk.post("/ledgers/sent", {"receiver": "city", "as_of": "2999-01-01"}).status_code == 422
    assert desk.browser("bai").post(path).status_code == 403
    with world.db.reading() as session:
        assert len(audit_list.recent(session, "ledger.sent")) == len(audit_list.recent(session, "ledger.given_again"))
    listed = desk.client().get("/api/v1/dispatches", headers=desk.bearer("he")).get_json()
    assert [each["receiver"] for each in listed["items"]] == ["city"]
    assert {each["code"] for each in listed["receivers"]} == {"city", "province"}
    sent = desk.client().post("/api/v1/dispatches", headers=desk.bearer("he"), json={"receiver": "province"})
    assert sent.status_code == 201 and sent.get_json()["sent_by"] == "何干事"
    file = desk.client().post(sent.headers["Location"], headers=desk.bearer("he"), json={})
    assert file.data.startswith(b"PK")


def test_a_long_ledger_is_written_by_the_worker_for_who_asked_and_may_be_stopped(
    clerk: Browser, desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taken_out, "AT_ONCE", 1)
    monkeypatch.setattr(exporting, "BATCH", 1)
    for n in ("A", "B"):
        where(send(clerk, "/funds/new", **{**LINE, "document_no": n, "project": f"茶园{n}"}))
    clerk.get("/ledgers")
    path = clerk.post("/ledgers/export", {"kind": "funds"}).headers["Location"]
    assert "排队中" in clerk.get(path).text and clerk.get(f"{path}/file.xlsx").status_code == 404
    assert desk.browser("an").get(path).status_code == 404
    assert clerk.post(f"{path}/stop").headers["Location"] == "/ledgers"
    runner = Runner(desk.office, "worker", WORKS)
    assert not runner.run_next(names=["ledger_export"]) and "没有做成" in clerk.get(path).text
    path = clerk.post("/ledgers/export", {"kind": "funds"}).headers["Location"]
    assert runner.run_next(names=["ledger_export"])
    part = clerk.get(path, headers={"HX-Request": "true"}).text
    assert "hx-get" not in part and f"{path}/file.xlsx" in part and "<html" not in part
    with clerk.client.get(f"{path}/file.xlsx") as answer:
        rows = load_workbook(io.BytesIO(answer.data)).worksheets[0].max_row - 1
        assert rows == 2
        assert "attachment" in answer.headers["Content-Disposition"]
    with world.db.reading() as session:
        (event,) = audit_list.recent(session, "ledger.exported")
        assert event.facts["rows"] == rows and event.person_id == world["he"].person_id
