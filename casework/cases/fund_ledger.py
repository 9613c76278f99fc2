"""The ledger of all money, newest first: lines of every case a caller may know of, and sums that no case is about.

What stands for itself (a project's money from a ledger) is seen by who sees the money of its place, and by the member
it is credited to. Lines of one case: lines.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from casework.cases.tables import Case
from casework.cases.under import within
from casework.cases.visibility import visible_to
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ranges import lies_in
from casework.funds import credited
from casework.funds.actions import STAGES, standing
from casework.funds.tables import FundLine

# Where money lies: with its case, which may have moved since.
PLACE = func.coalesce(Case.region_code, FundLine.region_code)
_MONEY_ROLES = TRIAGE_ROLES | {"observer", "auditor", "finance"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the ledger is narrowed to; an empty tuple or None narrows nothing. Days are those of the lines."""

    stages: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    source: str | None = None
    document_no: str | None = None
    project: str | None = None
    first: date | None = None
    last: date | None = None
    kinds: tuple[str, ...] = ()
    # Just this place, not those within it.
    place: str | None = None
    # Lines that stand: neither taken back nor taking back.
    is_standing: bool = False
    allocation_id: UUID | None = None
    has_no_project: bool = False
    # Of sums credited to this member.
    member_id: UUID | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions on `FundLine`."""
        found: list[ColumnElement[bool]] = []
        if self.stages:
            found.append(FundLine.stage.in_(self.stages))
        if self.regions:
            # Of the case as it stands: a line goes where its case goes; without one it lies where it was entered.
            lies = or_(*(_under(prefix) for prefix in self.regions))
            found.append(or_(within(self.regions), and_(Case.id.is_(None), lies)))
        for column, value in (
            *((FundLine.source, self.source), (FundLine.document_no, self.document_no)),
            *((FundLine.project, self.project), (PLACE, self.place), (FundLine.allocation_id, self.allocation_id)),
        ):
            if value is not None:
                found.append(column == value)
        if self.kinds:
            found.append(FundLine.kind.in_(self.kinds))
        if self.has_no_project:
            found.append(FundLine.project.is_(None))
        if self.member_id is not None:
            found.append(credited.of_member(self.member_id))
        if self.is_standing:
            found += standing()
        if self.first is not None:
            found.append(FundLine.on_date >= self.first)
        if self.last is not None:
            found.append(FundLine.on_date <= self.last)
        return found


@dataclass(frozen=True, slots=True)
class Entry:
    """A line and the case it belongs to, if any."""

    line: FundLine
    case_id: UUID | None
    case_number: str | None


def page(
    session: Session, actor: Actor, asked: Asked, *, at: datetime, before: UUID | None, limit: int | None
) -> Sequence[Entry]:
    """Return up to `limit` lines (None: all), newest first, those written before the line of an id."""
    rows = select(FundLine, Case.id, Case.number).outerjoin(Case, Case.id == FundLine.matter_id)
    rows = rows.where(*conditions(actor, asked, at=at))
    if before is not None:
        rows = rows.where(FundLine.id < before)
    found = session.execute(rows.order_by(FundLine.id.desc()).limit(limit))
    return [Entry(line, case_id, number) for line, case_id, number in found]


def get(session: Session, actor: Actor, *, line_id: UUID, at: datetime) -> Entry:
    """Return one line.

    Raises:
        NotFound: there is none, or the actor may not know of its case.
    """
    rows = select(FundLine, Case.id, Case.number).outerjoin(Case, Case.id == FundLine.matter_id)
    found = session.execute(rows.where(FundLine.id == line_id, _seen_by(actor, at=at))).one_or_none()
    if found is None:
        raise NotFound("fund_line")
    return Entry(*found)


def taken_back(session: Session, line_ids: Collection[UUID]) -> set[UUID]:
    """Return those of these lines that were taken back."""
    rows = session.scalars(select(FundLine.reverses_id).where(FundLine.reverses_id.in_(line_ids)))
    return {each for each in rows if each is not None}


def mirror_of(session: Session, line: FundLine) -> FundLine | None:
    """Return the line that takes a line back, if there is one."""
    return session.scalars(select(FundLine).where(FundLine.reverses_id == line.id)).one_or_none()


def sees_all_of(actor: Actor, region_code: str) -> bool:
    """Say whether an actor sees all money of a place that no case is about."""
    return any(region_code.startswith(prefix) for prefix in actor.regions(_MONEY_ROLES))


def own_sum(session: Session, actor: Actor, *, line_or_sum_id: UUID, at: datetime) -> FundLine | None:
    """Return the first line of a sum that no case is about, named by its own id or by one of its lines; None when there
    is none the actor may know of.
    """
    wanted = select(FundLine.allocation_id).where(FundLine.id == line_or_sum_id)
    rows = select(FundLine).outerjoin(Case, Case.id == FundLine.matter_id)
    asked = rows.where(FundLine.id.in_(wanted), Case.id.is_(None), _seen_by(actor, at=at))
    return session.scalars(asked).one_or_none()


def totals(session: Session, actor: Actor, asked: Asked, *, at: datetime) -> tuple[int, dict[str, int]]:
    """Return how many lines there are, and fen by stage, reversals taken off; stages are the same money."""
    signed = case((FundLine.reverses_id.is_not(None), -FundLine.amount_fen), else_=FundLine.amount_fen)
    rows = session.execute(
        select(FundLine.stage, func.count(), func.sum(signed))
        .outerjoin(Case, Case.id == FundLine.matter_id)
        .where(*conditions(actor, asked, at=at))
        .group_by(FundLine.stage)
    )
    found = {stage: (int(count), int(fen)) for stage, count, fen in rows}
    return sum(count for count, _ in found.values()), {name: found[name][1] for name in STAGES if name in found}


def conditions(actor: Actor, asked: Asked, *, at: datetime) -> list[Any]:
    """Return the conditions on `FundLine` and its `Case`, joined or not, of what is asked and may be known."""
    return [_seen_by(actor, at=at), *asked.conditions()]


def _seen_by(actor: Actor, *, at: datetime) -> ColumnElement[bool]:
    own = [_under(prefix) for prefix in actor.regions(_MONEY_ROLES)]
    if actor.person_id is not None and "member" in actor.roles:
        own.append(credited.of_account(actor.person_id))
    of_cases = and_(Case.id.is_not(None), visible_to(actor, at=at))
    return or_(of_cases, and_(Case.id.is_(None), or_(*own))) if own else of_cases


def _under(prefix: str) -> ColumnElement[bool]:
    return lies_in(FundLine.region_code, prefix)
