"""Places lie in each other by their codes: what is in a place begins with its code (domain.md §4.3)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

# Comes right after the digits, so that the range ends where the codes with this beginning end.
_AFTER_DIGITS = ":"


def lies_in(column: Any, prefix: Any) -> ColumnElement[bool]:
    """Return the condition that a code begins with `prefix`, a code or the column of one: a range, so that an index
    serves it on both engines.
    """
    return and_(column >= prefix, column < prefix + _AFTER_DIGITS)


def lies_after(column: Any, prefix: str) -> ColumnElement[bool]:
    """Return the condition that a code comes after all that begin with `prefix`."""
    after: ColumnElement[bool] = column >= prefix + _AFTER_DIGITS
    return after


def lies_in_any(column: Any, prefixes: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a code begins with one of some; with none of them nothing holds."""
    ranges = [lies_in(column, prefix) for prefix in prefixes]
    return or_(*ranges) if ranges else false()
