"""The scripts played: half a year passes day by day, every step through the engine, the deadline sweep in between.

A day is one transaction. A step the rules refuse is left out and counted: the demo lives by the rules like everybody.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from casework.cases import co_tasks as questions
from casework.cases import extensions as requests
from casework.cases import imported, queries
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core import money
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import CaseworkError
from casework.core.office import Office
from casework.permissions import Subject
from workflows import calling, co_tasks, comments, engine, extensions, firing, funding, intake, urging
from workflows.demo.county import Cast
from workflows.demo.scripts import Script, Step

# Messages of older events would only be stale when the demo is opened.
_TOLD_DAYS = 2


@dataclass(slots=True)
class Played:
    """What came of the scripts."""

    cases: list[UUID | None]
    steps: int = 0
    refused: list[str] = field(default_factory=list)
    fired: int = 0


@dataclass(slots=True)
class Player:
    """Plays scripts into an office."""

    office: Office
    cast: Cast
    calendar: WorkCalendar
    scripts: Sequence[Script]
    now: datetime

    def play(self, *, on_progress: Callable[[int, int], None] | None = None) -> Played:
        """Let everything happen up to now."""
        played = Played([None] * len(self.scripts))
        days = self._by_day()
        done = 0
        day = min(days)
        total = sum(map(len, days.values()))
        while day <= self._day(self.now):
            self._sweep(played, day, self.calendar.opens)
            with self.office.db.transaction() as session:
                for at, number, step in days.get(day, ()):
                    self._happen(session, played, number, at, step)
            self._sweep(played, day, (datetime.combine(day, self.calendar.closes) + timedelta(minutes=1)).time())
            done += len(days.get(day, ()))
            if on_progress is not None:
                on_progress(len(days.get(day, ())), total)
            day += timedelta(days=1)
        with self.office.db.transaction() as session:
            imported.settle_older(session, before=self.now - timedelta(days=_TOLD_DAYS))
        return played

    def _by_day(self) -> Mapping[date, Sequence[tuple[datetime, int, Step | None]]]:
        happening: dict[date, list[tuple[datetime, int, Step | None]]] = defaultdict(list)
        for number, script in enumerate(self.scripts):
            happening[self._day(script.reported)].append((script.reported, number, None))
            for step in script.steps:
                happening[self._day(step.at)].append((step.at, number, step))
        for rows in happening.values():
            rows.sort(key=lambda row: (row[0], row[1]))
        return happening

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(self.calendar.zone).date()

    def _sweep(self, played: Played, day: date, clock: time) -> None:
        at = datetime.combine(day, clock, tzinfo=self.calendar.zone).astimezone(UTC)
        if self.calendar.is_workday(day) and at <= self.now:
            played.fired += firing.sweep(self.office.db, at=at).fired

    def _happen(self, session: Session, played: Played, number: int, at: datetime, step: Step | None) -> None:
        script = self.scripts[number]
        try:
            with session.savepoint():
                if step is None:
                    actor = self.cast.actors[script.by]
                    case = intake.report_case(session, script.tale.report(), actor=actor, at=at)
                    played.cases[number] = case.id
                else:
                    self._step(session, played, script, number, step)
            played.steps += 1
        except CaseworkError as refusal:
            played.refused.append(f"{number} {'report' if step is None else step.trigger}: {refusal!r}")

    def _step(self, session: Session, played: Played, script: Script, number: int, step: Step) -> None:
        case_id = played.cases[number]
        if case_id is None:
            return
        actor = self.cast.actors[step.by]
        case = queries.get_for_update(session, actor, case_id=case_id, at=step.at)
        subject = subject_of(session, case, actor=actor, at=step.at)
        given: dict[str, Any] = dict(step.given)
        if script.twin_of is not None and step.trigger == "merge":
            given["into"] = str(played.cases[script.twin_of])
        act = _ACTS.get(step.trigger)
        if act is not None:
            act(session, case, given, subject, actor, step.at)
        else:
            engine.move(session, case, step.trigger, subject=subject, actor=actor, at=step.at, given=given)


Act = Callable[[Session, Case, dict[str, Any], Subject, Actor, datetime], object]


def _fund(session: Session, case: Case, given: dict[str, Any], subject: Subject, actor: Actor, at: datetime) -> None:
    fen = given.pop("fen")
    standing = funding.sums.of_case(session, case)
    earlier = next((line for line in standing if line.project == given["project"]), None)
    raw = {
        **given,
        "amount": money.yuan(fen),
        "on": at.astimezone(session.info["zone"]).date().isoformat(),
        "allocation": None if earlier is None else str(earlier.allocation_id),
    }
    funding.add_line(session, case, raw, subject=subject, actor=actor, at=at)


def _settle(session: Session, case: Case, given: dict[str, Any], subject: Subject, actor: Actor, at: datetime) -> None:
    task = next(task for task in questions.of_case(session, case) if task.status == "open")
    co_tasks.settle(session, case, task, given, subject=subject, actor=actor, at=at)


def _decide(session: Session, case: Case, given: dict[str, Any], subject: Subject, actor: Actor, at: datetime) -> None:
    request = next(each for each in requests.of_case(session, case.id) if each.status == "requested")
    extensions.decide(session, case, request, given, subject=subject, actor=actor, at=at)


_ACTS: Mapping[str, Act] = {
    "comment": lambda s, c, g, subject, actor, at: comments.comment(s, c, g, subject=subject, actor=actor, at=at),
    "urge_unit": lambda s, c, g, subject, actor, at: urging.urge(s, c, g, subject=subject, actor=actor, at=at),
    "ask_co_unit": lambda s, c, g, subject, actor, at: co_tasks.ask(s, c, g, subject=subject, actor=actor, at=at),
    "answer_co_unit": _settle,
    "waive_co_unit": _settle,
    "add_fund": _fund,
    "ask_extension": lambda s, c, g, subject, actor, at: extensions.ask(s, c, g, subject=subject, actor=actor, at=at),
    "decide_extension": _decide,
    "call": lambda s, c, g, subject, actor, at: calling.call(s, c, g, subject=subject, actor=actor, at=at),
    "call_and_close": lambda s, c, g, subject, actor, at: calling.close(s, c, g, subject=subject, actor=actor, at=at),
}
