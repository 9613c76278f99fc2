"""Counts of cases that may be passed on: by category, place, unit, state and month, small ones hidden.

A count below `LEAST` could tell who it is about, and is hidden. Since whoever reads a table adds its rows up, a second
one is hidden wherever one alone could be worked out from a sum: in each line of the table (all dimensions but one held
fast) either nothing is hidden, or at least two counts that together reach `LEAST`, as far as the line has any.
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
SMALL, COMPLEMENT = "small", "complement"


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases share these codes, in the order of `DIMENSIONS`; None where it is hidden, and why it is."""

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
    sums: dict[tuple[str, ...], int] = defaultdict(int)
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


def hide(sums: dict[tuple[str, ...], int]) -> tuple[Count, ...]:
    """Hide the small counts of a table, and those that would give them away."""
    hidden = {codes: SMALL for codes, n in sums.items() if n < LEAST}
    lines: dict[tuple[int, tuple[str, ...]], list[tuple[str, ...]]] = defaultdict(list)
    for codes in sorted(sums):
        for place in range(len(codes)):
            lines[place, codes[:place] + codes[place + 1 :]].append(codes)
    waiting = {key for key, cells in lines.items() if any(codes in hidden for codes in cells)}
    while waiting:
        for codes in _exposed(lines[waiting.pop()], sums, hidden):
            hidden[codes] = COMPLEMENT
            waiting |= {(place, codes[:place] + codes[place + 1 :]) for place in range(len(codes))}
    return tuple(
        Count(codes, None if codes in hidden else n, hidden.get(codes, "")) for codes, n in sorted(sums.items())
    )


def _exposed(
    cells: Sequence[tuple[str, ...]], sums: dict[tuple[str, ...], int], hidden: dict[tuple[str, ...], str]
) -> list[tuple[str, ...]]:
    """Return which counts of a line are to be hidden too: the smallest, until what is hidden cannot be worked out."""
    covered = [sums[codes] for codes in cells if codes in hidden]
    more: list[tuple[str, ...]] = []
    for codes in sorted((each for each in cells if each not in hidden), key=lambda each: (sums[each], each)):
        if len(covered) > 1 and sum(covered) >= LEAST:
            break
        covered.append(sums[codes])
        more.append(codes)
    return more
