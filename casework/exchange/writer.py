"""Tables of ours as .xlsx and .csv, so that what is written is read back the same and nothing in it is a command.

Cells come as values of the program (text, whole numbers, fen, dates); each column has a `Kind`. Text goes through
`neutral`. Which columns a ledger has, and who may see them, is not known here.
"""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, auto
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from casework.core import errors, i18n
from casework.core.neutral import column_width, fitting, printable, quoted, sheet_name
from casework.exchange import limits

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

Cell = str | int | Decimal | date | datetime | bool | None

_WIDTH_ROWS = 200  # rows looked at to choose column widths
_EXACT_BELOW = 10**15  # a longer whole number would lose its end in Excel
_FIRST_REAL_DATE = date(1900, 3, 1)  # before it Excel's calendar is a day off
_LIGHT = "#8A8A8A"
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # files of the same table are alike, whenever they are written


class Kind(Enum):
    """How the cells of a column are written."""

    TEXT = auto()
    IDENTIFIER = auto()  # phone, ID number, code: text even in Excel's eyes
    INTEGER = auto()
    DECIMAL = auto()
    YUAN = auto()  # from fen
    WAN_YUAN = auto()  # from fen, in 万元
    DATE = auto()  # ISO text
    DATE_CELL = auto()  # a date Excel can count with
    MOMENT = auto()  # ISO text with a blank; the wall clock of the zone the value is in
    MOMENT_CELL = auto()


_NUMERIC = {Kind.INTEGER, Kind.DECIMAL, Kind.YUAN, Kind.WAN_YUAN}
_FORMATS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"text_wrap": True},
    Kind.IDENTIFIER: {"num_format": "@"},
    Kind.INTEGER: {"num_format": "0"},
    Kind.DECIMAL: {"num_format": "General"},
    Kind.YUAN: {"num_format": "#,##0.00"},
    Kind.WAN_YUAN: {"num_format": "#,##0.######"},
    Kind.DATE: {"num_format": "@"},
    Kind.DATE_CELL: {"num_format": "yyyy-mm-dd"},
    Kind.MOMENT: {"num_format": "@"},
    Kind.MOMENT_CELL: {"num_format": "yyyy-mm-dd hh:mm:ss"},
}


def write_table(
    path: Path,
    *,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    kinds: Sequence[Kind],
    title: str | None = None,
    sheet: str = "Sheet1",
    locale: str = "zh",
    mark: str | None = None,
) -> int:
    """Write a table to a .xlsx or .csv file, by the ending of `path`, and return how many rows it has.

    The file appears whole or not at all. A .csv has neither title nor sheet name. `mark` (who
    has it, since when, under which number) stands light above the table and on every printed page.

    Raises:
        Refused: table_too_long for a .xlsx of more rows than Excel has.
        ValueError: the ending is neither, or headings, kinds and a row differ in length.
    """
    if len(headings) != len(kinds):
        raise ValueError(f"{len(headings)} headings, {len(kinds)} kinds")
    cut_mark = i18n.say("exchange.cut_mark", locale=locale)
    with replacing(path) as target:
        if path.suffix.lower() == ".csv":
            return _write_csv(target, headings=headings, rows=rows, kinds=kinds, cut_mark=cut_mark)
        if path.suffix.lower() == ".xlsx":
            with open_workbook(target) as book:
                worksheet = book.add_worksheet(sheet_name(sheet))
                return _Sheet(book, worksheet, kinds, cut_mark).write(headings, rows, title=title, mark=mark)
    raise ValueError(f"{path.name} is neither .xlsx nor .csv")


