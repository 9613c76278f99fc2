"""Headings are found where people put them, and only records come out below."""

import pytest

from casework.core.errors import Refused
from casework.exchange.sheets import Book, Row, Sheet, Table, find_table, find_tables

VISITS = {"序号": (), "日期": ("走访日期",), "委员": ("委员姓名",), "户主": ("户主姓名",), "备注": ()}


def sheet(*rows: list[str], merges: tuple[tuple[int, int, int, int], ...] = (), name: str = "走访") -> Sheet:
    return Sheet(name, False, [Row(number, cells) for number, cells in enumerate(rows, start=1) if any(cells)], merges)


def texts(table: Table, key: str) -> list[str]:
    return [record.values[key] for record in table.records()]


def refusal(*args: object, **options: object) -> tuple[str, object]:
    with pytest.raises(Refused) as caught:
        find_table(*args, **options)  # type: ignore[arg-type]  # the call under test takes what it is given
    first = caught.value.refusals[0]
    return first.code, first.params.get("columns")


def test_headings_stand_below_titles_in_any_order_among_other_columns() -> None:
    table = find_table(
        sheet(
            ["青川县政协委员入户走访台账"],
            ["单位：某办公室", "", "", "2023年"],
            [],
            ["户　主", "天气", "走 访\n日 期", "委员姓名", "序号"],
            ["张三", "晴", "2023.1.11", "陈委员", "1"],
        ),
        VISITS,
        required=("日期", "委员", "户主"),
    )
    assert table.headings.number == 4
    record = next(table.records())
    assert record.values == {"序号": "1", "日期": "2023.1.11", "委员": "陈委员", "户主": "张三", "备注": ""}
    assert (record.sheet, record.number) == ("走访", 5)
    assert table.unknown == ["天气"]
    assert table.columns["日期"].heading == "走 访 日 期"
    assert "备注" not in table.columns


def test_a_missing_required_column_is_named() -> None:
    rows = sheet(["序号", "日期", "备注"], ["1", "2023.1.11", ""])
    assert refusal(rows, VISITS, required=("委员", "日期", "户主")) == ("columns_missing", "委员、户主")


def test_a_sheet_without_headings_says_which_are_needed() -> None:
    assert refusal(sheet(["说明"], ["请勿修改"]), VISITS, required=("委员",)) == ("headings_missing", "委员")
    assert refusal(sheet(), VISITS)[0] == "headings_missing"
    far_down = sheet(*[["说明"]] * 21, ["日期", "委员", "户主"])
    assert refusal(far_down, VISITS)[0] == "headings_missing"


def test_sums_signatures_repeated_headings_and_numbered_empty_rows_are_no_records() -> None:
    headings = ["序号", "日期", "委员", "户主", "备注"]
    table = find_table(
        sheet(
            headings,
            ["1", "2023.1.11", "陈委员", "张三", ""],
            ["乔庄镇小计", "", "", "1", ""],
            headings,
            ["2", "2023.1.12", "陈委员", "李四", "合计少一人"],
            ["3", "", "", "", ""],
            ["", " ", "", "", "\u3000"],
            ["", "合计", "", "2", ""],
            ["合 计：2户", "", "", "2", ""],
            ["总计", "x", "x", "x", "x"],
            ["填表人：何干事", "", "审核人：安老师", "", ""],
            ["备注：以上均已核实", "", "", "", ""],
        ),
        VISITS,
    )
    assert texts(table, "户主") == ["张三", "李四"]


def test_a_record_that_only_begins_like_a_remark_or_a_sum_is_kept() -> None:
    wanted = {"内容": (), "提出人": ()}
    rows = [["说明：水管太细", "陈委员"], ["合计了三次仍不对", "陈委员"], ["累计投入资金应公开", "合计某"]]
    table = find_table(sheet(["内容", "提出人"], *rows), wanted)
    assert [list(record.values.values()) for record in table.records()] == rows


def test_cells_of_endless_length_near_the_top_cost_nothing() -> None:
    long = "(b)" * 10_900
    table = find_table(sheet([long] * 200, [*[long] * 198, "日期", "户主"], ["x"] * 200), VISITS)
    assert (table.headings.number, table.columns["户主"].position) == (2, 199)


def test_a_unit_is_taken_from_heading_group_heading_or_table() -> None:
    wanted = {"项目名称": (), "申请": (), "到位": ("到位资金",), "自筹": ()}
    own = find_table(sheet(["项目名称", "申请（万元）", "到位资金/元", "自筹"]), wanted)
    assert [own.columns[key].unit for key in wanted] == [None, "万元", "元", None]
    stated = find_table(sheet(["资金台账", "", "", "单位：万元"], ["项目名称", "申请", "到位(元)"]), wanted)
    assert (stated.columns["申请"].unit, stated.columns["到位"].unit) == ("万元", "元")
    grouped = find_table(
        sheet(["项目名称", "资金(万元)", "", ""], ["项目名称", "申请", "到位", "自筹"], merges=((0, 1, 0, 2),)),
        wanted,
    )
    assert grouped.headings.number == 2
    assert [grouped.columns[key].unit for key in wanted] == [None, "万元", "万元", None]


