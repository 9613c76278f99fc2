"""A page of a list: the filters bind the cursor, one row more than asked for says whether there is a next page."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from flask import request

from casework.core import texts
from casework.core.cursors import read_cursor, write_cursor
from casework.core.errors import invalid
from casework.core.ids import parse_id

Row = TypeVar("Row")
_BESIDE = ("limit", "cursor", "count")


def after_text_and_id(name: str) -> tuple[str, UUID] | None:
    """Return behind which text and id this page of the list `name` begins; None at its beginning.

    Raises:
        Invalid: the cursor is none of this list.
    """
    found = values_behind(name, count=2)
    if found is None:
        return None
    record_id = parse_id(str(found[1]))
    if not isinstance(found[0], str) or record_id is None:
        raise invalid("cursor", "cursor_unreadable")
    return found[0], record_id


def after_instant_and_id(name: str) -> tuple[datetime, UUID] | None:
    """Return behind which instant and id this page of the list `name` begins; None at its beginning.

    Raises:
        Invalid: the cursor is none of this list.
    """
    found = after_text_and_id(name)
    return None if found is None else (texts.parse_instant(found[0], field="cursor"), found[1])


def after_text(name: str) -> str | None:
    """Return behind which text, such as a code, this page of the list `name` begins; None at its beginning.

    Raises:
        Invalid: the cursor is none of this list.
    """
    found = values_behind(name, count=1)
    return None if found is None else str(found[0])


def after_id(name: str) -> UUID | None:
    """Return behind which id this page of the list `name` begins; None at its beginning.

    Raises:
        Invalid: the cursor is none of this list.
    """
    found = values_behind(name, count=1)
    record_id = None if found is None else parse_id(str(found[0]))
    if found is not None and record_id is None:
        raise invalid("cursor", "cursor_unreadable")
    return record_id


def after_number(name: str) -> int:
    """Return behind which number this page of the list `name` begins; 0 at its beginning.

    Raises:
        Invalid: the cursor is none of this list.
    """
    found = values_behind(name, count=1)
    if found is None:
        return 0
    if not isinstance(found[0], int):
        raise invalid("cursor", "cursor_unreadable")
    return found[0]


def cut(
    name: str, rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[str | int]]
) -> tuple[Sequence[Row], str | None]:
    """Return the rows of a page out of one row more, and the cursor of the next page if there is one."""
    more = write_cursor(key(rows[limit - 1]), bound_to=_bound_to(name)) if len(rows) > limit else None
    return rows[:limit], more


def values_behind(name: str, *, count: int) -> Sequence[Any] | None:
    """Return the `count` values behind which this page of the list `name` begins; None at its beginning.

    Raises:
        Invalid: the cursor is none of this list.
    """
    given = request.args.get("cursor")
    return None if given is None else read_cursor(given, bound_to=_bound_to(name), count=count)


def _bound_to(name: str) -> list[Any]:
    return [name, sorted((each, values) for each, values in request.args.lists() if each not in _BESIDE)]
