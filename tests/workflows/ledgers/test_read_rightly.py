"""What a second acceptance found in workbooks: read rightly, or refused at its cell, and never ten thousand times too much."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from casework.assessment.tables import Assessment
from casework.campaign.tables import Goal
from casework.funds.tables import FundLine
from tests.workflows.ledgers.test_fund_ledger import ROW as FUND
from tests.workflows.ledgers.test_links_ledger import counts, do, linked, total
from tests.workflows.ledgers.test_office_habits import marked, told
from tests.workflows.ledgers.test_supervisions_ledger import HEADINGS as SUPERVISED
from tests.workflows.ledgers.test_supervisions_ledger import OPEN
from tests.workflows.ledgers.test_visits_ledger import HEAD, row

__all__ = ["linked"]
REST = {key: value for key, value in FUND.items() if "万元" not in key}


def amounts(world: Any) -> list[int]:
    with world.db.reading() as session:
        return list(session.scalars(select(FundLine.amount_fen).order_by(FundLine.id)))


@pytest.mark.parametrize(
    ("heading", "above"),
    [
        ("申请/批复/到位/拨付（元）", []),
        ("申请/批复/到位/拨付", [["项目资金台账（单位：元）"]]),
        ("申请/批复/到位/拨付", [["单位：元"]]),
    ],
)
def test_four_amounts_in_one_cell_are_of_the_unit_that_is_told(office, linked, book, heading: str, above) -> None:
    first = {**REST, heading: "600,000/600000/450000/-"}
    done = do(office, linked, "funds", book([*above, list(first), list(first.values())]))
    assert (counts(done), amounts(linked)) == ((1, 0, 0, 0), [60_000_000, 60_000_000, 45_000_000])
    assert not [each for each in done.warnings if each.column == heading]


def test_four_amounts_without_a_unit_are_read_in_the_usual_one_and_told_so(office, linked, book) -> None:
    bare = {**REST, "申请/批复/到位/拨付": "60/60/45/30"}
    done = do(office, linked, "funds", book([list(bare), list(bare.values())]))
    assert [each.row for each in done.warnings if "万元还是元" in each.reason] == [2]
    wrong = {**bare, "申请/批复/到位/拨付": "60/许多/45/30", "文号": "青财农〔2026〕10号"}
    assert told(do(office, linked, "funds", book([list(wrong), list(wrong.values())]))) == [(2, "申请/批复/到位/拨付")]


def test_a_document_number_that_says_there_is_none_is_none(office, linked, book) -> None:
    told_so = [{**FUND, "文号": number} for number in ("无", "", "/", "无")]
    done = [do(office, linked, "funds", book([list(each), list(each.values())])) for each in told_so]
    assert [(each.created, each.unchanged) for each in done] == [(1, 0), (0, 1), (0, 1), (0, 1)]
    assert len(amounts(linked)) == 3


def test_headings_in_two_rows_that_nobody_merged_are_read_and_marked(office, linked, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.append(["序号", "项目名称", "资金来源", "资金情况（单位：元）", None, None, "文号", "到位日期"])
    sheet.append([None, None, None, "申请金额", "批复金额", "到位金额"])
    sheet.merge_cells("D1:F1")
    sheet.append([1, "方石村路", "衔接资金", 600_000, 600_000, 450_000, "青财〔2026〕8号", "2026.5.6"])
    sheet.append([2, "三江村路", "衔接资金", "若干", 600_000, 450_000, "青财〔2026〕9号", "五月"])
    path, report = tmp_path / "funds.xlsx", tmp_path / "marked.xlsx"
    workbook.save(path)
    done = do(office, linked, "funds", path, report=report)
    assert (done.created, amounts(linked)) == (1, [60_000_000, 60_000_000, 45_000_000])
    assert sorted(told(done)) == [(4, "到位日期"), (4, "申请金额")]
    assert marked(report) == {(4, 4), (4, 8)}
    workbook = load_workbook(report)
    sheet = workbook.active
    sheet["D4"], sheet["H4"] = "600000", "2026.5.6"
    workbook.save(report)
    # What stood over several columns says in the marked file too that these are yuan.
    done = do(office, linked, "funds", report)
    assert (counts(done), amounts(linked)) == ((1, 0, 1, 0), [60_000_000, 60_000_000, 45_000_000] * 2)


def test_rows_that_nobody_sees_are_read_and_said_once_a_sheet(office, linked, tmp_path: Path) -> None:
    workbook = Workbook()
    for name in ("十月", "十一月"):
        sheet: Any = workbook.create_sheet(name)
        sheet.append(HEAD)
        for day in (1, 2, 3):
            sheet.append(row(日期=f"2022-{10 if name == '十月' else 11}-{day}"))
        if name == "十月":
            sheet.row_dimensions[3].hidden = sheet.row_dimensions[4].hidden = True
    path = tmp_path / "visits.xlsx"
    workbook.save(path)
    done = do(office, linked, "visits", path)
    assert counts(done) == (6, 0, 0, 0)
    hidden = [(each.sheet, each.row, each.column) for each in done.warnings if "隐藏" in each.reason]
    assert hidden == [("十月", 3, "")]


def test_what_a_head_has_reached_is_no_plan_of_the_village(office, linked, book) -> None:
    headings = ["年度", "对象", "村组", "年度工作计划完成时间", "增收项目完成时间"]
    rows = [["2022", "张树生", "方石村", "2022-03-01", "2022-04-01"], ["2022", "方石村", "竹园镇", "2022-03-01", ""]]
    done = do(office, linked, "goals", book([headings, *rows]))
    assert (done.created, told(done)) == (1, [(2, "对象")])
    assert total(linked, Goal) == 1


def test_a_supervised_matter_is_not_put_off_to_a_day_before_it_is_due(office, linked, book) -> None:
    early = [*OPEN]
    early[SUPERVISED.index("延期")] = "2026-10-01"
    assert told(do(office, linked, "supervisions", book([SUPERVISED, early]))) == [(2, "延期")]


def test_points_and_years_are_read_with_their_words(office, linked, book) -> None:
    done = do(office, linked, "assessments", book([["委员", "年度", "总分"], ["陈青山", "2024年度", "８８．５分"]]))
    assert counts(done) == (1, 0, 0, 0)
    with linked.db.reading() as session:
        assert session.execute(select(Assessment.year, Assessment.score)).all() == [(2024, 8850)]
