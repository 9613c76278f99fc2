"""What offices' tables hold besides rows: totals, emptiness, merged cells, numbers that Excel spoilt, things told twice.

Each of it is read rightly or refused by row and column, for every kind of ledger in which it can stand.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from casework.campaign.forms import enter
from casework.campaign.records import INDUSTRY
from casework.core.editions import known
from casework.core.errors import Invalid
from casework.exchange.column_sets import column_set
from casework.funds.tables import FundLine
from casework.households.tables import Household
from tests.workflows.ledgers.test_assessments_ledger import HEADINGS
from tests.workflows.ledgers.test_assessments_ledger import ROW as ASSESSMENT
from tests.workflows.ledgers.test_case_ledger import row as case_row
from tests.workflows.ledgers.test_fund_ledger import ROW as FUND
from tests.workflows.ledgers.test_fund_ledger import lines
from tests.workflows.ledgers.test_links_ledger import AT, IDS, LINKS, MEMBERS, counts, do, linked, total
from tests.workflows.ledgers.test_record_ledgers import BY_KIND
from tests.workflows.ledgers.test_visits_ledger import HEAD, row
from tests.world import COUNTY, VILLAGE
from workflows.ledgers.names import Names

__all__ = ["linked"]
Table = Sequence[Sequence[object]]
HOUSEHOLDS: Table = [
    ["序号", "户主姓名", "户类型", "身份证号", "人口", "乡镇", "村", "组"],
    ["1", "王大山", "脱贫户", IDS[2], "4", "竹园镇", "方石村", "二组"],
    ["2", "王小山", "示范户", "", "3", "竹园镇", "方石村", "二组"],
]
OTHER_FUND = {**FUND, "序号": 2, "项目名称": "三江村路灯", "文号": "青财农〔2026〕9号"}
PETITIONS: Table = [
    ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情"],
    ["101", "甲", "修路", "2026/3/6 8:00:00", "路断了"],
    ["102", "乙", "修桥", "2026/3/6 8:00:00", "桥断了"],
]
TABLES: Mapping[str, Table] = {
    "members": [["序号", *MEMBERS[0]], ["1", *MEMBERS[1]], ["2", *MEMBERS[2]]],
    "households": HOUSEHOLDS,
    "links": LINKS,
    "visits": [HEAD, row(委员="陈青山"), row(户主="李小芳", 村组="方石村一组")],
    **BY_KIND,
    "assessments": [HEADINGS, ASSESSMENT, [2, 2024, "罗敏", *ASSESSMENT[3:]]],
    "petitions": PETITIONS,
    "cases": [list(case_row()), list(case_row().values()), list(case_row(序号="2", 编号="2026-18").values())],
    "funds": [list(FUND), list(FUND.values()), list(OTHER_FUND.values())],
}


def dirty(table: Table, path: Path) -> Path:
    """Write a table under a merged title, a value merged down a column, a thousand empty rows, and a total."""
    headings, *rows = table
    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.append(["青川县政协台账（2026年）"])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(headings))
    sheet.append(list(headings))
    for each in rows:
        sheet.append(list(each))
    # The first further column whose value two rows share is written once, over both.
    for column in range(1, len(headings)):
        if len(rows) > 1 and rows[0][column] and rows[0][column] == rows[1][column]:
            sheet.cell(row=4, column=column + 1).value = None
            sheet.merge_cells(start_row=3, end_row=4, start_column=column + 1, end_column=column + 1)
            break
    for _ in range(1000):
        sheet.append([None] * len(headings))
    sheet.append([])
    sheet.cell(row=sheet.max_row + 1, column=1).value = "合计"
    sheet.cell(row=sheet.max_row, column=2).value = "2"
    workbook.save(path)
    return path


def test_titles_merged_cells_empty_rows_and_totals_are_read_rightly_in_every_ledger(
    office, linked, book, tmp_path: Path
) -> None:
    with linked.db.transaction() as session:
        enter(session, INDUSTRY, {"region_code": COUNTY, "name": "茶叶"}, actor=linked["he"], at=AT)
    for kind, table in TABLES.items():
        done = do(office, linked, kind, dirty(table, tmp_path / f"{kind}.xlsx"))
        assert (done.created + done.updated + done.unchanged, done.refused) == (len(table) - 1, []), kind
        again = do(office, linked, kind, book(table, name=kind))
        assert counts(again) == (0, 0, len(table) - 1, 0), (kind, again.refused)


@pytest.mark.parametrize("kind", ["visits", "links", "attendance", "assessments"])
def test_a_row_for_an_unknown_member_is_refused_at_its_column(office, linked, book, kind: str) -> None:
    headings, first, *_ = TABLES[kind]
    keys = {column.key: (column.heading, *column.aliases) for column in column_set(kind).columns}
    place = next(number for number, heading in enumerate(headings) if heading in keys["member"])
    told = [value if number != place else "没有此人" for number, value in enumerate(first)]
    done = do(office, linked, kind, book([headings, told]))
    assert [(each.row, each.column) for each in done.refused] == [(2, headings[place])]
    assert done.created == 0


@pytest.mark.parametrize("kind", ["households", "links", "visits"])
def test_an_identity_number_that_excel_spoilt_is_refused_at_its_column(office, linked, book, kind: str) -> None:
    headings, first, *_ = TABLES[kind]
    numbered = dict(zip(headings, first, strict=True)) | {"身份证号": "5.10822E+17"}
    done = do(office, linked, kind, book([list(numbered), list(numbered.values())]))
    assert [(each.row, each.column) for each in done.refused] == [(2, "身份证号")]


@pytest.mark.parametrize("kind", ["households", "links"])
def test_a_second_head_with_an_identity_number_of_another_is_refused_and_the_first_stays(
    office, linked, book, kind: str
) -> None:
    headings, *_ = TABLES[kind]
    values: dict[object, str] = {
        "委员姓名": "罗敏",
        "户主姓名": "赵四",
        "户类型": "脱贫户",
        "身份证号": IDS[0],
        "结对日期": "2022-04-05",
    }
    rows = [values, {**values, "户主姓名": "李小芳", "身份证号": IDS[1]}]
    done = do(office, linked, kind, book([headings, *([each.get(str(name)) for name in headings] for each in rows)]))
    assert [(each.row, each.column) for each in done.refused] == [(2, "身份证号")]
    assert "张*生" in done.refused[0].reason
    assert total(linked, Household) == 2
    with linked.db.reading() as session:
        assert all(each.version == 1 for each in session.scalars(select(Household).where(known(Household))))


def test_two_heads_with_one_number_in_one_file_are_one_household_and_a_refusal(office, linked, book) -> None:
    rows = [LINKS[1], [*LINKS[3][:3], "赵四", *LINKS[3][4:]]]
    fresh = [[*each[:5], IDS[2], *each[6:]] for each in rows]
    done = do(office, linked, "links", book([LINKS[0], [*fresh[0][:3], "钱一", *fresh[0][4:]], fresh[1]]))
    assert (done.created, [(each.row, each.column) for each in done.refused]) == (1, [(3, "身份证号")])
    assert total(linked, Household) == 3


def test_a_document_number_told_twice_begins_no_second_sum(office, linked, book) -> None:
    again = {**FUND, "申请(万元)": 99}
    done = do(office, linked, "funds", book([list(FUND), list(FUND.values()), list(again.values())]))
    assert (done.created, [(each.row, each.column) for each in done.refused]) == (1, [(3, "项目名称")])
    other = {**FUND, "项目名称": "另一个项目"}
    assert do(office, linked, "funds", book([list(other), list(other.values())])).created == 1
    with linked.db.reading() as session:
        assert len({line.allocation_id for line in session.scalars(select(FundLine))}) == 2


def test_the_unit_of_the_heading_is_the_unit_of_the_amounts(office, linked, book) -> None:
    for unit, amount, document in (("元", 120_000.5, "1号"), ("万元", 12.00005, "2号"), ("千元", 120.0005, "3号")):
        told = {"项目名称": f"以{unit}计", "资金来源": "衔接资金", "文号": document, f"申请({unit})": amount}
        assert do(office, linked, "funds", book([list(told), list(told.values())])).refused == []
    assert {line.amount_fen for line in lines(linked)} == {12_000_050}


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("members", {"委员姓名": "", "联系电话": "12"}),
        ("households", {"户主姓名": "", "身份证号": "510822198001010000", "村": "没有这村"}),
        ("links", {"户主姓名": "", "委员姓名": "没有此人", "村": "没有这村"}),
        ("links", {"委员姓名": "没有此人", "户类型": "没有这类", "村": "没有这村"}),
        ("visits", {"户主": "", "委员": "没有此人"}),
        ("visits", {"日期": "2022年13月", "户主": "无此户", "走访方式": "骑马"}),
        ("attendance", {"日期": "2022年13月", "委员姓名": "没有此人", "签到情况": "睡着了"}),
        ("services", {"日期": "2022年13月", "服务类别": "没有这类"}),
        ("funds", {"项目名称": "", "到位日期": ""}),
    ],
)
def test_a_row_with_a_missing_cell_is_marked_at_all_that_is_wrong_with_it(
    office, linked, book, kind: str, wrong: Mapping[str, str]
) -> None:
    headings, first, *_ = TABLES[kind]
    told = {**dict(zip(map(str, headings), first, strict=True)), **wrong}
    done = do(office, linked, kind, book([list(told), list(told.values())]))
    assert {each.column for each in done.refused} == wrong.keys()
    assert done.created == done.updated == 0


# What is judged is what was read: one engine says as much as two.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_cell_of_a_row_is_spoilt_the_row_is_refused_there_and_nothing_falls_over(office, linked, book) -> None:
    with linked.db.transaction() as session:
        enter(session, INDUSTRY, {"region_code": COUNTY, "name": "茶叶"}, actor=linked["he"], at=AT)
    for kind, (headings, first, *_) in TABLES.items():
        places = range(1, len(headings))
        rows = [["#REF!" if place == at else value for at, value in enumerate(first)] for place in places]
        done = do(office, linked, kind, book([headings, *rows], name=kind))
        # Every row is refused, each at the cell that was spoilt in it.
        named = {(each.row, each.column) for each in done.refused}
        assert named >= {(place + 1, str(headings[place])) for place in places}, kind
        assert done.created + done.updated + done.unchanged == 0, kind


def test_what_is_not_read_of_a_file_is_said(office, linked, tmp_path: Path) -> None:
    workbook = Workbook()
    sheets: list[Any] = [workbook.active, *map(workbook.create_sheet, ("底稿", "二", "说明"))]
    sheets[0].title, sheets[1].sheet_state = "一", "hidden"
    for sheet, name in zip(sheets, ["王大山", "王小山"], strict=False):
        sheet.append(["农户花名册"])
        sheet.append(["序号", "户主姓名", "所在乡（镇）", "行政村", "养殖情况", "空着的", "错误原因"])
        sheet.append(["=ROW()-2", name, "竹园", "方石", "猪三头", None, "上次的话"])
    sheets[2].append(["序号", "户主大名", "乡镇", "村"])
    sheets[3].append(["一律用全名"])
    workbook.save(tmp_path / "names.xlsx")
    done = do(office, linked, "households", tmp_path / "names.xlsx")
    assert (done.created, done.refused) == (2, [])
    # Not the empty column, not our own of an earlier answer, not the sheet of instructions.
    told = [(each.sheet, each.row, each.column) for each in done.warnings]
    assert told == [("一", 2, "养殖情况"), ("底稿", 2, ""), ("底稿", 2, "养殖情况"), ("二", 1, "")]
    assert "户主姓名" in done.warnings[-1].reason and "身份证号" in done.warnings[0].reason
    with linked.db.reading() as session:
        codes = session.scalars(select(Household.region_code).order_by(Household.recorded_at.desc()).limit(2)).all()
    assert codes == [VILLAGE, VILLAGE]


def test_a_village_may_be_named_without_what_it_is(linked) -> None:
    with linked.db.reading() as session:
        names = Names(session, county=COUNTY)
    for said in ("竹园方石", "竹园镇方石三组", "方石第二组", "方石"):
        assert names.place(said, field="village") == VILLAGE, said
    for said in ("方", "方石坡", "大方石"):
        with pytest.raises(Invalid):
            names.place(said, field="village")
