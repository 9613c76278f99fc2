"""Tables of ours are read back the same, hold no command, and no single record keeps them from being written."""

import csv
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.core.errors import Refused
from casework.core.neutral import MARK, fitting, holds_unprintable, printable, quoted, sheet_name
from casework.exchange.sheets import find_table, read_book
from casework.exchange.values import fen_from_cell
from casework.exchange.writer import Cell, Kind, write_table

FORMULAS = [
    "=1+1",
    "+86 139",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
    '=cmd|"/c calc"!A1',
    "'=1",
    "''-1",
]
POISON = [
    "\x00",
    "a\x07b",
    "\x1b[31m",
    "\ud800",
    "\udfffx",
    "\ufffe",
    "\uffff",
    "\ufdd0",
    "\U0001fffe",
    "\x7f",
    "\x85",
    "\x0b",
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        *FORMULAS,
        "_x000D_",
        "_x0041_",
        "a\r\nb",
        " lead",
        "trail \n",
        '"',
        "a,b;c\td",
        "\U00020bb7㛃\U0002ebf0",
        "1E+17",
        "007",
    ]
)


def written(folder: Path, suffix: str, rows: Sequence[Sequence[Cell]], kinds: list[Kind], **options: str) -> Path:
    path = folder / f"t{suffix}"
    headings = [f"列{number}" for number in range(len(kinds))]
    assert write_table(path, headings=headings, rows=rows, kinds=kinds, **options) == len(rows)
    return path


def read_back(path: Path, width: int) -> list[list[str]]:
    return [[row.cell(position) for position in range(width)] for row in read_book(path).sheets[0].rows]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=8))
def test_what_is_written_is_read_back_the_same(suffix: str, tmp_path: Path, rows: list[list[str]]) -> None:
    path = written(tmp_path, suffix, rows, [Kind.TEXT, Kind.IDENTIFIER, Kind.TEXT])
    expected = [[printable(text) for text in row] for row in rows]
    assert read_back(path, 3)[1:] == [row for row in expected if any(cell and not cell.isspace() for cell in row)]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_every_kind_of_value_is_read_back_as_its_text(tmp_path: Path, suffix: str) -> None:
    office = timezone(timedelta(hours=8))
    moment = datetime(2023, 1, 11, 9, 5, 7, tzinfo=UTC).astimezone(office)
    values: list[tuple[Cell, Kind, str]] = [
        ("13900000001", Kind.IDENTIFIER, "13900000001"),
        ("99999920000101001X", Kind.TEXT, "99999920000101001X"),
        (344, Kind.INTEGER, "344"),
        (-5, Kind.INTEGER, "-5"),
        (999999200001010011, Kind.INTEGER, "999999200001010011"),
        (Decimal("95.5"), Kind.DECIMAL, "95.5"),
        (date(2023, 1, 11), Kind.DATE, "2023-01-11"),
        (date(2023, 1, 11), Kind.DATE_CELL, "2023-01-11"),
        (date(1899, 1, 1), Kind.DATE_CELL, "1899-01-01"),
        (moment, Kind.MOMENT, "2023-01-11 17:05:07"),
        (moment, Kind.MOMENT_CELL, "2023-01-11 17:05:07"),
        (None, Kind.TEXT, ""),
        ("", Kind.INTEGER, ""),
        ("无", Kind.YUAN, "无"),
    ]
    path = written(tmp_path, suffix, [[value for value, _, _ in values]], [kind for _, kind, _ in values])
    assert read_back(path, len(values))[1] == [text for _, _, text in values]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("fen", [0, 1, 99, 12_000_000, 12_345_678_901, 10**14])
def test_money_goes_out_and_comes_back_to_the_fen(tmp_path: Path, suffix: str, fen: int) -> None:
    _, (yuan, ten_thousands) = read_back(written(tmp_path, suffix, [[fen, fen]], [Kind.YUAN, Kind.WAN_YUAN]), 2)
    assert fen_from_cell(yuan, "元", column="x") == fen_from_cell(ten_thousands, "万元", column="x") == fen


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_correction_below_zero_stays_a_number(tmp_path: Path, suffix: str) -> None:
    _, (yuan, ten_thousands) = read_back(written(tmp_path, suffix, [[-150, -150]], [Kind.YUAN, Kind.WAN_YUAN]), 2)
    assert (Decimal(yuan), Decimal(ten_thousands)) == (Decimal("-1.5"), Decimal("-0.00015"))


