"""Sums of money as ledgers show them: one line of the office's table for each allocation, with all its stages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from casework.core.actors import Actor
from casework.core.bulk import among
from casework.core.database import Session
from casework.core.editions import known
from casework.core.ranges import lies_in
from casework.funds.actions import STAGES
from casework.funds.tables import FundAttribution, FundLine
from casework.members.tables import Member
from casework.registry.tables import Org, Person


@dataclass(frozen=True, slots=True)
class Sum:
    """One allocation: its standing lines by stage, in the order of the stages."""

    allocation_id: UUID
    lines: Mapping[str, FundLine]

    @property
    def first(self) -> FundLine:
        """The line of the earliest stage reached."""
        return next(iter(self.lines.values()))

    @property
    def last(self) -> FundLine:
        """The line of the furthest stage reached; it carries the latest words."""
        return list(self.lines.values())[-1]


def of_documents(session: Session, documents: Iterable[str]) -> Sequence[Sum]:
    """Return the sums of these document numbers (an empty one for those that have none)."""
    return list(_sums(session, among(session, FundLine.document_no, sorted(set(documents)))))


def whole(session: Session, found: Iterable[Sum]) -> Sequence[Sum]:
    """Return the same sums with all their standing lines, those of other documents too."""
    return list(_sums(session, among(session, FundLine.allocation_id, [each.allocation_id for each in found])))


def of_projects(session: Session, projects: Iterable[str]) -> Sequence[Sum]:
    """Return the sums of the projects of these names."""
    return list(_sums(session, among(session, FundLine.project, sorted(set(projects)))))


def of_place(session: Session, region_code: str) -> Sequence[Sum]:
    """Return the sums of just this place, not of those within it."""
    return list(_sums(session, FundLine.region_code == region_code))


def under(session: Session, actor: Actor, *, roles: frozenset[str]) -> Iterator[Sum]:
    """Yield the sums of the places over which an actor holds one of these roles, the oldest first."""
    reach = [lies_in(FundLine.region_code, prefix) for prefix in actor.regions(roles)]
    if reach:
        yield from _sums(session, or_(*reach))


def standing(lines: Sequence[FundLine]) -> Sequence[Sum]:
    """Return the sums of these lines that were not taken back."""
    taken_back = {line.reverses_id for line in lines if line.reverses_id is not None}
    found: dict[UUID, dict[str, FundLine]] = {}
    for line in lines:
        if line.reverses_id is None and line.id not in taken_back:
            found.setdefault(line.allocation_id, {})[line.stage] = line
    return [Sum(key, {stage: kept[stage] for stage in STAGES if stage in kept}) for key, kept in found.items()]


def _sums(session: Session, condition: ColumnElement[bool]) -> Iterator[Sum]:
    mirror = aliased(FundLine)
    taken_back = select(mirror.id).where(mirror.reverses_id == FundLine.id).exists()
    rows = session.scalars(
        select(FundLine)
        .where(condition, FundLine.reverses_id.is_(None), ~taken_back)
        .order_by(FundLine.allocation_id, FundLine.created_at, FundLine.id)
    )
    for allocation_id, lines in groupby(rows, key=lambda line: line.allocation_id):
        by_stage = {line.stage: line for line in lines}
        yield Sum(allocation_id, {stage: by_stage[stage] for stage in STAGES if stage in by_stage})


@dataclass(frozen=True, slots=True)
class Share:
    """What one person or unit is credited with, in hundredths of a percent."""

    holder: str
    share_bp: int
    role: str


def shares(session: Session, allocation_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Share]]:
    """Return who is credited with how much of these sums, in the order it was given."""
    rows = session.execute(
        select(
            FundAttribution.allocation_id,
            func.coalesce(Person.name, Member.name, Org.name),
            FundAttribution.share_bp,
            FundAttribution.role,
        )
        .outerjoin(Person, Person.id == FundAttribution.person_id)
        .outerjoin(Member, and_(Member.id == FundAttribution.member_id, known(Member)))
        .outerjoin(Org, Org.id == FundAttribution.org_id)
        .where(FundAttribution.allocation_id.in_(allocation_ids), FundAttribution.ended_at.is_(None))
        .order_by(FundAttribution.id)
    )
    found: dict[UUID, list[Share]] = {}
    for allocation_id, holder, share_bp, role in rows:
        found.setdefault(allocation_id, []).append(Share(holder, share_bp, role))
    return found
