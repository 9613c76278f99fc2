"""The file back with its errors marked: faulty cells framed in red, the reasons in a column of their own.

The copy is made from the cells that were read, never from the file itself, so nothing hostile travels back; row numbers
and columns are those of the original, and so are merged headings. Formats, formulas and pictures are not kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casework.core import i18n
from casework.core.neutral import column_width, sheet_name
from casework.exchange.headings import positions
from casework.exchange.sheets import Book, Row, Sheet, read_book
from casework.exchange.writer import Kind, cell_text, open_workbook, replacing

_HEADING_ROWS = 20
_WIDTH_ROWS = 200
_FAULTY = {"border": 2, "border_color": "#C00000", "font_color": "#C00000", "bg_color": "#FDE9E7"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in one cell: where it stands, as Excel names it, and what is wrong, in the reader's language.

    `column` is the heading, empty if the whole row is meant; `position` (from 0) tells columns of the same name apart.
    """

    sheet: str
    row: int
    column: str
    reason: str
    position: int | None = None


def mark_errors(source: Path | Book, *, faults: Sequence[Fault], target: Path, locale: str = "zh") -> None:
    """Write a .xlsx copy of a table file with every fault marked in its place.

    Raises:
        Refused: the source cannot be read.
    """
    book = source if isinstance(source, Book) else read_book(source)
    marks = {
        "cut": i18n.say("exchange.cut_mark", locale=locale),
        "heading": i18n.say("exchange.fault_column", locale=locale),
    }
    names: list[str] = []
    with replacing(target) as temporary, open_workbook(temporary) as out:
        styles = {
            "plain": out.add_format({"num_format": "@"}),
            "faulty": out.add_format({"num_format": "@", **_FAULTY}),
        }
        for sheet in book.sheets:
            names.append(sheet_name(sheet.name, taken=names))
            of_sheet = [fault for fault in faults if fault.sheet == sheet.name]
            _Copy(sheet, of_sheet, styles=styles, marks=marks).write(out.add_worksheet(names[-1]))


class _Copy:
    """One sheet on its way into the marked file."""

    def __init__(
        self, sheet: Sheet, faults: Sequence[Fault], *, styles: Mapping[str, Any], marks: Mapping[str, str]
    ) -> None:
        self._sheet, self._styles, self._marks = sheet, styles, marks
        self._by_row: dict[int, list[Fault]] = {}
        for fault in faults:
            self._by_row.setdefault(fault.row, []).append(fault)
        self._width = max((len(row.cells) for row in sheet.rows), default=0)
        self._headings = self._heading_row({fault.column for fault in faults if fault.column})

    def write(self, out: Any) -> None:
        """Write the rows in their places; rows the original left empty stay empty, unless a fault names them."""
        if not self._sheet.rows and not self._by_row:
            return
        self._set_columns(out)
        rest = sorted(self._by_row, reverse=True)
        for row in self._sheet.rows:
            while rest and rest[-1] < row.number:
                self._write_row(out, Row(rest.pop(), []))
            if rest and rest[-1] == row.number:
                rest.pop()
            self._write_row(out, row)
        while rest:
            self._write_row(out, Row(rest.pop(), []))

    def _write_row(self, out: Any, row: Row) -> None:
        faults = self._by_row.get(row.number, [])
        faulty = {position for fault in faults for position in self._positions(fault)}
        for left, right in self._merged(row):
            out.merge_range(row.number - 1, left, row.number - 1, right, "", self._styles["plain"])
        for position in sorted(faulty | set(range(len(row.cells)))):
            style = self._styles["faulty" if position in faulty else "plain"]
            text = self._text(row.cell(position))
            if text:
                out.write_string(row.number - 1, position, text, style)
            elif position in faulty:
                out.write_blank(row.number - 1, position, None, style)
        if faults:
            reasons = "\n".join(dict.fromkeys(_told(fault) for fault in faults))
            out.write_string(row.number - 1, self._width, self._text(reasons), self._styles["faulty"])
        elif self._headings is not None and row.number == self._headings.number:
            out.write_string(row.number - 1, self._width, self._marks["heading"], self._styles["plain"])

    def _merged(self, row: Row) -> Iterator[tuple[int, int]]:
        """Yield from where to where a row near the top is merged: a heading over several may name their unit."""
        taken: set[int] = set()
        for top, left, bottom, right in self._sheet.merges:
            right = min(right, self._width - 1)
            here = set(range(left, right + 1))
            if row.number <= _HEADING_ROWS and top <= row.number - 1 <= bottom and right > left and not taken & here:
                taken |= here
                yield left, right

    def _positions(self, fault: Fault) -> Iterable[int]:
        if fault.position is not None:
            return [fault.position]
        return positions(self._headings.cells, fault.column) if self._headings is not None else []

    def _heading_row(self, wanted: set[str]) -> Row | None:
        """Return the row near the top that has most of the headings that faults name."""
        near = self._sheet.rows[:_HEADING_ROWS]
        found = [(sum(bool(positions(row.cells, heading)) for heading in wanted), row) for row in near]
        best = max((count for count, _ in found), default=0)
        return next((row for count, row in found if count == best), None) if best else None

    def _set_columns(self, out: Any) -> None:
        near = self._sheet.rows[:_WIDTH_ROWS]
        for position in range(self._width):
            out.set_column(position, position, column_width(row.cell(position) for row in near), self._styles["plain"])
        out.set_column(self._width, self._width, 50)
        if self._headings is not None:
            out.freeze_panes(self._headings.number, 0)

    def _text(self, text: str) -> str:
        return cell_text(text, Kind.TEXT, cut_mark=self._marks["cut"])


def _told(fault: Fault) -> str:
    return f"{fault.column}: {fault.reason}" if fault.column else fault.reason
