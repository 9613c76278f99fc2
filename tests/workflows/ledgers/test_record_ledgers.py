"""Ledgers 7, 9, 10 and 11 in and out: goals, attendance, suggestions, services."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from casework.activities.tables import Activity, Attendance, Cosignature, Service, Suggestion
from casework.campaign.forms import enter
from casework.campaign.records import INDUSTRY
from casework.campaign.tables import Goal
from casework.core import editions
from casework.core.editions import Edition, known
from casework.exchange.sheets import read_book
from casework.members.tables import Member
from tests.workflows.ledgers.test_links_ledger import AT, LATER, counts, do, linked, total
from tests.world import COUNTY, VILLAGE, World
from workflows.ledgers import exporting

__all__ = ["linked"]
SERVICES = [
    ["序号", "日期", "服务类别", "服务内容", "提供单位或委员", "乡镇", "村", "服务对象", "备注"],
    ["1", "2022-05-06", "技术", "茶园管护现场指导", "陈青山", "竹园镇", "方石村", "茶农 12 户", ""],
    ["2", "2022.5.7", "市场服务", "联系收购", "水利局", "竹园镇", "", "", ""],
    ["3", "20220508", "信息", "发布价格", "外地公司", "", "", "全县", "电话"],
]
SUGGESTIONS = [
    ["序号", "日期", "意见建议内容", "提出人", "涉及产业", "提交单位", "采纳情况", "答复", "备注"],
    ["1", "2022-06-01", "建冷库", "罗敏", "茶叶", "县农业农村局", "已采纳", "已列入计划", ""],
    ["2", "2022-06-02", "统一包装", "县水利局", "天麻", "", "", "", ""],
    ["3", "2022-06-03", "统一商标", "外来的人", "", "", "部分采纳", "", "要再议"],
]
ATTENDANCE = [
    ["序号", "日期", "活动名称", "类别", "委员姓名", "签到情况", "备注"],
    ["1", "2022-03-10", "委员履职培训", "培训", "陈青山", "到会", ""],
    ["2", "2022-03-10", "委员履职培训", "培训", "罗 敏", "请假", "住院"],
    ["3", "2022-03-10", "推进会", "会议", "陈青山", "迟到", ""],
]
LEAVES = ("病假", "公假", "请假")
GOALS = [
    ["序号", "年度", "对象", "村组", "年度工作计划完成时间", "年度工作计划佐证", "年度工作计划责任人", "有事来协商完成时间",
     "主导产业完成时间", "新型经营主体完成数量", "新型经营主体佐证", "增收项目完成时间", "增收项目责任人"],
    ["1", "2022", "方石村", "竹园镇", "2022-03-01", "计划一份", "王主任", "2099-01-01", "", "", "", "", ""],
    ["2", "2022", "茶叶", "", "", "", "", "", "2022.6.1", "3", "名单", "", ""],
    ["3", "2022", "张树生", "方石村", "", "", "", "", "", "", "", "2022-08-08", "陈青山"],
]  # fmt: skip
BY_KIND = {"services": SERVICES, "suggestions": SUGGESTIONS, "attendance": ATTENDANCE, "goals": GOALS}


@pytest.fixture
def county(linked: World) -> World:
    """Add an industry to the county."""
    with linked.db.transaction() as session:
        enter(session, INDUSTRY, {"region_code": COUNTY, "name": "茶叶"}, actor=linked["he"], at=AT)
    return linked


def all_of(world: World, table: type[Edition]) -> list[Any]:
    with world.db.reading() as session:
        return list(session.scalars(select(table).where(known(table)).order_by(table.created_at, table.id)))


def test_a_service_names_member_or_unit_or_keeps_the_words(office, county, book) -> None:
    done = do(office, county, "services", book(SERVICES))
    assert (counts(done), [(each.row, each.column) for each in done.warnings]) == (
        (3, 0, 0, 0),
        [(4, "提供单位或委员")],
    )
    first, second, third = all_of(county, Service)
    assert (first.kind, first.region_code, first.member_id is not None, first.provider) == (
        "technical",
        VILLAGE,
        True,
        "",
    )
    assert (second.org_id, second.region_code) == (county.orgs["SLJ"], VILLAGE[:9])
    assert (third.provider, third.region_code, third.receiver) == ("外地公司", COUNTY, "全县")


def test_a_suggestion_says_what_became_of_it_and_an_unknown_industry_stays_as_words(office, county, book) -> None:
    done = do(office, county, "suggestions", book(SUGGESTIONS))
    assert (done.created, [(each.row, each.column) for each in done.warnings]) == (
        3,
        [(3, "涉及产业"), (4, "提出人")],
    )
    first, second, third = all_of(county, Suggestion)
    assert (first.adoption, first.industry_id is not None, first.addressed_to) == ("adopted", True, "县农业农村局")
    assert (second.org_id, second.remark) == (county.orgs["SLJ"], "涉及产业：天麻")
    assert (third.adoption, third.proposer) == ("partly", "外来的人")


def test_several_who_signed_are_not_called_unknown(office, county, book) -> None:
    joint = [SUGGESTIONS[0], ["1", "2022-06-01", "建冷库", "罗敏、外来的人", *SUGGESTIONS[1][4:]]]
    done = do(office, county, "suggestions", book(joint))
    assert [(each.row, each.column) for each in done.warnings] == [(2, "提出人")]
    assert "2 个名字" in done.warnings[0].reason and "没有登记" not in done.warnings[0].reason
    assert [row.proposer for row in all_of(county, Suggestion)] == ["罗敏、外来的人"]
    # Registered since, each of them is found, and the same suggestion is theirs.
    do(office, county, "members", book([["委员姓名", "任职日期"], ["外来的人", "2021-12-20"]]))
    done = do(office, county, "suggestions", book(joint), at=LATER)
    assert (counts(done), done.warnings) == ((0, 1, 0, 0), [])
    assert [row.proposer for row in all_of(county, Suggestion)] == [""] and total(county, Cosignature) == 1


def test_who_signed_together_are_members_and_come_out_as_they_went_in(office, county, book, tmp_path) -> None:
    names = {row.id: row.name for row in all_of(county, Member)}
    joint = [SUGGESTIONS[0], ["1", "2022-06-01", "建冷库", "罗 敏，陈青山和王石", *SUGGESTIONS[1][4:]]]
    done = do(office, county, "suggestions", book(joint))
    assert (counts(done), done.warnings) == ((1, 0, 0, 0), [])
    assert counts(do(office, county, "suggestions", book(joint), at=LATER)) == (0, 0, 1, 0)
    (row,) = all_of(county, Suggestion)
    assert (names[row.member_id], row.proposer) == ("罗敏", "")
    assert [names[each.member_id] for each in all_of(county, Cosignature)] == ["陈青山", "王石"]
    out = tmp_path / "out.xlsx"
    exporting.run(office, "suggestions", out, actor=county["he"], at=LATER)
    assert [row.cells[3] for row in read_book(out).sheets[0].rows][-1] == "罗敏、陈青山、王石"
    assert counts(do(office, county, "suggestions", out, at=LATER)) == (0, 0, 1, 0)
    # One name alone says nothing of the others; a shorter list of several leaves out whom it does not name.
    for cell, done_as, signed in (("罗敏", (0, 0, 1, 0), 2), ("罗敏、王石", (0, 1, 0, 0), 1)):
        file = book([SUGGESTIONS[0], ["1", "2022-06-01", "建冷库", cell, *SUGGESTIONS[1][4:]]])
        assert counts(do(office, county, "suggestions", file, at=LATER)) == done_as
        assert len([each for each in all_of(county, Cosignature) if not each.withdrawn]) == signed


def test_a_suggestion_without_a_day_is_of_today_until_the_day_is_told(office, county, book) -> None:
    undated = [SUGGESTIONS[0], ["1", "", *SUGGESTIONS[1][2:]]]
    done = do(office, county, "suggestions", book(undated))
    assert (done.created, [each.column for each in done.warnings]) == (1, ["日期"])
    assert [row.on_date for row in all_of(county, Suggestion)] == [date(2026, 11, 20)]
    again = do(office, county, "suggestions", book(undated), at=LATER)
    assert (counts(again), again.warnings) == ((0, 0, 1, 0), [])
    assert counts(do(office, county, "suggestions", book(SUGGESTIONS[:2]), at=LATER)) == (0, 1, 0, 0)
    assert [row.on_date for row in all_of(county, Suggestion)] == [date(2022, 6, 1)]


def test_who_is_registered_later_is_the_same_one_and_nothing_is_doubled(office, county, book) -> None:
    do(office, county, "suggestions", book(SUGGESTIONS))
    do(office, county, "members", book([["委员姓名", "任职日期"], ["外来的人", "2021-12-20"]]))
    assert counts(do(office, county, "suggestions", book(SUGGESTIONS), at=LATER)) == (0, 1, 2, 0)
    assert total(county, Suggestion) == 3


def test_an_activity_is_entered_once_and_found_by_day_title_and_kind(office, county, book) -> None:
    assert counts(do(office, county, "attendance", book(ATTENDANCE))) == (3, 0, 0, 0)
    assert [(row.title, row.kind) for row in all_of(county, Activity)] == [
        ("委员履职培训", "training"),
        ("推进会", "promotion_meeting"),
    ]
    assert [(row.status, row.part) for row in all_of(county, Attendance)] == [
        (status, "attendee") for status in ("present", "leave", "late")
    ]
    more = [["日期", "活动名称", "委员姓名"], ["2022-03-10", "委员履职培训", "王石"]]
    assert counts(do(office, county, "attendance", book(more), at=LATER)) == (1, 0, 0, 0)
    assert (total(county, Activity), total(county, Attendance)) == (2, 4)


def test_a_goal_is_claimed_planned_or_under_way_as_its_columns_say(office, county, book) -> None:
    assert counts(do(office, county, "goals", book(GOALS))) == (3, 0, 0, 0)
    told = {row.item: (row.state, row.count, row.reached_on, row.due_on) for row in all_of(county, Goal)}
    assert told == {
        "year_plan": ("claimed", 1, date(2022, 3, 1), None),
        "consultation": ("planned", 0, None, date(2099, 1, 1)),
        "leading_industry": ("claimed", 1, date(2022, 6, 1), None),
        "entities": ("in_progress", 3, None, None),
        "income_project": ("claimed", 1, date(2022, 8, 8), None),
    }
    further = [GOALS[0], [*GOALS[2][:9], "5", *GOALS[2][10:]]]
    assert counts(do(office, county, "goals", book(further), at=LATER)) == (0, 1, 0, 0)


def test_what_the_office_has_verified_is_not_taken_back_by_a_file(office, county, book) -> None:
    do(office, county, "goals", book(GOALS[:2]))
    with county.db.transaction() as session:
        goal = session.scalars(select(Goal).where(known(Goal), Goal.item == "year_plan")).one()
        editions.mend(session, goal, {"state": "verified"}, actor=county["an"], at=AT)
    changed = [GOALS[0], [*GOALS[1][:5], "计划两份", *GOALS[1][6:]]]
    assert counts(do(office, county, "goals", book(changed), at=LATER)) == (0, 1, 0, 0)
    assert {row.state for row in all_of(county, Goal) if row.item == "year_plan"} == {"verified"}


@pytest.mark.parametrize(
    "mistake",
    [
        ("services", {2: "别的"}, "服务类别"),
        ("services", {1: "2099-01-01"}, "日期"),
        ("services", {6: "没有的村"}, "村"),
        ("services", {3: ""}, "服务内容"),
        ("suggestions", {6: "也许"}, "采纳情况"),
        ("suggestions", {1: "2022年6月"}, "日期"),
        ("suggestions", {2: ""}, "意见建议内容"),
        ("attendance", {4: "没有此人"}, "委员姓名"),
        ("attendance", {3: "聚餐"}, "类别"),
        ("attendance", {3: "产业调研"}, "类别"),
        ("attendance", {3: "", 2: "没有的会"}, "类别"),
        ("attendance", {5: "梦游"}, "签到情况"),
        ("goals", {2: "没有的村"}, "对象"),
        ("goals", {2: "天麻", 4: "", 5: "", 6: "", 7: "", 8: "2022-06-01"}, "对象"),
        ("goals", {1: "2019"}, "年度"),
        ("goals", {4: "做完了"}, "年度工作计划完成时间"),
    ],
)
def test_a_bad_row_is_refused_at_its_column_and_the_good_one_lands(
    office, county, book, mistake: tuple[str, dict[int, str], str]
) -> None:
    kind, change, column = mistake
    table = BY_KIND[kind]
    bad = [change.get(place, value) for place, value in enumerate(table[1])]
    done = do(office, county, kind, book([table[0], bad, table[2]]))
    assert [(fault.row, fault.column) for fault in done.refused] == [(2, column)]
    assert done.created == 1


@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_a_row_told_twice_counts_once_and_told_otherwise_is_refused(office, county, book, kind: str) -> None:
    first = BY_KIND[kind][1]
    otherwise = {"services": 8, "suggestions": 8, "attendance": 6, "goals": 6}[kind]
    other = [*first[:otherwise], "另一种说法", *first[otherwise + 1 :]]
    done = do(office, county, kind, book([BY_KIND[kind][0], first, first, other]))
    assert (counts(done), [fault.row for fault in done.refused]) == ((1, 0, 1, 1), [4])


@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_what_is_exported_and_not_touched_changes_nothing(office, county, book, tmp_path: Path, kind: str) -> None:
    assert do(office, county, kind, book(BY_KIND[kind])).created == 3
    out = tmp_path / f"{kind}-out.xlsx"
    assert exporting.run(office, kind, out, actor=county["he"], at=AT) == 3
    done = do(office, county, kind, out, at=datetime(2099, 6, 1, tzinfo=UTC))
    assert counts(done) == (0, 0, 3, 0), done.refused
    again = tmp_path / f"{kind}-again.xlsx"
    exporting.run(office, kind, again, actor=county["he"], at=LATER)
    first, second = read_book(out).sheets[0], read_book(again).sheets[0]
    assert [row.cells for row in first.rows] == [row.cells for row in second.rows]


def test_an_industry_in_words_and_what_leave_was_for_come_out_where_they_came_in(
    office, county, book, tmp_path: Path
) -> None:
    kept = [SUGGESTIONS[0], SUGGESTIONS[2], [*SUGGESTIONS[3][:4], "天麻", *SUGGESTIONS[3][5:]]]
    signed = [ATTENDANCE[0], *([*row[:5], word, row[6]] for row, word in zip(ATTENDANCE[1:], LEAVES, strict=True))]
    for kind, rows, column in (("suggestions", kept, 4), ("attendance", signed, 5)):
        do(office, county, kind, book(rows))
        out = tmp_path / f"{kind}.xlsx"
        exporting.run(office, kind, out, actor=county["he"], at=AT)
        told = [[str(cell or "") for cell in row.cells] for row in read_book(out).sheets[0].rows]
        assert [row[column] for row in told[1:]] == [row[column] for row in rows[1:]]
        assert not any("涉及产业：" in cell for row in told for cell in row)
    assert [(row.status, row.leave) for row in all_of(county, Attendance)] == [
        ("leave", "sick"),
        ("leave", "official"),
        ("leave", ""),
    ]
    # Somebody who came after all was on no leave.
    do(office, county, "attendance", book([ATTENDANCE[0], ATTENDANCE[1]]), at=LATER)
    assert all_of(county, Attendance)[0].leave == ""