@pytest.mark.parametrize(
    ("title", "unit"),
    [("项目资金台账（单位：元）", "元"), ("2026年项目资金台账    单位：万元", "万元"), ("填报单位：县政协 金额单位：人民币元", "元"),
     ("资金台账\n计量单位:元", "元"), ("填报单位：元坝镇", None), ("填报单位：县政协", None)],
)  # fmt: skip
def test_a_unit_may_stand_within_a_title(title: str, unit: str | None) -> None:
    table = find_table(sheet([title], ["项目名称", "申请"]), {"项目名称": (), "申请": ()})
    assert table.columns["申请"].unit == unit


@pytest.mark.parametrize(
    "heading", ["申请【元】", "申请［元］", "申请 元", "申请\n元", "申请(人民币元)", "申请元", "申请，元"]
)
def test_a_unit_is_told_from_its_heading_however_it_is_set_off(heading: str) -> None:
    table = find_table(sheet(["项目名称", heading]), {"项目名称": (), "申请": ()})
    assert table.columns["申请"].unit == "元"


def test_headings_half_of_which_stand_a_row_higher_are_one_row_of_headings() -> None:
    wanted = {"项目名称": (), "文号": (), "来源": (), "申请": (), "到位": ()}
    rows = (
        ["项目名称", "文号", "来源", "资金（元）", ""],
        ["", "", "", "申请", "到位"],
        ["修路", "1号", "省级", "3", "2"],
    )
    table = find_table(sheet(*rows, merges=((0, 3, 0, 4),)), wanted)
    assert (table.headings.number, [table.columns[key].unit for key in ("申请", "到位")]) == (2, ["元", "元"])
    assert (texts(table, "项目名称"), texts(table, "到位"), table.unknown) == (["修路"], ["2"], [])
    # The heading over both of them may stand in its first column alone, merged by nobody.
    table = find_table(sheet(*rows), wanted)
    assert [table.columns[key].unit for key in ("申请", "到位")] == ["元", "元"]
    # A first row of data is no row of headings, whatever it says.
    plain = find_table(sheet(["项目名称", "文号", "来源", ""], ["", "", "", "申请"]), wanted)
    assert plain.headings.number == 1


def test_remarks_in_brackets_and_stars_do_not_hide_a_heading() -> None:
    table = find_table(
        sheet(["*户主姓名", "户类型（脱贫户/示范户）", "人口 (人)"]), {"户主姓名": (), "户类型": (), "人口": ()}
    )
    assert [column.position for column in table.columns.values()] == [0, 1, 2]


LINKS = {"委员姓名": (), "委员电话": ("联系电话",), "户主姓名": (), "组": (), "户主电话": ("联系电话",)}


@pytest.mark.parametrize(
    ("headings", "member", "household"),
    [
        (["委员姓名", "联系电话", "户主姓名", "组", "联系电话"], 1, 4),
        (["户主姓名", "组", "联系电话", "委员姓名", "联系电话"], 4, 2),
        (["委员姓名", "户主姓名", "组", "联系电话"], None, 3),
        (["委员姓名", "联系电话", "户主姓名", "组"], 1, None),
        (["委员姓名", "联系电话", "户主姓名", "户主电话"], 1, 3),
    ],
)
def test_columns_of_the_same_name_belong_to_their_left_neighbour(
    headings: list[str], member: int | None, household: int | None
) -> None:
    columns = find_table(sheet(headings), LINKS).columns
    found = [columns[key].position if key in columns else None for key in ("委员电话", "户主电话")]
    assert found == [member, household]


def test_what_a_merged_cell_fills_down_makes_no_record_of_an_empty_row() -> None:
    rows = [
        Row(1, ["序号", "日期", "委员", "户主"]),
        Row(2, ["1", "2023.1.11", "陈委员", "张三"]),
        Row(3, ["2", "2023.1.11", "陈委员", "李四"], inherited=[1, 2]),
        Row(4, ["3", "2023.1.11", "陈委员"], inherited=[1, 2]),
    ]
    table = find_table(Sheet("走访", False, rows), VISITS)
    assert [(record.number, record.values["委员"]) for record in table.records()] == [(2, "陈委员"), (3, "陈委员")]


def test_hidden_rows_and_sheets_are_flagged_and_not_dropped() -> None:
    rows = [Row(1, ["日期", "户主"]), Row(2, ["2023.1.11", "张三"], hidden=True)]
    assert [record.hidden for record in find_table(Sheet("走访", True, rows), VISITS).records()] == [True]


def test_every_sheet_with_the_table_is_read_and_others_are_passed_over() -> None:
    page = (["日期", "委员", "户主"], ["2023.1.11", "陈委员", "张三"])
    book = Book([sheet(["填写说明"], name="说明"), sheet(*page, name="一季度"), sheet(*page, name="二季度")])
    assert [table.sheet.name for table in find_tables(book, VISITS, required=("户主",))] == ["一季度", "二季度"]


def test_if_no_sheet_fits_the_nearest_one_says_why() -> None:
    book = Book([sheet(["说明"], name="说明"), sheet(["日期", "委员"], name="一季度")])
    with pytest.raises(Refused) as caught:
        find_tables(book, VISITS, required=("户主",))
    assert (caught.value.refusals[0].code, caught.value.refusals[0].params["sheet"]) == ("columns_missing", "一季度")
    with pytest.raises(Refused) as caught:
        find_tables(Book([]), VISITS)
    assert caught.value.refusals[0].code == "file_has_no_sheet"
