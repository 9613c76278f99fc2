"""Which column is which: headings as people write them against headings as they are wanted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casework.exchange.habits import habits, narrow, plain

_UNITS = "|".join(map(re.escape, sorted(habits().money, key=len, reverse=True)))
_UNIT = re.compile(habits().patterns["unit_behind_heading"].replace("UNITS", _UNITS))
_UNIT_OF_TABLE = re.compile(habits().patterns["unit_of_table"])
_UNIT_IN_TITLE = re.compile(habits().patterns["unit_in_title"].replace("UNITS", _UNITS))
_REMARK = re.compile(r"\([^()]*\)$")
_REQUIRED_MARK = "*"
LONGEST_HEADING = 200  # characters


@dataclass(frozen=True, slots=True)
class Column:
    """A column that was found: its heading as the file has it, its position from 0, the unit of its amounts."""

    heading: str
    position: int
    unit: str | None = None


def unit_of(heading: str) -> str | None:
    """Return the unit of money behind a heading, as in 金额(万元), 金额/元."""
    found = _UNIT.search(plain(heading)) if len(heading) <= LONGEST_HEADING else None
    return (found[1] or found[2]) if found else None


def stated_unit(cell: str, *, among: bool) -> str | None:
    """Return the unit that a cell gives to all amounts of a table: by itself, or `among` the words of a title."""
    if len(cell) > LONGEST_HEADING:
        return None
    alone = _UNIT_OF_TABLE.fullmatch(plain(cell))
    if alone and alone[1] in habits().money:
        return alone[1]
    within = _UNIT_IN_TITLE.search(narrow(cell)) if among else None
    return within[1] if within else None


def _full(heading: str) -> str:
    return plain(heading).strip(_REQUIRED_MARK)


def _bare(heading: str) -> str:
    """Return the heading without unit and remarks in brackets."""
    text = _UNIT.sub("", _full(heading))
    while (shorter := _REMARK.sub("", text)) != text:
        text = shorter
    return text.strip(_REQUIRED_MARK)


class Wanted:
    """The wanted headings with all their names, prepared for comparing."""

    def __init__(self, headings: Mapping[str, Sequence[str]]) -> None:
        self.order = {key: place for place, key in enumerate(headings)}
        self.full = {key: {_full(name) for name in (key, *names)} for key, names in headings.items()}
        self.bare = {key: {_bare(name) for name in (key, *names)} for key, names in headings.items()}


def match(cells: Sequence[str], wanted: Wanted, groups: Mapping[int, str] | None = None) -> dict[str, Column]:
    """Return wanted heading → column for one row of cells; what is exactly alike goes first, then without remarks.

    `groups`: the heading that stands above some cells, merged over several. What a cell alone does not say it may say
    together with that: 年度工作计划 above 完成时间.
    """
    taken = _taken(cells, wanted, {})
    if groups:
        joined = ["" if p in taken or p not in groups else groups[p] + cell for p, cell in enumerate(cells)]
        taken = _taken(joined, wanted, taken)
        cells = [joined[p] or cell for p, cell in enumerate(cells)]
    return {key: _column(cells, position) for position, key in sorted(taken.items())}


def _taken(cells: Sequence[str], wanted: Wanted, before: Mapping[int, str]) -> dict[int, str]:
    """Return position → wanted heading, those taken `before` among them."""
    taken = dict(before)
    texts = {p: text for p, cell in enumerate(cells) if len(cell) <= LONGEST_HEADING and (text := _full(cell))}
    for names, forms in ((wanted.full, texts), (wanted.bare, {p: _bare(text) for p, text in texts.items()})):
        for several in (False, True):
            for position, text in forms.items():
                free = [key for key in names if text in names[key] and key not in taken.values()]
                if position not in taken and free and (several or len(free) == 1):
                    taken[position] = _following(free, position, taken, wanted)
    return taken


def _following(free: Sequence[str], position: int, taken: Mapping[int, str], wanted: Wanted) -> str:
    """Of several wanted headings of the same name choose the one that comes soonest after the left neighbour."""
    left = [neighbour for neighbour in taken if neighbour < position]
    before = wanted.order[taken[max(left)]] if left else -1
    return min(free, key=lambda key: (wanted.order[key] < before, abs(wanted.order[key] - before)))


def _column(cells: Sequence[str], position: int) -> Column:
    return Column(" ".join(cells[position].split()), position, unit_of(cells[position]))


def positions(row: Sequence[str], heading: str) -> list[int]:
    """Return where a heading stands in a row of cells."""
    return [
        position for position, cell in enumerate(row) if len(cell) <= LONGEST_HEADING and plain(cell) == plain(heading)
    ]
