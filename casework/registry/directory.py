"""Units, places and categories as every report and every move asks for them: kept for ten seconds by each process.

They change a few times a year and are asked for thousands of times a day, like the calendar. What this process changes
it sees at once; another process sees it ten seconds later at the latest, as it would if it had asked ten seconds
earlier. What is not there is asked for every time. Who changes a row takes it from `queries`; these here are copies.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, true

from casework.core import texts
from casework.core.columns import Id
from casework.core.database import Session, when_changed
from casework.registry.tables import Category, Org, Region

_LASTS = 10.0
# Of each process: a prefecture's places and units fit, a province's are forgotten and asked for again.
_MOST = 8192
_ROOM = "directory"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit."""

    id: UUID
    code: str
    name: str
    # Results are drafted by a handler and signed by the unit's head.
    signs_results: bool


class _Shelf:
    """What is kept of one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[object, tuple[float, Any]] = {}
        self._emptied = 0

    def take(self, key: object, read: Callable[[], Any]) -> Any:
        """Return what is kept under a key, or read and keep it, unless there is nothing."""
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
            emptied = self._emptied
        now = time.monotonic()
        if now < until:
            return value
        value = read()
        if value is not None:
            with self._lock:
                # What was read before a change was kept must not outlive it.
                if emptied == self._emptied:
                    if len(self._kept) >= _MOST:
                        self._kept.clear()
                    self._kept[key] = (now + _LASTS, value)
        return value

    def empty(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._emptied += 1


def units(session: Session, codes: Iterable[str]) -> Mapping[str, Unit]:
    """Return the units in force of the given codes."""
    found = {code: _ask(session, ("unit", code), _BY_CODE, code) for code in codes}
    return {code: unit for code, unit in found.items() if unit is not None}


def unit(session: Session, unit_id: UUID) -> Unit | None:
    """Return a unit, also one of the past, or None."""
    found: Unit | None = _ask(session, ("unit", unit_id), _BY_ID, unit_id)
    return found


def has_place(session: Session, code: str) -> bool:
    """Say whether there is a place in force of this code."""
    return _ask(session, ("place", code), _PLACE, code) is not None


def has_category(session: Session, code: str) -> bool:
    """Say whether there is a category in use of this code."""
    return _ask(session, ("category", code), _CATEGORY, code) is not None


def _ask(session: Session, key: object, statement: Any, value: object) -> Any:
    if isinstance(value, str) and texts.names_nothing(value):
        return None

    def read() -> Any:
        row = session.execute(statement, {"key": value}).one_or_none()
        if row is None:
            return None
        return Unit(*row) if len(row) > 1 else row[0]

    if session.has_changed(_KINDS):
        return read()
    return session.info["kept"].setdefault(_ROOM, _Shelf()).take(key, read)


_UNIT = select(Org.id, Org.code, Org.name, Org.signs_results)
_BY_CODE = _UNIT.where(Org.code == bindparam("key"), Org.valid_to.is_(None))
_BY_ID = _UNIT.where(Org.id == bindparam("key", type_=Id()))
_PLACE = select(Region.code).where(Region.code == bindparam("key"), Region.valid_to.is_(None))
_CATEGORY = select(Category.code).where(Category.code == bindparam("key"), Category.active == true())
_KINDS = frozenset({Org, Region, Category})


@when_changed(_KINDS)
def _forget(session: Session) -> None:
    shelf: _Shelf | None = session.info["kept"].get(_ROOM)
    if shelf is not None:
        shelf.empty()
