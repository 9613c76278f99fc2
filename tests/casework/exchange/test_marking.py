"""The file comes back with its errors marked, row for row as it was."""

from pathlib import Path
from typing import Any

import openpyxl

from casework.exchange.marking import Fault, mark_errors
from casework.exchange.sheets import read_book
from tests.casework.exchange.makers import sheet_xml, table_xml, text_cell, workbook

RED = "FFC00000"


def opened(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def red_cells(sheet: Any) -> set[str]:
    return {
        cell.coordinate for row in sheet.iter_rows() for cell in row if cell.font.color and cell.font.color.rgb == RED
    }


def test_faulty_cells_are_framed_and_reasons_stand_beside_them(tmp_path: Path) -> None:
    rows = [
        f'<row r="1">{text_cell("A1", "联系户台账")}</row>',
        f'<row r="3">{text_cell("A3", "户主姓名")}{text_cell("B3", "身份证 号")}</row>',
        f'<row r="5">{text_cell("A5", "张三")}{text_cell("B5", "8.1E+17")}</row>',
        f'<row r="8">{text_cell("A8", "李四")}</row>',
    ]
    source = workbook(tmp_path / "s.xlsx", {"联系户": sheet_xml(rows), "说明": table_xml([["请勿修改"]])})
    faults = [
        Fault("联系户", 5, "身份证号", "末尾几位已丢失"),
        Fault("联系户", 8, "身份证号", "没有填写"),
        Fault("联系户", 8, "", "查无此户"),
    ]
    mark_errors(source, faults=faults, target=tmp_path / "t.xlsx")
    book = opened(tmp_path / "t.xlsx")
    assert book.sheetnames == ["联系户", "说明"]
    page = book["联系户"]
    assert red_cells(page) == {"B5", "C5", "B8", "C8"}
    assert (page["C3"].value, page["C5"].value) == ("错误原因", "身份证号: 末尾几位已丢失")
    assert page["C8"].value == "身份证号: 没有填写\n查无此户"
    assert page["B5"].border.left.style == "medium"
    assert (page["A1"].value, page["A5"].value, page["A8"].value) == ("联系户台账", "张三", "李四")
    assert page.freeze_panes == "A4"
    assert book["说明"]["A1"].value == "请勿修改"


def test_the_copy_reads_like_the_original_with_one_column_more(tmp_path: Path) -> None:
    table = [["姓名", "备注"], ["张三", "=1+1"], ["李四", " 空格 "]]
    source = workbook(tmp_path / "s.xlsx", {"明细": table_xml(table)})
    mark_errors(source, faults=[Fault("明细", 3, "姓名", "查无此人")], target=tmp_path / "t.xlsx")
    original, copy = (read_book(tmp_path / name).sheets[0].rows for name in ("s.xlsx", "t.xlsx"))
    assert [row.number for row in copy] == [row.number for row in original]
    assert [list(row.cells[:2]) for row in copy] == table
    assert opened(tmp_path / "t.xlsx").active["B2"].value == "'=1+1"


def test_of_two_columns_with_one_name_the_meant_one_is_framed(tmp_path: Path) -> None:
    source = workbook(tmp_path / "s.xlsx", {"明细": table_xml([["联系电话", "户主", "联系电话"], ["1", "张三", "2"]])})
    mark_errors(source, faults=[Fault("明细", 2, "联系电话", "号码不对", position=2)], target=tmp_path / "t.xlsx")
    assert red_cells(opened(tmp_path / "t.xlsx").active) == {"C2", "D2"}


def test_a_text_table_comes_back_as_a_workbook(tmp_path: Path) -> None:
    source = tmp_path / "联系户.csv"
    source.write_text("姓名\n张三\n\n李四\n", "gb18030")
    mark_errors(source, faults=[Fault("联系户", 4, "姓名", "查无此人")], target=tmp_path / "t.xlsx")
    assert red_cells(opened(tmp_path / "t.xlsx")["联系户"]) == {"A4", "B4"}


def test_a_fault_in_a_row_that_is_empty_is_still_told(tmp_path: Path) -> None:
    source = workbook(tmp_path / "s.xlsx", {"明细": table_xml([["姓名"], ["张三"]])})
    faults = [Fault("明细", 5, "姓名", "没有填写"), Fault("没有这张表", 1, "", "x")]
    mark_errors(source, faults=faults, target=tmp_path / "t.xlsx", locale="en")
    page = opened(tmp_path / "t.xlsx").active
    assert (page["B1"].value, page["B5"].value) == ("What is wrong", "姓名: 没有填写")
    assert red_cells(page) == {"A5", "B5"}


def test_names_excel_would_refuse_are_made_acceptable(tmp_path: Path) -> None:
    source = tmp_path / "a[b]?.csv"
    source.write_text("姓名\n", "utf-8")
    mark_errors(source, faults=[], target=tmp_path / "t.xlsx")
    assert opened(tmp_path / "t.xlsx").sheetnames == ["a_b__"]
