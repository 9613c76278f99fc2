"""What a table file says: sheets, rows, and the table under its headings.

Rows carry the numbers Excel shows, cells are text. Headings are found whatever stands above them; what they mean for
the business is told by the caller as a mapping, nothing of it is known here. The file itself is opened in `sandbox`.
"""

import json
import mmap
import re
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, takewhile
from operator import eq
from pathlib import Path
from typing import Any, overload

from casework.core import errors
from casework.exchange import sandbox
from casework.exchange.habits import habits, narrow, plain
from casework.exchange.headings import Column, Wanted, match, stated_unit, unit_of

_HEADING_WITHIN = 20  # the headings stand in one of the first 20 rows that hold anything
_FORMS = habits().patterns
_TOTAL = re.compile(f"{_FORMS['before_total']}(?:{'|'.join(map(re.escape, habits().totals))}){_FORMS['behind_total']}")
_YEAR_OF_TABLE = re.compile(_FORMS["year_of_table"])
# So many headings stand in the lower of two rows that together are the headings.
_OF_TWO_ROWS = 2
# A row of more cells is no title.
_OF_TITLE = 3
_SUM_LENGTH = 60  # characters of a cell that can make its row a sum
_SHEET_NAME_LENGTH = 31


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds something. `number` is Excel's; `inherited` are positions filled down from a merged cell."""

    number: int
    cells: Sequence[str]
    hidden: bool = False
    inherited: Sequence[int] = ()

    def cell(self, position: int) -> str:
        """Return the cell at a position from 0, empty beyond the end."""
        return self.cells[position] if position < len(self.cells) else ""


class Rows(Sequence[Row]):
    """The rows of one sheet, decoded when asked for; they stay outside the process's own memory."""

    def __init__(self, lines: mmap.mmap, starts: Sequence[int]) -> None:
        self._lines = lines
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return Rows(self._lines, self._starts[index])
        start = self._starts[index]
        number, hidden, cells, *inherited = json.loads(self._lines[start : self._lines.find(b"\n", start)])
        return Row(number, cells, bool(hidden), inherited[0] if inherited else ())


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `merges` are (top, left, bottom, right) from 0, only those near the top."""

    name: str
    hidden: bool
    rows: Sequence[Row]
    merges: Sequence[tuple[int, int, int, int]] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """A file that was read whole."""

    sheets: Sequence[Sheet]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table: heading → text, with an entry for every wanted heading; where it stands in the file."""

    sheet: str
    number: int
    hidden: bool
    values: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """The table of a sheet: its row of headings, which wanted heading stands in which column, the records below."""

    sheet: Sheet
    headings: Row
    columns: Mapping[str, Column]
    wanted: Sequence[str]
    # By position: the unit that a heading over several columns, or a title, gives to amounts.
    units: Mapping[int, str] = field(default_factory=dict)

    def unit_at(self, position: int) -> str | None:
        """Return the unit of amounts in a column, be it ours or not."""
        return unit_of(self.headings.cell(position)) or self.units.get(position)

    @property
    def unknown(self) -> list[str]:
        """Return the headings nobody asked for."""
        used = {column.position for column in self.columns.values()}
        return [cell for position, cell in enumerate(self.headings.cells) if cell.strip() and position not in used]

    @cached_property
    def year(self) -> int | None:
        """The one year that the title above the headings, or the name of the sheet, says the ledger is of."""
        above = takewhile(lambda row: row.number < self.headings.number, self.sheet.rows)
        texts = (self.sheet.name, *(cell for row in above for cell in row.cells))
        told = {found[1] for text in texts for found in _YEAR_OF_TABLE.finditer(narrow(text))}
        return int(told.pop()) if len(told) == 1 else None

    @property
    def rows_below(self) -> int:
        """Count the rows below the headings, records or not."""
        return sum(row.number > self.headings.number for row in self.sheet.rows)

    def records(self) -> Iterator[Record]:
        """Yield the rows below the headings, without empty rows, sums, signatures and repeated headings."""
        places = [(key, column.position) for key, column in self.columns.items()]
        serials = {c.position for c in self.columns.values() if plain(c.heading) in habits().serials}
        telling = [position for _, position in places if position not in serials]
        keys, positions = [key for key, _ in places], [position for _, position in places]
        headings = [self.headings.cell(position) for position in positions]
        nothing = dict.fromkeys(self.wanted, "")
        for row in self.sheet.rows:
            if row.number <= self.headings.number:
                continue
            cells = [row.cell(position) for position in positions]
            # A row that repeats the headings, in part at least, is no record.
            if self._is_data(row, telling) and sum(map(eq, cells, headings)) * 2 <= len(positions):
                values = nothing | dict(zip(keys, cells, strict=True))
                yield Record(self.sheet.name, row.number, row.hidden, values)

    @staticmethod
    def _is_data(row: Row, telling: Sequence[int]) -> bool:
        own = any(_visible(row.cell(position)) and position not in row.inherited for position in telling)
        return own and not _is_sum_or_signature(row)


