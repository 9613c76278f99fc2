"""Lines of the fund ledger: written once, corrected only by reversal, never added up over stages (domain.md §3d)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Refusal
from casework.core.ids import new_id
from casework.core.money import yuan
from casework.funds.documents import document_key
from casework.funds.kinds import kind_of_source
from casework.funds.tables import FundAttribution, FundLine

STAGES = ("idea", "coordinating", "applied", "approved", "quota_issued", "arrived", "disbursed", "accepted")
FULL_SHARE = 10_000


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as it was sent, checked."""

    stage: str
    amount_fen: int
    source: str
    document_no: str
    on: date
    project: str | None = None
    expected_on: date | None = None
    note: str | None = None
    allocation_id: UUID | None = None
    # None: that of the sum it belongs to, or what the source tells (kinds.py).
    kind: str | None = None
    unlike: str | None = None


def add(
    session: Session, line: NewLine, *, matter_id: UUID | None, region_code: str, actor: Actor, at: datetime
) -> FundLine:
    """Write a line; without `allocation_id` it begins a sum of its own.

    Without `matter_id` no case is about the sum, which stands for itself.
    """
    line_id = new_id()
    row = session.make(
        FundLine,
        id=line_id,
        matter_id=matter_id or line.allocation_id or line_id,
        allocation_id=line.allocation_id or line_id,
        region_code=region_code,
        stage=line.stage,
        kind=line.kind or kind_of(session, line.allocation_id) or kind_of_source(line.source),
        amount_fen=line.amount_fen,
        source=line.source,
        document_no=line.document_no,
        project=line.project,
        on_date=line.on,
        fiscal_year=line.on.year,
        expected_on=line.expected_on,
        note=line.note,
        unlike=line.unlike,
        recorded_by=actor.person_id,
        created_at=at,
    )
    session.put(row, keep=True)
    return row


def reverse(session: Session, line: FundLine, *, note: str, actor: Actor, at: datetime, on: date) -> FundLine:
    """Take a line back by a mirror line; the wrong one stays readable."""
    row = session.make(
        FundLine,
        id=new_id(),
        matter_id=line.matter_id,
        allocation_id=line.allocation_id,
        region_code=line.region_code,
        stage=line.stage,
        kind=line.kind,
        amount_fen=line.amount_fen,
        source=line.source,
        document_no=line.document_no,
        project=line.project,
        on_date=on,
        fiscal_year=line.fiscal_year,
        note=note,
        reverses_id=line.id,
        recorded_by=actor.person_id,
        created_at=at,
    )
    session.put(row, keep=True)
    return row


def kind_of(session: Session, allocation_id: UUID | None) -> str | None:
    """Return whose money a sum is, None for a sum that is yet to begin."""
    first = None if allocation_id is None else session.get(FundLine, allocation_id)
    return None if first is None else first.kind


# From here on a day tells when money moved; what is behind may not be earlier.
_MOVED = STAGES[STAGES.index("arrived") :]
DAY_RULES = ("fund_day_too_early", "fund_day_too_late")

# What was asked for is no measure of what was granted.
_UNCERTAIN = ("idea", "coordinating", "applied")


def rules_against(session: Session, line: NewLine, *, known: Sequence[FundLine] | None = None) -> list[Refusal]:
    """Return every rule of the ledger that stands against a line.

    One document × project × source × year begins a sum once (domain.md §3d, double counting no. 1), however its number
    is typed; a sum moves on to a stage at most once, never past what it was before, never to be paid before it was
    there, and stays whose money it is. Who writes many lines at once has looked up the standing lines of their
    documents and sums, which are `known`.
    """
    refusals: list[Refusal] = []
    if line.allocation_id is None:
        alike = known if known is not None else session.scalars(_begun_like(line)).all()
        if any(_begins_the_same(row, line) for row in alike):
            refusals.append(Refusal("fund_document_twice", {"document_no": line.document_no}))
        return refusals
    if known is None:
        known = session.scalars(_standing().where(FundLine.allocation_id == line.allocation_id)).all()
    of_sum = [row for row in known if row.allocation_id == line.allocation_id]
    kind = next((row.kind for row in of_sum), None)
    if line.kind is not None and line.kind != kind:
        refusals.append(Refusal("fund_kind_of_sum", {"fund_kind": kind}))
    reached = {row.stage: row for row in of_sum}
    if line.stage in reached:
        refusals.append(Refusal("fund_stage_reached", {"stage": line.stage}))
    return [*refusals, *_amount_against(line, reached.values()), *_day_against(line, reached.values())]


