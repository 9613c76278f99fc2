"""What waits for one person: cases to sign for, to watch, to decide on and to call back about, and their own drafts.

Each list holds what the person can act on themselves, most urgent first. Everything else is in the lists of cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select

from casework.cases.filters import open_cases
from casework.cases.listing import lists
from casework.cases.ratings.exclusions import ASKED
from casework.cases.ratings.rating_tables import RateExclusion
from casework.cases.rows import CaseRow
from casework.cases.tables import Case, CoTask, ExtensionRequest
from casework.cases.under import within
from casework.cases.visibility import visible_to
from casework.core.actors import TRIAGE_ROLES, UNIT_ROLES, Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.matters import drafts
from casework.matters.tables import Draft
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar

MOST = 50
# What falls due within so many working days is nearly due (look/README "Deadline chip").
NEARLY_DUE = 2
_HEADS = frozenset({"head", "chair"})


@dataclass(frozen=True, slots=True)
class Question:
    """A question to one of the person's units that nobody has answered yet."""

    id: UUID
    case: CaseRow
    question: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Request:
    """A request for more time that the person may decide on."""

    id: UUID
    version: int
    case: CaseRow
    until: date
    reason: str
    asked_by: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class OwnDraft:
    """Something begun and not yet sent; `matter_id` is what it is about, `case` that case where they still see it."""

    id: UUID
    form: str
    matter_id: UUID
    updated_at: datetime
    case: CaseRow | None


@dataclass(frozen=True, slots=True)
class Work:
    """All lists of one person."""

    to_sign: tuple[CaseRow, ...]
    due: tuple[CaseRow, ...]
    in_hand: tuple[CaseRow, ...]
    questions: tuple[Question, ...]
    to_approve: tuple[Request, ...]
    to_exclude: tuple[CaseRow, ...]
    follow_up: tuple[CaseRow, ...]
    drafts: tuple[OwnDraft, ...]