def _visible(cell: str) -> bool:
    return bool(cell) and not cell.isspace()


def read_book(path: Path, *, name: str | None = None) -> Book:
    """Read a .xlsx, .xls, .et or .csv file in a child process; a .csv has one sheet, called after the file.

    `name` is the file's name as its owner knows it, if it is stored under another.

    Raises:
        Refused: the file as a whole cannot be read; the codes are those of messages/exchange.toml.
    """
    try:
        with path.open("rb") as file:
            lines = sandbox.lines_of(file)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as closed:
        raise errors.refused("file_missing", name=name or path.name) from closed
    return Book(list(_sheets(lines, Path(name or path.name).stem[:_SHEET_NAME_LENGTH])))


def _sheets(lines: mmap.mmap, file_stem: str) -> Iterator[Sheet]:
    head: dict[str, Any] | None = None
    starts = array("Q")
    start = 0
    while line := lines.readline():
        if line.startswith(b"["):
            starts.append(start)
        else:
            if head is not None:
                merges = [tuple(merge) for merge in head["merges"]]
                yield Sheet(head["sheet"] or file_stem, head["hidden"], Rows(lines, starts), merges)
            head, starts = json.loads(line), array("Q")
        start += len(line)


def find_table(sheet: Sheet, headings: Mapping[str, Sequence[str]], *, required: Collection[str] = ()) -> Table:
    """Find the row of headings near the top of a sheet and say which wanted heading stands where.

    `headings` maps each wanted heading to the other names it goes by. The order of columns is free, further columns
    do no harm. Blanks, line ends, full-width forms, a unit (万元) or a remark in brackets behind a heading do not
    count. Of two columns with the same name each goes to the wanted heading that follows its left neighbour.

    Raises:
        Refused: headings_missing if no row looks like headings, columns_missing naming the required ones not found.
    """
    wanted = Wanted(headings)
    candidates = list(sheet.rows[:_HEADING_WITHIN])
    found = [match(row.cells, wanted, _above(sheet, candidates[:n])) for n, row in enumerate(candidates)]
    for n in range(1, len(candidates)):
        both = _with_row_above(candidates[n - 1], candidates[n])
        together = match(both.cells, wanted, _above(sheet, candidates[:n]))
        if len(found[n]) >= _OF_TWO_ROWS and len(together) > max(len(found[n - 1]), len(found[n])):
            candidates[n], found[n] = both, together
    best = max(range(len(found)), key=lambda n: (len(found[n]), -n), default=None)
    if best is None or len(found[best]) < min(2, len(headings)):
        raise errors.refused("headings_missing", sheet=sheet.name, columns=_listed(required or headings))
    columns = found[best]
    missing = [key for key in headings if key in required and key not in columns]
    if missing:
        row = candidates[best].number
        raise errors.refused("columns_missing", sheet=sheet.name, row=row, columns=_listed(missing))
    return table_of(sheet, candidates[: best + 1], columns, list(headings))


