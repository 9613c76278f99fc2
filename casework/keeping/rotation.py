"""Other keys while the service runs: made, everything stored brought over by chunks, the old ones taken out at last.

New values are written with the new key from the moment it is in the file (casework.core.encryption looks). Tables that
only grow can not be written anew: their values keep their key, which then stays in the ring. Nothing is dropped that
a value needs, nor so soon that a request which began before could still write with it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, RowMapping, Table, and_, func, or_, select, update

import casework.tables  # noqa: F401 - every table is looked at, whatever else a program has loaded
from casework.core.append_only import TABLES as APPEND_ONLY
from casework.core.database import Base, Database, Session
from casework.core.encryption import Keyring, Tampered, WrongKey
from casework.core.errors import refused
from casework.keeping import keycheck
from casework.keeping.sealed import sealed_columns
from casework.registry import audit

CHUNK = 200
# Values that are written while a pass goes through come with the next; more passes than this mean something else.
PASSES = 5
# No request and no job holds a transaction open for that long.
REST = timedelta(hours=1)
OnProgress = Callable[[int, int], None]


@dataclass(slots=True)
class Brought:
    """What became of a walk: rows written anew, values that did not open, and those that must keep their key."""

    rows: int = 0
    unopened: list[str] = field(default_factory=list)
    kept: int = 0


def rotate(db: Database, keyring: Keyring, *, at: datetime) -> tuple[str, str]:
    """Make a data key and an index key, active at once; `bring_over` is the rest of it. Returns their ids."""
    ids = keyring.rotate(), keyring.rotate_index()
    with db.transaction() as session:
        keycheck.keep(session, keyring, at=at)
        audit.record(session, event="keys.rotated", actor=None, at=at, facts={"data": ids[0], "index": ids[1]})
    return ids


def bring_over(db: Database, keyring: Keyring, *, on_progress: OnProgress = lambda _more, _total: None) -> Brought:
    """Write every value that is under an older key anew, a chunk a transaction; safe to break off and to repeat."""
    brought = Brought()
    tables = [table for table in _tables() if table.name not in APPEND_ONLY]
    with db.reading() as session:
        waiting = sum(_count(session, table, _is_old(table, keyring)) for table in tables)
        brought.kept = sum(_count(session, table, _is_old(table, keyring)) for table in _tables()) - waiting
    on_progress(0, waiting)
    for _ in range(PASSES):
        brought.unopened = []
        written = sum(_walk(db, keyring, table, brought, on_progress) for table in tables)
        if written == 0:
            break
    return brought


def drop(db: Database, keyring: Keyring, key_id: str, *, at: datetime) -> None:
    """Take an old key out of the ring for good.

    Raises:
        Refused: `key_unknown`, `key_active`, `key_young`, `key_needed`.
    """
    if key_id not in keyring.key_ids:
        raise refused("key_unknown", key=key_id)
    if key_id in (keyring.active_key_id, keyring.active_index_key_id):
        raise refused("key_active", key=key_id)
    since = datetime.fromtimestamp(keyring.path.stat().st_mtime, tz=at.tzinfo)
    if at - since < REST:
        raise refused("key_young", key=key_id, minutes=int(REST.total_seconds() // 60))
    # Since then every process writes with newer keys, so that nothing counted here can become more.
    with db.transaction() as session:
        needed = uses(session).get(key_id, 0)
        if needed:
            raise refused("key_needed", key=key_id, n=needed)
        audit.record(session, event="keys.dropped", actor=None, at=at, facts={"key": key_id})
        session.flush()
        # Kept before the key goes (casework.keeping.keycheck): a start in between finds more keys than it asks for.
        keycheck.keep_without(session, keyring, key_id, at=at)
    keyring.drop(key_id)


def uses(session: Session) -> Mapping[str, int]:
    """Count the values and indexes stored under each key."""
    found: Counter[str] = Counter()
    for table in _tables():
        sealed, indexes = _columns(table)
        for column in sealed:
            found.update(_by_key(session, func.substr(column, 4, 9), column))
        for column in indexes:
            found.update(_by_key(session, func.substr(column, 1, 9), column))
    return found


def _by_key(session: Session, key: ColumnElement[str], column: Column[Any]) -> dict[str, int]:
    rows = session.execute(select(key, func.count()).where(column.is_not(None)).group_by(key))
    return {str(name): int(count) for name, count in rows}


def _tables() -> Iterator[Table]:
    names = {column.table.name for column in sealed_columns()}
    names |= {table.name for table in Base.metadata.sorted_tables if _columns(table)[1]}
    return (table for table in Base.metadata.sorted_tables if table.name in names)


def _columns(table: Table) -> tuple[Sequence[Column[Any]], Sequence[Column[Any]]]:
    sealed = [column for column in table.columns if column.info.get("pii") in ("cipher", "secret")]
    return sealed, [column for column in table.columns if column.info.get("pii") == "index"]


def _is_old(table: Table, keyring: Keyring) -> ColumnElement[bool]:
    sealed, indexes = _columns(table)
    value, index = f"v1:{keyring.active_key_id}:", f"{keyring.active_index_key_id}:"
    conditions = [and_(column.is_not(None), ~column.startswith(value, autoescape=True)) for column in sealed]
    conditions += [and_(column.is_not(None), ~column.startswith(index, autoescape=True)) for column in indexes]
    return or_(*conditions)


def _count(session: Session, table: Table, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(condition)) or 0


def _walk(db: Database, keyring: Keyring, table: Table, brought: Brought, on_progress: OnProgress) -> int:
    last: UUID | None = None
    written = 0
    while True:
        with db.transaction() as session:
            asked = select(table.c.id, *(column for part in _columns(table) for column in part))
            asked = asked.where(_is_old(table, keyring)).order_by(table.c.id).limit(CHUNK)
            rows = session.execute(asked if last is None else asked.where(table.c.id > last)).mappings().all()
            landed = sum([_anew(session, keyring, table, row, brought) for row in rows])
        written += landed
        brought.rows += landed
        on_progress(len(rows), 0)
        if len(rows) < CHUNK:
            return written
        last = rows[-1]["id"]


def _anew(session: Session, keyring: Keyring, table: Table, row: RowMapping, brought: Brought) -> int:
    """Write one row anew unless somebody changed it meanwhile; such a row comes with the next pass."""
    sealed, _indexes = _columns(table)
    values: dict[str, str] = {}
    for column in sealed:
        if row[column.name] is None:
            continue
        try:
            cell = {"table": table.name, "column": column.name, "row_id": str(row["id"])}
            values[column.name] = keyring.reencrypt(row[column.name], **cell)
            index = column.name.removesuffix("_cipher") + "_index"
            if index in row and row[index] is not None:
                values[index] = keyring.blind_index(keyring.decrypt(row[column.name], **cell))
        except (Tampered, WrongKey):
            brought.unopened.append(f"{table.name}.{column.name} {row['id']}")
    changed = {name: value for name, value in values.items() if value != row[name]}
    if not changed:
        return 0
    as_read = [table.c[name] == row[name] for name in changed]
    result = session.execute(update(table).where(table.c.id == row["id"], *as_read).values(changed))
    return int(result.rowcount > 0)  # type: ignore[attr-defined] # of an update there is a count
