"""Ledger 2 in and out: who went where on which day, held against the links; the dirt of real ledgers."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from casework.activities.tables import Activity, Attendance
from casework.campaign.natural import VISIT
from casework.core import editions
from casework.core.editions import known
from casework.exchange.sheets import read_book
from tests.workflows.ledgers.test_links_ledger import AT, LATER, MEMBERS, counts, do, linked, total
from tests.world import VILLAGE, World
from workflows.ledgers import exporting

__all__ = ["linked"]
HEAD = ["序号", "季度", "日期", "委员", "户主", "村组", "走访方式", "了解情况", "存在困难", "备注"]
VISIT_ROW = [
    "1",
    "2022年第4季度",
    "2022.11.3",
    "陈青山、罗 敏",
    "张树生",
    "竹园镇方石村三组",
    "入户",
    "收入稳定",
    "缺水",
    "",
]


def row(**changes: object) -> list[object]:
    return [changes.get(heading, value) for heading, value in zip(HEAD, VISIT_ROW, strict=True)]


def visits(world: World) -> list[Activity]:
    with world.db.reading() as session:
        asked = select(Activity).where(known(Activity), Activity.kind == VISIT).order_by(Activity.id)
        return list(session.scalars(asked))


def test_a_row_is_one_visit_and_the_others_came_along(office, linked, book) -> None:
    done = do(office, linked, "visits", book([HEAD, row()]))
    assert counts(done) == (1, 0, 0, 0), done.refused
    [visit] = visits(linked)
    assert (visit.on_date, visit.region_code, visit.form) == (date(2022, 11, 3), VILLAGE, "on_site")
    assert (visit.findings, visit.difficulty) == ("收入稳定", "缺水")
    with linked.db.reading() as session:
        along = session.scalars(select(Attendance).where(known(Attendance))).one()
    assert (along.activity_id, along.part, along.member_id == visit.member_id) == (visit.id, "companion", False)
    assert counts(do(office, linked, "visits", book([HEAD, row()]), at=LATER)) == (0, 0, 1, 0)


def test_other_content_mends_the_visit_of_the_day_and_who_came_along(office, linked, book) -> None:
    do(office, linked, "visits", book([HEAD, row()]))
    changed = row(委员="陈青山", 了解情况="收入减少", 走访方式="")
    assert counts(do(office, linked, "visits", book([HEAD, changed]), at=LATER)) == (0, 1, 0, 0)
    [visit] = visits(linked)
    assert (visit.findings, visit.difficulty, visit.form, visit.version) == ("收入减少", "缺水", "on_site", 2)
    assert total(linked, Attendance, ~Attendance.withdrawn) == 0
    assert counts(do(office, linked, "visits", book([HEAD, row()]), at=LATER)) == (0, 1, 0, 0)
    assert total(linked, Attendance, ~Attendance.withdrawn) == 1


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"户主": "没有此户"}, "户主"),
        ({"户主": ""}, "户主"),
        ({"委员": "陈青山、没有此人"}, "委员"),
        ({"村组": "没有的村"}, "村组"),
        ({"季度": "2022Q3"}, "季度"),
        ({"季度": "2021年第四季度"}, "季度"),
        ({"季度": "秋天"}, "季度"),
        ({"日期": "2022年11月"}, "日期"),
        ({"日期": "2027-01-01", "季度": ""}, "日期"),
        ({"日期": "2022-02-28", "季度": ""}, "日期"),
        ({"走访方式": "托梦"}, "走访方式"),
    ],
)
def test_a_bad_row_is_refused_at_its_column_and_the_good_one_lands(
    office, linked, book, change: dict[str, object], column: str
) -> None:
    done = do(office, linked, "visits", book([HEAD, row(**change), row(户主="李小芳", 村组="方石村")]))
    assert [(fault.row, fault.column) for fault in done.refused] == [(2, column)]
    assert (done.created, len(visits(linked))) == (1, 1)


@pytest.mark.parametrize("quarter", ["第四季度", "四季度", "2022Q4", "2022年第4季度", "4", "", "/"])
def test_a_quarter_is_read_as_people_write_it(office, linked, book, quarter: str) -> None:
    assert counts(do(office, linked, "visits", book([HEAD, row(季度=quarter)]))) == (1, 0, 0, 0)


def test_a_visit_before_the_link_says_the_day_of_the_link_unless_it_is_meant_so(office, linked, book) -> None:
    early = row(日期="2022-02-28", 季度="", 委员="陈青山")
    [refused] = do(office, linked, "visits", book([HEAD, early])).refused
    assert refused.reason == "结对日期是 2022-03-01，走访早于结对。请改日期，或注明为结对前走访"
    meant = row(日期="2022-02-28", 季度="", 委员="陈青山", 备注="结对前走访，摸底")
    assert counts(do(office, linked, "visits", book([HEAD, meant]))) == (1, 0, 0, 0)


def test_a_visit_after_the_term_lands_with_a_word(office, linked, book) -> None:
    ended = [MEMBERS[0], [*MEMBERS[1][:7], "2022-10-31"]]
    assert counts(do(office, linked, "members", book(ended))) == (0, 1, 0, 0)
    done = do(office, linked, "visits", book([HEAD, row(), row(日期="2022.10.31")]), at=LATER)
    assert counts(done) == (2, 0, 0, 0), done.refused
    assert [(each.row, each.column, "2022-10-31" in each.reason) for each in done.warnings] == [(2, "日期", True)]


def test_who_is_not_linked_is_found_by_name_in_the_village_with_a_warning(office, linked, book) -> None:
    done = do(office, linked, "visits", book([HEAD, row(委员="罗敏", 户主="李小芳", 村组="方石村")]))
    assert (done.created, [each.column for each in done.warnings]) == (1, ["户主"])


def test_two_heads_of_one_name_are_told_apart_by_link_group_or_number(office, linked, book) -> None:
    other = ["户主姓名", "身份证号", "乡镇", "村", "组"]
    twin = ["张树生", "510822197001010010", "竹园镇", "方石村", "五组"]
    do(office, linked, "households", book([other, twin]))
    assert counts(do(office, linked, "visits", book([HEAD, row(村组="方石村")]))) == (1, 0, 0, 0)
    with_group = row(村组="方石村五组", 日期="2022-11-04")
    assert counts(do(office, linked, "visits", book([HEAD, with_group]))) == (1, 0, 0, 0)
    assert len({visit.household_id for visit in visits(linked)}) == 2
    stranger = row(委员="王石", 村组="方石村")
    [refused] = do(office, linked, "visits", book([HEAD, stranger])).refused
    assert refused.column == "户主"
    numbered = book([[*HEAD, "身份证号"], [*stranger, "510822197001010010"]])
    assert counts(do(office, linked, "visits", numbered)) == (1, 0, 0, 0)


def test_one_visit_told_twice_is_one_and_told_otherwise_is_refused(office, linked, book) -> None:
    rows = [HEAD, row(), row(序号="2", 村组="方石村"), row(村组="方石村", 了解情况="另一番话")]
    done = do(office, linked, "visits", book(rows))
    assert counts(done) == (1, 0, 1, 1)
    assert [(fault.row, fault.column) for fault in done.refused] == [(4, "户主")]


def test_what_was_withdrawn_is_not_brought_back_by_an_old_file(office, linked, book) -> None:
    do(office, linked, "visits", book([HEAD, row()]))
    with linked.db.transaction() as session:
        kept = editions.newest(session, Activity, visits(linked)[0].id, lock=True)
        editions.mend(session, kept, {"withdrawn": True}, actor=linked["he"], at=AT, reason="记错")
    done = do(office, linked, "visits", book([HEAD, row()]), at=LATER)
    assert (counts(done), [each.column for each in done.warnings]) == ((0, 0, 1, 0), ["户主"])


def test_totals_empty_rows_and_merged_cells_are_read_rightly(office, linked, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(["青川县政协委员入户走访台账"])
    sheet.merge_cells("A1:J1")
    sheet.append(HEAD)
    sheet.append(row(委员="陈青山"))
    sheet.append([None, None, None, None, *row(户主="李小芳", 村组="方石村一组")[4:]])
    for place in ("B", "C", "D"):
        sheet.merge_cells(f"{place}3:{place}4")
    for _ in range(1000):
        sheet.append([None] * len(HEAD))
    sheet.append(["合计", None, None, None, "2户"])
    path = tmp_path / "merged.xlsx"
    workbook.save(path)
    done = do(office, linked, "visits", path)
    assert counts(done) == (2, 0, 0, 0), done.refused
    assert {visit.on_date for visit in visits(linked)} == {date(2022, 11, 3)}


def test_what_is_exported_and_not_touched_changes_nothing(office, linked, book, tmp_path: Path) -> None:
    rows = [row(), row(户主="李小芳", 村组="方石村", 走访方式="电话", 日期="2023-01-05", 季度=""), row(委员="王石")]
    assert do(office, linked, "visits", book([HEAD, *rows])).created == 3
    out = tmp_path / "visits-out.xlsx"
    assert exporting.run(office, "visits", out, actor=linked["he"], at=AT) == 3
    done = do(office, linked, "visits", out, at=datetime(2027, 1, 5, tzinfo=UTC))
    assert counts(done) == (0, 0, 3, 0), done.refused
    [sheet] = read_book(out).sheets
    assert sheet.rows[1].cells[1:7] == [
        "2022年第4季度",
        "2022-11-03",
        "陈青山、罗敏",
        "张树生",
        "竹园镇方石村三组",
        "实地走访",
    ]


def test_two_visits_of_one_day_are_told_apart_and_come_back_from_our_own_export(office, linked, book) -> None:
    again = row(序号="2", 了解情况="下午送去了种子", 备注="一周内另一次走访")
    called = row(序号="3", 走访方式="电话", 了解情况="打电话问收到没有")
    sheet = book([HEAD, row(), again, called])
    assert counts(do(office, linked, "visits", sheet)) == (3, 0, 0, 0)
    assert counts(do(office, linked, "visits", sheet, at=LATER)) == (0, 0, 3, 0)
    assert sorted(each.findings for each in visits(linked)) == sorted(
        ["收入稳定", "下午送去了种子", "打电话问收到没有"]
    )


def test_two_rows_of_one_day_with_nothing_to_tell_them_apart_are_one_told_twice(office, linked, book) -> None:
    done = do(office, linked, "visits", book([HEAD, row(), row(序号="2", 了解情况="别的")]))
    assert counts(done) == (1, 0, 0, 1)