def find_tables(book: Book, headings: Mapping[str, Sequence[str]], *, required: Collection[str] = ()) -> list[Table]:
    """Find the table of every sheet that has one; sheets of another kind, such as instructions, are passed over.

    Raises:
        Refused: no sheet has the required columns; the reasons of the sheet that comes nearest.
    """
    tables: list[Table] = []
    refusals: list[errors.Refused] = []
    for sheet in book.sheets:
        try:
            tables.append(find_table(sheet, headings, required=required))
        except errors.Refused as refused:
            refusals.append(refused)
    if not tables:
        nearest = [refused for refused in refusals if refused.refusals[0].code == "columns_missing"]
        raise (nearest or refusals or [errors.refused("file_has_no_sheet")])[0]
    return tables


def _listed(columns: Collection[str]) -> str:
    return habits().list_separator.join(columns)


def table_of(sheet: Sheet, above: Sequence[Row], columns: Mapping[str, Column], wanted: Sequence[str]) -> Table:
    """Return the table whose headings are the last of these rows, with what the others say about units."""
    common = next((unit for line in above if (unit := _stated_unit(line, is_title=line is not above[-1]))), None)
    groups = {position: group for line in above[:-1] for position, group in _groups(sheet, line)}
    reach = {position: unit for line in above[:-1] for position, unit in _reach(sheet, line, len(above[-1].cells))}
    told = {at: unit_of(groups.get(at, "")) or reach.get(at) or common for at in range(len(above[-1].cells))}
    units = {position: unit for position, unit in told.items() if unit}
    with_units = {key: replace(each, unit=each.unit or units.get(each.position)) for key, each in columns.items()}
    return Table(sheet, above[-1], with_units, wanted, units)


def _reach(sheet: Sheet, line: Row, width: int) -> Iterator[tuple[int, str]]:
    """Yield (position, unit) where a heading that names one stands above: to the next cell, though nobody merged it.

    One that somebody merged reaches as far as that says.
    """
    merged = {left for top, left, bottom, _ in sheet.merges if top <= line.number - 1 <= bottom}
    unit: str | None = None
    for position in range(width):
        if _visible(line.cell(position)):
            unit = None if position in merged else unit_of(line.cell(position))
        if unit is not None:
            yield position, unit


def _stated_unit(line: Row, *, is_title: bool) -> str | None:
    """Return the unit that a row gives to all amounts below; a title may say it among other words, a heading not."""
    among = is_title and sum(map(_visible, line.cells)) <= _OF_TITLE
    return next((unit for cell in line.cells if (unit := stated_unit(cell, among=among))), None)


def _with_row_above(above: Row, row: Row) -> Row:
    """Return a row of headings whose empty cells say what stands above them: half of the headings stand a row higher.

    What is not its own is noted as if it were merged down.
    """
    if row.number != above.number + 1:
        return row
    width = max(len(above.cells), len(row.cells))
    filled = [at for at in range(width) if not _visible(row.cell(at)) and _visible(above.cell(at))]
    cells = [above.cell(at) if at in filled else row.cell(at) for at in range(width)]
    return replace(row, cells=cells, inherited=[*row.inherited, *filled])


def _above(sheet: Sheet, lines: Sequence[Row]) -> Mapping[int, str]:
    """Return what is merged over several columns in the row just above, if it is no title over all of them."""
    groups = dict(_groups(sheet, lines[-1])) if lines else {}
    return groups if len(set(groups.values())) > 1 else {}


def _groups(sheet: Sheet, line: Row) -> Iterator[tuple[int, str]]:
    """Yield (position, heading above it) for headings merged over several columns."""
    for top, left, bottom, right in sheet.merges:
        if top <= line.number - 1 <= bottom and right > left:
            yield from ((position, line.cell(left)) for position in range(left, right + 1))


def _is_sum_or_signature(row: Row) -> bool:
    """Say whether the first cells of a row make it a sum, or all of them the line where people sign."""
    first, second = (plain(cell[:_SUM_LENGTH]) for cell in [*islice(_filled(row), 2), ""][:2])
    if _TOTAL.fullmatch(first) or second in habits().totals:
        return True
    return first.startswith(habits().footers) and all(":" in plain(cell[:_SUM_LENGTH]) for cell in _filled(row))


def _filled(row: Row) -> Iterator[str]:
    """Yield the cells that say something of their own."""
    return (cell for position, cell in enumerate(row.cells) if _visible(cell) and position not in row.inherited)
