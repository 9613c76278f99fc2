"""What a file holds and an import does not read: said, so that nobody takes it for read."""

from collections.abc import Iterator, Sequence
from itertools import islice

from casework.core import i18n
from casework.core.errors import Refused
from casework.exchange.column_sets import ColumnSet
from casework.exchange.habits import habits, plain
from casework.exchange.headings import LONGEST_HEADING
from casework.exchange.marking import Fault
from casework.exchange.sheets import Book, Sheet, Table

# So many rows are looked at for something under a heading; a column that begins later is a rare one.
_LOOKED_AT = 2_000


def unread(book: Book, tables: Sequence[Table], columns: ColumnSet, *, locale: str) -> Iterator[Fault]:
    """Yield what is not read of a file: filled columns nobody knows, sheets that lack a needed column.

    A hidden sheet is read like any other, and named, because nobody sees what comes from it.
    """
    read = {table.sheet.name: table for table in tables}
    for sheet in book.sheets:
        table = read.get(sheet.name)
        if table is None:
            yield from _passed_over(sheet, columns, locale)
            continue
        if sheet.hidden:
            yield Fault(sheet.name, table.headings.number, "", i18n.say("field.import_sheet_hidden", locale=locale))
        yield from _unknown(table, columns, locale)


def _passed_over(sheet: Sheet, columns: ColumnSet, locale: str) -> Iterator[Fault]:
    """Tell of a sheet that looks like this ledger and lacks a column; instructions and the like are none."""
    try:
        columns.find(Book([sheet]))
    except Refused as refused:
        for each in refused.refusals:
            if each.code == "columns_missing":
                reason = i18n.say(f"refusal.{each.code}", locale=locale, **each.params)
                told = i18n.say("field.import_sheet_unread", locale=locale, reason=reason)
                yield Fault(sheet.name, each.params["row"], "", told)


def _unknown(table: Table, columns: ColumnSet, locale: str) -> Iterator[Fault]:
    ours = {plain(i18n.say("exchange.fault_column", locale=each)) for each in i18n.LOCALES} | habits().serials
    used = {column.position for column in table.columns.values()}
    rest = {
        position: " ".join(cell.split())
        for position, cell in enumerate(table.headings.cells)
        if cell.strip() and len(cell) <= LONGEST_HEADING and position not in used and plain(cell) not in ours
    }
    if not rest:
        return
    free = [column.heading for column in columns.written if column.heading not in table.columns]
    filled: set[int] = set()
    below = (row for row in table.sheet.rows if row.number > table.headings.number)
    for row in islice(below, _LOOKED_AT):
        filled |= {position for position in rest if row.cell(position).strip()}
        if len(filled) == len(rest):
            break
    for position in sorted(filled):
        code = "import_column_unread" if free else "import_column_unknown"
        told = i18n.say(f"field.{code}", locale=locale, columns=habits().list_separator.join(free))
        yield Fault(table.sheet.name, table.headings.number, rest[position], told, position)
