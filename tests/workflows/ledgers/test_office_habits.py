"""What acceptance found in workbooks as offices write them: each is read rightly, or refused at its cell."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from casework.activities.tables import Activity, Service
from casework.assessment.tables import Assessment
from casework.campaign.tables import Goal, Link
from casework.core.editions import known
from casework.exchange.column_sets import column_set
from casework.households import actions as household_actions
from casework.households.actions import NewHousehold
from casework.members import actions as member_actions
from casework.members.actions import NewMember
from casework.supervisions.tables import Supervision
from tests.workflows.ledgers.test_assessments_ledger import HEADINGS
from tests.workflows.ledgers.test_assessments_ledger import ROW as ASSESSMENT
from tests.workflows.ledgers.test_fund_ledger import ROW as FUND
from tests.workflows.ledgers.test_links_ledger import LATER, LINKS, counts, do, linked
from tests.workflows.ledgers.test_record_ledgers import SERVICES, all_of
from tests.workflows.ledgers.test_supervisions_ledger import HEADINGS as SUPERVISED
from tests.workflows.ledgers.test_supervisions_ledger import OPEN
from tests.workflows.ledgers.test_visits_ledger import HEAD, row
from tests.world import COUNTY, VILLAGE
from workflows.ledgers import names

__all__ = ["linked"]


def told(done: Any) -> list[tuple[int, str]]:
    return [(each.row, each.column) for each in done.refused]


def test_a_name_padded_with_a_blank_is_the_member(office, linked, book) -> None:
    padded = [
        SERVICES[0],
        [*SERVICES[1][:4], "陈青山", *SERVICES[1][5:]],
        [*SERVICES[1][:4], "罗\u3000敏", *SERVICES[1][5:]],
    ]
    padded[2][3] = "另一次指导"
    done = do(office, linked, "services", book(padded))
    assert (counts(done), done.warnings) == ((2, 0, 0, 0), [])
    assert all(each.member_id is not None and each.provider == "" for each in all_of(linked, Service))


def test_points_in_full_width_are_points_and_a_row_of_averages_is_no_sheet(office, linked, book) -> None:
    wide = [*ASSESSMENT[:8], "５９．５０ ", *ASSESSMENT[9:]]
    average = ["平均", *[None] * 7, 59.5, None, None]
    done = do(office, linked, "assessments", book([HEADINGS, wide, average]))
    assert (counts(done), done.refused) == ((1, 0, 0, 0), [])
    with linked.db.reading() as session:
        assert session.scalars(select(Assessment.score)).all() == [5950]


def test_a_rule_that_refuses_a_row_is_told_at_its_cell(office, linked, book, tmp_path: Path) -> None:
    more = {**FUND, "到位(万元)": 4, "拨付(万元)": 6}
    report = tmp_path / "marked.xlsx"
    done = do(office, linked, "funds", book([list(more), list(more.values())]), report=report)
    assert told(done) == [(2, "拨付(万元)")]
    assert marked(report) == {(2, list(more).index("拨付(万元)") + 1)}
    amounts = {name: value for name, value in FUND.items() if "(万元)" not in name}
    amounts["申请/批复/到位/拨付(万元)"] = "9/8/4/6"
    assert told(do(office, linked, "funds", book([list(amounts), list(amounts.values())]))) == [
        (2, "申请/批复/到位/拨付(万元)")
    ]


def marked(report: Path) -> set[tuple[int, int]]:
    """Return the cells of a marked file that are framed, those of the reasons left out."""
    sheet: Any = load_workbook(report).active
    return {
        (cell.row, cell.column)
        for line in sheet.iter_rows(min_row=2, max_col=sheet.max_column - 1)
        for cell in line
        if cell.fill.fill_type
    }


def test_a_day_without_its_year_is_of_the_year_that_its_row_or_the_title_says(office, linked, book) -> None:
    quartered = row(日期="11月3日", 季度="2022年第四季度")
    done = do(office, linked, "visits", book([["2026年入户走访台账"], HEAD, quartered]))
    assert (counts(done), done.warnings) == ((1, 0, 0, 0), [])
    (visit,) = all_of(linked, Activity)
    assert visit.on_date == date(2022, 11, 3)
    # What the title alone says is read, and pointed at; without any year it is refused as before.
    place = LINKS[0].index("结对日期")
    fresh = [*LINKS[1][:3], "钱一", *LINKS[1][4:place], "2月15日", *LINKS[1][place + 1 :]]
    fresh[LINKS[0].index("身份证号")] = ""
    untitled = do(office, linked, "links", book([LINKS[0], fresh]))
    spanning = do(
        office, linked, "links", book([["2022-2023年委员联户台账"], ["填报日期：2023年1月9日"], LINKS[0], fresh])
    )
    assert [told(done) for done in (untitled, spanning)] == [[(2, "结对日期")], [(4, "结对日期")]]
    done = do(office, linked, "links", book([["２０２２年度委员联户台账"], LINKS[0], fresh]))
    assert (done.created, [(each.row, each.column) for each in done.warnings]) == (1, [(3, "结对日期")])
    with linked.db.reading() as session:
        assert date(2022, 2, 15) in set(session.scalars(select(Link.valid_from).where(known(Link))))


def test_items_of_a_checklist_in_two_rows_of_headings_are_read_and_marked(office, linked, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.append(["联村五个一台账"])
    sheet.merge_cells("A1:H1")
    sheet.append(["序号", "联系村", "制定1个年度工作计划", None, None, "民生实事", None, None])
    sheet.append([None, None, *["完成时间", "佐证", "责任人"] * 2])
    for merged in ("A2:A3", "B2:B3", "C2:E2", "F2:H2"):
        sheet.merge_cells(merged)
    sheet.append([1, "方石村", "2022.3.1", "计划一份", "王主任", "2022年9月1日", "修路", None])
    sheet.append([2, "方石村", "四月里", "计划一份", "王主任", None, None, None])
    path, report = tmp_path / "goals.xlsx", tmp_path / "marked.xlsx"
    workbook.save(path)
    done = do(office, linked, "goals", path, report=report)
    assert (done.created, told(done)) == (1, [(5, "制定1个年度工作计划完成时间")])
    assert marked(report) == {(5, 3)}
    goals = {each.item: (each.reached_on, each.responsible) for each in all_of(linked, Goal)}
    assert goals == {"year_plan": (date(2022, 3, 1), "王主任"), "livelihood": (date(2022, 9, 1), "")}
    assert counts(do(office, linked, "goals", path, at=LATER)) == (0, 0, 1, 1)


def test_a_supervised_matter_is_not_due_before_it_was_begun(office, linked, book) -> None:
    def matter(**changes: object) -> list[object]:
        return [changes.get(heading, value) for heading, value in zip(SUPERVISED, OPEN, strict=True)]

    early, ahead = (
        matter(时限="2026-08-01"),
        matter(督办编号="督办〔2026〕4号", 立项日期="2027-01-05", 时限="2027-02-01"),
    )
    done = do(office, linked, "supervisions", book([SUPERVISED, early, ahead]))
    assert told(done) == [(2, "时限"), (3, "立项日期")]
    with linked.db.reading() as session:
        assert not session.scalars(select(Supervision)).all()
    assert "due" in {column.key for column in column_set("supervisions").columns}


def test_a_category_nobody_knows_is_kept_as_other_and_said_so(office, world, book) -> None:
    header = ["编号", "受理日期", "来源", "反映人", "村组", "类别", "问题描述"]
    rows = [
        [str(n), "2026-01-05", "来信", "张树生", "竹园镇方石村", said, "水管坏了"]
        for n, said in enumerate(("水利", "", "无此类"), 1)
    ]
    done = do(office, world, "cases", book([header, *rows]))
    assert (done.created, done.refused) == (3, [])
    assert [(each.row, each.column) for each in done.warnings] == [(2, "类别"), (4, "类别")]


@pytest.mark.parametrize(
    ("place", "group", "is_in"),
    [
        ("竹园镇方石村三组", "3组", True),
        ("方石村第三组", "三组", True),
        ("方石村13组", "3组", False),
        ("方石村十三组", "13组", True),
        ("方石村三社", "三组", False),
        ("方石村", "3组", False),
        ("方石村３组", "三组", True),
        ("方石村东头", "东头", True),
        ("方石村东头", "", False),
    ],
)
def test_a_group_is_the_same_however_it_is_written(place, group, is_in) -> None:
    assert names.is_in_group(place, group) is is_in


def test_two_files_that_write_a_group_differently_change_nothing_to_and_fro(office, linked, book, world) -> None:
    header = ["乡镇", "村", "组", "户主姓名", "身份证号", "人口"]
    rows = {said: [header, ["竹园镇", "方石村", said, "李家旺", "", "4"]] for said in ("三组", "3组", "第三组", "四组")}
    outcomes = [do(office, world, "households", book(rows[said])) for said in ("三组", "3组", "第三组", "四组")]
    assert [(each.created, each.updated, each.unchanged) for each in outcomes] == [
        (1, 0, 0),
        (0, 0, 1),
        (0, 0, 1),
        (0, 1, 0),
    ]


def test_amounts_without_a_unit_in_the_heading_are_read_in_the_usual_one_and_told_so(office, linked, book) -> None:
    bare = {key.removesuffix("(万元)"): value for key, value in FUND.items()}
    own = {**bare, "项目名称": "方石村水池", "文号": "青财农〔2026〕9号", "申请": "13万元", "批复": "12万元"}
    own |= {"到位": "11万元"}
    done = do(office, linked, "funds", book([list(bare), list(own.values()), list(bare.values())]))
    assert counts(done) == (2, 0, 0, 0)
    # A cell that names its unit asks nothing; where it first matters it is told, and once.
    assumed = [(each.row, each.column) for each in done.warnings if "万元还是元" in each.reason]
    assert assumed == [(3, "申请")]
    done = do(office, linked, "funds", book([list(FUND), list(FUND.values())]))
    assert not [each for each in done.warnings if "万元还是元" in each.reason]


def test_who_was_entered_with_a_gap_in_the_name_is_found_by_a_ledger(office, world, book) -> None:
    with world.db.transaction() as session:
        member = NewMember(name="罗 敏", region_code=COUNTY, valid_from=date(2021, 12, 20))
        row = member_actions.enter(session, member, actor=world["he"], at=LATER)
        head = NewHousehold(head_name="张\u3000平", region_code=VILLAGE)
        household = household_actions.enter(session, head, actor=world["he"], at=LATER)
        ends = row.id, household.id
    members = [["委员姓名", "任职日期"], ["罗敏", "2021-12-20"]]
    assert counts(do(office, world, "members", book(members))) == (0, 0, 1, 0)
    pair = ["罗敏", "张平", "脱贫户", "竹园镇", "方石村", "2022-03-01"]
    done = do(office, world, "links", book([["委员姓名", "户主姓名", "户类型", "乡镇", "村", "结对日期"], pair]))
    assert counts(done) == (1, 0, 0, 0)
    with world.db.reading() as session:
        link = session.scalars(select(Link)).one()
        assert (link.holder_id, link.object_id) == ends


def test_a_link_does_not_begin_after_the_member_left(office, linked, book) -> None:
    members = [["委员姓名", "任职日期", "卸任日期"], ["王石", "2016-12-20", "2021-12-19"]]
    do(office, linked, "members", book(members))
    late = [LINKS[0], ["9", "王石", "", "赵小", "脱贫户", "", "3", "竹园镇", "方石村", "", "", "2022-03-01", ""]]
    done = do(office, linked, "links", book(late))
    assert told(done) == [(2, "结对日期")] and "2021-12-19" in done.refused[0].reason
