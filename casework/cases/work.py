"""What waits for one person: cases to sign for, to watch, to decide on and to call back about, and their own drafts.

Each list holds what the person can act on themselves, most urgent first. Everything else is in the lists of cases.
A list is read a piece at a time and counted by itself: how many wait is not how many were read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from casework.cases.filters import open_cases
from casework.cases.listing import lists
from casework.cases.listing.behind import After, behind
from casework.cases.listing.behind import order as order_by
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

# So many are read at a time.
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


Conditions = list[ColumnElement[bool]]


def work_of(session: Session, actor: Actor, *, at: datetime) -> Work:
    """Return what waits for an actor, up to fifty of each."""
    desk = Desk(session, actor, at)
    return Work(
        to_sign=desk.cases("to_sign"),
        due=desk.cases("due"),
        in_hand=desk.cases("in_hand"),
        questions=desk.questions(),
        to_approve=desk.to_approve(),
        to_exclude=desk.cases("to_exclude"),
        follow_up=desk.cases("follow_up"),
        drafts=desk.drafts(),
    )


def totals(session: Session, asked: Mapping[str, Select[Any] | None]) -> Mapping[str, int]:
    """Count what each of several statements finds, in one statement; what is not asked (None) is nothing."""
    each = {name: statement for name, statement in asked.items() if statement is not None}
    if not each:
        return dict.fromkeys(asked, 0)
    # Two columns may have one name; what is counted needs none.
    counted = (
        select(func.count()).select_from(found.subquery()).scalar_subquery().label(name) for name, found in each.items()
    )
    row = session.execute(select(*counted)).one()
    return dict.fromkeys(asked, 0) | dict(zip(each, map(int, row), strict=True))


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for an actor at an instant: each list by its name, a piece at a time, and what counts all of it."""

    session: Session
    actor: Actor
    at: datetime

    def cases(self, name: str, *, first: int = 0, most: int = MOST, after: After | None = None) -> tuple[CaseRow, ...]:
        """Return a piece of one of the lists of cases (`LISTS_OF_CASES`), most urgent first."""
        made, value = _CASES[name]
        where = made(self)
        if where is None:
            return ()
        order = order_by(value, Case.id, may_lack=name not in _ALWAYS_DUE)
        return self._rows(*where, *behind(value, Case.id, after), order=order, first=first, most=most)

    def questions(self, *, first: int = 0, most: int = MOST, after: After | None = None) -> tuple[Question, ...]:
        """Open questions to a unit of theirs, what is due first first."""
        asked = self._questions(CoTask.id, CoTask.case_id, CoTask.question, CoTask.due_on)
        if asked is None:
            return ()
        asked = asked.where(*behind(CoTask.due_on, CoTask.id, after)).order_by(CoTask.due_on, CoTask.id)
        rows = self.session.execute(asked.limit(most).offset(first)).all()
        known = self._by_id([row.case_id for row in rows])
        return tuple(
            Question(row.id, known[row.case_id], row.question, row.due_on) for row in rows if row.case_id in known
        )

    def to_approve(self, *, first: int = 0, most: int = MOST, after: After | None = None) -> tuple[Request, ...]:
        """Requests for more time in their places, but never their own; who asked first comes first."""
        asked = self._requests(ExtensionRequest)
        if asked is None:
            return ()
        order = (ExtensionRequest.requested_at, ExtensionRequest.id)
        asked = asked.where(*behind(*order, after)).order_by(*order)
        rows = self.session.scalars(asked.limit(most).offset(first)).all()
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

    def drafts(self, *, first: int = 0, most: int = MOST, after: After | None = None) -> tuple[OwnDraft, ...]:
        """What they have begun, newest first."""
        asked = self._drafts(Draft.id, Draft.form, Draft.matter_id, Draft.updated_at)
        asked = asked.where(*behind(Draft.updated_at, Draft.id, after, descending=True))
        asked = asked.order_by(Draft.updated_at.desc(), Draft.id)
        rows = self.session.execute(asked.limit(most).offset(first)).all()
        cases = self._by_id([row.matter_id for row in rows])
        return tuple(
            OwnDraft(row.id, row.form, row.matter_id, row.updated_at, cases.get(row.matter_id)) for row in rows
        )

    def asked(self, name: str) -> Select[Any] | None:
        """Return what finds all of a list, for `totals`; None: nothing can wait there for such an actor."""
        if name in _CASES:
            where = _CASES[name][0](self)
            return None if where is None else select(Case.id).where(self._visible(), *where)
        if name == "questions":
            return self._questions(CoTask.id)
        return self._requests(ExtensionRequest.id) if name == "to_approve" else self._drafts(Draft.id)

    def assigned_at(self, row: CaseRow) -> datetime | None:
        """Return by what a case stands where it does among what is to be signed for; no other list is sorted so."""
        return self.session.scalar(select(Case.assigned_at).where(Case.id == row.id))

    def units(self) -> Sequence[UUID]:
        """Return the units in which the actor handles cases."""
        return sorted(self.actor.org_ids(UNIT_ROLES))

    def soon(self) -> datetime:
        """Return the end of the day up to which what is due is nearly so."""
        calendar: WorkCalendar = load_calendar(self.session)
        today = self.at.astimezone(calendar.zone).date()
        last = calendar.add_workdays(today, NEARLY_DUE)
        return datetime.combine(last, time.max, tzinfo=calendar.zone)

    def _questions(self, *columns: Any) -> Select[Any] | None:
        units = self.units()
        if not units:
            return None
        asked = select(*columns).join(Case, Case.id == CoTask.case_id)
        return asked.where(self._visible(), CoTask.org_id.in_(units), CoTask.status == "open")

    def _requests(self, *columns: Any) -> Select[Any] | None:
        places = self.actor.regions(_HEADS)
        if not places:
            return None
        asked_by = ExtensionRequest.requested_by
        return (
            select(*columns)
            .join(Case, Case.id == ExtensionRequest.case_id)
            .where(
                self._visible(),
                open_cases(),
                Case.extensions_pending > 0,
                within(places),
                ExtensionRequest.status == "requested",
                or_(asked_by.is_(None), asked_by != self.actor.person_id),
            )
        )

    def _drafts(self, *columns: Any) -> Select[Any]:
        theirs = Draft.person_id == self.actor.person_id
        return select(*columns).where(theirs, Draft.form.not_like(f"{drafts.HANDED}%"))

    def _visible(self) -> ColumnElement[bool]:
        return visible_to(self.actor, at=self.at)

    def _rows(
        self, *where: ColumnElement[bool], order: Sequence[Any], first: int = 0, most: int = MOST
    ) -> tuple[CaseRow, ...]:
        return lists.select_rows(self.session, self._visible(), *where, order=order, limit=most, first=first)

    def _by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, CaseRow]:
        found = self._rows(Case.id.in_(ids), order=(Case.id,), most=len(ids)) if ids else ()
        return {row.id: row for row in found}


