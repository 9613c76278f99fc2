"""Members, households and links from files: whole, repeated, mended, with the dirt of real ledgers; and out again."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from casework.campaign.links import links
from casework.campaign.tables import Link
from casework.core.editions import editions, known, newest_of
from casework.core.office import Office
from casework.exchange.marking import mark_errors
from casework.exchange.sheets import read_book
from casework.households import actions as household_actions
from casework.households.tables import Household, HouseholdStatus
from casework.members.tables import Member, MemberTerm
from tests.world import VILLAGE, World
from workflows.ledgers import exporting, importing

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
# Invented, with valid check digits; 510822 is the county's own code.
IDS = ("510822195503070014", "510822196811230029", "510822197001010010")
MEMBERS = [
    ["委员姓名", "届次", "界别", "是否常委", "工作单位及职务", "联系电话", "任职日期", "卸任日期"],
    ["陈青山", "十一届", "农业界", "是", "县农业农村局局长", "13900001111", "2021-12-20", ""],
    ["罗 敏", "十一届", "教育界", "否", "县一中教师", "13900002222", "2021.12.20", ""],
    ["王石", "十届", "工商联", "否", "茶业公司经理", "", "2016-12-20", "2021-12-19"],
]
LINKS = [
    [
        "序号",
        "委员姓名",
        "界别",
        "户主姓名",
        "户类型",
        "身份证号",
        "人口",
        "乡镇",
        "村",
        "组",
        "户主联系电话",
        "结对日期",
        "备注",
    ],
    [
        "1",
        "陈青山",
        "农业界",
        "张树生",
        "脱贫户",
        IDS[0],
        "4",
        "竹园镇",
        "方石村",
        "三组",
        "13900003333",
        "2022年3月1日",
        "",
    ],
    ["2", "陈青山", "农业界", "李小芳", "示范户", IDS[1], "3", "竹园镇", "方石村", "一组", "", "2022.3.1", "种茶"],
    ["3", "罗敏", "教育界", "张树生", "脱贫户", IDS[0], "4", "竹园镇", "方石村", "三组", "", "20220405", ""],
]


def do(office: Office, world: World, kind: str, path: Path, *, at: datetime = AT, **options: Any):
    return importing.run(office, kind, path, actor=world["he"], at=at, **options)


def counts(done: Any) -> tuple[int, int, int, int]:
    return done.created, done.updated, done.unchanged, len(done.refused)


@pytest.fixture
def linked(office: Office, world: World, book: Any) -> World:
    """Bring the members and the links in."""
    assert counts(do(office, world, "members", book(MEMBERS))) == (3, 0, 0, 0)
    done = do(office, world, "links", book(LINKS))
    assert counts(done) == (3, 0, 0, 0), done.refused
    return world


def total(world: World, table: type[Any], *where: Any) -> int:
    with world.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(known(table), *where)) or 0


def test_a_file_lands_once_however_often_it_comes(office, linked, book) -> None:
    assert counts(do(office, linked, "members", book(MEMBERS))) == (0, 0, 3, 0)
    assert counts(do(office, linked, "links", book(LINKS))) == (0, 0, 3, 0)
    assert [total(linked, table) for table in (Member, MemberTerm, Household, Link)] == [3, 3, 2, 3]


def test_who_is_sealed_is_masked_and_opens_again(linked) -> None:
    with linked.db.reading() as session:
        rows = session.scalars(select(Household).where(known(Household)).order_by(Household.head_name)).all()
        plain = {household_actions.plain(session, row, "head_name") for row in rows}
    assert plain == {"张树生", "李小芳"}
    for row in rows:
        assert "*" in row.head_name
        assert row.head_id_number is not None
        assert "*" in row.head_id_number


def test_the_remark_of_a_link_is_not_that_of_its_household(office, linked, book) -> None:
    households = [["户主姓名", "身份证号", "乡镇", "村", "备注"], ["李小芳", IDS[1], "竹园镇", "方石村", "独居"]]
    assert counts(do(office, linked, "households", book(households))) == (0, 1, 0, 0)
    assert counts(do(office, linked, "links", book(LINKS))) == (0, 0, 3, 0)
    with linked.db.reading() as session:
        found = select(Household.remark).where(known(Household))
        assert set(session.scalars(found)) == {"", "独居"}


def test_a_changed_row_is_a_further_edition_and_the_one_before_stays_readable(office, linked, book) -> None:
    changed = [LINKS[0], [*LINKS[2][:11], "2022-04-02", "改种木耳"]]
    assert counts(do(office, linked, "links", book(changed), at=LATER)) == (0, 1, 0, 0)
    with linked.db.reading() as session:
        link = session.scalars(select(Link).where(known(Link), Link.part == "demonstration")).one()
        told = [(row.version, row.valid_from, row.remark) for row in editions(session, Link, link.id)]
        before = session.scalars(select(Link).where(known(Link, AT), Link.id == link.id)).one()
    assert told == [(1, date(2022, 3, 1), "种茶"), (2, date(2022, 4, 2), "改种木耳")]
    assert before.version == 1


def test_a_household_known_by_its_number_is_not_doubled_when_it_moves(office, linked, book) -> None:
    rows = [
        ["户主姓名", "身份证号", "人口", "乡镇", "村", "监测类型", "纳入监测日期"],
        ["张树生", IDS[0], "5", "竹园镇", "", "边缘易致贫户", "2025-06-01"],
    ]
    assert counts(do(office, linked, "households", book(rows), at=LATER)) == (0, 1, 0, 0)
    assert total(linked, Household) == 2
    assert total(linked, HouseholdStatus, HouseholdStatus.code == "marginal") == 1
    assert counts(do(office, linked, "households", book(rows), at=LATER)) == (0, 0, 1, 0)


def test_what_a_file_says_nothing_about_stays_as_it_is(office, linked, book) -> None:
    rows = [["户主姓名", "身份证号", "人口"], ["张树生", IDS[0], "6"]]
    assert counts(do(office, linked, "households", book(rows), at=LATER)) == (0, 1, 0, 0)
    roll = [["委员姓名", "界别"], ["陈青山", "工会"]]
    assert counts(do(office, linked, "members", book(roll), at=LATER)) == (0, 1, 0, 0)
    with linked.db.reading() as session:
        house = session.scalars(select(Household).where(known(Household), Household.people == 6)).one()
        term = session.scalars(select(MemberTerm).where(known(MemberTerm), MemberTerm.sector == "工会")).one()
    assert (house.region_code, house.group_no) == (VILLAGE, "三组")
    assert (term.is_standing, term.valid_from) == (True, date(2021, 12, 20))


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({1: "没有此人"}, "委员姓名"),
        ({4: "富裕户"}, "户类型"),
        ({5: "5.10822E+17"}, "身份证号"),
        ({5: IDS[2][:-1] + "9"}, "身份证号"),
        ({6: "很多"}, "人口"),
        ({8: "没有的村"}, "村"),
        ({11: "去年"}, "结对日期"),
        ({11: "2019-01-01"}, "结对日期"),
        ({3: ""}, "户主姓名"),
    ],
)
def test_a_bad_row_is_refused_at_its_column_and_the_good_ones_land(
    office, world, book, change: dict[int, str], column: str
) -> None:
    do(office, world, "members", book(MEMBERS))
    bad = [change.get(place, value) for place, value in enumerate([*LINKS[3][:5], IDS[2], *LINKS[3][6:]])]
    done = do(office, world, "links", book([LINKS[0], bad, LINKS[1]]))
    assert [(fault.row, fault.column) for fault in done.refused] == [(2, column)]
    assert (done.created, total(world, Link), total(world, Household)) == (1, 1, 1)


def test_of_two_telephones_of_one_name_the_wrong_one_is_marked(office, world, book, tmp_path: Path) -> None:
    """The office's own sheet has 联系电话 twice (domain.md §4.2 no. 1): the member's, and the household's."""
    do(office, world, "members", book(MEMBERS))
    head = [*LINKS[0][:3], "联系电话", *LINKS[0][3:10], "联系电话", *LINKS[0][11:]]
    row = [*LINKS[1][:3], "13900001111", *LINKS[1][3:10], "12345", *LINKS[1][11:]]
    done = do(office, world, "links", path := book([head, row]))
    assert [(fault.row, fault.column, fault.position) for fault in done.refused] == [(2, "联系电话", 11)]
    marked = tmp_path / "marked.xlsx"
    mark_errors(path, faults=done.refused, target=marked)
    cells = load_workbook(marked).worksheets[0][2]
    assert [cell.value for cell in cells if cell.fill.fill_type][:1] == ["12345"]


