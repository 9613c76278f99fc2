"""Where a list goes on: the sort values of the last row, in a text that can stand in an address as it is.

A cursor holds for one list only: the same sort and the same filters. It gives nothing away that the page did not show,
and it opens no door, for every page asks anew what its caller may see.
"""

import base64
import hashlib
import json
from collections.abc import Sequence

from casework.core.columns import canonical
from casework.core.errors import invalid

LONGEST = 512
_BOUND = 8

Value = str | int | None


def write_cursor(values: Sequence[Value], *, bound_to: object) -> str:
    """Write the sort values of a row; `bound_to` (anything JSON holds) names the list."""
    text = canonical([_digest(bound_to), *values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, *, bound_to: object, count: int) -> Sequence[Value]:
    """Read what `write_cursor` wrote for the same list: `count` values.

    Raises:
        Invalid: `cursor_unreadable`, or `cursor_elsewhere` when it belongs to another sort or filter.
    """
    try:
        raw = base64.b64decode(text[:LONGEST] + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        parts = json.loads(raw)
    except (ValueError, RecursionError):
        raise invalid("cursor", "cursor_unreadable") from None
    if not isinstance(parts, list) or len(parts) != count + 1:
        raise invalid("cursor", "cursor_unreadable")
    if parts[0] != _digest(bound_to):
        raise invalid("cursor", "cursor_elsewhere")
    if not all(value is None or type(value) in (str, int) for value in parts[1:]):
        raise invalid("cursor", "cursor_unreadable")
    return parts[1:]


def _digest(bound_to: object) -> str:
    return hashlib.sha256(canonical(bound_to).encode()).hexdigest()[:_BOUND]