def _day_against(line: NewLine, reached: Iterable[FundLine]) -> Iterator[Refusal]:
    """Find money that would be paid before it was there: papers may be written down in any order, but on the days they
    carry it arrived, was paid and was settled one after the other (the same day is well; an approval or a quota may be
    of a later day than money paid ahead of it)."""
    if line.stage not in _MOVED:
        return
    here = _MOVED.index(line.stage)
    moved = [(_MOVED.index(row.stage), row) for row in reached if row.stage in _MOVED]
    before = max((row for stage, row in moved if stage < here), key=lambda row: row.on_date, default=None)
    if before is not None and line.on < before.on_date:
        yield Refusal(DAY_RULES[0], {"stage": before.stage, "on": before.on_date.isoformat()})
    behind = min((row for stage, row in moved if stage > here), key=lambda row: row.on_date, default=None)
    if behind is not None and line.on > behind.on_date:
        yield Refusal(DAY_RULES[1], {"stage": behind.stage, "on": behind.on_date.isoformat()})


def _amount_against(line: NewLine, reached: Iterable[FundLine]) -> Iterator[Refusal]:
    """Find an amount that is more than at a stage before, or less than at one behind: papers may come in any order,
    and a day beside them says when each was so (of a ledger without days, when it was entered)."""
    here = STAGES.index(line.stage)
    certain = [(STAGES.index(row.stage), row.amount_fen) for row in reached if row.stage not in _UNCERTAIN]
    ceiling = min((fen for stage, fen in certain if stage < here), default=None)
    if ceiling is not None and line.amount_fen > ceiling:
        yield Refusal("fund_more_than_before", {"ceiling": yuan(ceiling)})
    floor = max((fen for stage, fen in certain if stage > here), default=None)
    if floor is not None and line.stage not in _UNCERTAIN and line.amount_fen < floor:
        yield Refusal("fund_less_than_behind", {"floor": yuan(floor)})


def _begun_like(line: NewLine) -> Select[FundLine]:
    """Ask for the sums of a project, source and year: which of them are of the same document is not the database's to
    say."""
    nothing = or_(FundLine.project.is_(None), FundLine.project == "")
    return _standing().where(
        FundLine.project == line.project if line.project else nothing,
        FundLine.source == line.source,
        FundLine.fiscal_year == line.on.year,
        FundLine.allocation_id == FundLine.id,
    )


def _begins_the_same(row: FundLine, line: NewLine) -> bool:
    """Say whether a line begins a sum by the same document, of the same source, for the same project and year."""
    if row.allocation_id != row.id or document_key(row.document_no) != document_key(line.document_no):
        return False
    return (row.source, row.project or "", row.fiscal_year) == (line.source, line.project or "", line.on.year)


def standing() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions on a line that stands: no reversal, and not taken back by one."""
    reversed_ids = select(FundLine.reverses_id).where(FundLine.reverses_id.is_not(None))
    return FundLine.reverses_id.is_(None), FundLine.id.not_in(reversed_ids)


def _standing() -> Select[FundLine]:
    return select(FundLine).where(*standing())


def totals(lines: Sequence[FundLine]) -> dict[str, int]:
    """Return fen by stage, reversals taken off; never a sum over stages, which are the same money."""
    sums: dict[str, int] = {}
    for line in lines:
        sign = -1 if line.reverses_id is not None else 1
        sums[line.stage] = sums.get(line.stage, 0) + sign * line.amount_fen
    return sums


def attributed(session: Session, allocation_id: UUID) -> int:
    """Return the shares of an allocation already given, in hundredths of a percent."""
    return (
        session.scalar(
            select(func.coalesce(func.sum(FundAttribution.share_bp), 0)).where(
                FundAttribution.allocation_id == allocation_id, FundAttribution.ended_at.is_(None)
            )
        )
        or 0
    )


def attribute(
    session: Session,
    *,
    allocation_id: UUID,
    person_id: UUID | None,
    org_id: UUID | None,
    share_bp: int,
    role: str,
    at: datetime,
    member_id: UUID | None = None,
) -> FundAttribution:
    """Give a share of an allocation to a person, a member or an office; the caller has checked the rest of 100 %."""
    row = session.make(
        FundAttribution,
        id=new_id(),
        allocation_id=allocation_id,
        person_id=person_id,
        org_id=org_id,
        member_id=member_id,
        share_bp=share_bp,
        role=role,
        created_at=at,
    )
    session.put(row, keep=True)
    return row
