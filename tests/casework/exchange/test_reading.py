"""Cells come out of every kind of file as the text an office worker sees, with Excel's row numbers."""

import codecs
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest
import xlsxwriter

from casework.core.errors import Refused
from casework.exchange.sheets import Row, read_book
from tests.casework.exchange.conftest import Read
from tests.casework.exchange.makers import (
    number_cell,
    old_workbook,
    parts_of,
    sheet_xml,
    small_workbook,
    table_xml,
    text_cell,
    workbook,
    zipped,
)


def one_sheet(xml: str) -> bytes:
    return zipped(parts_of({"明细": xml}))


def cells(rows: Sequence[Row]) -> list[list[str]]:
    return [list(row.cells) for row in rows]


def test_row_numbers_and_columns_are_excels_even_after_empty_rows_and_columns(read: Read) -> None:
    xml = sheet_xml([f'<row r="4">{text_cell("C4", "姓名")}</row>', f'<row r="9">{text_cell("D9", "张三")}</row>'])
    assert list(read(one_sheet(xml)).rows) == [Row(4, ["", "", "姓名"]), Row(9, ["", "", "", "张三"])]


def test_numbers_lose_no_digit_and_gain_none(read: Read) -> None:
    numbers = {"1": "1", "510822100007": "510822100007", "-5": "-5", "0.1": "0.1", "0.30000000000000004": "0.3"}
    numbers |= {"1E-07": "0.0000001", "123456789012345": "123456789012345", "2E3": "2000", "12.50": "12.5"}
    row = "".join(number_cell(f"{chr(65 + n)}1", number) for n, number in enumerate(numbers))
    assert cells(read(one_sheet(sheet_xml(f'<row r="1">{row}</row>'))).rows) == [list(numbers.values())]


@pytest.mark.parametrize(
    ("number", "shown"),
    [("510822199001011234", "5.10822199001011E+17"), ("8.1E+17", "8.1E+17"), ("1000000000000000", "1E+15")],
)
def test_a_number_too_long_for_excel_stays_recognisable(read: Read, number: str, shown: str) -> None:
    xml = sheet_xml(f'<row r="1">{number_cell("A1", number)}</row>')
    assert cells(read(one_sheet(xml)).rows) == [[shown]]


def test_typed_dates_and_times_come_out_as_iso(tmp_path: Path) -> None:
    path = tmp_path / "日期.xlsx"
    for epoch in (False, True):
        with xlsxwriter.Workbook(str(path), {"date_1904": epoch}) as book:
            page = book.add_worksheet()
            moment = datetime(2023, 1, 11, 9, 5, 7, tzinfo=UTC).replace(tzinfo=None)
            styles = ["yyyy-mm-dd", 'yyyy"年"m"月"d"日"', 'm"月"d"日"', "yyyy/m/d h:mm", 14]
            for column, style in enumerate(styles):
                value = moment if column == 3 else moment.replace(hour=0, minute=0, second=0)
                page.write_datetime(0, column, value, book.add_format({"num_format": style}))
            page.write_number(0, 5, 0.5, book.add_format({"num_format": "h:mm"}))
            page.write_boolean(0, 6, True)
        day = "2023-01-11"
        assert cells(read_book(path).sheets[0].rows) == [
            [day, day, day, f"{day} 09:05:07", day, "12:00:00", "TRUE"],
        ]


def test_a_merged_cell_gives_its_value_to_every_row_it_covers_and_says_so(read: Read) -> None:
    rows = [
        f'<row r="1">{text_cell("A1", "台账")}</row>',
        f'<row r="2">{text_cell("A2", "委员")}{text_cell("B2", "户主")}</row>',
        f'<row r="3">{text_cell("A3", "陈委员")}{text_cell("B3", "张三")}</row>',
        f'<row r="4">{text_cell("B4", "李四")}</row>',
        '<row r="5"/>',
        f'<row r="6">{text_cell("B6", "王五")}</row>',
    ]
    sheet = read(one_sheet(sheet_xml(rows, merges=["A1:C1", "A3:A5"])))
    assert list(sheet.rows[2:]) == [
        Row(3, ["陈委员", "张三"]),
        Row(4, ["陈委员", "李四"], inherited=[0]),
        Row(6, ["", "王五"]),
    ]
    assert cells(sheet.rows[:1]) == [["台账"]]
    assert list(sheet.merges) == [(0, 0, 0, 2), (2, 0, 4, 0)]


