"""Which cases lie under a place: a county is asked for by its own column, what is smaller by the code besides.

Every index that is to serve one county among many begins with it; a range of codes leads to no order behind it.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, false, or_, true

from casework.cases.tables import Case
from casework.core.ranges import lies_after, lies_in

# Digits of a county's code.
COUNTY = 6


def under(prefix: str) -> ColumnElement[bool]:
    """Return the condition that a case lies under a place: any prefix of a code; all there are under none."""
    if not prefix:
        return true()
    if len(prefix) < COUNTY:
        return lies_in(Case.county, prefix)
    county = Case.county == prefix[:COUNTY]
    if len(prefix) == COUNTY:
        return county
    return and_(county, lies_in(Case.region_code, prefix))


def widest(prefixes: Iterable[str]) -> tuple[str, ...]:
    """Return these places without those that lie within another of them, in order."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not kept or not prefix.startswith(kept[-1]):
            kept.append(prefix)
    return tuple(kept)


def outside(prefixes: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a case lies under none of these places, as the ranges of codes between them."""
    ranges: list[ColumnElement[bool]] = []
    after: ColumnElement[bool] | None = None
    for prefix in widest(prefixes):
        if not prefix:
            return false()
        before = Case.region_code < prefix
        ranges.append(before if after is None else and_(after, before))
        after = lies_after(Case.region_code, prefix)
    return true() if after is None else or_(*ranges, after)


def within(prefixes: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a case lies under one of these places; with none of them nothing holds."""
    return or_(false(), *(under(prefix) for prefix in prefixes))