def test_two_of_one_name_are_told_apart_by_phone_or_refused(office, world, book) -> None:
    twins = [MEMBERS[0], MEMBERS[1], ["陈青山", "十一届", "工会", "否", "县总工会", "13900009999", "2021-12-20", ""]]
    assert counts(do(office, world, "members", book(twins))) == (2, 0, 0, 0)
    done = do(office, world, "links", book(LINKS[:2]))
    assert [fault.column for fault in done.refused] == ["委员姓名"]
    row = [*LINKS[1][:3], "13900009999", *LINKS[1][3:]]
    head = [*LINKS[0][:3], "联系电话", *LINKS[0][3:]]
    assert counts(do(office, world, "links", book([head, row]))) == (1, 0, 0, 0)


def test_the_handbook_comes_in_and_goes_out_and_what_is_no_area_is_refused(
    office, linked, book, tmp_path: Path
) -> None:
    told = ["致贫原因", "耕地面积（亩）", "林地", "住房面积（平方米）", "危房等级", "饮水情况", "参保情况"]
    rows = [
        ["户主姓名", "身份证号", *told],
        ["张树生", IDS[0], "因病", "３．５", "12", "", "c级", "自来水", "医保"],
        ["李小芳", IDS[1], "", "三亩", "", "", "", "", ""],
        ["王建国", IDS[2], "", "", "", "", "E级", "", ""],
    ]
    done = do(office, linked, "households", book(rows), at=LATER)
    assert counts(done)[1] == 1
    assert [(fault.row, fault.column) for fault in done.refused] == [(3, "耕地面积（亩）"), (4, "危房等级")]
    with linked.db.reading() as session:
        [house] = newest_of(session, Household, Household.hardship != "")
    assert (house.farmland, house.forest, house.floor_area, house.housing_grade, house.water) == (
        *(Decimal("3.5"), Decimal(12), None, "C"),
        "自来水",
    )
    out = tmp_path / "out.xlsx"
    exporting.run(office, "households", out, actor=linked["he"], at=LATER)
    [sheet] = read_book(out).sheets
    row = next(each.cells for each in sheet.rows if "张树生" in each.cells)
    assert [row[sheet.rows[0].cells.index(each)] for each in ("致困原因", "耕地面积（亩）", "危房等级")] == [
        "因病",
        "3.5",
        "C级",
    ]