def test_hidden_rows_and_sheets_are_flagged(tmp_path: Path) -> None:
    rows = [f'<row r="1">{text_cell("A1", "甲")}</row>', f'<row r="2" hidden="1">{text_cell("A2", "乙")}</row>']
    states = {"乙": "hidden", "丙": "veryHidden"}
    path = workbook(
        tmp_path / "b.xlsx", {"甲": sheet_xml(rows), "乙": sheet_xml(rows), "丙": sheet_xml(rows)}, states=states
    )
    book = read_book(path)
    assert [(sheet.name, sheet.hidden) for sheet in book.sheets] == [("甲", False), ("乙", True), ("丙", True)]
    assert [row.hidden for row in book.sheets[0].rows] == [False, True]


def test_a_failed_or_never_computed_formula_is_told_and_not_silently_empty(read: Read) -> None:
    row = '<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B1"><f>1+1</f></c><c r="C1"><f>1+1</f><v>2</v></c>'
    row += '<c r="D1" t="str"><f>""</f><v></v></c><c r="E1" t="e"><v>#N/A</v></c><c r="F1"><f>A1</f></c>'
    row += '<c r="G1"><f>A1</f><v></v></c><c r="H1"><f>A1</f><v/></c>'
    found = cells(read(one_sheet(sheet_xml(f'<row r="1">{row}</row>'))).rows)
    assert found == [["#DIV/0!", "#NOT_COMPUTED!", "2", "", "#N/A", *["#NOT_COMPUTED!"] * 3]]


def test_rows_of_nothing_but_failed_formulas_are_rows_too(read: Read) -> None:
    rows = [f'<row r="2">{text_cell("B2", "甲")}</row>', '<row r="7"><c r="C7"><f>1</f></c></row>']
    assert list(read(one_sheet(sheet_xml(rows))).rows) == [Row(2, ["", "甲"]), Row(7, ["", "", "#NOT_COMPUTED!"])]
    assert list(read(one_sheet(sheet_xml(rows[1:]))).rows) == [Row(7, ["", "", "#NOT_COMPUTED!"])]


def test_shared_and_rich_text_prefixed_names_and_missing_references_are_understood(read: Read) -> None:
    strings = "<sst><si><t>甲</t></si><si><r><t>乙</t></r><r><t>丙</t></r><rPh sb='0' eb='1'><t>yi</t></rPh></si></sst>"
    xml = sheet_xml('<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>')
    assert cells(read(zipped(parts_of({"明细": xml}, shared_strings=strings))).rows) == [["甲", "乙丙"]]
    prefixed = xml.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    assert cells(read(zipped(parts_of({"明细": prefixed}, shared_strings=strings))).rows) == [["甲", "乙丙"]]


def test_a_sheet_of_a_million_formatted_empty_rows_is_read_without_them(read: Read) -> None:
    rows = (f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(2, 1_048_577))
    content = one_sheet(sheet_xml(chain([f'<row r="1">{text_cell("A1", "姓名")}</row>'], rows)))
    assert list(read(content).rows) == [Row(1, ["姓名"])]


def test_an_empty_workbook_has_sheets_without_rows(read: Read) -> None:
    sheet = read(one_sheet(sheet_xml([])))
    assert (sheet.name, list(sheet.rows), sheet.hidden) == ("明细", [], False)


@pytest.mark.parametrize("name", ["台账.xls", "台账.et", "台账.xlsx", "台账"])
def test_an_old_workbook_is_read_whatever_it_is_called(read: Read, name: str) -> None:
    content = old_workbook(
        {(2, 1): "委员", (2, 2): "日期", (3, 1): "陈委员", (3, 2): 44937.0, (4, 2): 44938.5}, merges=[(3, 1, 4, 1)]
    )
    sheet = read(content, name)
    assert (sheet.name, list(sheet.rows)) == (
        "明细",
        [
            Row(3, ["", "委员", "日期"]),
            Row(4, ["", "陈委员", "2023-01-11"]),
            Row(5, ["", "陈委员", "2023-01-12 12:00:00"], inherited=[1]),
        ],
    )


