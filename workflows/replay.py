"""What a changed definition would have done with the histories there are.

Every recorded history is walked again under the changed definition: which cases would have gone otherwise (a step that
does not exist any more, is not possible from where the case then stood, or lacks something now asked for), and how
deadlines would have moved. Nothing is written; rules that look at other rows (guards) are not asked again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from casework.cases import recorded
from casework.core.actors import SYSTEM
from casework.core.calendars import WorkCalendar
from casework.core.database import Made, Session
from casework.matters import deadlines
from casework.matters.tables import Deadline, HistoryEntry
from casework.registry.calendar import load_calendar
from workflows import clocks
from workflows.compiler import Compiled, ImpossibleMove
from workflows.context import Context
from workflows.definition import START, Transition, Workflow


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A case that would have gone another way, from which row on, and why."""

    number: str
    seq: int
    trigger: str
    why: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that would have been due at another instant."""

    number: str
    kind: str
    epoch: int
    was: datetime
    would_be: datetime
    was_late: bool
    would_be_late: bool


@dataclass(slots=True)
class Replayed:
    """The sum of a replay."""

    cases: int = 0
    steps: int = 0
    otherwise: list[Otherwise] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)

    @property
    def newly_late(self) -> int:
        """Count the deadlines that were kept and would not have been."""
        return sum(1 for each in self.moved if each.would_be_late and not each.was_late)

    @property
    def no_longer_late(self) -> int:
        """Count the deadlines that were missed and would have been kept."""
        return sum(1 for each in self.moved if each.was_late and not each.would_be_late)


def replay(session: Session, workflow: Workflow, *, at: datetime, batch: int = 500) -> Iterator[Replayed]:
    """Walk all histories of the workflow's matters; yields the running sum after each batch (for a progress bar)."""
    compiled = Compiled(workflow)
    calendar = load_calendar(session)
    total = Replayed()
    for lives in recorded.lives(session, batch=batch):
        for life in lives:
            _walk(total, compiled, calendar, life, at=at)
        yield total


class _Nowhere:
    """Takes the rows a replay makes and lets them go."""

    info: Mapping[str, Any] = {}

    def make(self, kind: type[Made], /, **values: Any) -> Made:
        """Make a row."""
        return kind.made(**values)

    def put(self, _row: Any, *, keep: bool = False) -> None:
        """Forget a row."""


def _walk(total: Replayed, compiled: Compiled, calendar: WorkCalendar, life: recorded.Life, *, at: datetime) -> None:
    total.cases += 1
    report = life.history[0]
    matter = SimpleNamespace(
        id=life.id,
        version=0,
        came_from=None,
        due_at=None,
        due_kind=None,
        due_level=None,
        **{name: report.fields.get(name) for name in ("kind", "urgency", "category", "region_code", "channel")},
    )
    compiled.enter(matter)
    rows: list[Deadline] = []
    opening = Transition(compiled.workflow.opening, (), compiled.workflow.initial, "", {}, {})
    context = _context(compiled, matter, opening, calendar, report.at)
    for clock in compiled.workflow.clocks.values():
        if START in clock.starts:
            clocks.start(context, clock, rows)
    matter.version = 1
    for entry in life.history[1:]:
        total.steps += 1
        why = _step(compiled, calendar, matter, rows, entry)
        if why is not None:
            total.otherwise.append(Otherwise(life.number, entry.seq, entry.trigger, why))
            break
        matter.version = entry.seq
    total.moved += _moved(life, rows, at=at)


def _context(compiled: Compiled, matter: Any, transition: Transition, calendar: WorkCalendar, at: datetime) -> Context:
    nowhere: Any = _Nowhere()
    return Context(nowhere, matter, compiled.workflow, transition, SYSTEM, at, calendar)


def _step(
    compiled: Compiled, calendar: WorkCalendar, matter: Any, rows: list[Deadline], entry: HistoryEntry
) -> str | None:
    transition = compiled.workflow.by_trigger.get(entry.trigger)
    if transition is None:
        if entry.from_state != entry.to_state:
            return "there is no such trigger any more"
        _note(compiled, calendar, matter, rows, entry)
        return None
    if matter.state not in transition.sources:
        return f"not possible from {matter.state}"
    missing = [f.name for f in transition.fields if f.required and f.name not in entry.fields]
    if missing:
        return f"asks for {', '.join(missing)}, which was not given"
    left = matter.state
    try:
        compiled.fire(matter, entry.trigger, came_from=matter.came_from)
    except ImpossibleMove as error:
        return str(error)
    if not transition.stays:
        matter.came_from = left
    for name in {clock.until for clock in compiled.workflow.clocks.values() if clock.until is not None}:
        setattr(matter, name, _day(entry.fields.get(name)))
    clocks.follow(_context(compiled, matter, transition, calendar, entry.at), rows)
    return None


def _day(recorded: object) -> date | None:
    return date.fromisoformat(recorded) if isinstance(recorded, str) else None


def _note(compiled: Compiled, calendar: WorkCalendar, matter: Any, rows: list[Deadline], entry: HistoryEntry) -> None:
    # What does not move a case may still move its clocks: a mended kind or urgency, a granted extension.
    here = Transition(entry.trigger, (matter.state,), None, "", {}, {})
    context = _context(compiled, matter, here, calendar, entry.at)
    if entry.trigger == "mend":
        for name in ("kind", "urgency", "category", "region_code"):
            if name in entry.fields:
                setattr(matter, name, entry.fields[name]["to"])
        clocks.relimit(context, rows)
    elif entry.trigger == "grant_extension":
        _extend(compiled, context, rows, until=date.fromisoformat(entry.fields["until"]))


def _extend(compiled: Compiled, context: Context, rows: list[Deadline], *, until: date) -> None:
    for row in [row for row in rows if row.status in deadlines.LIVE]:
        clock = compiled.workflow.clocks[row.kind]
        if clock.extendable and until > deadlines.day_of(context.calendar, row.due_at):
            successor = deadlines.supersede(
                context.session,
                row,
                epoch=deadlines.next_epoch(rows, row.kind),
                ladder=deadlines.Ladder(clock.rungs),
                calendar=context.calendar,
                seq=context.matter.version + 1,
                until=until,
            )
            rows.append(successor)


def _moved(life: recorded.Life, rows: Sequence[Deadline], *, at: datetime) -> list[Moved]:
    then = {(row.kind, row.epoch): row for row in life.deadlines if row.subject_id is None}
    found: list[Moved] = []
    for row in rows:
        was = then.get((row.kind, row.epoch))
        if was is None or was.due_at == row.due_at:
            continue
        found.append(
            Moved(
                life.number,
                row.kind,
                row.epoch,
                was.due_at,
                row.due_at,
                (was.met_at or at) > was.due_at,
                (was.met_at or at) > row.due_at,
            )
        )
    return found
