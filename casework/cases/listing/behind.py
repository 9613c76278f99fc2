"""Where a list that is sorted by a value and an id goes on: what stands behind the last row of the page before.

A row without the value stands last, on both engines alike.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_

# The value and the id of the last row.
After = tuple[date | datetime | None, UUID]


def behind(value: Any, record_id: Any, after: After | None, *, descending: bool = False) -> list[ColumnElement[bool]]:
    """Return the condition of what comes after a row; none at the beginning of a list."""
    if after is None:
        return []
    last, last_id = after
    if last is None:
        return [and_(value.is_(None), record_id > last_id)]
    further = value < last if descending else value > last
    return [or_(further, and_(value == last, record_id > last_id), value.is_(None))]


def order(value: Any, record_id: Any, *, may_lack: bool) -> Sequence[Any]:
    """Return the order of such a list; `may_lack`: there are rows without the value."""
    return (value.asc().nulls_last() if may_lack else value, record_id)