@pytest.mark.parametrize("name", ["台账.xls", "台账.csv", "台账"])
def test_a_new_workbook_is_read_whatever_it_is_called(read: Read, name: str) -> None:
    assert cells(read(small_workbook(), name).rows)[0] == ["姓名", "电话"]


CSV = '姓名,备注\r\n张三,"甲,乙\n丙"\r\n\r\n李四,\U00020bb7㛃\r\n'
CSV_ROWS = [Row(1, ["姓名", "备注"]), Row(2, ["张三", "甲,乙\n丙"]), Row(4, ["李四", "\U00020bb7㛃"])]


@pytest.mark.parametrize(
    "content",
    [CSV.encode(), codecs.BOM_UTF8 + CSV.encode(), CSV.encode("gb18030"), ("\ufeff" + CSV).encode("gb18030"),
     CSV.encode("utf-16"), codecs.BOM_UTF16_BE + CSV.replace(",", "\t").replace("甲\t", "甲,").encode("utf-16-be"),
     CSV.replace("\r\n", "\r").encode(), CSV.replace("\r\n", "\n", 2).encode(), CSV.rstrip("\r\n").encode(),
     CSV.replace(",", ";").replace("甲;", "甲,").encode()],
    ids=["utf-8", "utf-8 mark", "gb18030", "gb18030 mark", "utf-16", "utf-16 tabs", "cr", "mixed", "no last end", "semicolons"],
)  # fmt: skip
def test_a_text_table_is_read_in_every_usual_form(read: Read, content: bytes) -> None:
    sheet = read(content, "联系户.csv")
    assert sheet.name == "联系户"
    assert list(sheet.rows) == CSV_ROWS


def test_text_that_only_guards_against_excel_loses_its_guard(read: Read) -> None:
    sheet = read('电话,备注\n"=""0839""",\'=1+1\n\'-5,\'\'=x\n\'abc,=1+1\n'.encode(), "t.csv")
    assert cells(sheet.rows[1:]) == [["0839", "=1+1"], ["-5", "'=x"], ["'abc", "=1+1"]]


def test_the_sheet_of_a_text_table_is_called_as_its_owner_calls_the_file(tmp_path: Path) -> None:
    path = tmp_path / "upload-0001"
    path.write_text("姓名\n张三\n", "utf-8")
    assert read_book(path, name="联系户台账.csv").sheets[0].name == "联系户台账"


def test_rows_can_be_counted_sliced_and_read_again(read: Read) -> None:
    rows = read(one_sheet(table_xml([["甲"], ["乙"], ["丙"]]))).rows
    assert len(rows) == 3
    assert [row.cells[0] for row in rows] == [row.cells[0] for row in rows] == ["甲", "乙", "丙"]
    assert rows[-1] == Row(3, ["丙"])
    assert [row.number for row in rows[1:]] == [2, 3]
    with pytest.raises(IndexError):
        rows[3]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.xlsx", tmp_path):
        with pytest.raises(Refused) as caught:
            read_book(path)
        assert caught.value.refusals[0].code == "file_missing"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_table_of_a_web_page_called_xls_is_read(tmp_path: Path, encoding: str) -> None:
    page = """<html><head><title>导出</title><style>td {color: red}</style></head><body>
    <table border=1><tr><td colspan="3">委员名册</td></tr><tr><th>姓名<th>电 话<th>备注</tr>
    <tr><td rowspan=2>李&nbsp;明</td><td x:num="13900001001">1.39E+10</td><td>一<br>二</td></tr>
    <tr><td>&lt;无&gt;</td><td></td></tr><tr><td></td></tr></table>
    <table><tr><td>䶮</td></tr></table></body></html>"""
    path = tmp_path / "名册.xls"
    path.write_bytes(page.encode(encoding))
    [sheet] = read_book(path).sheets
    assert (sheet.name, list(sheet.rows)) == (
        "名册",
        [
            Row(1, ["委员名册"]),
            Row(2, ["姓名", "电 话", "备注"]),
            Row(3, ["李 明", "13900001001", "一\n二"]),
            Row(4, ["李 明", "<无>"], inherited=[0]),
            Row(6, ["䶮"]),
        ],
    )
