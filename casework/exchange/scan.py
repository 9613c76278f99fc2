"""One pass over the XML of a workbook before a spreadsheet reader may build anything from it.

Counts what a reader would have to allocate (rows, columns, merged areas) and refuses what no office file needs
(document type declarations, endless tags). On the way it notes two things the reader does not tell: hidden rows,
and cells whose formula failed or was never computed. Values of cells are not read here.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from casework.core import errors
from casework.exchange import limits
from casework.exchange.archive import damaged

Attributes = Mapping[str, str]
_ERROR_LENGTH = 20
_VALUES = frozenset({"v", "is"})
# Formatted cells without content: an office file may have millions of them, and the reader drops them, too.
_EMPTY_CELLS = re.compile(rb'(?:<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]{1,5}")? ?/>)+')
_EMPTY_CELL_BYTES = 60  # cut where every 60 bytes hold one
NOT_COMPUTED = "#NOT_COMPUTED!"


@dataclass(slots=True)
class SheetFacts:
    """What the pass over one sheet found. Rows and columns count from 0."""

    hidden_rows: set[int] = field(default_factory=set)
    formula_errors: dict[tuple[int, int], str] = field(default_factory=dict)
    filled_cells: int = 0


def _column_numbers() -> dict[str, int]:
    letters = [chr(ord("A") + n) for n in range(26)]
    names = letters + [first + second for first in letters for second in letters]
    return {name: number for number, name in enumerate(names) if number < limits.LAST_COLUMN}


COLUMNS = _column_numbers()


def walk(chunks: Iterable[bytes], start: Callable[[str, Attributes], None]) -> None:
    """Send every start tag of the document to `start(name, attributes)`.

    Raises:
        Refused: file_damaged for XML that is not well-formed, file_has_doctype for any DOCTYPE.
    """
    parser = _parser()
    parser.StartElementHandler = start
    _feed(parser, chunks)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise errors.refused("file_has_doctype")


def _feed(parser: expat.XMLParserType, chunks: Iterable[bytes]) -> None:
    fed = elements = 0
    try:
        for chunk in chunks:
            elements += chunk.count(b"<") - chunk.count(b"</")
            if elements > limits.XML_ELEMENTS:
                raise damaged("too many elements")
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > limits.XML_TOKEN_BYTES:
                raise damaged("endless tag")
        parser.Parse(b"", True)
    except expat.ExpatError as broken:
        raise damaged("xml") from broken


class _Sheet:
    """The running count of one sheet. `start` is called millions of times, so what is frequent stands first in it."""

    def __init__(self, facts: SheetFacts, parser: expat.XMLParserType) -> None:
        self.facts = facts
        self._parser = parser
        self._row, self._column, self._digits = -1, -1, ""
        self._pending = False  # the present cell has failed, or has a formula and no value yet
        self._error = False
        self._kind = ""  # of the present cell
        self._text: list[str] = []
        self._top, self._bottom, self._last_row = limits.SHEET_ROWS, -1, -1
        self._columns: set[int] = set()  # those that hold anything
        self._filled = self._merged = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            if self._pending:
                self._settle()
            reference = attributes.get("r")
            if reference is None:
                self._column += 1
            else:
                column = COLUMNS.get(reference.removesuffix(self._digits))
                self._column = self._elsewhere(reference) if column is None else column
            self._kind = attributes.get("t", "")
            if self._kind == "e":
                self._error = self._pending = True
        elif name in _VALUES:
            self._filled += 1
            self._columns.add(self._column)
            if self._row != self._last_row or self._pending:
                self._on_value()
        elif name == "row":
            self._on_row(attributes)
        elif name == "f":
            self._pending = True
        elif name == "mergeCell":
            self._on_merge(attributes)
        elif ":" in name:
            self.start(name.rpartition(":")[2], attributes)

    def _on_row(self, attributes: Attributes) -> None:
        self.leave_row()
        number = attributes.get("r")
        self._row = _whole(number) - 1 if number is not None else self._row + 1
        self._digits = number or ""
        self._column = -1
        if self._row >= limits.SHEET_ROWS:
            raise damaged("row number")
        if attributes.get("hidden", "0") in ("1", "true"):
            self.facts.hidden_rows.add(self._row)

    def leave_row(self) -> None:
        if self._pending:
            self._settle()
        if max(self._columns, default=0) >= limits.LAST_COLUMN:
            raise errors.refused("too_many_columns", limit=limits.LAST_COLUMN, row=self._row + 1)
        if self._filled > limits.FILLED_CELLS:
            raise errors.refused("too_many_cells", limit=limits.FILLED_CELLS)

    def _elsewhere(self, reference: str) -> int:
        """Return the column of a cell that is far right or does not stand in its own row, and go to its row."""
        letters = reference.rstrip("0123456789")
        self._digits = reference[len(letters) :]
        self._row = _whole(self._digits) - 1
        return COLUMNS.get(letters, limits.LAST_COLUMN)

    def _on_value(self) -> None:
        """Take note of a row that holds something; a value also means that a formula was computed.

        An empty value does not, unless it is the text that came out: writers that do not compute leave one behind.
        """
        self._last_row = self._row
        self._top, self._bottom = min(self._top, self._row), max(self._bottom, self._row)
        self._pending = self._pending and self._kind != "str"
        if self._pending:
            self._parser.CharacterDataHandler = self._text.append

    def _settle(self) -> None:
        """Note the formula error of the cell that has just ended, if it has one."""
        self._parser.CharacterDataHandler = None
        text = "".join(self._text).strip()[:_ERROR_LENGTH]
        failed = self._error or not text
        self._pending = self._error = False
        self._text = []
        if not failed:
            return
        if len(self.facts.formula_errors) >= limits.FORMULA_ERRORS:
            raise errors.refused("too_many_formula_errors", limit=limits.FORMULA_ERRORS)
        if self._column < limits.LAST_COLUMN:
            self.facts.formula_errors[self._row, self._column] = text or NOT_COMPUTED

    def _on_merge(self, attributes: Attributes) -> None:
        first, _, last = attributes.get("ref", "").replace("$", "").partition(":")
        (top, left), (bottom, right) = _position(first), _position(last or first)
        self._merged += (abs(bottom - top) + 1) * (abs(right - left) + 1)
        if self._merged > limits.MERGED_CELLS:
            raise errors.refused("too_many_merged_cells", limit=limits.MERGED_CELLS)

    def end(self) -> None:
        self.leave_row()
        self.facts.filled_cells = self._filled
        if self._filled:
            check_span(rows=self._bottom - self._top + 1, columns=max(self._columns) - min(self._columns) + 1)


def check_span(*, rows: int, columns: int) -> None:
    """Refuse a sheet whose filled cells stand so far apart that a table of them would not fit into memory."""
    if rows * columns > limits.SPANNED_CELLS:
        raise errors.refused("cells_too_far_apart", rows=rows, columns=columns)


def scan_sheet(chunks: Iterable[bytes]) -> SheetFacts:
    """Count one sheet.

    Raises:
        Refused: too_many_columns, too_many_cells, too_many_merged_cells, too_many_formula_errors,
            cells_too_far_apart, file_damaged, file_has_doctype.
    """
    parser = _parser()
    sheet = _Sheet(SheetFacts(), parser)
    parser.StartElementHandler = sheet.start
    _feed(parser, map(_without_empty_cells, chunks))
    sheet.end()
    return sheet.facts


def _without_empty_cells(chunk: bytes) -> bytes:
    """Cut out empty cells if there are many; where there are few, the search costs more than it saves."""
    return _EMPTY_CELLS.sub(b"", chunk) if chunk.count(b"/><c ") * _EMPTY_CELL_BYTES > len(chunk) else chunk


def scan_part(chunks: Iterable[bytes]) -> None:
    """Read any other part of the workbook only to see that it is plain XML of bearable size."""
    _feed(_parser(), chunks)


def sheet_parts(*, workbook: Iterable[bytes], relations: Iterable[bytes]) -> dict[str, str]:
    """Return sheet name → path inside the zip, in workbook order."""
    targets: dict[str, str] = {}
    names: list[tuple[str, str]] = []

    def on_relation(name: str, attributes: Attributes) -> None:
        if name.rpartition(":")[2] == "Relationship" and attributes.get("TargetMode") != "External":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def on_sheet(name: str, attributes: Attributes) -> None:
        if name.rpartition(":")[2] == "sheet":
            number = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            names.append((attributes.get("name", ""), number))
            if len(names) > limits.SHEETS:
                raise errors.refused("too_many_sheets", limit=limits.SHEETS)

    walk(relations, on_relation)
    walk(workbook, on_sheet)
    parts = {name: _resolved(targets.get(number, "")) for name, number in names}
    if len(parts) != len(names) or len(set(parts.values())) != len(names):
        raise damaged("the same sheet twice")
    return parts


def _resolved(target: str) -> str:
    return posixpath.normpath(posixpath.join("/xl", target.replace("\\", "/"))).lstrip("/")


def _position(reference: str) -> tuple[int, int]:
    """Return (row, column) of a reference such as AB12, columns of any width, from 0."""
    letters = reference.rstrip("0123456789")
    if not 1 <= len(letters) <= 3 or not (letters.isascii() and letters.isalpha()):
        raise damaged("cell reference")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return _whole(reference[len(letters) :]) - 1, column - 1


def _whole(digits: str) -> int:
    """Read the row number of a reference; Excel knows 1 to 1,048,576."""
    if not 1 <= len(digits) <= 7 or not (digits.isascii() and digits.isdigit()):
        raise damaged("row number")
    number = int(digits)
    if not 1 <= number <= limits.SHEET_ROWS:
        raise damaged("row number")
    return number
