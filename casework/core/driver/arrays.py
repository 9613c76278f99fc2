"""Columns of many new rows in words: each is one array to PostgreSQL, which unfolds them into rows by itself.

As a parameter of its own each value is taken up by the driver by itself, and the server parses, plans and copies a
statement as long as the rows: half of what it did for an import was that.
"""

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

_NULL = "NULL"
# Kinds of values whose plain text the server reads, and which holds nothing that means something in an array.
_PLAIN = (int, float, Decimal, date, time)


def array(cells: Sequence[Any]) -> str:
    """Return the cells of one column as the text of an array.

    Raises:
        TypeError: it is not known how the server reads this kind of value.
    """
    kinds = {*map(type, cells)}
    if any(issubclass(kind, str) for kind in kinds):
        return _of_texts(cells)
    return "{" + ",".join([_NULL if cell is None else _word(cell) for cell in cells]) + "}"


def _of_texts(cells: Sequence[str | None]) -> str:
    nothing = cells.count(None)
    quoted = ",".join([_NULL if cell is None else f'"{cell}"' for cell in cells])
    # A text may read NULL, and hold what ends an element; of a thousand columns one has such a text.
    if "\\" not in quoted and quoted.count('"') == 2 * (len(cells) - nothing):
        return "{" + quoted + "}"
    escaped = (None if cell is None else cell.replace("\\", "\\\\").replace('"', '\\"') for cell in cells)
    return "{" + ",".join([_NULL if cell is None else f'"{cell}"' for cell in escaped]) + "}"


def _word(cell: Any) -> str:
    if isinstance(cell, bytes):
        return f'"\\\\x{cell.hex()}"'
    if not isinstance(cell, _PLAIN):
        raise TypeError(f"no array holds {type(cell).__name__}")
    return str(cell)
