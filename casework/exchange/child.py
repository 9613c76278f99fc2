"""The one process that touches a file somebody sent: `python -m casework.exchange.child < file > lines`.

Standard input is the file itself, standard output an ordinary file that gets one JSON line a row, so nothing of ours
is in reach of a reader that goes wrong. It limits its own memory and time before the first byte is read and then may
die as it likes: the parent (`sandbox`) calls that a refusal. Cells leave as text; what the text means is not known
here.
"""

import csv
import io
import json
import math
import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

import python_calamine

from casework.core import errors
from casework.core.neutral import CELL_CHARACTERS, bared
from casework.exchange import limits
from casework.exchange.precheck import Checked, precheck
from casework.exchange.scan import SheetFacts, check_span
from casework.exchange.web_page import rows_of

REFUSED = 3  # exit code: the output is one line that says why
_HEADING_ROWS = 60  # merged areas that begin above this row go to the parent, to read two-storey headings
_EXACT_BELOW = 10**15  # Excel keeps 15 digits; a longer whole number has lost its end
_LAST_YEAR = 9999  # of Excel's calendar and of Python's
_PAGE_PIECE = 64 * 1024
_DELIMITERS = ",\t;"

Merge = tuple[tuple[int, int], tuple[int, int]]
Line = dict[str, Any] | list[Any]


def main() -> int:
    """Read standard input, write lines, return the exit code."""
    _limit_myself()
    with open(0, "rb", closefd=False) as stream, open(1, "wb", closefd=False) as out:
        try:
            _write(out, _lines(stream))
        except errors.Refused as refused:
            out.flush()
            os.ftruncate(1, 0)
            out.seek(0)
            first = refused.refusals[0]
            _write(out, [{"refusal": first.code, "params": dict(first.params)}])
            return REFUSED
    return 0


def _limit_myself() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.CHILD_MEMORY_BYTES, limits.CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.CHILD_CPU_SECONDS, limits.CHILD_CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.CHILD_OUTPUT_BYTES, limits.CHILD_OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(limits.CHILD_WALL_SECONDS)  # also ends a child whose parent has died


def _write(out: BinaryIO, lines: Iterable[Line]) -> None:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for line in lines:
        out.write(encode(line).encode("utf-8", "replace"))
        out.write(b"\n")


def _lines(stream: BinaryIO) -> Iterator[Line]:
    checked = precheck(stream)
    left = limits.FILLED_ROWS + limits.HEADING_ROWS
    read = {"text": _text_lines, "page": _page_lines}.get(checked.kind, _workbook_lines)
    for line in read(stream, checked):
        if isinstance(line, list):
            left -= 1
            if left < 0:
                raise errors.refused("too_many_rows", limit=limits.FILLED_ROWS)
        yield line
    yield {"end": True}


def _workbook_lines(_stream: BinaryIO, checked: Checked) -> Iterator[Line]:
    try:
        # By descriptor: the very file that was checked, and no file name whose ending could mislead the reader.
        book = python_calamine.load_workbook("/dev/fd/0")
    except python_calamine.PasswordError as locked:
        raise errors.refused("file_encrypted") from locked
    if len(book.sheets_metadata) > limits.SHEETS:
        raise errors.refused("too_many_sheets", limit=limits.SHEETS)
    for told in book.sheets_metadata:
        if told.typ == python_calamine.SheetTypeEnum.WorkSheet:
            sheet = book.get_sheet_by_name(told.name)
            hidden = told.visible != python_calamine.SheetVisibleEnum.Visible
            yield from _sheet_lines(sheet, hidden=hidden, facts=checked.sheets.get(told.name, SheetFacts()))


def _sheet_lines(sheet: python_calamine.CalamineSheet, *, hidden: bool, facts: SheetFacts) -> Iterator[Line]:
    merges = _merges(sheet)
    shown = [[top, left, bottom, right] for (top, left), (bottom, right) in merges if top < _HEADING_ROWS]
    yield {"sheet": sheet.name, "hidden": hidden, "merges": shown}
    failed = _by_row(facts)
    filling = _Filling(merges)
    for number, cells in _numbered_cells(sheet, failed):
        for column, text in failed.get(number, ()):
            _put(cells, column, text)
        own = any(cell and not cell.isspace() for cell in cells)
        inherited = filling.fill(number, cells)
        if own:
            yield _row_line(sheet.name, number, cells, hidden=number in facts.hidden_rows, inherited=inherited)


def _numbered_cells(sheet: python_calamine.CalamineSheet, failed: Iterable[int]) -> Iterator[tuple[int, list[str]]]:
    """Yield row number from 0 and cells from column A; also rows at the end that hold nothing but failed formulas."""
    last = -1
    if sheet.start is not None and sheet.end is not None:
        last = sheet.end[0]
        check_span(rows=last + 1, columns=sheet.end[1] - sheet.start[1] + 1)
        left_edge = [""] * sheet.start[1]
        for number, values in enumerate(sheet.iter_rows()):
            yield number, left_edge + [_text(value) for value in values]
    yield from ((number, []) for number in sorted(failed) if number > last)


def _row_line(sheet: str, number: int, cells: list[str], *, hidden: bool, inherited: list[int]) -> list[Any]:
    """Make the line of one row: Excel's number, hidden, the cells up to the last filled one, positions filled down."""
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > limits.LAST_COLUMN:
        raise errors.refused("too_many_columns", limit=limits.LAST_COLUMN, row=number + 1)
    if max(map(len, cells)) > CELL_CHARACTERS:
        raise errors.refused("cell_too_long", sheet=sheet, row=number + 1, limit=CELL_CHARACTERS)
    line: list[Any] = [number + 1, int(hidden), cells]
    return [*line, inherited] if inherited else line


