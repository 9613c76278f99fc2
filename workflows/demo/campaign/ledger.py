"""What is told of the campaign before it is written: records in editions, each at the evening of its day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Base, Session
from casework.core.ids import new_id

# One edition by its columns.
Row = dict[str, Any]


class Ledger:
    """Editions in memory, by table, until they are written."""

    def __init__(self) -> None:
        self._rows: dict[type[Base], list[Row]] = {}

    def enter(self, table: type[Base], *, by: Actor, at: datetime, record_id: UUID | None = None, **values: Any) -> Row:
        """Enter a record by the columns that say something."""
        row = values | {"id": record_id or new_id(), "version": 1, "created_at": at} | _recorded(by, at)
        self._rows.setdefault(table, []).append(row)
        return row

    def mend(
        self,
        table: type[Base],
        row: Row,
        changes: Mapping[str, Any],
        *,
        by: Actor,
        at: datetime,
        reason: str = "",
    ) -> Row:
        """Add the edition that follows the newest one of a record."""
        at = max(at, row["recorded_at"])
        following = row | dict(changes) | {"version": row["version"] + 1, "reason": reason} | _recorded(by, at)
        row["superseded_at"] = at
        self._rows[table].append(following)
        return following

    def rows(self, table: type[Base]) -> Sequence[Row]:
        """Return the editions told so far."""
        return self._rows.get(table, ())

    def write(self, session: Session, *, now: datetime) -> None:
        """Write everything but what lies ahead of `now`."""
        for table, rows in self._rows.items():
            known = [row for row in rows if row["recorded_at"] <= now]
            for row in known:
                if row["superseded_at"] is not None and row["superseded_at"] > now:
                    row["superseded_at"] = None
            editions.write_many(session, table, known)


def _recorded(by: Actor, at: datetime) -> Row:
    return {"recorded_at": at, "recorded_by": by.person_id, "superseded_at": None}
