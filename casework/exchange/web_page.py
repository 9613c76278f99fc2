"""The table of a web page that is called .xls: what many office systems hand out as an export. Runs in the child.

Rows are numbered as a spreadsheet shows them, every table below the one before. A page of tables within tables is laid
out with them and no export.
"""

from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser

from casework.core import errors
from casework.exchange import limits

_CELLS = ("td", "th")
_UNSEEN = ("script", "style", "title")
# Some systems leave the number as it is beside the one that is shown, which may be 1.39E+10.
_PLAIN_NUMBER = "x:num"


class _Page(HTMLParser):
    """Collects the rows that are complete; `taken` hands them out and forgets them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables = 0
        self._depth = self._unseen = 0
        self._rows: list[tuple[list[str], list[int]]] = []
        self._cells: list[str] | None = None
        self._inherited: list[int] = []
        self._text: list[str] | None = None
        self._span: Mapping[str, str | None] = {}
        # Of this row and of the next: column → rows to come, and what stands in them, None beside a wide cell's first.
        self._down: dict[int, tuple[int, str | None]] = {}
        self._below: dict[int, tuple[int, str | None]] = {}

    def taken(self) -> list[tuple[list[str], list[int]]]:
        """Return the rows since the last time, each with the positions that a cell above reaches down to."""
        rows, self._rows = self._rows, []
        return rows

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell; whoever leaves out the end of the one before has it closed."""
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self._depth += 1
            if self._depth > 1:
                raise errors.refused("file_is_web_page")
            self.tables += 1
            self._below = {}
        elif tag == "tr" and self._depth:
            self._end_row()
            self._cells, self._inherited = [], []
            self._down, self._below = self._below, {}
            self._fill_down()
        elif tag in _CELLS and self._cells is not None:
            self._end_cell()
            self._text, self._span = [], dict(attrs)
        elif tag == "br" and self._text is not None:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close what is open."""
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _CELLS:
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table" and self._depth:
            self._end_row()
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        """Take the text of a cell; line ends of the source are blanks."""
        if self._text is not None and not self._unseen:
            self._text.append(" ".join(f"|{data}|".split())[1:-1])

    def _end_cell(self) -> None:
        if self._text is None or self._cells is None:
            return
        shown = "\n".join(" ".join(line.split()) for line in "".join(self._text).split("\n")).strip()
        text = self._span.get(_PLAIN_NUMBER) or shown
        wide, high = (_whole(self._span.get(name)) for name in ("colspan", "rowspan"))
        for each in range(wide):
            if high > 1:
                self._below[len(self._cells)] = (high - 1, None if each else text)
            self._cells.append("" if each else text)
        self._text = None
        self._fill_down()

    def _fill_down(self) -> None:
        while self._cells is not None and (reached := self._down.pop(len(self._cells), None)) is not None:
            rows, text = reached
            if rows > 1:
                self._below[len(self._cells)] = (rows - 1, text)
            if text:
                self._inherited.append(len(self._cells))
            self._cells.append(text or "")

    def _end_row(self) -> None:
        self._end_cell()
        if self._cells is not None:
            self._rows.append((self._cells, self._inherited))
        self._cells = None


def _whole(said: str | None) -> int:
    """Return a span; what is none, or reaches beyond any table, is taken for as much as there may be."""
    digits = (said or "").strip()
    return (
        max(1, min(int(digits), limits.LAST_COLUMN)) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 1
    )


def rows_of(pieces: Iterable[str]) -> Iterator[tuple[list[str], list[int]]]:
    """Yield the rows of a page: cells, and the positions that were filled down.

    Raises:
        Refused: file_is_web_page if there is no table in it.
    """
    page = _Page()
    for piece in pieces:
        page.feed(piece)
        yield from page.taken()
    page.close()
    if not page.tables:
        raise errors.refused("file_is_web_page")
    yield from page.taken()