def _to_sign(desk: Desk) -> Conditions | None:
    """Assigned to a unit of theirs, not yet signed for."""
    units = desk.units()
    if not units:
        return None
    return [
        Case.lead_org_id.in_(units),
        open_cases(),
        Case.state == "assigned",
        Case.acknowledged_at.is_(None),
    ]


def _due(desk: Desk) -> Conditions | None:
    """Late or nearly so: what their unit handles, and what waits to be given to a unit."""
    mine: Conditions = []
    if units := desk.units():
        mine.append(and_(Case.lead_org_id.in_(units), Case.due_kind == "handle"))
    if places := desk.actor.regions(TRIAGE_ROLES):
        mine.append(and_(within(places), Case.due_kind == "accept"))
    return [open_cases(), Case.due_at < desk.soon(), or_(*mine)] if mine else None


def _due_signed(desk: Desk) -> Conditions | None:
    """What of that does not stand among what is to be signed for."""
    due, units = _due(desk), desk.units()
    if due is None or not units:
        return due
    # Of a case without a unit nothing is known of whose it is: it is said to be nobody's.
    others = or_(Case.lead_org_id.is_(None), Case.lead_org_id.not_in(units))
    return [*due, or_(others, Case.state != "assigned", Case.acknowledged_at.is_not(None))]


def _in_hand(desk: Desk) -> Conditions | None:
    """Signed for and with time left: what else their unit is working on."""
    units = desk.units()
    if not units:
        return None
    return [
        Case.lead_org_id.in_(units),
        open_cases(),
        Case.state.in_(("assigned", "coordinated")),
        or_(Case.state == "coordinated", Case.acknowledged_at.is_not(None)),
        or_(Case.due_at.is_(None), Case.due_at >= desk.soon(), Case.due_kind != "handle"),
    ]


def _to_exclude(desk: Desk) -> Conditions | None:
    """Cases in their places that somebody else asked to leave out of the rates."""
    places = desk.actor.regions(_HEADS)
    if not places:
        return None
    asked = select(RateExclusion.case_id).where(
        RateExclusion.status == ASKED,
        or_(RateExclusion.asked_by.is_(None), RateExclusion.asked_by != desk.actor.person_id),
    )
    return [Case.id.in_(asked), within(places)]


def _follow_up(desk: Desk) -> Conditions | None:
    """Resolved by somebody else and waiting for the call back."""
    places = desk.actor.regions(TRIAGE_ROLES)
    if not places:
        return None
    by_another = or_(Case.resolved_by.is_(None), Case.resolved_by != desk.actor.person_id)
    return [open_cases(), Case.state == "resolved", within(places), by_another]


# Each list of cases: what stands in it, and by which instant it is sorted.
_CASES: Mapping[str, tuple[Callable[[Desk], Conditions | None], Any]] = {
    "to_sign": (_to_sign, Case.assigned_at),
    "due": (_due, Case.due_at),
    "due_signed": (_due_signed, Case.due_at),
    "in_hand": (_in_hand, Case.due_at),
    "to_exclude": (_to_exclude, Case.resolved_at),
    "follow_up": (_follow_up, Case.due_at),
}
_ALWAYS_DUE = frozenset({"due", "due_signed"})
LISTS_OF_CASES = tuple(_CASES)
