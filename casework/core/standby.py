"""A copy of the database in which figures may be looked up, with a bound on how late it is.

How late is not judged by the copy's own word: the primary is asked from time to time how far its log reaches, and once
the copy has replayed as far, it shows at least what stood at the instant of the question. So the bound also holds
while copy and primary do not reach each other, and no clock of another machine is believed. Where the copy is away,
behind, no copy of ours or none at all any more, the primary is asked instead.
"""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from structlog import get_logger

from casework.core.database import Database
from casework.core.database_faults import DatabaseFault

_MARK_SECONDS = 1.0
_REST_SECONDS = 15.0
_MOST_MARKS = 4_000
# Which cluster and which database in it: a copy has both from its primary.
_SAME = (
    "SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database())"
    " FROM pg_control_system()"
)
_WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
_REPLAYED = "SELECT pg_is_in_recovery(), pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')"


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy lent to one reader: it shows at least what stood `as_of`."""

    db: Database
    as_of: datetime


class Standby:
    """The copy beside its primary. `most`: how late a reader may be served."""

    def __init__(self, url: str, *, primary: Database, most: timedelta, info: Mapping[str, Any]) -> None:
        self.db = Database(url, zone=info["zone"], keyring=info["keyring"], pool_size=5)
        self.most = most
        self._primary = primary
        self._lock = threading.Lock()
        self._marks: deque[tuple[datetime, int]] = deque(maxlen=_MOST_MARKS)
        self._marked_at = self._away_until = 0.0
        self._ours = False

    def lend(self, *, at: datetime) -> Copy | None:
        """Return the copy unless it is away or too late."""
        # One at a time finds out; who comes meanwhile does not wait for a host that says nothing.
        if time.monotonic() < self._away_until or not self._lock.acquire(blocking=False):
            return None
        try:
            as_of = self._as_of(at)
        except DatabaseFault as fault:
            self.rest(fault)
            return None
        finally:
            self._lock.release()
        return None if as_of is None or at - as_of > self.most else Copy(self.db, as_of)

    def rest(self, fault: BaseException) -> None:
        """Leave the copy alone for some seconds: it is away, or gave up what was asked of it."""
        self._away_until = time.monotonic() + _REST_SECONDS
        get_logger().warning("standby_away", fault=type(fault).__name__)

    def close(self) -> None:
        """Close its connections."""
        self.db.close()

    def _as_of(self, at: datetime) -> datetime | None:
        self._mark(at)
        if not self._ours:
            self._ours = _asked(self.db, _SAME) == _asked(self._primary, _SAME)
        if not self._ours:
            get_logger().error("standby_is_no_copy")
            self._away_until = time.monotonic() + _REST_SECONDS
            return None
        follows, replayed = _asked(self.db, _REPLAYED)
        if not follows:
            # It has taken over, or was the primary all along: it is late by nothing anybody knows.
            self._ours = False
            return None
        reached = [instant for instant, position in self._marks if position <= (replayed or 0)]
        return max(reached, default=None)

    def _mark(self, at: datetime) -> None:
        """Note how far the primary's log reaches now. Where it cannot be asked, what was noted before has to do."""
        if self._marks and time.monotonic() - self._marked_at < _MARK_SECONDS:
            return
        try:
            (written,) = _asked(self._primary, _WRITTEN)
        except DatabaseFault as fault:
            get_logger().warning("primary_not_asked", fault=type(fault).__name__)
            return
        self._marked_at = time.monotonic()
        self._marks.append((at, int(written)))
        while self._marks[0][0] < at - self.most:
            self._marks.popleft()


def _asked(db: Database, question: str) -> tuple[Any, ...]:
    with db.reading() as session:
        return tuple(session.execute(text(question)).one())
