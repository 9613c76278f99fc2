"""Records that are mended and never overwritten: each mending adds an edition, and the one before stays readable.

An edition is what was known of a record from `recorded_at` until `superseded_at`. What a figure was at an instant is
asked of the editions that stood then (contract.md "Figures of the campaign", `--known-at`). The newest edition is the
one that nothing has superseded; a record has exactly one. Not here: when something was so in the world, which is a
record's own days (`valid_from`, `valid_to`, `on`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Integer, Text, and_, false, inspect, or_, select
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from casework.core import bulk
from casework.core.actors import Actor
from casework.core.columns import Flag, Id, Instant, part_index
from casework.core.database import Base, Session
from casework.core.errors import NotFound, Stale
from casework.core.ids import new_id
from casework.core.rows import fill


class Edition:
    """The columns of a table that keeps editions; `id` names the record, `version` counts its editions from 1."""

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    # When the record was first entered, the same in all its editions.
    created_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[UUID | None] = mapped_column(Id)
    superseded_at: Mapped[datetime | None] = mapped_column(Instant)
    # Why it was changed; empty in a first edition.
    reason: Mapped[str] = mapped_column(Text, default="")


class Withdrawable:
    """The column of a record that may have been entered by mistake: withdrawn, it counts nowhere and stays readable."""

    withdrawn: Mapped[bool] = mapped_column(Flag, default=False)


def withdrawn(table: Any, *, value: bool) -> ColumnElement[bool]:
    """Return the condition on the records of a `Withdrawable` table that were withdrawn, or that count."""
    condition: ColumnElement[bool] = table.withdrawn == value
    return condition


Kind = TypeVar("Kind", bound=Edition)
# The columns that tell of an edition, not of the record.
OWN = frozenset({"version", "recorded_at", "recorded_by", "superseded_at", "reason"})


def newest_only(table: str) -> Index:
    """Return the index that allows one newest edition a record; every table of editions declares it."""
    return part_index(f"ix_{table}_newest", "id", unique=True, where="superseded_at IS NULL")


def known(table: type[Edition], at: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition on the editions that stood at an instant; without one, on the newest."""
    if at is None:
        return table.superseded_at.is_(None)
    return and_(table.recorded_at <= at, or_(table.superseded_at.is_(None), table.superseded_at > at))


def standing(table: Any, at: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition on the editions of a withdrawable table that stood at an instant and were not withdrawn."""
    return and_(known(table, at), table.withdrawn == false())


def enter(session: Session, row: Kind, *, actor: Actor, at: datetime, record_id: UUID | None = None) -> Kind:
    """Enter a record: `row` becomes its first edition."""
    # As `Base` takes values: the row is new, nobody asks what it held before.
    vars(row).update(id=record_id or new_id(), version=1, created_at=at, recorded_at=at, recorded_by=actor.person_id)
    session.put(row, keep=True)
    session.flush()
    return row


def newest(session: Session, table: type[Kind], record_id: UUID, *, lock: bool = False) -> Kind:
    """Return the newest edition of a record, locked for a change with `lock`.

    Raises:
        NotFound: there is no such record.
    """
    asked = select(table).where(table.id == record_id, known(table))
    # Who waited for the lock of an edition that was superseded meanwhile finds nothing, and looks once more.
    for _ in range(2):
        found = session.scalars(asked.with_for_update() if lock else asked).one_or_none()
        if found is not None:
            return found
    raise NotFound


def newest_of(
    session: Session, table: type[Kind], condition: ColumnElement[bool], *, lock: bool = False
) -> Sequence[Kind]:
    """Return the newest editions that meet a condition, by id; with `lock` all are locked in that order."""
    asked = select(table).where(known(table), condition).order_by(table.id)
    found = session.scalars(asked.with_for_update() if lock else asked).all()
    if lock and session.connection().dialect.name == "postgresql":
        # As above: what was superseded while the lock was waited for is found by a second look.
        return session.scalars(asked.with_for_update()).all()
    return found


def editions(session: Session, table: type[Kind], record_id: UUID) -> list[Kind]:
    """Return all editions of a record, oldest first."""
    return list(session.scalars(select(table).where(table.id == record_id).order_by(table.version)))


def mend(
    session: Session,
    row: Kind,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> Kind:
    """Write the next edition of a locked record with `changes`; without any real change the row is given back as it is.

    Raises:
        Stale: the record is not at `expected_version`.
    """
    if expected_version is not None and row.version != expected_version:
        raise Stale(expected=expected_version, actual=row.version)
    if all(getattr(row, name) == value for name, value in changes.items()):
        return row
    table = type(row)
    kept = {name: getattr(row, name) for name in _columns(table)}
    of_edition = {
        "version": row.version + 1,
        # Never before the edition it follows, whatever a clock says that was set back.
        "recorded_at": max(at, row.recorded_at),
        "recorded_by": actor.person_id,
        "reason": reason,
    }
    following = table(**{**kept, **changes, **of_edition})
    session.succeed(row, following, superseded_at=following.recorded_at)
    session.flush()
    return following


def version_with(row: Edition, parts: Sequence[Edition]) -> int:
    """Return a version for a record shown together with its parts: it counts on whenever any of them is written.

    Parts that were entered with the record count as one with it.
    """
    return row.version + sum(each.version - (each.created_at == row.created_at) for each in parts)


def latest(row: Edition, parts: Sequence[Edition]) -> datetime:
    """Return when a record or one of its parts was last written."""
    return max(each.recorded_at for each in (row, *parts))


def write_many(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write editions of one table, told by their columns, in one statement; the session does not track them.

    What nothing is said of holds what a new row holds by itself.
    """
    if not rows:
        return
    silent = table()
    fill(silent)
    usual = {each.key: getattr(silent, each.key) for each in inspect(table).column_attrs}
    bulk.insert(session, table, [{**usual, **row} for row in rows])


def changes_of(row: Edition, before: Edition) -> dict[str, tuple[Any, Any]]:
    """Return what differs between two editions: column → before and after."""
    told = {name: (getattr(before, name), getattr(row, name)) for name in _columns(type(row))}
    return {name: (old, new) for name, (old, new) in told.items() if old != new}


def _columns(table: type[Edition]) -> list[str]:
    mapper: Mapper[Any] = inspect(table)
    return [attribute.key for attribute in mapper.column_attrs if attribute.key not in OWN]