def cell_text(value: Cell, kind: Kind, *, cut_mark: str) -> str:
    """Return a value as the text a .csv holds and a reader gives back."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if kind in _NUMERIC and not isinstance(value, str):
        return format(_number(value, kind), "f")
    return fitting(quoted(printable(str(value))), cut_mark=cut_mark)


@contextmanager
def open_workbook(path: Path) -> "Iterator[Workbook]":
    """Open a workbook that is written row by row and never guesses formulas, links or numbers from text."""
    import xlsxwriter  # noqa: PLC0415 - forty modules that a starting service does not pay for

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": _MADE})
    try:
        yield book
    finally:
        book.close()


class _Sheet:
    def __init__(self, book: "Workbook", sheet: "Worksheet", kinds: Sequence[Kind], cut_mark: str) -> None:
        self._book, self._sheet, self._kinds, self._cut_mark = book, sheet, kinds, cut_mark
        self._formats = [book.add_format({"valign": "top", **_FORMATS[kind]}) for kind in kinds]

    def write(
        self, headings: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str | None, mark: str | None
    ) -> int:
        coming = iter(rows)
        first = list(islice(coming, _WIDTH_ROWS))
        self._set_columns(headings, first)
        row = 0
        if title is not None:
            style = self._book.add_format({"bold": True, "font_size": 14})
            self._sheet.write_string(0, 0, self._text(title, Kind.TEXT), style)
            row = 1
        if mark is not None:
            row = self._mark(row, mark)
        style = self._book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        for column, heading in enumerate(headings):
            self._sheet.write_string(row, column, self._text(heading, Kind.TEXT), style)
        self._sheet.freeze_panes(row + 1, 0)
        count = 0
        for count, values in enumerate(chain(first, coming), start=1):
            if row + count >= limits.SHEET_ROWS:
                raise errors.refused("table_too_long", limit=limits.SHEET_ROWS)
            self._write_row(row + count, values)
        return count

    def _mark(self, row: int, mark: str) -> int:
        """Say light who has the table, above it and on every page that is printed; return the next row."""
        style = self._book.add_format({"font_color": _LIGHT, "font_size": 9})
        self._sheet.write_string(row, 0, self._text(mark, Kind.TEXT), style)
        told = mark.replace("&", "&&")
        self._sheet.set_header(f"&R&8&K{_LIGHT[1:]}{told}")
        self._sheet.set_footer(f"&C&8&K{_LIGHT[1:]}{told}  &P/&N")
        self._book.set_custom_property("mark", mark)
        return row + 1

    def _set_columns(self, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        for column, (kind, style) in enumerate(zip(self._kinds, self._formats, strict=True)):
            texts = [self._text(values[column], kind) for values in rows if column < len(values)]
            self._sheet.set_column(column, column, column_width([headings[column], *texts]), style)

    def _write_row(self, row: int, values: Sequence[Cell]) -> None:
        for column, (value, kind, style) in enumerate(zip(values, self._kinds, self._formats, strict=True)):
            if value is None or value == "":
                continue
            if kind in _NUMERIC and not isinstance(value, str):
                self._write_number(row, column, value, kind, style)
            elif kind in (Kind.DATE_CELL, Kind.MOMENT_CELL) and isinstance(value, date) and _countable(value):
                moment = value.replace(tzinfo=None) if isinstance(value, datetime) else value
                self._sheet.write_datetime(row, column, moment, style)
            else:
                self._sheet.write_string(row, column, self._text(value, kind), style)

    def _write_number(self, row: int, column: int, value: Cell, kind: Kind, style: Any) -> None:
        number = _number(value, kind)
        if abs(number) < _EXACT_BELOW:
            self._sheet.write_number(row, column, number, style)
        else:
            self._sheet.write_string(row, column, format(number, "f"), style)

    def _text(self, value: Cell, kind: Kind) -> str:
        return cell_text(value, kind, cut_mark=self._cut_mark)


def _number(value: Cell, kind: Kind) -> Decimal:
    """Return the number to write; fen become yuan or ten thousands of yuan without any rounding."""
    if not isinstance(value, int | Decimal):
        raise ValueError(f"{value!r} is no number")
    number = Decimal(value)
    match kind:
        case Kind.YUAN:
            return number.scaleb(-2)
        case Kind.WAN_YUAN:
            return number.scaleb(-6)
    return number


def _countable(value: date) -> bool:
    return (value.date() if isinstance(value, datetime) else value) >= _FIRST_REAL_DATE


def _write_csv(
    path: Path,
    *,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    kinds: Sequence[Kind],
    cut_mark: str,
) -> int:
    """Write UTF-8 with the mark Excel needs, and line ends as RFC 4180 has them."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        return _write_lines(file, headings=headings, rows=rows, kinds=kinds, cut_mark=cut_mark)


def csv_bytes(*, headings: Sequence[str], rows: Iterable[Sequence[Cell]], kinds: Sequence[Kind]) -> bytes:
    """Return a small table as the .csv that `write_table` would write."""
    file = io.StringIO(newline="")
    cut_mark = i18n.say("exchange.cut_mark", locale="zh")
    _write_lines(file, headings=headings, rows=rows, kinds=kinds, cut_mark=cut_mark)
    return file.getvalue().encode("utf-8-sig")


def _write_lines(
    file: TextIO,
    *,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    kinds: Sequence[Kind],
    cut_mark: str,
) -> int:
    count = 0
    out = csv.writer(file, lineterminator="\r\n")
    out.writerow([cell_text(heading, Kind.TEXT, cut_mark=cut_mark) for heading in headings])
    for values in rows:
        count += 1
        pairs = zip(values, kinds, strict=True)
        out.writerow([cell_text(value, kind, cut_mark=cut_mark) for value, kind in pairs])
    return count


def require_place(path: Path) -> None:
    """Refuse a place where no file can be written, before any work is done for it.

    Raises:
        Refused: export_folder_missing or export_not_writable.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise errors.refused("export_folder_missing", folder=str(path.parent))
    if path.is_dir() or not os.access(folder, os.W_OK):
        raise errors.refused("export_not_writable", file=str(path))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Lend a temporary path beside `path` and put the file in its place when all went well."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:20]}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
