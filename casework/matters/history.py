"""The one writer of history rows.

Every row carries the SHA-256 over the row before and its own canonical content, so a changed, swapped or missing row
shows (`verify`, invariants I1, I2, I5). The chain is per matter: no lock is shared between matters.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select, tuple_

from casework.core.actors import Actor
from casework.core.columns import Told, canonical, instant_text
from casework.core.database import Session, change
from casework.core.ids import new_id
from casework.matters.tables import HistoryEntry

GENESIS = "0" * 64
# What is sealed of a row, in this order: changing either breaks every chain there is.
_SEALED = (
    *("matter_id", "seq", "at", "recorded_at", "actor_id", "for_id", "trigger", "from_state", "to_state"),
    *("comment", "fields", "workflow_version"),
)
_sealed: Callable[[Mapping[str, Any]], tuple[Any, ...]] = itemgetter(*_SEALED)


class Recorded(Protocol):
    """What history needs of a matter."""

    id: UUID
    state: str
    version: int
    workflow_version: int
    head_hash: str
    updated_at: datetime


def append(
    session: Session,
    matter: Recorded,
    *,
    actor: Actor,
    at: datetime,
    trigger: str,
    from_state: str | None,
    comment: str | None = None,
    fields: Mapping[str, Any] | None = None,
    recorded_at: datetime | None = None,
) -> HistoryEntry:
    """Add the next row of `matter`, whose version becomes the row's `seq`.

    `at` is when it happened, `recorded_at` when it was written down (the same but for imported histories).
    Personal data never enters `fields`: callers pass codes, ids and masked text.
    """
    row = {
        "matter_id": matter.id,
        "seq": matter.version + 1,
        # The digest is taken over the written form, and what is read back is in UTC.
        "at": _in_utc(at),
        "recorded_at": _in_utc(recorded_at or at),
        "actor_id": actor.person_id,
        "for_id": actor.for_id,
        "trigger": trigger,
        "from_state": from_state,
        "to_state": matter.state,
        "comment": comment,
        "fields": dict(fields or {}),
        "workflow_version": matter.workflow_version,
        "prev_hash": matter.head_hash,
    }
    words = canonical(row["fields"])
    row["hash"] = sealed = _sealed_with(row, words)
    entry = session.make(HistoryEntry, id=new_id(), **row)
    if type(entry) is not HistoryEntry:
        # Nobody works with it any more: what was written out for the hash is written down as it is.
        entry.__dict__["fields"] = Told(words)
    change(matter, version=row["seq"], head_hash=sealed, updated_at=row["recorded_at"])
    session.put(entry)
    return entry


def _in_utc(instant: datetime) -> datetime:
    # The same value, where it is one already: what is looked up by it is found without comparing.
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def who_did(session: Session, steps: Collection[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], UUID | None]:
    """Return who made each of these steps, given as `(matter, seq)`; None: the software itself."""
    if not steps:
        return {}
    rows = session.execute(
        select(HistoryEntry.matter_id, HistoryEntry.seq, HistoryEntry.actor_id).where(
            tuple_(HistoryEntry.matter_id, HistoryEntry.seq).in_(list(steps))
        )
    )
    return {(matter_id, seq): actor_id for matter_id, seq, actor_id in rows}


def digest(entry: HistoryEntry) -> str:
    """Return the hash a row must carry: SHA-256 over the previous hash and the row's canonical JSON."""
    return seal({name: getattr(entry, name) for name in (*_SEALED, "prev_hash")})


def seal(row: Mapping[str, Any]) -> str:
    """Return the hash of a row given by its columns: what `digest` does, for rows written in bulk."""
    return _sealed_with(row, canonical(row["fields"]))


def _sealed_with(row: Mapping[str, Any], fields: str) -> str:
    """Do the same with the fields in canonical JSON: what each row of a life says is put together, not written anew."""
    matter_id, seq, at, recorded_at, actor_id, for_id, trigger, left, came_to, comment, _, version = _sealed(row)
    said = "null" if comment is None else canonical(comment)
    # As they are read back: whatever zone the caller thought in, an instant is stored in UTC.
    return seal_words(
        row["prev_hash"],
        f'[{_id(matter_id)},{seq},"{instant_text(at)}","{instant_text(recorded_at)}",{_id(actor_id)},{_id(for_id)}'
        f",{_word(trigger)},{_word(left)},{_word(came_to)},{said},{fields},{version}]",
    )


def seal_words(before: str, content: str) -> str:
    """Return the hash of a row whose canonical JSON somebody has made already, after the row with the hash `before`."""
    return hashlib.sha256((before + content).encode()).hexdigest()


# Row after row is of the same matter, by the same person.
@lru_cache(500)
def _id(value: UUID | None) -> str:
    return "null" if value is None else f'"{value}"'


# The few steps and states there are.
_word = lru_cache(500)(canonical)
