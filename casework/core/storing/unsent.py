"""Rows of a session that are not written yet, found without looking through all of them.

Of a chunk of a ledger thousands wait together, and each step of a life asks whether its matter is among them.
"""

from typing import Any
from uuid import UUID


class Unsent:
    """New rows in the order they came, by their kind, and by their id."""

    __slots__ = ("_ids", "_kinds", "rows")

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._kinds: dict[type, list[Any]] = {}
        # How often an id came: a row may share it with what it began.
        self._ids: dict[UUID, int] = {}

    def add(self, row: Any) -> None:
        """Take a row in."""
        self.rows.append(row)
        self._kinds.setdefault(type(row), []).append(row)
        row_id = row.__dict__.get("id")
        if row_id is not None:
            self._ids[row_id] = self._ids.get(row_id, 0) + 1

    def of(self, kind: type) -> list[Any]:
        """Return the rows of a kind."""
        return self._kinds.get(kind, [])[:]

    def has(self, row_id: UUID) -> bool:
        """Say whether there is a row of this id."""
        return self._ids.get(row_id, 0) > 0

    def forget_from(self, mark: int) -> None:
        """Forget the rows that came after the first `mark`."""
        while len(self.rows) > mark:
            row = self.rows.pop()
            self._kinds[type(row)].pop()
            row_id = row.__dict__.get("id")
            if row_id is not None:
                self._ids[row_id] -= 1
