"""Ledger 6 in and out: a row is one sum with the stages it has reached; 万元 outside, fen inside."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from casework.core import editions
from casework.core.editions import known
from casework.core.office import Office
from casework.funds import sums
from casework.funds.actions import NewLine, add, rules_against, totals
from casework.funds.tables import FundAttribution, FundLine
from casework.keeping.verify import verify
from casework.members import actions as member_actions
from casework.members.actions import NewMember
from casework.projects.tables import Project
from tests.world import COUNTY, VILLAGE, World
from workflows.ledgers import exporting, importing
from workflows.lifecycles import lifecycles

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ROW = {
    "序号": 1,
    "项目名称": "方石村饮水管网",
    "建设地点": "竹园镇方石村",
    "建设内容": "换管 1.2 公里",
    "资金来源": "衔接资金",
    "主管部门": "县水利局",
    "申请(万元)": 12.5,
    "批复(万元)": 12,
    "到位(万元)": "11.999999",
    "拨付(万元)": None,
    "文号": "青财农〔2026〕8号",
    "到位日期": "2026-05-06",
    "协调人": "陈委员、外来的人",
    "受益户数": 17,
    "进度": "已完工",
}


def table(*rows: dict[str, object]) -> list[list[object]]:
    headings = list(dict.fromkeys(key for row in rows for key in row))
    return [list(headings), *([row.get(heading) for heading in headings] for row in rows)]


def do(office: Office, path: Path, world: World, **options: Any):
    return importing.run(office, "funds", path, actor=world["he"], at=AT, **options)


def lines(world: World) -> list[FundLine]:
    with world.db.reading() as session:
        return list(session.scalars(select(FundLine).order_by(FundLine.id)))


def test_a_row_becomes_one_sum_with_a_line_a_stage(office, world, book) -> None:
    done = do(office, book(table(ROW)), world)
    assert (done.created, done.refused) == (1, [])
    found = lines(world)
    assert [(line.stage, line.amount_fen) for line in found] == [
        ("applied", 12_500_000),
        ("approved", 12_000_000),
        ("arrived", 11_999_999),
    ]
    assert {line.allocation_id for line in found} == {line.matter_id for line in found} == {found[0].id}
    assert {line.region_code for line in found} == {VILLAGE}
    assert found[2].on_date == date(2026, 5, 6)
    assert "建设内容：换管 1.2 公里" in (found[2].note or "")


def test_who_is_registered_gets_a_share_and_who_is_not_stays_as_words(office, world, book) -> None:
    done = do(office, book(table({**ROW, "主管部门": "没有的局"})), world)
    assert [(each.column, each.row) for each in done.warnings] == [("主管部门", 2), ("协调人", 2)]
    with world.db.reading() as session:
        shares = session.scalars(select(FundAttribution)).all()
    assert [(share.person_id, share.share_bp, share.role) for share in shares] == [
        (world["chen"].person_id, 5000, "lead")
    ]
    assert "协调人：陈委员、外来的人" in (lines(world)[-1].note or "")


def test_a_member_without_an_account_has_a_share_too_and_nothing_stands_against_the_rules(
    office, world, book, tmp_path: Path
) -> None:
    with world.db.transaction() as session:
        told = NewMember("罗敏", COUNTY, date(2021, 12, 20))
        member = member_actions.enter(session, told, actor=world["he"], at=AT)
    done = do(office, book(table({**ROW, "协调人": "罗敏"})), world)
    assert done.warnings == []
    with world.db.reading() as session:
        [share] = session.scalars(select(FundAttribution)).all()
        assert (share.member_id, share.person_id, share.share_bp) == (member.id, None, 10_000)
        told_of = sums.shares(session, [share.allocation_id])[share.allocation_id]
        assert [each.holder for each in told_of] == ["罗敏"]
    found = verify(world.db, at=AT, attachments=tmp_path, lifecycles=lifecycles(), only=("I15", "I16", "I19"))
    assert [each.name for each in found if each.rows] == []


def test_the_same_file_twice_changes_nothing_and_a_further_stage_adds_a_line(office, world, book) -> None:
    do(office, book(table(ROW)), world)
    again = do(office, book(table(ROW)), world)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    done = do(office, book(table({**ROW, "拨付(万元)": 5})), world)
    assert (done.updated, len(lines(world))) == (1, 4)
    assert do(office, book(table({**ROW, "拨付(万元)": 5})), world).unchanged == 1


def test_a_corrected_amount_is_reversed_and_written_anew(office, world, book) -> None:
    do(office, book(table(ROW)), world)
    assert do(office, book(table({**ROW, "到位(万元)": 11})), world).updated == 1
    found = lines(world)
    assert totals(found)["arrived"] == 11_000_000
    assert [line.reverses_id for line in found if line.reverses_id] == [found[2].id]
    assert do(office, book(table({**ROW, "到位(万元)": 11})), world).unchanged == 1


def test_the_rules_of_the_ledger_refuse_a_row(office, world, book) -> None:
    rows = [
        {**ROW, "项目名称": "比批复还多", "到位(万元)": 13},
        {**ROW, "项目名称": "没有日期", "到位日期": None},
        {**ROW, "项目名称": "没有金额", "申请(万元)": None, "批复(万元)": None, "到位(万元)": None},
        {**ROW, "项目名称": "负数", "申请(万元)": -1},
        {**ROW, "项目名称": None},
        {**ROW, "项目名称": "认不出的地方", "建设地点": "天上"},
    ]
    done = do(office, book(table(*rows)), world)
    assert [(each.row, each.column) for each in done.refused] == [
        (2, "到位(万元)"),
        (3, "到位日期"),
        (4, "申请(万元)"),
        (5, "申请(万元)"),
        (6, "项目名称"),
    ]
    assert (done.created, done.warnings[0].column) == (1, "建设地点")


def test_money_of_a_case_is_written_on_that_case_by_its_rules(office, world, book) -> None:
    case = world.case(world.coordinated())
    reported = world.case(world.report())
    rows = [
        {**ROW, "困难件编号": case.number},
        {**ROW, "项目名称": "太早", "困难件编号": reported.number},
        {**ROW, "项目名称": "没有这件", "困难件编号": "QC-AJ-2026-999999"},
    ]
    done = do(office, book(table(*rows)), world)
    assert (done.created, [each.row for each in done.refused]) == (1, [3, 4])
    assert world.case(case.id).funds_total == 3
    assert [row.trigger for row in world.history(case.id)][-3:] == ["add_fund"] * 3
    corrected = {**rows[0], "批复(万元)": 11.5, "到位(万元)": 11}
    assert do(office, book(table(corrected)), world).updated == 1
    of_case = [line for line in lines(world) if line.matter_id == case.id]
    assert totals(of_case) == {"applied": 12_500_000, "approved": 11_500_000, "arrived": 11_000_000}
    assert do(office, book(table(corrected)), world).unchanged == 1


def test_four_amounts_in_one_column_and_the_unit_of_the_heading(office, world, book) -> None:
    rest = {key: value for key, value in ROW.items() if "万元" not in key}
    do(office, book(table({**rest, "申请/批复/到位/拨付(万元)": "60/60/45/-"})), world)
    do(office, book(table({**rest, "项目名称": "元的台账", "到位(元)": "1,200.50"})), world)
    assert [line.amount_fen for line in lines(world)] == [60_000_000, 60_000_000, 45_000_000, 120_050]


def projects(world: World) -> list[Project]:
    with world.db.reading() as session:
        return list(session.scalars(select(Project).where(known(Project)).order_by(Project.id)))


def test_the_project_of_a_row_is_kept_once_with_its_place_its_kind_and_whether_it_has_begun(
    office, world, book
) -> None:
    tea = {**ROW, "项目名称": "方石村茶园", "建设内容": "种茶 30 亩", "进度": "未开工"}
    second = {**ROW, "文号": "青财农〔2026〕9号", "资金来源": "自筹", "建设地点": "竹园镇", "申请(万元)": 99}
    school = {**ROW, "项目名称": "购置课桌", "建设内容": None, "进度": None, "主管部门": "没有的局"}
    assert do(office, book(table(ROW, tea, second, school)), world).created == 4
    pipes, garden, desks = projects(world)
    assert (pipes.kind, pipes.region_code, pipes.department) == ("infrastructure", VILLAGE, "县水利局")
    assert (pipes.begun_on, pipes.households_told, pipes.progress) == (date(2026, 5, 6), 17, "已完工")
    assert (garden.kind, garden.begun_on) == ("agri_industry", None)
    assert (desks.kind, desks.department, desks.begun_on) == ("other", "没有的局", None)
    again = do(office, book(table(ROW, tea, second, school)), world)
    assert (again.unchanged, len(projects(world))) == (4, 3)


def test_what_the_county_grows_and_keeps_is_an_agricultural_project(office, world, book) -> None:
    names = ("黑木耳大棚扩建", "香菇烘干房", "肉牛圈舍改造", "高山蔬菜订单", "停车棚")
    rows = [{**ROW, "项目名称": name, "建设内容": None, "文号": f"{n}号"} for n, name in enumerate(names)]
    do(office, book(table(*rows)), world)
    assert {each.name: each.kind for each in projects(world)} == {
        **dict.fromkeys(names[:4], "agri_industry"),
        "停车棚": "other",
    }


def test_a_kind_set_by_hand_stays_and_progress_moves_on(office, world, book) -> None:
    do(office, book(table({**ROW, "进度": "前期工作"})), world)
    with world.db.transaction() as session:
        row = editions.newest(session, Project, projects(world)[0].id, lock=True)
        editions.mend(session, row, {"kind": "livelihood"}, actor=world["an"], at=AT)
    assert do(office, book(table({**ROW, "进度": "在建", "建设内容": "改种茶"})), world).updated == 1
    [project] = projects(world)
    assert (project.kind, project.progress, project.begun_on) == ("livelihood", "在建", date(2026, 5, 6))


@pytest.mark.parametrize(
    ("change", "is_alike"),
    [
        ({}, True),
        ({"到位(万元)": "11.5"}, True),
        ({"到位(万元)": "11.3"}, False),
        ({"到位日期": "2026-08-04"}, True),
        ({"到位日期": "2026-08-05"}, False),
        ({"建设地点": "竹园镇"}, False),
        ({"项目名称": "另一个项目"}, False),
    ],
)
def test_money_much_like_money_that_is_kept_is_kept_with_a_warning(
    office, world, book, change: dict[str, object], *, is_alike: bool
) -> None:
    do(office, book(table({**ROW, "协调人": None})), world)
    other = {**ROW, "协调人": None, "文号": "青财农〔2026〕77号", **change}
    done = do(office, book(table(other)), world)
    assert (done.created, [each.column for each in done.warnings]) == (1, ["项目名称"] * is_alike)
    assert do(office, book(table(other)), world).warnings == []


def test_a_sum_entered_by_hand_goes_out_and_comes_back_as_it_is(office, world, book, tmp_path: Path) -> None:
    """Its stages have days of their own, of which a row of the ledger tells but one; and it made no project."""
    with world.db.transaction() as session:
        line = NewLine("arrived", 5_000_000, "社会捐赠", "青慈〔2026〕3号", date(2026, 5, 6), "二组晒坝")
        first = add(session, line, matter_id=None, region_code=VILLAGE, actor=world["he"], at=AT)
        paid = replace(line, stage="disbursed", on=date(2026, 7, 1), allocation_id=first.id)
        add(session, paid, matter_id=None, region_code=VILLAGE, actor=world["he"], at=AT)
    exporting.run(office, "funds", tmp_path / "out.xlsx", actor=world["an"], at=AT)
    again = do(office, tmp_path / "out.xlsx", world)
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 1, [])
    assert [each.on_date.isoformat() for each in lines(world)] == ["2026-05-06", "2026-07-01"]
    told = {"项目名称": "二组晒坝", "建设地点": "竹园镇方石村", "资金来源": "社会捐赠", "文号": "青慈〔2026〕3号"}
    moved = do(office, book(table({**told, "到位(万元)": 5, "拨付(万元)": 5, "到位日期": "2026-05-08"})), world)
    assert moved.updated == 1
    with world.db.reading() as session:
        (kept,) = sums.of_documents(session, ["青慈〔2026〕3号"])
        assert {each.stage: each.on_date.day for each in kept.lines.values()} == {"arrived": 8, "disbursed": 1}


def test_a_row_does_not_pay_money_before_the_day_it_arrived(office, world, book) -> None:
    do(office, book(table(ROW)), world)
    arrived = next(line for line in lines(world) if line.stage == "arrived")
    paid = NewLine("disbursed", 5_000_000, arrived.source, arrived.document_no, date(2026, 5, 20), arrived.project)
    with world.db.transaction() as session:
        told = replace(paid, allocation_id=arrived.allocation_id)
        add(session, told, matter_id=None, region_code=VILLAGE, actor=world["he"], at=AT)
    done = do(office, book(table({**ROW, "到位日期": "2026-06-01"})), world)
    (refused,) = done.refused
    assert refused.column == "到位日期" and "2026-06-01 才到“到位”" in refused.reason
    assert {line.on_date for line in lines(world) if line.stage == "arrived"} == {date(2026, 5, 6)}
    # Words are written anew with the last line, which was paid on a day of its own.
    assert do(office, book(table({**ROW, "到位日期": "2026-05-18", "进度": "在建"})), world).updated == 1
    with world.db.reading() as session:
        (kept,) = sums.of_documents(session, [arrived.document_no])
        assert kept.lines["arrived"].on_date.day == 18 and kept.lines["disbursed"].on_date.day == 20


def test_a_sum_with_a_paper_for_each_stage_is_one_row_that_comes_back(office, world, book, tmp_path: Path) -> None:
    """The approval, the voucher and the payment of a sum entered by hand each have a number of their own."""
    first = NewLine("approved", 8_000_000, "县财政", "青财农〔2026〕90号", date(2026, 3, 1), "三组水窖")
    with world.db.transaction() as session:
        made = add(session, first, matter_id=None, region_code=VILLAGE, actor=world["he"], at=AT)
        for stage, paper, day in (("arrived", "凭证 31", date(2026, 3, 5)), ("disbursed", "凭证 77", date(2026, 4, 2))):
            further = replace(first, stage=stage, document_no=paper, on=day, allocation_id=made.allocation_id)
            add(session, further, matter_id=None, region_code=VILLAGE, actor=world["he"], at=AT)
    exporting.run(office, "funds", tmp_path / "out.xlsx", actor=world["an"], at=AT)
    again = do(office, tmp_path / "out.xlsx", world)
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 1, [])
    told = {"项目名称": "三组水窖", "资金来源": "县财政", "到位(万元)": 8, "拨付(万元)": 8, "到位日期": "2026-03-05"}
    for paper in ("青财农[2026]90号", "凭证31"):
        done = do(office, book(table({**told, "文号": paper, "进度": f"已完工 {paper}"})), world)
        assert (done.created, done.updated, done.refused) == (0, 1, [])
    with world.db.reading() as session:
        (kept,) = sums.of_projects(session, ["三组水窖"])
        told_of = {stage: (line.document_no, line.on_date) for stage, line in kept.lines.items()}
    assert told_of["arrived"] == ("凭证 31", date(2026, 3, 5)) and told_of["disbursed"] == ("凭证 77", date(2026, 4, 2))


def test_what_is_exported_and_imported_again_changes_nothing(office, world, book, tmp_path: Path) -> None:
    bare = {"项目名称": "路", "资金来源": "捐赠", "申请(万元)": 3}
    do(office, book(table(ROW, bare, {**ROW, "项目名称": "另一处", "建设地点": "天上"})), world)
    for name in ("out.xlsx", "out.csv"):
        count = exporting.run(office, "funds", tmp_path / name, actor=world["an"], at=AT)
        again = do(office, tmp_path / name, world)
        assert (count, again.created, again.updated, again.unchanged, again.refused) == (3, 0, 0, 3, [])


@pytest.mark.parametrize(
    "cell", [("到位(万元)", 800000, 1), ("到位", 20000, 1), ("到位(元)", 800000, 0), ("到位(万元)", 9999, 0)]
)
def test_yuan_in_a_column_of_ten_thousands_are_asked_about(office, world, book, cell: tuple[str, int, int]) -> None:
    heading, amount, asked = cell
    row = {name: value for name, value in ROW.items() if "万元" not in name}
    done = do(office, book(table({**row, heading: amount})), world)
    told = [(fault.row, fault.column) for fault in done.warnings if "亿" in fault.reason]
    assert (done.created, told) == (1, [(2, heading)] * asked)


@pytest.mark.parametrize(
    "typed",
    [
        "青财农（2026）8号",
        "青财农(2026)8号",
        "青财农［2026］8号",
        "青财农[2026]8 号",
        "青财农 〔2026〕 8号",
        "青财农【２０２６】８号",
        "青财农〔2026〕8",
        "青财农〔2026〕第08号",
    ],
)
def test_a_document_number_typed_with_other_brackets_is_the_same_document(office, world, book, typed: str) -> None:
    do(office, book(table({**ROW, "协调人": None})), world)
    kept = [line.id for line in lines(world)]
    again = {**ROW, "协调人": None, "文号": typed}
    done = do(office, book(table(again)), world)
    assert (done.created, done.updated, done.unchanged, done.refused, done.warnings) == (0, 0, 1, [], [])
    # The sum moves on, and each line says what was written for it.
    moved = do(office, book(table({**again, "拨付(万元)": 11})), world)
    assert (moved.updated, moved.refused) == (1, [])
    found = lines(world)
    assert [line.id for line in found[:3]] == kept and len({line.allocation_id for line in found}) == 1
    assert [line.document_no for line in found] == ["青财农〔2026〕8号"] * 3 + [typed]


def test_another_number_another_year_and_another_source_are_other_money(office, world, book) -> None:
    row = {**ROW, "协调人": None}
    others = [{**row, "文号": told} for told in ("青财农〔2026〕80号", "青财农〔2025〕8号", "青财建〔2026〕8号")]
    done = do(office, book(table(row, *others, {**row, "资金来源": "社会捐赠"})), world)
    assert (done.created, done.refused) == (5, [])


def test_one_document_typed_in_two_ways_in_one_file_is_counted_once(office, world, book) -> None:
    row = {**ROW, "协调人": None}
    done = do(office, book(table(row, {**row, "文号": "青财农（2026）8号"})), world)
    assert (done.created, [(fault.row, fault.column) for fault in done.refused]) == (1, [(3, "项目名称")])
    assert len({line.allocation_id for line in lines(world)}) == 1


@pytest.mark.parametrize("project", ["二组晒坝", None])
def test_by_hand_too_a_document_begins_a_sum_once_however_it_is_typed(world: World, project: str | None) -> None:
    first = NewLine("arrived", 5_000_000, "社会捐赠", "青慈〔2026〕3号", date(2026, 5, 6), project)
    with world.db.transaction() as session:
        add(session, first, matter_id=None, region_code=VILLAGE, actor=world["he"], at=AT)
    with world.db.transaction() as session:
        for typed in ("青慈（2026）3号", "青慈[2026] 3 号"):
            (told,) = rules_against(session, replace(first, document_no=typed))
            assert (told.code, told.params["document_no"]) == ("fund_document_twice", typed)
        assert rules_against(session, replace(first, document_no="青慈〔2026〕4号")) == []