def _merges(sheet: python_calamine.CalamineSheet) -> list[Merge]:
    merges = sheet.merged_cell_ranges or []
    area = sum((bottom - top + 1) * (right - left + 1) for (top, left), (bottom, right) in merges)
    if area > limits.MERGED_CELLS:
        raise errors.refused("too_many_merged_cells", limit=limits.MERGED_CELLS)
    return merges


def _by_row(facts: SheetFacts) -> dict[int, list[tuple[int, str]]]:
    rows: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in facts.formula_errors.items():
        rows.setdefault(row, []).append((column, text))
    return rows


def _put(cells: list[str], column: int, text: str) -> None:
    cells.extend([""] * (column + 1 - len(cells)))
    cells[column] = text


class _Filling:
    """Carries the value of a merged area down its first column, as a reader of the paper sees it."""

    def __init__(self, merges: Sequence[Merge]) -> None:
        self._begin: dict[int, list[tuple[int, int]]] = {}
        self._open: list[tuple[int, int, str]] = []
        for (top, left), (bottom, _) in merges:
            if bottom > top:
                self._begin.setdefault(top, []).append((left, bottom))

    def fill(self, row: int, cells: list[str]) -> list[int]:
        """Fill the empty cells of this row that lie in an open area; return their columns."""
        self._open = [area for area in self._open if area[1] >= row]
        inherited = []
        for column, _, text in self._open:
            if column >= len(cells) or not cells[column]:
                _put(cells, column, text)
                inherited.append(column)
        for column, bottom in self._begin.get(row, ()):
            if column < len(cells) and cells[column]:
                self._open.append((column, bottom, cells[column]))
        return inherited


def _text(value: object) -> str:
    return bared(value) if isinstance(value, str) else _typed_text(value)


def _typed_text(value: object) -> str:
    """Write a typed cell as text: ISO dates, numbers as Excel shows them."""
    match value:
        case bool():
            return str(value).upper()
        case int() | float():
            return number_text(value)
        case datetime():
            if value.microsecond >= 500_000 and value.year < _LAST_YEAR:
                value += timedelta(seconds=1)
            return value.isoformat(sep=" ", timespec="seconds")
        case timedelta():
            seconds = round(value.total_seconds())
            return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value)  # date and time, as ISO has them


def number_text(value: float) -> str:
    """Write a number as Excel does: at most 15 digits, no exponent unless digits have been lost.

    A whole number of 16 and more digits has lost its end in the file, so it stays recognisable: 8.1E+17.
    """
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < _EXACT_BELOW:
        return str(int(value))
    digits = Decimal(format(value, ".15g"))
    return str(digits.normalize()) if abs(value) >= _EXACT_BELOW else format(digits, "f")


def _text_lines(stream: BinaryIO, checked: Checked) -> Iterator[Line]:
    yield {"sheet": "", "hidden": False, "merges": []}
    stream.seek(0)
    with io.TextIOWrapper(stream, encoding=checked.encoding, newline=None) as text:
        for number, values in enumerate(_records(text, delimiter=_delimiter(text))):
            cells = [bared(_unquoted(value)) for value in values]
            if any(cell and not cell.isspace() for cell in cells):
                yield _row_line("", number, cells, hidden=False, inherited=[])


def _page_lines(stream: BinaryIO, checked: Checked) -> Iterator[Line]:
    yield {"sheet": "", "hidden": False, "merges": []}
    stream.seek(0)
    with io.TextIOWrapper(stream, encoding=checked.encoding, newline=None) as text:
        for number, (values, inherited) in enumerate(rows_of(iter(lambda: text.read(_PAGE_PIECE), ""))):
            cells = [bared(value) for value in values]
            if any(cell and not cell.isspace() and at not in inherited for at, cell in enumerate(cells)):
                yield _row_line("", number, cells, hidden=False, inherited=inherited)


def _records(text: io.TextIOWrapper, *, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(CELL_CHARACTERS)
    rows = csv.reader(_Lines(text), delimiter=delimiter)
    began = 1
    try:
        for number, values in enumerate(rows):
            if values == [_Lines.END]:
                return
            if values and values[-1].endswith(_Lines.END):
                raise errors.refused("csv_quote_open", line=began)
            if not number and values:
                values[0] = values[0].removeprefix("\ufeff")
            yield values
            began = rows.line_num + 1
    except csv.Error as broken:
        if rows.line_num > began:
            raise errors.refused("csv_quote_open", line=began) from broken
        raise errors.refused("cell_too_long", sheet="", row=began, limit=CELL_CHARACTERS) from broken


class _Lines:
    """The lines of a text file, and one more that only arrives as a row of its own if no quote was left open."""

    END = "\ufdd0"

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._number = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(limits.LINE_CHARACTERS):
            self._number += 1
            if len(line) == limits.LINE_CHARACTERS and not line.endswith("\n"):
                raise errors.refused("csv_line_too_long", line=self._number)
            yield line
        yield self.END


def _delimiter(text: io.TextIOWrapper) -> str:
    """Return the delimiter that is most frequent in the first line that has any, and go back to the beginning."""
    found = ","
    for _ in range(5):
        line = text.readline(limits.LINE_CHARACTERS)
        best = max(_DELIMITERS, key=line.count)
        if best in line:
            found = best
            break
    text.seek(0)
    return found


def _unquoted(value: str) -> str:
    """Undo ="0839", by which programs keep Excel from taking text for a number."""
    if value.startswith('="') and value.endswith('"') and len(value) >= 3:
        return value[2:-1].replace('""', '"')
    return value


if __name__ == "__main__":
    sys.exit(main())