def work_of(session: Session, actor: Actor, *, at: datetime) -> Work:
    """Return what waits for an actor, up to fifty of each."""
    desk = _Desk(session, actor, at)
    return Work(
        to_sign=desk.to_sign(),
        due=desk.due(),
        in_hand=desk.in_hand(),
        questions=desk.questions(),
        to_approve=desk.to_approve(),
        to_exclude=desk.to_exclude(),
        follow_up=desk.follow_up(),
        drafts=desk.drafts(),
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    session: Session
    actor: Actor
    at: datetime

    def to_sign(self) -> tuple[CaseRow, ...]:
        """Assigned to a unit of theirs, not yet signed for."""
        units = self.actor.org_ids(UNIT_ROLES)
        if not units:
            return ()
        return self._cases(
            Case.lead_org_id.in_(sorted(units)),
            open_cases(),
            Case.state == "assigned",
            Case.acknowledged_at.is_(None),
            order=(Case.assigned_at, Case.id),
        )

    def due(self) -> tuple[CaseRow, ...]:
        """Late or nearly so: what their unit handles, and what waits to be given to a unit."""
        mine: list[ColumnElement[bool]] = []
        if units := self.actor.org_ids(UNIT_ROLES):
            mine.append(and_(Case.lead_org_id.in_(sorted(units)), Case.due_kind == "handle"))
        if places := self.actor.regions(TRIAGE_ROLES):
            mine.append(and_(within(places), Case.due_kind == "accept"))
        if not mine:
            return ()
        return self._cases(open_cases(), Case.due_at < self._soon(), or_(*mine), order=(Case.due_at, Case.id))

    def in_hand(self) -> tuple[CaseRow, ...]:
        """Signed for and with time left: what else their unit is working on."""
        units = self.actor.org_ids(UNIT_ROLES)
        if not units:
            return ()
        return self._cases(
            Case.lead_org_id.in_(sorted(units)),
            open_cases(),
            Case.state.in_(("assigned", "coordinated")),
            or_(Case.state == "coordinated", Case.acknowledged_at.is_not(None)),
            or_(Case.due_at.is_(None), Case.due_at >= self._soon(), Case.due_kind != "handle"),
            order=(Case.due_at, Case.id),
        )

    def questions(self) -> tuple[Question, ...]:
        """Open questions to a unit of theirs."""
        units = self.actor.org_ids(UNIT_ROLES)
        if not units:
            return ()
        rows = self.session.execute(
            select(CoTask.id, CoTask.case_id, CoTask.question, CoTask.due_on)
            .where(CoTask.org_id.in_(sorted(units)), CoTask.status == "open")
            .order_by(CoTask.due_on, CoTask.id)
            .limit(MOST)
        ).all()
        known = self._by_id([row.case_id for row in rows])
        return tuple(
            Question(row.id, known[row.case_id], row.question, row.due_on) for row in rows if row.case_id in known
        )

    def to_exclude(self) -> tuple[CaseRow, ...]:
        """Cases in their places that somebody else asked to leave out of the rates."""
        places = self.actor.regions(_HEADS)
        if not places:
            return ()
        asked = select(RateExclusion.case_id).where(
            RateExclusion.status == ASKED,
            or_(RateExclusion.asked_by.is_(None), RateExclusion.asked_by != self.actor.person_id),
        )
        return self._cases(Case.id.in_(asked), within(places), order=(Case.resolved_at, Case.id))

    def to_approve(self) -> tuple[Request, ...]:
        """Requests for more time in their places, but never their own."""
        places = self.actor.regions(_HEADS)
        if not places:
            return ()
        rows = self.session.scalars(
            select(ExtensionRequest)
            .join(Case, Case.id == ExtensionRequest.case_id)
            .where(
                open_cases(),
                Case.extensions_pending > 0,
                within(places),
                ExtensionRequest.status == "requested",
                or_(
                    ExtensionRequest.requested_by.is_(None),
                    ExtensionRequest.requested_by != self.actor.person_id,
                ),
            )
            .order_by(ExtensionRequest.requested_at)
            .limit(MOST)
        ).all()
        known = self._by_id([row.case_id for row in rows])
        names = registry.people_by_id(self.session, [row.requested_by for row in rows])
        return tuple(
            Request(
                id=row.id,
                version=row.version,
                case=known[row.case_id],
                until=row.until,
                reason=row.reason,
                asked_by="" if row.requested_by is None else names.get(row.requested_by, ""),
                requested_at=row.requested_at,
            )
            for row in rows
            if row.case_id in known
        )

    def follow_up(self) -> tuple[CaseRow, ...]:
        """Resolved by somebody else and waiting for the call back."""
        places = self.actor.regions(TRIAGE_ROLES)
        if not places:
            return ()
        return self._cases(
            open_cases(),
            Case.state == "resolved",
            within(places),
            or_(Case.resolved_by.is_(None), Case.resolved_by != self.actor.person_id),
            order=(Case.due_at, Case.id),
        )

    def drafts(self) -> tuple[OwnDraft, ...]:
        """What they have begun, newest first."""
        rows = self.session.execute(
            select(Draft.id, Draft.form, Draft.matter_id, Draft.updated_at)
            .where(Draft.person_id == self.actor.person_id, Draft.form.not_like(f"{drafts.HANDED}%"))
            .order_by(Draft.updated_at.desc())
            .limit(MOST)
        ).all()
        cases = self._by_id([row.matter_id for row in rows])
        return tuple(OwnDraft(*row, cases.get(row.matter_id)) for row in rows)

    def _cases(self, *where: ColumnElement[bool], order: Sequence[Any]) -> tuple[CaseRow, ...]:
        visible = visible_to(self.actor, at=self.at)
        return lists.select_rows(self.session, visible, *where, order=order, limit=MOST)

    def _by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, CaseRow]:
        found = self._cases(Case.id.in_(ids) if ids else false(), order=(Case.id,)) if ids else ()
        return {row.id: row for row in found}

    def _soon(self) -> datetime:
        calendar: WorkCalendar = load_calendar(self.session)
        today = self.at.astimezone(calendar.zone).date()
        last = calendar.add_workdays(today, NEARLY_DUE)
        return datetime.combine(last, time.max, tzinfo=calendar.zone)
