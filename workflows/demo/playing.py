"""The scripts played: half a year passes day by day, every step through the engine, the deadline sweep in between.

A day is one transaction. A step the rules refuse is left out and counted: the demo lives by the rules like everybody.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from casework.cases import extensions as requests
from casework.cases import imported, lines, queries
from casework.cases.parts import co_tasks as questions
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core import money
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import CaseworkError, NotFound
from casework.core.office import Office
from casework.matters import attachments
from workflows import engine, firing
from workflows.cases import attaching, calling, co_tasks, comments, extensions, intake, urging
from workflows.demo import pictures
from workflows.demo.county import Cast
from workflows.demo.scripts import Script, Step
from workflows.money import funding

# Messages of older events would only be stale when the demo is opened.
_TOLD_DAYS = 2  # working days, so that a Monday has news too


@dataclass(slots=True)
class Played:
    """What came of the scripts."""

    cases: list[UUID | None]
    steps: int = 0
    refused: list[str] = field(default_factory=list)
    fired: int = 0


def told_from(calendar: WorkCalendar, now: datetime) -> datetime:
    """Return since when messages are still sent when the demo is opened."""
    day = calendar.add_workdays(now.astimezone(calendar.zone).date(), -_TOLD_DAYS)
    return datetime.combine(day, time(0), tzinfo=calendar.zone).astimezone(UTC)


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
            imported.settle_older(session, before=told_from(self.calendar, self.now))
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
        who = {"subject": subject, "actor": actor, "at": step.at}
        if step.trigger in _ACTS:
            _ACTS[step.trigger](_Turn(self.office, session, case, given, who))
        else:
            engine.move(session, case, step.trigger, subject=subject, actor=actor, at=step.at, given=given)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One step that is no move of the engine, about to be taken."""

    office: Office
    session: Session
    case: Case
    given: Mapping[str, Any]
    who: Mapping[str, Any]

    @property
    def today(self) -> str:
        """The office's day, in ISO form."""
        at: datetime = self.who["at"]
        return at.astimezone(self.session.info["zone"]).date().isoformat()


def _fund(turn: _Turn) -> None:
    given = dict(turn.given)
    fen = given.pop("fen")
    standing = lines.of_case(turn.session, turn.case)
    earlier = next((line for line in standing if line.project == given["project"]), None)
    allocation = None if earlier is None else str(earlier.allocation_id)
    raw = {**given, "amount": money.yuan(fen), "on": turn.today, "allocation": allocation}
    funding.add_line(turn.session, turn.case, raw, **turn.who)


def _settle(turn: _Turn) -> None:
    task = next((task for task in questions.of_case(turn.session, turn.case) if task.status == "open"), None)
    if task is None:
        raise NotFound("co_task")
    co_tasks.settle(turn.session, turn.case, task, turn.given, **turn.who)


def _decide(turn: _Turn) -> None:
    asked = requests.of_case(turn.session, turn.case.id)
    request = next((each for each in asked if each.status == "requested"), None)
    if request is None:
        raise NotFound("extension")
    extensions.decide(turn.session, turn.case, request, turn.given, **turn.who)


def _attach_picture(turn: _Turn) -> None:
    picture = pictures.drawn(turn.given["shade"])
    staged = attachments.stage(picture, name=turn.given["name"], folder=turn.office.settings.attachments)
    attaching.attach(turn.session, turn.case, staged, **turn.who)


Act = Callable[[_Turn], object]
_ACTS: Mapping[str, Act] = {
    "attach_picture": _attach_picture,
    "comment": lambda turn: comments.comment(turn.session, turn.case, turn.given, **turn.who),
    "urge_unit": lambda turn: urging.urge(turn.session, turn.case, turn.given, **turn.who),
    "ask_co_unit": lambda turn: co_tasks.ask(turn.session, turn.case, turn.given, **turn.who),
    "answer_co_unit": _settle,
    "waive_co_unit": _settle,
    "add_fund": _fund,
    "ask_extension": lambda turn: extensions.ask(turn.session, turn.case, turn.given, **turn.who),
    "decide_extension": _decide,
    "call": lambda turn: calling.call(turn.session, turn.case, turn.given, **turn.who),
    "call_and_close": lambda turn: calling.close(turn.session, turn.case, turn.given, **turn.who),
}
