"""A document's numbers as .xlsx: a sheet with every figure, each linked to its records, and a sheet for each table.

Text that could be taken for a formula is written as text with a ' before it (reliability.md §4.1).
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from casework.core import i18n
from casework.core.neutral import column_width, fitting, quoted, sheet_name
from casework.documents.arranged import arranged, cleaned
from casework.documents.geometry import cell_text
from casework.documents.links import absolute
from casework.documents.model import AnnexFigure, Cell, FigureRun, Marked, Official, Table, figure_runs, tables
from casework.documents.words import words

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # the same document makes the same file, whenever it is written
_EXACT_BELOW = 10**15  # a longer number would lose its end in Excel
_LONGEST_LINK = 2079  # Excel's own limit
_COLUMNS = ("label", "exact", "unit", "text", "scope", "as_of", "counts", "leaves_out")
_A4 = 9
# An amount as tables write it: 1,680.29. As text it could not be added up.
_AMOUNT = re.compile(r"(?:0|[1-9]\d{0,2}(?:,\d{3})*)\.\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What goes into one cell: a number or text, and where it leads; an amount shows both its decimals."""

    value: str | int | Decimal
    href: str = ""
    is_amount: bool = False


def to_xlsx(document: Official, base_url: str) -> bytes:
    """Write the figures and tables of a document; links begin with `base_url`, such as https://office.example.

    Raises:
        ValueError: `base_url` is not empty and no web address.
    """
    import xlsxwriter  # noqa: PLC0415 - forty modules that a starting service does not pay for

    clean = cleaned(document)
    settled = arranged(clean)
    say = words(clean.language)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": _MADE, "title": settled.name, "author": clean.issuer})
        sheets = _Sheets(book, base_url, cut_mark=i18n.say("exchange.cut_mark", locale=clean.language))
        heads = [say.annex[column] for column in _COLUMNS]
        sheets.add(say.annex["sheet"], settled.name, heads, _figure_rows(clean))
        for number, table in enumerate(tables(clean), start=1):
            name = table.title or table.name or say.annex["table"].format(number=number)
            sheets.add(name, _line(table.title or table.name), table.headings, _rows(table))
    return out.getvalue()


def _rows(table: Table) -> list[list[_Entry]]:
    links = table.links or tuple(("",) * len(row) for row in table.rows)
    told = (zip(row, paths, strict=True) for row, paths in zip(table.rows, links, strict=True))
    return [[_entry(cell, href) for cell, href in row] for row in told]


def _figure_rows(document: Official) -> list[list[_Entry]]:
    """List the annex, then every figure of the text that the annex does not have."""
    rows = [_annex_row(figure) for figure in document.figures]
    known = {figure.key for figure in document.figures}
    for run in figure_runs(document):
        if run.key not in known:
            known.add(run.key)
            rows.append([_Entry(run.label or run.key), _Entry(""), _Entry(""), _Entry(run.text, run.href)])
    return rows


def _annex_row(figure: AnnexFigure) -> list[_Entry]:
    texts = (figure.unit, figure.text, figure.scope, figure.as_of.isoformat(), figure.counts, figure.leaves_out)
    return [_Entry(figure.label), _Entry(figure.exact, figure.href), *map(_Entry, texts)]


def _entry(cell: Cell, href: str) -> _Entry:
    if isinstance(cell, FigureRun):
        return _Entry(cell.text, cell.href)
    if isinstance(cell, str) and _AMOUNT.fullmatch(cell):
        return _Entry(Decimal(cell.replace(",", "")), href, is_amount=True)
    return _Entry(cell.text if isinstance(cell, Marked) else cell, href)


def _line(text: str) -> str:
    return text.replace("\n", " ")


class _Sheets:
    """The sheets of one workbook."""

    def __init__(self, book: "Workbook", base_url: str, *, cut_mark: str) -> None:
        self._book, self._base_url, self._cut_mark = book, base_url, cut_mark
        self._names: list[str] = []
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        link = {"valign": "top", "font_color": "#1b4b73", "underline": 1}
        self._link = book.add_format({**link, "text_wrap": True})
        # Of numbers: by whether they are linked, and whether they are amounts.
        self._numbers = {
            (linked, is_amount): book.add_format(
                {**(link if linked else {"valign": "top"}), "num_format": "#,##0.00" if is_amount else "#,##0.######"}
            )
            for linked in (False, True)
            for is_amount in (False, True)
        }

    def add(self, name: str, title: str, heads: Sequence[str], rows: Sequence[Sequence[_Entry]]) -> None:
        """Add a sheet with a title, a head that stays in view and on every printed page, and the rows."""
        name = sheet_name(name, taken=self._names)
        self._names.append(name)
        sheet = self._book.add_worksheet(name)
        sheet.write_string(0, 0, self._fit(title), self._title)
        for column, head in enumerate(heads):
            texts = [head, *(cell_text(row[column].value) for row in rows if column < len(row))]
            sheet.set_column(column, column, column_width(texts))
            sheet.write_string(1, column, self._fit(head), self._head)
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(1)
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        for number, row in enumerate(rows, start=2):
            for column, entry in enumerate(row):
                self._write(sheet, number, column, entry)

    def _write(self, sheet: "Worksheet", row: int, column: int, entry: _Entry) -> None:
        link = absolute(self._base_url, entry.href) if self._base_url else ""
        linked = 0 < len(link) <= _LONGEST_LINK
        text = self._fit(entry.value) if isinstance(entry.value, str) else cell_text(entry.value)
        if linked:
            sheet.write_url(row, column, link, self._link, text)
        elif text:
            sheet.write_string(row, column, text, self._text)
        if not isinstance(entry.value, str) and -_EXACT_BELOW < entry.value < _EXACT_BELOW:
            # In place of the text; a link stays where it is.
            sheet.write_number(row, column, entry.value, self._numbers[linked, entry.is_amount])

    def _fit(self, text: str) -> str:
        return fitting(quoted(text), cut_mark=self._cut_mark)
