"""What the lists of members, households and links have in common: where a page goes on, and what is counted."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, func, literal, select, tuple_

from casework.core.columns import Id
from casework.core.database import Session
from casework.core.ranges import lies_in_any

# A row's place in a list by text and id.
Key = tuple[str, UUID]


def after(asked: Select[Any], text: Any, record_id: Any, key: Key | None) -> Select[Any]:
    """Order a list by a text column and the id, from behind `key` on."""
    ordered = asked.order_by(text, record_id)
    if key is None:
        return ordered
    return ordered.where(tuple_(text, record_id) > tuple_(literal(key[0], Text()), literal(key[1], Id())))


def count(session: Session, asked: Select[Any]) -> int:
    """Count the rows of a question."""
    return session.scalar(select(func.count()).select_from(asked.order_by(None).subquery())) or 0


def within(column: Any, prefixes: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a place begins with one of the codes."""
    return lies_in_any(column, prefixes)