@pytest.mark.parametrize("kind", ["members", "households", "links"])
def test_what_is_exported_and_not_touched_changes_nothing(office, linked, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"{kind}-out.xlsx"
    exporting.run(office, kind, out, actor=linked["he"], at=AT)
    [sheet] = read_book(out).sheets
    done = do(office, linked, kind, out, at=LATER)
    assert counts(done) == (0, 0, len(sheet.rows) - 1, 0), done.refused
    again = tmp_path / f"{kind}-again.xlsx"
    exporting.run(office, kind, again, actor=linked["he"], at=LATER)
    [second] = read_book(again).sheets
    assert [row.cells for row in sheet.rows] == [row.cells for row in second.rows]


def test_what_a_refused_row_would_have_changed_is_taken_back_and_the_next_row_goes_by_what_is_kept(
    office, linked, book
) -> None:
    with linked.db.transaction() as session:
        [link] = newest_of(session, Link, Link.part == "demonstration", lock=True)
        ended = {"valid_to": date(2022, 6, 30)}
        links.change(session, link, ended, reason="户主外出", actor=linked["he"], at=AT)
    # The two were linked until June, so this row is refused after its household was mended and counted otherwise.
    overlapping = [*LINKS[2][:4], "脱贫户", IDS[1], "9", *LINKS[2][7:11], "2022-05-01", ""]
    other = ["5", "罗敏", "教育界", *overlapping[3:6], "3", *overlapping[7:]]
    done = do(office, linked, "links", book([LINKS[0], overlapping, other]), at=LATER)
    assert (done.created, [fault.row for fault in done.refused]) == (1, [2])
    with linked.db.reading() as session:
        [house] = newest_of(session, Household, Household.people == 3)
        counted = newest_of(session, HouseholdStatus, HouseholdStatus.household_id == house.id)
        assert (house.version, len(newest_of(session, Link, Link.object_id == house.id))) == (1, 2)
    assert {(each.code, each.valid_from) for each in counted} == {
        ("demonstration", date(2022, 3, 1)),
        ("poverty_alleviated", date(2022, 5, 1)),
    }


def test_a_row_that_names_no_place_means_the_household_that_has_none(office, linked, book, tmp_path: Path) -> None:
    heads = ["户主姓名", "户类型", "乡镇", "村"]
    rows = [["钱一", "脱贫户", "", ""], ["钱一", "脱贫户", "竹园镇", "方石村"]]
    assert do(office, linked, "households", book([heads, *rows])).created == 2
    links = [["委员姓名", *heads], ["罗敏", *rows[0]], ["罗敏", *rows[1]]]
    assert counts(do(office, linked, "links", book(links))) == (2, 0, 0, 0)
    assert counts(do(office, linked, "links", book(links))) == (0, 0, 2, 0)
    # Of two that live somewhere, none is meant more than the other.
    more = [["钱二", "脱贫户", "竹园镇", ""], ["钱二", "脱贫户", "竹园镇", "方石村"]]
    assert do(office, linked, "households", book([heads, *more])).created == 2
    done = do(office, linked, "links", book([links[0], ["罗敏", "钱二", "脱贫户", "", ""]]))
    assert [each.column for each in done.refused] == ["户主姓名"]


@pytest.mark.parametrize("kind", ["links", "households"])
def test_one_identity_number_with_two_heads_in_a_file_is_refused_at_the_number(office, linked, book, kind) -> None:
    headings = ["委员姓名", "户主姓名", "户类型", "身份证号", "乡镇", "村", "结对日期"]
    rows = [
        ["陈青山", head, "脱贫户", "999999200001010011", "竹园镇", "方石村", "2022-02-01"] for head in ("林一", "林二")
    ]
    done = do(office, linked, kind, book([headings, *rows]))
    assert (done.created, [(fault.row, fault.column) for fault in done.refused]) == (1, [(3, "身份证号")])


def test_a_link_of_a_far_year_is_refused_at_its_day(office, linked, book) -> None:
    far = [LINKS[0], [*LINKS[1][:3], "赵长贵", *LINKS[1][4:5], IDS[2], *LINKS[1][6:11], "2099-03-01", ""]]
    done = do(office, linked, "links", book(far), at=LATER)
    assert counts(done) == (0, 0, 0, 1)
    assert [(each.row, each.column) for each in done.refused] == [(2, "结对日期")]


def test_a_link_from_before_its_campaign_is_refused_and_one_from_before_its_member_is_asked_about(
    office, world, book
) -> None:
    do(office, world, "members", book([MEMBERS[0], [*MEMBERS[1][:6], "2022-06-01", ""], MEMBERS[2]]))
    days = ("2022-03-01", "1900-01-01", "2022-04-05")
    dated = [[*row[:11], day, *row[12:]] for row, day in zip(LINKS[1:], days, strict=True)]
    done = do(office, world, "links", book([LINKS[0], *dated]))
    assert counts(done) == (2, 0, 0, 1)
    assert [(each.row, each.column) for each in done.refused] == [(3, "结对日期")]
    (asked,) = done.warnings
    assert (asked.row, asked.column) == (2, "结对日期") and "2022-06-01" in asked.reason
    assert do(office, world, "links", book([LINKS[0], *dated])).warnings == []