def test_no_cell_is_a_formula_a_link_or_a_number_by_accident(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [[text, text] for text in [*FORMULAS, "http://127.0.0.1/", "mailto:a@b", "00123", "1E+17"]]
    path = written(tmp_path, ".xlsx", rows, [Kind.TEXT, Kind.IDENTIFIER], title="=title", sheet="=s")
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert not [cell.value for cell in cells if str(cell.value)[0] in "=+-@\t＝＋－＠"]
    assert not [cell for cell in cells if cell.hyperlink]
    with written(tmp_path, ".csv", rows, [Kind.TEXT, Kind.TEXT]).open(encoding="utf-8-sig", newline="") as file:
        assert not [cell for row in csv.reader(file) for cell in row if cell[0] in "=+-@\t\r＝＋－＠"]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_poisoned_records_are_written_with_a_visible_mark(tmp_path: Path, suffix: str) -> None:
    rows: list[list[Cell]] = [[text, "张三"] for text in POISON]
    found = read_back(written(tmp_path, suffix, rows, [Kind.TEXT, Kind.TEXT]), 2)
    assert len(found) == len(POISON) + 1
    assert all(MARK in text and not holds_unprintable(text) for text, _ in found[1:])


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("text", ["长" * 40_000, "\U00020bb7" * 20_000, "=" + "长" * 32_766, "长" * 32_768])
def test_what_is_too_long_for_a_cell_is_cut_visibly(tmp_path: Path, suffix: str, text: str) -> None:
    found = read_back(written(tmp_path, suffix, [[text]], [Kind.TEXT]), 1)[1][0]
    assert found.endswith("【截断】")
    assert text.startswith(found.removesuffix("……【截断】"))
    assert len(quoted(found).encode("utf-16-le")) // 2 in (32_766, 32_767)


def test_what_just_fits_is_not_cut() -> None:
    for text in ("长" * 32_767, "\U00020bb7" * 16_383 + "x"):
        assert fitting(text, cut_mark="…") == text


def test_a_title_stands_above_the_headings_and_is_passed_over_when_read(tmp_path: Path) -> None:
    path = written(tmp_path, ".xlsx", [["张三", 4]], [Kind.TEXT, Kind.INTEGER], title="联系户台账", sheet="联系户")
    sheet = read_book(path).sheets[0]
    table = find_table(sheet, {"列0": (), "列1": ()})
    assert (sheet.name, table.headings.number, next(table.records()).values["列1"]) == ("联系户", 2, "4")


def test_headings_are_frozen_columns_wide_enough_and_identifiers_text(tmp_path: Path) -> None:
    path = written(tmp_path, ".xlsx", [["13900000001", "长" * 100]], [Kind.IDENTIFIER, Kind.TEXT])
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width) == pytest.approx(
        (13.7, 60.7), abs=0.1
    )
    assert sheet["A2"].number_format == "@"
    assert sheet.column_dimensions["A"].number_format in ("@", "General")


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path, ".xlsx", [["张三"]], [Kind.TEXT]).read_bytes()
    assert written(tmp_path, ".xlsx", [["张三"]], [Kind.TEXT]).read_bytes() == first


def test_a_table_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    def rows() -> list[list[Cell]]:
        return [["a"], ["b", "one too many"]]

    for suffix in (".xlsx", ".csv"):
        path = tmp_path / f"t{suffix}"
        path.write_text("old", "utf-8")
        with pytest.raises(ValueError, match="zip"):
            write_table(path, headings=["x"], rows=rows(), kinds=[Kind.TEXT])
        assert path.read_text("utf-8") == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"t.xlsx", "t.csv"}
    with pytest.raises(ValueError, match="neither"):
        write_table(tmp_path / "t.pdf", headings=["x"], rows=[], kinds=[Kind.TEXT])


def test_more_rows_than_excel_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casework.exchange.limits.SHEET_ROWS", 3)
    with pytest.raises(Refused) as caught:
        write_table(tmp_path / "t.xlsx", headings=["x"], rows=[["a"]] * 3, kinds=[Kind.TEXT])
    assert caught.value.refusals[0].code == "table_too_long"


def test_a_long_table_is_written_and_read_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    count = write_table(
        path, headings=["a", "b"], rows=(["x", n] for n in range(5_000)), kinds=[Kind.TEXT, Kind.INTEGER]
    )
    rows = read_book(path).sheets[0].rows
    assert (count, len(rows), list(rows[-1].cells)) == (5_000, 5_001, ["x", "4999"])


@pytest.mark.parametrize(
    ("name", "accepted"),
    [("明细", "明细"), ("a/b:c*[d]?\\", "a_b_c__d___"), ("'x'", "x"), ("", "Sheet"), ("长" * 40, "长" * 31),
     ("明细\n表", "明细 表"), ("A", "A(2)"), ("\U00020bb7" * 31, "\U00020bb7" * 15)],
)  # fmt: skip
def test_sheet_names_are_made_acceptable(name: str, accepted: str) -> None:
    assert sheet_name(name, taken=["a"]) == accepted


def test_a_written_workbook_holds_no_external_parts(tmp_path: Path) -> None:
    path = written(tmp_path, ".xlsx", [["http://127.0.0.1/"]], [Kind.TEXT])
    with zipfile.ZipFile(path) as archive:
        assert not [
            name for name in archive.namelist() if "external" in name.lower() or name.endswith("sheet1.xml.rels")
        ]
