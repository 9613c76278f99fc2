"""Column sets as data: which columns a ledger has, what they are called, what kind of cell they hold.

One file of `columns/` a kind. A set finds its table in a book, reads a record into values with every mistake at its
column, and says how the same columns are written out again. What the values mean for the business is decided where they
are used (workflows/ledgers).
"""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from casework.core.errors import FieldError, Invalid, refused
from casework.exchange import checklists, score_items, values
from casework.exchange.habits import habits, narrow
from casework.exchange.sheets import Book, Record, Table, find_tables
from casework.exchange.writer import Kind

_FOLDER = Path(__file__).with_name("columns")
_FEN_OF_YUAN = 100
_SERIAL = "serial"
_WITHOUT_YEAR = "cell_date_without_year"
# The columns in which a row says of which year it is.
_YEARS = ("year", "quarter")
_YEAR_OF_ROW = re.compile(habits().patterns["year_of_row"])


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `extra`: taken when a file has it, never written out. `unit`: of amounts whose heading names none."""

    key: str
    heading: str
    cell: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    unit: str = ""
    extra: bool = False


class Unreadable(Invalid):
    """Cells of a row cannot be read: `read` holds the others, `spoilt` the keys of these."""

    def __init__(self, errors: Sequence[FieldError], *, read: Mapping[str, Any], spoilt: Collection[str]) -> None:
        super().__init__(errors)
        self.read, self.spoilt = read, spoilt


@dataclass(frozen=True)
class ColumnSet:
    """The columns of one kind of file; `data` are the further words its file brings along."""

    kind: str
    title: str
    columns: tuple[Column, ...]
    data: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def written(self) -> tuple[Column, ...]:
        """The columns of an export, in order."""
        return tuple(column for column in self.columns if not column.extra)

    @property
    def headings(self) -> list[str]:
        """The headings of an export."""
        return [column.heading for column in self.written]

    @property
    def cell_kinds(self) -> list[Kind]:
        """How the cells of an export are written."""
        return [cell_kind_of(column) for column in self.written]

    def column(self, key: str) -> Column:
        """Return the column of a key."""
        return self._by_key[key]

    @cached_property
    def _by_key(self) -> Mapping[str, Column]:
        return {column.key: column for column in self.columns}

    def find(self, book: Book) -> list[Table]:
        """Find the tables of this kind in a book.

        Raises:
            Refused: no sheet has the required columns.
        """
        wanted = {column.heading: column.aliases for column in self.columns}
        return find_tables(book, wanted, required=[c.heading for c in self.columns if c.required])

    def read(self, table: Table, record: Record, guessed: dict[str, int] | None = None) -> dict[str, Any]:
        """Read a record: key → value, None where the cell says nothing; columns the file lacks are left out.

        A day without its year (1月11日) is of the year its row names, else of the one the title says; of the latter,
        which is to be looked at, `guessed` takes down key and year.

        Raises:
            Unreadable: every mistake, each on the heading as the file has it, and what could be read beside them.
        """
        read: dict[str, Any] = {}
        mistakes: list[FieldError] = []
        spoilt: set[str] = set()
        for column in self.columns:
            found = table.columns.get(column.heading)
            if found is None:
                continue
            text = record.values[column.heading]
            if not text and not column.required:
                read[column.key] = None
                continue
            try:
                read[column.key] = _cell(column, text, found.heading, found.unit or column.unit)
            except Invalid as mistake:
                if column.key == _SERIAL:
                    # A running number is worth no row; many are formulas that nobody has computed.
                    read[column.key] = None
                    continue
                if mistake.errors[0].code == _WITHOUT_YEAR and (year := self._year_of(table, record)):
                    reader = values.date_from_cell if column.cell == "date" else values.day_and_time_from_cell
                    try:
                        read[column.key] = reader(text, column=found.heading, default_year=year[0])
                    except Invalid as impossible:
                        mistake = impossible
                    else:
                        if guessed is not None and year[1]:
                            guessed[column.key] = year[0]
                        continue
                mistakes += mistake.errors
                spoilt.add(column.key)
        if mistakes:
            raise Unreadable(mistakes, read=read, spoilt=spoilt)
        return read

    def _year_of(self, table: Table, record: Record) -> tuple[int, bool] | None:
        """Return the year that days of a row are of, and whether the title alone says so."""
        for key in _YEARS:
            heading = self._by_key[key].heading if key in self._by_key else ""
            told = _YEAR_OF_ROW.search(narrow(record.values.get(heading, "")))
            if told:
                return int(told[1]), False
        return None if table.year is None else (table.year, True)


@cache
def kinds() -> tuple[str, ...]:
    """Return every kind of file the command knows by name, those of later issues too."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def column_set(kind: str) -> ColumnSet:
    """Return the columns of a kind.

    Raises:
        Refused: no file of `columns/` is of this kind.
    """
    path = _FOLDER / f"{kind}.toml"
    if kind not in kinds():
        known = ", ".join(kinds())
        raise refused("import_kind_unknown", kind=kind, kinds=known)
    told = tomllib.loads(path.read_text("utf-8"))
    rows = told.pop("column")
    if checklists.GROUP in told:
        rows = checklists.with_items(rows, told)
    if score_items.GROUP in told:
        rows = score_items.with_items(rows, told)
    columns = tuple(
        Column(
            row["key"],
            row["heading"],
            row["cell"],
            tuple(row.get("aliases", ())),
            row.get("required", False),
            row.get("unit", ""),
            row.get("extra", False),
        )
        for row in rows
    )
    return ColumnSet(kind, told.pop("title"), columns, told)


