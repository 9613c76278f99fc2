"""The rows of a file as lines to be written; what cannot be read of them is told cell by cell."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casework.exchange.column_sets import ColumnSet, Unreadable
from casework.exchange.habits import habits
from casework.exchange.headings import Column as Heading
from casework.exchange.sheets import Table
from workflows.ledgers.desk import Desk, Line, Partly

# What is asked for in place of an unreadable cell of each kind.
_STAND_INS: Mapping[str, Any] = {"text": "", "line": "", "name": "", "identifier": "", "names": [""]}


_MONEY = ("money", "amounts")


def lines_of(columns: ColumnSet, tables: Sequence[Table], desk: Desk) -> Iterator[Line]:
    """Yield the rows of all tables; one that cannot be read is refused at the desk, and comes as far as it can."""
    for table in tables:
        found = {c.key: table.columns[c.heading] for c in columns.columns if c.heading in table.columns}
        headings = {key: column.heading for key, column in found.items()}
        headed = {column.key: column.heading for column in columns.columns}
        times = Counter(headings.values())
        # What stands in two rows, or twice, is in no cell of the headings by which it could be found again.
        told = [" ".join(cell.split()) for cell in table.headings.cells]
        places = {
            key: column.position
            for key, column in found.items()
            if table.headings.inherited or times[column.heading] > 1 or column.heading not in told
        }
        # A cell that cannot be read is told by its heading.
        places |= {headings[key]: place for key, place in places.items() if times[headings[key]] == 1}
        unsaid, hides = _unsaid(columns, found), False
        for record in table.records():
            desk.done.read += 1
            guessed: dict[str, int] = {}
            try:
                values = columns.read(table, record, guessed)
            except Unreadable as mistakes:
                partly, spoilt = _partly(columns, mistakes), _spoilt(mistakes)
                line = Line(record.sheet, record.number, partly, headings, spoilt, places)
                desk.refuse(line, mistakes)
                yield line
            else:
                line = Line(record.sheet, record.number, values, headings, places=places)
                if record.hidden and not hides:
                    # Nobody sees what comes from it; the first of them stands for all of its sheet.
                    hides = True
                    desk.warn(line, key="", code="import_rows_hidden")
                for key, year in guessed.items():
                    desk.warn(line, key=key, code="import_year_of_title", year=year)
                assumed = next((each for each in unsaid if _is_bare(record.values[headed[each]])), None)
                if assumed is not None:
                    # One heading is one question: it is told where it first matters.
                    desk.warn(line, key=assumed, code="import_unit_assumed", unit=unsaid[assumed])
                    unsaid.clear()
                yield line


def _unsaid(columns: ColumnSet, found: Mapping[str, Heading]) -> dict[str, str]:
    """Return the columns of amounts whose headings name no unit, with the one they are read in."""
    amounts = [each for each in columns.columns if each.cell in _MONEY and each.key in found]
    return {each.key: each.unit for each in amounts if each.unit and found[each.key].unit is None}


def _is_bare(text: str) -> bool:
    """Say whether an amount stands without a unit of its own."""
    return any(sign.isdigit() for sign in text) and not any(unit in text for unit in habits().money)


def _partly(columns: ColumnSet, mistakes: Unreadable) -> Partly:
    cells = {column.key: column.cell for column in columns.columns}
    return Partly(
        mistakes.read,
        stand_ins={key: _STAND_INS[cells[key]] for key in mistakes.spoilt if cells[key] in _STAND_INS},
        unread={key for key in mistakes.spoilt if cells[key] not in _STAND_INS},
    )


def _spoilt(mistakes: Unreadable) -> frozenset[str]:
    return frozenset(each.field for each in mistakes.errors)
