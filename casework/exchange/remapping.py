"""Which column of a file is which of ours, as it looks and as a person says; and the file with our headings.

A column is recognised by the names it goes by (columns/*.toml). What a person says beyond that is put into a copy of
the cells that were read: rows keep their numbers, nothing of the original file travels on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from casework.core import i18n
from casework.core.errors import FieldError, Invalid, Refused
from casework.exchange.column_sets import ColumnSet
from casework.exchange.habits import plain
from casework.exchange.headings import LONGEST_HEADING
from casework.exchange.marking import mark_errors
from casework.exchange.sheets import Book, Row, Sheet, Table, find_tables, table_of

_SAMPLE_LENGTH = 30
_LEAST_CELLS = 2
_NEAR_TOP = 20


@dataclass(frozen=True, slots=True)
class Guess:
    """One column of the file: its heading and position from 0, a value under it, and which of ours it seems to be.

    `key` None: none of ours. `sure`: the heading is ours letter for letter.
    """

    heading: str
    position: int
    sample: str
    key: str | None
    sure: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """How the headings of a file were read: where they stand, and a guess for each."""

    sheet: str
    row: int
    guesses: Sequence[Guess]


def read_headings(book: Book, columns: ColumnSet, *, said: Mapping[str, str]) -> Reading:
    """Read the headings of the first table; what was `said` earlier (heading → key) goes before our own guess.

    Raises:
        Refused: no sheet holds anything like a table.
    """
    table = _tables(book, columns)[0]
    by_position = {found.position: columns_key(columns, name) for name, found in table.columns.items()}
    below = [row for row in table.sheet.rows if row.number > table.headings.number][:_NEAR_TOP]
    # What we wrote beside the rows of a file that comes back mended is no column of theirs.
    ours = {i18n.say("exchange.fault_column", locale=locale) for locale in i18n.LOCALES}
    guesses = []
    for position, cell in enumerate(table.headings.cells):
        heading = " ".join(cell.split())
        if not heading or len(heading) > LONGEST_HEADING or heading in ours:
            continue
        sample = next((" ".join(row.cell(position).split()) for row in below if row.cell(position).strip()), "")
        key = said[heading] or None if heading in said else by_position.get(position)
        sure = key is not None and plain(columns.column(key).heading) == plain(heading)
        guesses.append(Guess(heading, position, sample[:_SAMPLE_LENGTH], key, sure))
    return Reading(table.sheet.name, table.headings.number, guesses)


def columns_key(columns: ColumnSet, heading: str) -> str:
    """Return the key of one of our headings."""
    return next(column.key for column in columns.columns if column.heading == heading)


def check(mapping: Mapping[str, str], columns: ColumnSet) -> None:
    """Check what a person says: every key one of ours, none twice, none of the needed ones missing.

    Raises:
        Invalid: every mistake, on the field `columns`.
    """
    keys = [key for key in mapping.values() if key]
    known = {column.key: column for column in columns.columns}
    errors = [FieldError("columns", "not_a_choice", {"choices": ", ".join(known)}) for key in keys if key not in known]
    twice = sorted({key for key in keys if keys.count(key) > 1 and key in known})
    errors += [FieldError("columns", "column_twice", {"column": known[key].heading}) for key in twice]
    missing = [column.heading for column in columns.columns if column.required and column.key not in keys]
    errors += [FieldError("columns", "column_missing", {"column": heading}) for heading in missing]
    if errors:
        raise Invalid(errors)


def write_mapped(book: Book, columns: ColumnSet, mapping: Mapping[str, str], *, target: Path) -> None:
    """Write the cells of a book under our headings, as `mapping` says; columns it leaves out lose their heading."""
    tables = {table.sheet.name: table for table in _tables(book, columns)}
    sheets = [
        replace(sheet, rows=_Renamed(tables[sheet.name], columns, mapping)) if sheet.name in tables else sheet
        for sheet in book.sheets
    ]
    mark_errors(Book(sheets), faults=(), target=target)


class _Renamed(Sequence[Row]):
    """The rows of a sheet, with other words in the row of headings: all of them, wherever they stood."""

    def __init__(self, table: Table, columns: ColumnSet, mapping: Mapping[str, str]) -> None:
        self._rows, self._number = table.sheet.rows, table.headings.number
        self._table, self._columns, self._mapping = table, columns, mapping

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:  # type: ignore[override]  # both are rows
        found = self._rows[index]
        if isinstance(found, Row):
            return self._named(found) if found.number == self._number else found
        return [self._named(row) if row.number == self._number else row for row in found]

    def _named(self, row: Row) -> Row:
        headings = self._table.headings.cells
        return replace(row, cells=[self._word(at, " ".join(cell.split())) for at, cell in enumerate(headings)])

    def _word(self, position: int, heading: str) -> str:
        key = self._mapping.get(heading)
        if key is None:
            return heading
        if not key:
            return ""
        column = self._columns.column(key)
        if not column.unit:
            return column.heading
        # Our own heading names a unit; theirs, the one above it, or their title may name another, or none does.
        word, unit = column.heading.removesuffix(f"({column.unit})"), self._table.unit_at(position)
        return f"{word}({unit})" if unit else word


def _tables(book: Book, columns: ColumnSet) -> list[Table]:
    wanted = {column.heading: column.aliases for column in columns.columns}
    try:
        return find_tables(book, wanted)
    except Refused:
        found = [table for sheet in book.sheets if (table := _bare_table(sheet, list(wanted))) is not None]
        if not found:
            raise
        return found


def _bare_table(sheet: Sheet, wanted: Sequence[str]) -> Table | None:
    """Take the first row with several words for the headings when none of them is known."""
    near = list(sheet.rows[:_NEAR_TOP])
    for n, row in enumerate(near):
        if sum(bool(cell.strip()) for cell in row.cells) >= _LEAST_CELLS:
            return table_of(sheet, near[: n + 1], {}, wanted)
    return None
