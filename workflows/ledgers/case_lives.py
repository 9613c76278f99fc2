"""The life that one row of the ledger of difficulties tells, from wherever the case stands now.

Days become instants: the opening for report and assignment, noon for result and call. A step never lies before the one
it follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from casework.cases import imported
from casework.cases.tables import Case
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.matters import deadlines
from workflows import clocks, records
from workflows.cases import mending
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

    def live(self, session: Session, case: Case, row: CaseRow) -> None:
        """Take every step the row tells and the case has not taken yet.

        Raises:
            Invalid, Refused: the engine does not allow a step; the keys are those of the columns.
        """
        if case.state == "reported" and row.lead is None and row.struck:
            self._step(session, case, "decline", row.reported, {"reason": row.progress or self.words["plan_unknown"]})
        if case.state == "reported" and row.lead is not None:
            self._assign(session, case, row)
        if case.state == "assigned" and row.progress is not None and row.resolved is None:
            assigned = row.assigned or row.reported
            self._step(session, case, "coordinate", assigned, {"plan": row.progress}, by_unit=True)
        if case.state in _OPEN and row.resolved is None and row.until is not None:
            self._extend(session, case, row.until)
        if case.state in _OPEN and row.resolved is not None:
            self._resolve(session, case, row, row.resolved)
        if case.state == "resolved" and row.is_closed:
            reached = {"followed_up": "reached", "satisfaction": row.satisfaction}
            given = reached if row.satisfaction is not None else {"followed_up": "unreachable"}
            self._step(session, case, "close", row.followed or row.resolved or row.reported, given)

    def _assign(self, session: Session, case: Case, row: CaseRow) -> None:
        if row.lead is None:
            return
        day = row.assigned or row.reported
        given: dict[str, Any] = {
            "org": row.lead.code,
            "co_orgs": [unit.code for unit in row.co if unit.id != row.lead.id],
        }
        handler = None
        if row.person is not None:
            handler = imported.handler_named(session, row.person, org_id=row.lead.id, on=day)
        if handler is not None:
            given["assignee"] = handler
        self._step(session, case, "assign", day, given, opening=True)

    def _resolve(self, session: Session, case: Case, row: CaseRow, day: date) -> None:
        given: dict[str, Any] = {
            "result_class": row.result_class or "D",
            "reply": row.progress or self.words["reply_unknown"],
        }
        if given["result_class"] == "B":
            given["review_on"] = self.calendar.next_workday(day + _REVIEW).isoformat()
        self._step(session, case, "resolve", day, given, by_unit=True)

    def _step(
        self,
        session: Session,
        case: Case,
        trigger: str,
        day: date,
        given: Mapping[str, Any],
        *,
        by_unit: bool = False,
        opening: bool = False,
    ) -> None:
        at: datetime = max(self.scribe.instant(day, self.calendar, opening=opening), case.state_since)
        self.scribe.live(session, case, [Step(trigger, at, given, by_unit=by_unit)])

    def _extend(self, session: Session, case: Case, until: date) -> None:
        """Let the handling clock run to a later day that the ledger names, written down as a changed limit."""
        rows = deadlines.of_matter(session, case.id)
        clock = next((row for row in rows if row.kind == "handle" and row.status in deadlines.LIVE), None)
        day = self.calendar.workday_from(until)
        if clock is None or clock.extended_to == day or day <= deadlines.day_of(self.calendar, clock.due_at):
            return
        workflow = workflow_of(case).workflow
        successor = deadlines.supersede(
            session,
            clock,
            epoch=deadlines.next_epoch(rows, clock.kind),
            ladder=deadlines.Ladder(workflow.clocks[clock.kind].rungs, self.scribe.at),
            calendar=self.calendar,
            seq=case.version + 1,
            until=day,
        )
        clocks.point_at_leading(workflow, case, [*rows, successor])
        moved = {"kind": clock.kind, "from": clock.due_at.isoformat(), "to": successor.due_at.isoformat()}
        records.note(
            session,
            case,
            actor=self.scribe.actor,
            at=self.scribe.at,
            trigger=mending.MEND,
            event="mended",
            fields={"limits": [moved]},
        )
