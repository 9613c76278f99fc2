"""The life that one row of the ledger of difficulties tells, from wherever the case stands now.

Days become instants: the opening for report and assignment, noon for result and call. A step never lies before the one
it follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from casework.cases import imported, led
from casework.cases.actions import MEND
from casework.cases.tables import Case
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.due_dates import MOST_DAYS, Limit
from casework.matters import deadlines
from casework.matters.tables import Deadline
from casework.registry.tables import Org
from workflows import clocks, records
from workflows.engine import workflow_of
from workflows.ledgers.case_rows import CaseRow
from workflows.ledgers.lives import Scribe, Step

_OPEN = ("assigned", "coordinated")
# Class B is looked at again after a year where the ledger names no day (domain.md §3a, "B类回头看").
_REVIEW = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Lives:
    """Lets cases live what their rows tell."""

    scribe: Scribe
    words: Mapping[str, str]
    calendar: WorkCalendar

    def live(self, session: Session, case: Case, row: CaseRow, known: list[Deadline] | None = None) -> None:
        """Take every step the row tells and the case has not taken yet; `known` are its clocks, if somebody has them.

        Raises:
            Invalid, Refused: the engine does not allow a step; the keys are those of the columns.
        """
        _Life(self, session, case, row, known).take()


@dataclass(slots=True)
class _Life:
    """One case on its way through its row."""

    lives: Lives
    session: Session
    case: Case
    row: CaseRow
    # Its clocks after the last step; None while nobody has asked for them.
    clocks: list[Deadline] | None
    # Whether this very row gave it to its unit: what has moved its clock since is not for a ledger to take back.
    is_given_out: bool = False

    def take(self) -> None:
        """Take every step that is told and not taken yet."""
        case, row, unknown = self.case, self.row, self.lives.words
        if case.state == "reported" and row.lead is None and row.struck:
            self._step("decline", row.reported, {"reason": row.progress or unknown["plan_unknown"]})
        if case.state == "reported" and row.lead is not None:
            self._assign(row.lead)
            self.is_given_out = True
        if case.state == "assigned" and row.progress is not None and row.resolved is None:
            self._step("coordinate", row.assigned or row.reported, {"plan": row.progress}, by_unit=True)
        if case.state in _OPEN:
            self._limit()
        if case.state in _OPEN and row.resolved is not None:
            self._resolve(row.resolved)
        if case.state == "resolved" and row.is_closed:
            solved = {} if row.solved is None else {"solved": row.solved}
            reached = {"followed_up": "reached", **solved, "satisfaction": row.satisfaction}
            given = reached if row.satisfaction is not None else {"followed_up": "unreachable"}
            self._step("close", row.followed or row.resolved or row.reported, given)

    def _assign(self, lead: Org) -> None:
        row = self.row
        day = row.assigned or row.reported
        given: dict[str, Any] = {"org": lead.code, "co_orgs": [unit.code for unit in row.co if unit.id != lead.id]}
        handler = None
        if row.person is not None:
            handler = imported.handler_named(self.session, row.person, org_id=lead.id, on=day)
        if handler is not None:
            given["assignee"] = handler
        self._step("assign", day, given, opening=True)

    def _resolve(self, day: date) -> None:
        row = self.row
        given: dict[str, Any] = {
            "result_class": row.result_class or "D",
            "reply": row.progress or self.lives.words["reply_unknown"],
        }
        if given["result_class"] == "B":
            given["review_on"] = self.lives.calendar.next_workday(day + _REVIEW).isoformat()
        self._step("resolve", day, given, by_unit=True)

    def _step(
        self, trigger: str, day: date, given: Mapping[str, Any], *, by_unit: bool = False, opening: bool = False
    ) -> None:
        scribe = self.lives.scribe
        at: datetime = max(scribe.instant(day, self.lives.calendar, opening=opening), self.case.state_since)
        step = Step(trigger, at, given, by_unit=by_unit)
        self.clocks = scribe.live(self.session, self.case, [step], self.clocks)

    def _limit(self) -> None:
        """Let the handling clock run to the days that the ledger names, written down as changed limits."""
        row, calendar = self.row, self.lives.calendar
        if row.limit is None and row.extended is None:
            return
        rows = self.clocks if self.clocks is not None else deadlines.of_matter(self.session, self.case.id)
        clock = next((row for row in rows if row.kind == "handle" and row.status in deadlines.LIVE), None)
        if clock is None:
            return
        limit, until = (None if day is None else calendar.workday_from(day) for day in (row.limit, row.extended))
        ours = deadlines.day_of(calendar, clock.due_at)
        if self.is_given_out:
            self._set_days(rows, clock, limit, until, ours=ours)
        elif (day := until or limit) and day > ours and day != clock.extended_to:
            self._supersede(rows, clock, until=day, is_granted=until is not None)

    def _set_days(
        self, rows: list[Deadline], clock: Deadline, limit: date | None, until: date | None, *, ours: date
    ) -> None:
        """Give a clock that just began its limit, and the day it was put off to, also where that is our own day."""
        calendar, start = self.lives.calendar, clock.started_at
        if limit is None and until is not None and until < ours:
            # Put off, and still before our own limit would have been: the day stands.
            limit = until
        if limit is not None and limit != ours and (days := _of_days(calendar, start, limit)) is not None:
            clock = self._supersede(rows, clock, limit=days)
        if until is not None and until >= calendar.workday_from(deadlines.day_of(calendar, start)):
            self._supersede(self.clocks or rows, clock, until=until, is_granted=True)

    def _supersede(self, rows: list[Deadline], clock: Deadline, *, is_granted: bool = False, **due: Any) -> Deadline:
        # What the ledger calls an extension counts as one in the rates.
        if is_granted:
            led.mark(self.case, "extended")
        case, scribe, workflow = self.case, self.lives.scribe, workflow_of(self.case).workflow
        successor = deadlines.supersede(
            self.session,
            clock,
            epoch=deadlines.next_epoch(rows, clock.kind),
            ladder=deadlines.Ladder(workflow.clocks[clock.kind].rungs, scribe.at),
            calendar=self.lives.calendar,
            seq=case.version + 1,
            **due,
        )
        self.clocks = [*rows, successor]
        clocks.point_at_leading(workflow, case, self.clocks)
        moved = {"kind": clock.kind, "from": clock.due_at.isoformat(), "to": successor.due_at.isoformat()}
        records.note(
            self.session,
            case,
            actor=scribe.actor,
            # In its place in the life, before what the row tells next.
            at=case.state_since,
            recorded_at=scribe.at,
            trigger="grant_extension" if is_granted else MEND,
            event="mended",
            fields={"until": due["until"].isoformat(), "moved": moved} if is_granted else {"limits": [moved]},
        )
        return successor


def _of_days(calendar: WorkCalendar, start: datetime, day: date) -> Limit | None:
    """Return the limit that ends on a day: in working days, or that very day; None if no such limit does."""
    begun = calendar.workday_from(deadlines.day_of(calendar, start))
    if day == begun:
        return Limit("end_of_day")
    days = calendar.count_workdays(begun, day)
    return Limit("working_day", days) if 0 < days <= MOST_DAYS else None