def cell_kind_of(column: Column, unit: str = "") -> Kind:
    """Return how the cells of a column are written; amounts in 万元 unless `unit` says 元."""
    kind = _WRITTEN[column.cell]
    return Kind.YUAN if kind is Kind.WAN_YUAN and habits().money.get(unit) == _FEN_OF_YUAN else kind


def _cell(column: Column, text: str, heading: str, unit: str) -> Any:
    is_empty = values.is_blank(text) if column.cell in _WORDS else values.says_nothing(text)
    if is_empty:
        if column.required:
            raise Invalid([FieldError(heading, "cell_empty")])
        return None
    return _READERS[column.cell](text, heading, unit)


def _line(text: str, heading: str, _unit: str) -> str:
    return " ".join(values.text_from_cell(text, column=heading).split())


_WORDS = ("text", "line")
_READERS: Mapping[str, Callable[[str, str, str], Any]] = {
    "text": lambda text, heading, _: values.text_from_cell(text, column=heading).strip(),
    "line": _line,
    "identifier": lambda text, heading, _: values.identifier_from_cell(text, column=heading),
    "name": lambda text, heading, _: values.name_from_cell(text, column=heading),
    "names": lambda text, heading, _: values.names_from_cell(text, column=heading),
    "date": lambda text, heading, _: values.date_from_cell(text, column=heading),
    "moment": lambda text, heading, _: values.day_and_time_from_cell(text, column=heading),
    "integer": lambda text, heading, _: values.integer_from_cell(text, column=heading),
    "money": lambda text, heading, unit: values.fen_from_cell(text, unit, column=heading),
    "amounts": lambda text, heading, unit: values.amounts_from_cell(text, unit, column=heading),
    "flag": lambda text, heading, _: values.yes_or_no_from_cell(text, column=heading),
}
_WRITTEN: Mapping[str, Kind] = {
    "text": Kind.TEXT,
    "line": Kind.TEXT,
    "identifier": Kind.IDENTIFIER,
    "name": Kind.TEXT,
    "names": Kind.TEXT,
    "date": Kind.DATE,
    "moment": Kind.MOMENT,
    "integer": Kind.INTEGER,
    "money": Kind.WAN_YUAN,
    "amounts": Kind.TEXT,
    "flag": Kind.TEXT,
}
