"""One sweep: every rung of every ladder that has fallen due fires once, whoever sweeps and however many do.

`casework/matters/firings.py` claims and writes; here it is decided what fires. Of rungs that have fallen due together
only the highest fires, the lower ones are written down as passed over (contract.md "Deadlines"). A batch is one short
transaction; a row that can not be fired is pushed ahead an hour and reported, and the others go on (design.md "One
move", step 8). The given `at` stands for now in all that is written.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from structlog import get_logger

from casework.assessment.tables import Assessment
from casework.bulletins.tables import Bulletin
from casework.cases.tables import Case
from casework.consultations.tables import Consultation
from casework.core import clock
from casework.core.database import Database, Session
from casework.core.database_faults import DatabaseFault, is_passing
from casework.core.memory.garbage import seldom_collected
from casework.funds.tables import ExpectedFund
from casework.matters import firings
from casework.matters.firings import DueClock, Place, Verdict
from casework.registry import audit
from casework.supervisions.tables import Supervision
from workflows.registry import registry

# A further lifecycle whose clocks are to fire adds its line here.
MATTERS: Mapping[str, type[Any]] = {
    "case": Case,
    "bulletin": Bulletin,
    "assessment": Assessment,
    "expected_fund": ExpectedFund,
    "supervision": Supervision,
    "consultation": Consultation,
}
LARGEST_BATCH = 1000
PUSHED_AHEAD = timedelta(hours=1)
# What a single bad row can raise; everything else is no fault of a row.
_ROW_FAULTS = (DatabaseFault, LookupError, ValueError, TypeError, AttributeError, ArithmeticError)
_MOST_TRIES = 5
# A fault that so many rows in a row share is no fault of the rows: nothing more is pushed ahead for it.
_SHARED_FAULT = 10
# How long a sweep waits for rows that somebody else holds before it leaves them to the next one.
_PATIENCE = 2.0
_STEP = 0.02


@dataclass(slots=True)
class Swept:
    """What a sweep did. `due` counts clocks, `fired` and `passed_over` rungs; `by_kind` the fired of cases."""

    due: int = 0
    fired: int = 0
    passed_over: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    # Clocks whose rung could not be fired; they come again in an hour.
    failed: list[UUID] = field(default_factory=list)

    def add(self, other: "Swept") -> None:
        """Add what another has done in the same sweep."""
        self.due += other.due
        self.fired += other.fired
        self.passed_over += other.passed_over
        self.failed += other.failed
        for kind, count in other.by_kind.items():
            self.by_kind[kind] = self.by_kind.get(kind, 0) + count

    def as_json(self) -> dict[str, Any]:
        """Return the answer of `casework sweep --json`."""
        return {
            "due": self.due,
            "fired": self.fired,
            "passed_over": self.passed_over,
            "by_kind": dict(sorted(self.by_kind.items())),
            "seconds": round(self.seconds, 3),
        }


def sweep(db: Database, *, at: datetime, batch: int = 500, on_progress: Callable[[int], None] | None = None) -> Swept:
    """Fire all that is due at `at`, oldest first, `batch` clocks (at most 1,000) a transaction.

    Safe beside any number of other sweeps. `on_progress` is told the number of clocks done after each batch, perhaps
    by another thread.
    """
    started = time.monotonic()
    swept = Swept()
    # Looking first: on SQLite an idle sweep would else take the one place of the writer.
    with db.reading() as session:
        due = firings.kinds_due(session, MATTERS, at=at)
    with seldom_collected():
        for kind in due:
            _Sweep(db, kind, MATTERS[kind], at, min(batch, LARGEST_BATCH), swept, on_progress).run()
    swept.seconds = time.monotonic() - started
    return swept


def decide(due: DueClock, *, at: datetime) -> Verdict:
    """Say what becomes of a due clock: the highest rung due fires, the others below it are passed over.

    Raises:
        LookupError: the definition its matter began with, or the clock in it, is not known here.
    """
    matter = due.matter
    clock_kind = registry().get(matter.workflow, matter.workflow_version).workflow.clocks[due.kind]
    if due.status != "running" or matter.state not in clock_kind.runs_in:
        return Verdict(due)
    fallen: list[Sequence[Any]] = []
    later: list[Sequence[Any]] = []
    for rung in due.rungs:
        if due.level is None or rung[0] > due.level:
            (fallen if datetime.fromisoformat(rung[1]) <= at else later).append(rung)
    if not fallen:
        # Pushed ahead once, or the ladder has changed: point at what really comes next.
        return Verdict(due, following=later[0] if later else None)
    highest = max(fallen, key=lambda rung: int(rung[0]))
    above = [rung for rung in later if rung[0] > highest[0]]
    return Verdict(
        due,
        fires=highest,
        passed_over=[rung for rung in fallen if rung is not highest],
        following=above[0] if above else None,
    )


@dataclass(slots=True)
class _Front:
    """How far a sweep has come, for all its threads."""

    place: Place | None = None
    claiming: Lock = field(default_factory=Lock)
    # Called once, as soon as there is more than one batch.
    call_another: Callable[[], None] | None = None


@dataclass(slots=True)
class _Sweep:
    """The sweep of one kind of matter."""

    db: Database
    kind: str
    table: type[Any]
    at: datetime
    size: int
    swept: Swept
    on_progress: Callable[[int], None] | None
    front: _Front = field(default_factory=_Front)
    failed_in_a_row: int = 0

    def run(self) -> None:
        """Take batch after batch until nothing is due, or what is left is in somebody's hands."""
        other = replace(self, swept=Swept())
        with ThreadPoolExecutor(1, thread_name_prefix="sweep") as pool:
            called: list[Future[int]] = []
            if self.db.is_postgresql:
                # While the server writes one batch, the next is made ready beside it.
                self.front.call_another = lambda: called.append(pool.submit(other._ahead))
            self._ahead()
            self.front.call_another = None
            for beside in called:
                beside.result()
        self.swept.add(other.swept)
        # What is left was held by somebody, or has come meanwhile.
        patience = _PATIENCE
        while patience > 0 and self._is_any_due():
            self.front.place = None
            if self._ahead():
                patience = _PATIENCE
                continue
            time.sleep(_STEP)
            patience -= _STEP

    def _ahead(self) -> int:
        """Take batch after batch from the front on; return how many clocks that were."""
        done, taken = 0, self.size
        while taken >= self.size:
            taken = self._batch()
            done += taken
        return done

    def _is_any_due(self) -> bool:
        with self.db.reading() as session:
            return bool(firings.kinds_due(session, {self.kind: self.table}, at=self.at))

    def _batch(self) -> int:
        for tries_left in reversed(range(_MOST_TRIES)):
            try:
                return self._fire()
            except _ROW_FAULTS as fault:
                # The front has gone past what was taken back.
                self.front.place = None
                if isinstance(fault, DatabaseFault) and is_passing(fault):
                    if not tries_left:
                        raise
                    time.sleep(_STEP)
                    continue
                return self._one_by_one()
        return 0

    def _fire(self, *, only: UUID | None = None) -> int:
        # An instant ahead of the clock must not hold back the telling of what fired.
        tell_at = min(self.at, clock.now())
        with self.db.transaction() as session:
            claimed = self._claim(session) if only is None else self._claim_one(session, only)
            verdicts = [decide(due, at=self.at) for due in claimed]
            firings.write(session, self.table, verdicts, at=self.at, tell_at=tell_at)
        self._count(verdicts)
        if claimed:
            self.failed_in_a_row = 0
        return len(verdicts)

    def _claim(self, session: Session) -> Sequence[DueClock]:
        front = self.front
        # One after the other, so that none walks over what another is about to take.
        with front.claiming:
            claimed = firings.claim(session, self.table, kind=self.kind, at=self.at, limit=self.size, after=front.place)
            if claimed:
                front.place = claimed[-1].place
            call_another = front.call_another
            if call_another is not None and len(claimed) == self.size:
                front.call_another = None
                call_another()
        return claimed

    def _claim_one(self, session: Session, clock_id: UUID) -> Sequence[DueClock]:
        return firings.claim(session, self.table, kind=self.kind, at=self.at, limit=1, only=clock_id)

    def _count(self, verdicts: Sequence[Verdict]) -> None:
        swept = self.swept
        if self.on_progress is not None:
            self.on_progress(len(verdicts))
        swept.due += len(verdicts)
        for verdict in verdicts:
            if verdict.fires is None:
                continue
            swept.fired += 1
            swept.passed_over += len(verdict.passed_over)
            if self.kind == "case":
                swept.by_kind[verdict.clock.kind] = swept.by_kind.get(verdict.clock.kind, 0) + 1

    def _one_by_one(self) -> int:
        with self.db.reading() as session:
            ids = firings.due_ids(session, self.table, kind=self.kind, at=self.at, limit=self.size)
        return sum(self._single(clock_id) for clock_id in ids)

    def _single(self, clock_id: UUID) -> int:
        try:
            return self._fire(only=clock_id)
        except _ROW_FAULTS as fault:
            self.failed_in_a_row += 1
            if (isinstance(fault, DatabaseFault) and is_passing(fault)) or self.failed_in_a_row > _SHARED_FAULT:
                raise
            get_logger().error("deadline_not_fired", deadline=str(clock_id), fault=repr(fault))
            with self.db.transaction() as session:
                firings.postpone(session, clock_id, until=self.at + PUSHED_AHEAD)
                facts = {"deadline_id": str(clock_id), "fault": type(fault).__name__}
                audit.record(session, event="deadline.not_fired", actor=None, at=self.at, facts=facts)
        self.swept.due += 1
        self.swept.failed.append(clock_id)
        return 1
