"""Counts of cases that may be passed on: by category, place, unit, state and month, small ones put together.

A count below `LEAST` could tell who it is about, and is hidden. Since whoever reads a table adds its rows up, a second
one is hidden wherever one alone could be worked out from a sum: in each line of the table (all dimensions but one held
fast) either nothing is hidden, or at least two counts that together reach `LEAST`, as far as the line has any.
What is hidden is put together, with what it has in common: first over states, then units, places, categories, months,
each time as soon as two counts reach `LEAST` and nothing smaller is left over beside them. So every case is counted in
one row, and a county of some hundred cases does not get a table of empty cells.
Only whole months that are over are counted: two files of a running month, a day apart, would tell of single cases.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from casework.cases.figures.scopes import Period, Scope
from casework.cases.filters import township
from casework.cases.tables import Case
from casework.core.database import Session
from casework.registry import queries as registry
from casework.registry.tables import Category, Org

LEAST = 3
_COUNTY_DIGITS = 6
DIMENSIONS = ("month", "category", "place", "unit", "state")
# In the place of a code: of several, put together. In the place of a number: too few even then.
SEVERAL = "*"
MERGED, SMALL = "merged", "small"
# Which dimensions are let go, one after the other.
_LET_GO = tuple(DIMENSIONS.index(name) for name in ("state", "unit", "place", "category", "month"))

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases share these codes, in the order of `DIMENSIONS`; `SEVERAL` where rows were put together."""

    codes: tuple[str, ...]
    n: int | None
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes of some counts are called; the county itself has none here."""

    categories: Mapping[str, str]
    places: Mapping[str, str]
    units: Mapping[str, str]


def whole_months(first: date | None, last: date | None, *, today: date) -> Period | None:
    """Return the months within two days that are over, from the first ever without `first`; None: no month."""
    end = today.replace(day=1)
    if last is not None:
        end = min(end, (last + timedelta(days=1)).replace(day=1))
    begin = first
    if first is not None and first.day > 1:
        begin = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    if begin is not None and begin >= end:
        return None
    return Period(begin, end - timedelta(days=1))


def counts(session: Session, scope: Scope) -> tuple[Count, ...]:
    """Count the cases of a scope, whose period is whole months, and hide what is small."""
    month, place = func.substr(Case.reported_day, 1, 7).label("month"), township().label("place")
    inner = select(month, Case.category, place, Case.lead_org_id, Case.state).where(*scope.where()).subquery()
    rows = session.execute(select(*inner.c, func.count()).group_by(*inner.c)).all()
    roots = registry.category_roots(session)
    units = registry.orgs_by_id(session, [row[3] for row in rows if row[3] is not None])
    sums: dict[Codes, int] = defaultdict(int)
    found: Iterable[Any] = rows
    for when, category, where, unit, state, n in found:
        code = "" if unit is None else units[unit].code
        sums[(when, roots.get(category, category), where, code, state)] += n
    return hide(sums)


def names(session: Session, found: Sequence[Count]) -> Names:
    """Return the names of categories, townships and units."""
    categories, places, units = ({each.codes[place] for each in found} for place in (1, 2, 3))
    told = session.execute(select(Category.code, Category.label_zh).where(Category.code.in_(categories)))
    orgs = session.execute(select(Org.code, Org.name).where(Org.code.in_(units)))
    towns = registry.region_names(session, [code for code in places if len(code) > _COUNTY_DIGITS])
    return Names(
        {row[0]: row[1] for row in told},
        {code: " ".join(parts) for code, parts in towns.items()},
        {row[0]: row[1] for row in orgs},
    )


def hide(sums: Mapping[Codes, int]) -> tuple[Count, ...]:
    """Return the rows of a table: what is small, and what would give it away, is put together until it is not."""
    if 0 < sum(sums.values()) < LEAST:
        return (Count(tuple(SEVERAL for _ in next(iter(sums))), None, SMALL),)
    hidden = {codes for codes, n in sums.items() if n < LEAST}
    while True:
        _close(sums, hidden)
        merged, wanting = _put_together(sums, hidden)
        if not wanting:
            break
        hidden |= wanting
    fine = [Count(codes, n) for codes, n in sums.items() if codes not in hidden]
    return tuple(sorted([*fine, *merged], key=lambda each: each.codes))


def _close(sums: Mapping[Codes, int], hidden: set[Codes]) -> None:
    """Hide what would give something hidden away, line by line."""
    lines: dict[tuple[int, Codes], list[Codes]] = defaultdict(list)
    for codes in sorted(sums):
        for place in range(len(codes)):
            lines[place, codes[:place] + codes[place + 1 :]].append(codes)
    waiting = {key for key, cells in lines.items() if any(codes in hidden for codes in cells)}
    while waiting:
        for codes in _exposed(lines[waiting.pop()], sums, hidden):
            hidden.add(codes)
            waiting |= {(place, codes[:place] + codes[place + 1 :]) for place in range(len(codes))}


def _put_together(sums: Mapping[Codes, int], hidden: set[Codes]) -> tuple[list[Count], set[Codes]]:
    """Return the rows that what is hidden makes together, or which counts have to be hidden besides for that."""
    width = len(next(iter(sums), ()))
    kept = list(range(width))
    left, rows = [[codes] for codes in sorted(hidden)], list[list[Codes]]()
    for place in [each for each in _LET_GO if each < width]:
        kept.remove(place)
        loose, made, shown = (
            _grouped(each, kept) for each in (left, rows, [[codes] for codes in sums if codes not in hidden])
        )
        left, wanting = [], set[Codes]()
        for key, parts in sorted(loose.items()):
            cells = [codes for part in parts for codes in part]
            theirs = sorted(made.get(key, []), key=lambda part: _sum(part, sums))
            while not _is_enough(cells, sums) and theirs:
                taken = theirs.pop(0)
                rows.remove(taken)
                cells += taken
            if _is_enough(cells, sums):
                rows.append(cells)
            elif key in shown:
                wanting.add(min((part[0] for part in shown[key]), key=lambda codes: (sums[codes], codes)))
            else:
                left.append(cells)
        if wanting:
            return [], wanting
    return [Count(_common(cells), _sum(cells, sums), MERGED) for cells in rows], set()


def _grouped(parts: Sequence[list[Codes]], kept: Sequence[int]) -> Mapping[Codes, list[list[Codes]]]:
    """Gather lists of cells by what all cells of each list have in the dimensions that are kept."""
    found: dict[Codes, list[list[Codes]]] = defaultdict(list)
    for part in parts:
        found[tuple(part[0][place] for place in kept)].append(part)
    return found


def _is_enough(cells: Sequence[Codes], sums: Mapping[Codes, int]) -> bool:
    return len(cells) > 1 and _sum(cells, sums) >= LEAST


def _sum(cells: Sequence[Codes], sums: Mapping[Codes, int]) -> int:
    return sum(sums[codes] for codes in cells)


def _common(cells: Sequence[Codes]) -> Codes:
    """Return the codes of a row put together: what all of it has in common stays."""
    return tuple(codes[0] if len(set(codes)) == 1 else SEVERAL for codes in zip(*cells, strict=True))


def _exposed(cells: Sequence[Codes], sums: Mapping[Codes, int], hidden: set[Codes]) -> list[Codes]:
    """Return which counts of a line are to be hidden too: the smallest, until what is hidden cannot be worked out."""
    covered = [sums[codes] for codes in cells if codes in hidden]
    more: list[Codes] = []
    for codes in sorted((each for each in cells if each not in hidden), key=lambda each: (sums[each], each)):
        if len(covered) > 1 and sum(covered) >= LEAST:
            break
        covered.append(sums[codes])
        more.append(codes)
    return more
