"""The measures of GB/T 9704-2012 §5, and how much room a text takes (domain.md §4.1).

28 characters a line do not fit into 156 mm at their full 16 pt, nor 22 lines of 29 pt into 225 mm: characters stand a
quarter of a point closer, lines at 28.95 pt. A width is counted in ems, the width of one Chinese character.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate, pairwise

from casework.documents.model import Cell, FigureRun, Marked, Table

MM = 72 / 25.4  # points
PAGE = (210.0, 297.0)  # mm
TOP, BOTTOM, LEFT, RIGHT = 37.0, 35.0, 28.0, 26.0  # mm
WIDTH, HEIGHT = 156.0, 225.0  # mm, the type area
BODY, TRACKING, PITCH = 16.0, -0.25, 28.95  # pt: size of a character, what is taken off its width, from line to line
EM = BODY + TRACKING
LINES = 22
TITLE, SMALL, PAGE_NUMBER, TABLE, TABLE_PITCH, FINE = 22.0, 14.0, 14.0, 12.0, 18.0, 10.5  # pt
BIG, BIG_PITCH = 40.0, 130.0  # pt, of a table whose rows are cards
HEAD_DOWN, RULE_DOWN, NUMBER_DOWN = 35.0, 4.0, 7.0  # mm
CELL_INSET = 3.0  # pt, on each side of the text in a cell
PICTURE_GAP = 6.0  # pt, above a picture
WHOLE_LINES = 16  # a table that leaves room on a page for what leads to it is not broken over two

_HEAD_LARGEST, _HEAD_SMALLEST, _HEAD_SHARE = 42.0, 22.0, 0.92
_TITLE_EMS = 20
_NARROWEST, _WIDEST = 2.0, 14.0  # ems, of a column that follows its contents
_HEADING, _INSETS = 5.0, 0.6  # ems: of a heading that stays on its line where room is scarce, and beside it
_OPENING, _CLOSING = "“‘（《〈【〔([", "”’）》〉】〕)]"
_NOT_FIRST = _CLOSING + "，。、；：？！…—,.;:?!%"


class _Widths(dict[str, float]):
    """The width of each character in ems, looked up once: a long table has a million of a few thousand."""

    def __missing__(self, character: str) -> float:
        wide = self[character] = 1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.5
        return wide


_width = _Widths().__getitem__


def ems(text: str) -> float:
    """Return the width of a text in ems; what is not as wide as a Chinese character counts as half of one."""
    return sum(map(_width, text))


def head_size(issuer: str) -> float:
    """Return the size in pt at which the red head takes one line, within what looks right."""
    room = WIDTH * MM * _HEAD_SHARE / max(ems(issuer), 1.0)
    return float(math.floor(max(_HEAD_SMALLEST, min(_HEAD_LARGEST, room))))


def title_lines(title: str, *, not_first: str, unbroken: Sequence[str]) -> tuple[str, ...]:
    """Break a title into lines of about the same length; its own line breaks are kept (GB/T 9704-2012 §7.3.1).

    Nothing in quotes or brackets is broken unless it is longer than a line, nor a word of `unbroken`; no line begins
    with closing punctuation or a character of `not_first`. Other words may break: people break a title better.
    """
    words = re.compile("|".join(map(re.escape, unbroken)) or "(?!)")
    given = (line.strip() for line in title.split("\n"))
    return tuple(line for each in given for line in _balanced(each, _NOT_FIRST + not_first, words))


def signature_indents(signed_by: str, day: str) -> tuple[float, float]:
    """Return the right indents of signature and day in ems, unsealed (GB/T 9704-2012 §7.3.5.2).

    The signature stands 2 from the right and the day begins 2 behind where it begins; a longer day stands 2 from the
    right instead.
    """
    longer = ems(signed_by) - ems(day)
    return (2.0, longer) if longer >= 2 else (4.0 - longer, 2.0)


def shares(table: Table) -> tuple[float, ...]:
    """Return the shares of the columns, 1 in all: as given, or by the longest text of each."""
    widths: Sequence[float] = table.widths
    if not widths:
        widths = _wanted(table, table.headings)
        room = _across(table) / TABLE
        if sum(widths) > room:
            widths = _fitted(table, room)
    return tuple(width / sum(widths) for width in widths)


def _wanted(table: Table, headings: Sequence[str]) -> Sequence[float]:
    columns = zip(headings, *table.rows, strict=True)
    return [min(_WIDEST, max(_NARROWEST, *map(_longest, column)) + 1) for column in columns]


def _fitted(table: Table, room: float) -> Sequence[float]:
    """Return the widths of columns that want more than there is: a heading goes on below where its unit begins, and
    text gives way before numbers and short headings do, which do not break well."""
    headings = [each.replace("（", "\n（") for each in table.headings]
    wanted = _wanted(table, headings)
    whole = (
        max(min(_longest(heading), _HEADING), *(_longest(cell) for cell in cells if cell_text(cell).isascii()), 0)
        for heading, *cells in zip(headings, *table.rows, strict=True)
    )
    least = [min(width, each + _INSETS) for width, each in zip(wanted, whole, strict=True)]
    spare, more = room - sum(least), sum(wanted) - sum(least)
    if sum(wanted) <= room or spare <= 0:
        return wanted
    return [each + (width - each) * spare / more for width, each in zip(wanted, least, strict=True)]


def rooms(table: Table) -> tuple[float, ...]:
    """Return how much room a line has in the cells of each column, in pt."""
    return tuple(max(share * _across(table) - 2 * CELL_INSET, TABLE) for share in shares(table))


def _across(table: Table) -> float:
    return (HEIGHT if table.landscape else WIDTH) * MM


def row_heights(table: Table) -> tuple[float, ...]:
    """Return about how high the head and every row are, in pt."""
    room = rooms(table)

    def high(row: Sequence[Cell], size: float, pitch: float) -> float:
        lines = max(_line_count(cell_text(cell), wide * TABLE / size) for cell, wide in zip(row, room, strict=True))
        return lines * pitch + 2 * CELL_INSET

    size, pitch = size_of(table)
    return (high(table.headings, TABLE, TABLE_PITCH), *(high(row, size, pitch) for row in table.rows))


def size_of(table: Table) -> tuple[float, float]:
    """Return the size of the text in the rows of a table and the pitch of its lines, in pt."""
    return (BIG, BIG_PITCH) if table.big else (TABLE, TABLE_PITCH)


def stays_whole(table: Table) -> bool:
    """Say whether the table is so low that it is not broken over pages."""
    most = WHOLE_LINES * PITCH
    # Of a long table no row has to be measured: each takes a line at least.
    if table.flows or len(table.rows) * TABLE_PITCH > most:
        return False
    return sum(row_heights(table)) <= most


def may_break(height: float) -> bool:
    """Say whether a row of this height in pt goes on over the page: kept whole, its end would be lost."""
    return height > LINES * PITCH / 2


def cell_text(cell: Cell) -> str:
    """Return what stands in a cell; numbers in plain figures."""
    match cell:
        case FigureRun() | Marked():
            return cell.text
        case str():
            return cell
    return format(cell, "f") if not isinstance(cell, int) else str(cell)


def _longest(cell: Cell) -> float:
    return max(map(ems, cell_text(cell).split("\n")))


def _line_count(text: str, room: float) -> int:
    return sum(max(1, math.ceil(ems(line) * TABLE / room)) for line in text.split("\n"))


def _balanced(title: str, not_first: str, words: re.Pattern[str]) -> list[str]:
    whole = ems(title)
    count = math.ceil(whole / _TITLE_EMS)
    if count <= 1:
        return [title]
    places = [0, *_breaks(title, not_first, words), len(title)]
    if max(ems(title[start:end]) for start, end in pairwise(places)) > _TITLE_EMS:
        places = [0, *_breaks(title, not_first, words, in_quotes=True), len(title)]
    reach = list(accumulate((ems(title[start:end]) for start, end in pairwise(places)), initial=0.0))
    # ways[i]: the cheapest way to break what stands before places[i], as its cost and where its last line begins.
    ways: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(places)):
        best = (math.inf, 0)
        for start in range(end - 1, -1, -1):
            width = reach[end] - reach[start]
            if width > _TITLE_EMS and best[0] < math.inf:
                break
            # Of two ways as even as each other, the one whose first line is the longer.
            best = min(best, (ways[start][0] + (width - whole / count) ** 2, start), key=lambda way: way[0])
        ways.append(best)
    marks = [len(places) - 1]
    while marks[-1]:
        marks.append(ways[marks[-1]][1])
    return [title[places[start] : places[end]].strip() for start, end in pairwise(reversed(marks))]


def _breaks(title: str, not_first: str, words: re.Pattern[str], *, in_quotes: bool = False) -> list[int]:
    """Find where a line may end: never inside numbers or words that are known, nor quotes and brackets if it can be."""
    inside = {place for word in words.finditer(title) for place in range(word.start() + 1, word.end())}
    found, depth = [], 0
    for place, (before, after) in enumerate(pairwise(title), start=1):
        depth += (before in _OPENING) - (before in _CLOSING)
        in_word = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
        if (in_quotes or depth <= 0) and after not in not_first and not in_word and place not in inside:
            found.append(place)
    return found
