"""Money on a case: lines of the fund ledger, written by triage and the handling unit once the case is coordinated.

A line is never changed. What was wrong is taken back by a mirror line; what moves on is a further line of the same
allocation (domain.md §3d). A date on which money is expected gets a clock of its own, which the arriving money meets.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.cases import lines as sums
from casework.cases.tables import Case
from casework.core import money
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Refusal, Refused
from casework.funds import actions as ledger
from casework.funds.actions import STAGES
from casework.funds.documents import document_key
from casework.funds.tables import FundAttribution, FundLine
from casework.matters import deadlines
from casework.permissions import Subject
from casework.registry.calendar import load_calendar
from workflows import records
from workflows.engine import workflow_of
from workflows.money import fund_fields

PERMISSION = "case.fund"
CLOCK = "funds_expected"
# From here on money that was expected is there.
ARRIVED = STAGES.index("arrived")


def add_line(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> FundLine:
    """Write a line (`stage, amount, source, document_no, on`, and `project?, expected_on?, note?, allocation?, kind?`).

    Raises:
        NotAllowed: neither triage nor the handling unit.
        Invalid: every mistake; an allocation the caller may not know of looks like one that is not there.
        Refused: nothing was coordinated yet, or rules of the ledger stand against it.
    """
    actor = records.require(actor, PERMISSION, subject)

    def find(wanted: UUID) -> UUID | None:
        return sums.allocation_in_sight(session, actor, line_or_sum_id=wanted, at=at)

    projects, zone = fund_fields.projects_in_sight(session, actor, at=at), session.info["zone"]
    line, _ = fund_fields.read_line(raw, find_allocation=find, find_project=projects, at=at, zone=zone)
    if case.state == "merged":
        raise Refused([Refusal("merged_is_read_only")])
    if case.plan is None:
        raise Refused([Refusal("funds_not_open")])
    sums.hold(session, str(line.allocation_id) if line.allocation_id else document_key(line.document_no))
    refusals = ledger.rules_against(session, line)
    if refusals:
        raise Refused(refusals)
    row = ledger.add(session, line, matter_id=case.id, region_code=case.region_code, actor=actor, at=at)
    case.funds_total += 1
    _meet_expected(session, case, row, at=at)
    if line.expected_on is not None and STAGES.index(line.stage) < ARRIVED:
        _expect(session, case, row, until=line.expected_on, at=at)
    _note(session, case, row, trigger="add_fund", event="fund_added", actor=actor, at=at)
    return row


def reverse_line(
    session: Session,
    case: Case,
    line: FundLine,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> FundLine:
    """Take a line back (`note`: why).

    Raises:
        NotAllowed: neither triage nor the handling unit.
        Invalid: no note, or unknown fields.
        Refused: it is a reversal itself, was taken back already, or the sum has moved on since.
    """
    actor = records.require(actor, PERMISSION, subject)
    note = fund_fields.read_note(raw)
    require_reversible(session, line)
    today = at.astimezone(session.info["zone"]).date()
    row = ledger.reverse(session, line, note=note, actor=actor, at=at, on=today)
    case.funds_total += 1
    _end_clock(session, case, line.id, at=at, met=False)
    _note(session, case, row, trigger="reverse_fund", event="fund_reversed", actor=actor, at=at)
    return row


def attribute(
    session: Session,
    case: Case,
    line: FundLine,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> FundAttribution:
    """Credit a share of a line's sum (fund_fields.py: `person`, `member` or `org`, `share`, `role?`).

    Raises:
        NotAllowed: neither triage nor the handling unit.
        Invalid: every mistake.
        Refused: the shares would make more than 100 %.
    """
    actor = records.require(actor, PERMISSION, subject)
    share = fund_fields.read_share(session, raw, actor=actor)
    row = give(session, line, share, at=at)
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger="attribute_fund",
        event="fund_attributed",
        fields={
            "allocation": str(line.allocation_id),
            "share": fund_fields.percent(share.share_bp),
            "role": share.role,
        },
    )
    return row


def require_reversible(session: Session, line: FundLine) -> None:
    """Let a line be taken back: one that stands, of a sum that has not moved on. Holds its sum.

    Raises:
        Refused: it is a reversal itself, was taken back already, or the sum has moved on since.
    """
    if line.reverses_id is not None:
        raise Refused([Refusal("fund_is_reversal")])
    sums.hold(session, str(line.allocation_id))
    standing = sums.standing_of(session, line.allocation_id)
    if all(each.id != line.id for each in standing):
        raise Refused([Refusal("fund_reversed_already")])
    if any(STAGES.index(each.stage) > STAGES.index(line.stage) for each in standing):
        raise Refused([Refusal("fund_moved_on")])


def give(session: Session, line: FundLine, share: fund_fields.Share, *, at: datetime) -> FundAttribution:
    """Credit a share of a line's sum, which is held meanwhile.

    Raises:
        Refused: the shares would make more than 100 %.
    """
    sums.hold(session, str(line.allocation_id))
    given = ledger.attributed(session, line.allocation_id)
    if given + share.share_bp > ledger.FULL_SHARE:
        left = fund_fields.percent(ledger.FULL_SHARE - given)
        raise Refused([Refusal("fund_share_too_large", {"left": left})])
    return ledger.attribute(
        session,
        allocation_id=line.allocation_id,
        person_id=share.person_id,
        member_id=share.member_id,
        org_id=share.org_id,
        share_bp=share.share_bp,
        role=share.role,
        at=at,
    )


def _expect(session: Session, case: Case, row: FundLine, *, until: date, at: datetime) -> None:
    workflow = workflow_of(case).workflow
    known = deadlines.of_matter(session, case.id)
    deadlines.begin(
        session,
        matter_id=case.id,
        matter_kind=workflow.name,
        kind=CLOCK,
        epoch=deadlines.next_epoch(known, CLOCK),
        until=until,
        ladder=deadlines.Ladder(workflow.clocks[CLOCK].rungs),
        started_by="add_fund",
        at=at,
        calendar=load_calendar(session),
        subject_id=row.id,
    )


def _meet_expected(session: Session, case: Case, row: FundLine, *, at: datetime) -> None:
    """End the clocks of earlier lines of the same sum once the money has arrived."""
    if STAGES.index(row.stage) < ARRIVED or row.allocation_id == row.id:
        return
    for earlier in sums.standing_of(session, row.allocation_id):
        _end_clock(session, case, earlier.id, at=at, met=True)


def _end_clock(session: Session, case: Case, line_id: UUID, *, at: datetime, met: bool) -> None:
    for clock in deadlines.of_matter(session, case.id):
        if clock.kind == CLOCK and clock.subject_id == line_id and clock.status in deadlines.LIVE:
            deadlines.end(clock, at=at, met=met, seq=case.version + 1)


def _note(session: Session, case: Case, row: FundLine, *, trigger: str, event: str, actor: Actor, at: datetime) -> None:
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger=trigger,
        event=event,
        comment=row.note,
        fields={
            "line": str(row.id),
            "allocation": str(row.allocation_id),
            "stage": row.stage,
            "amount": money.yuan(row.amount_fen),
            "document_no": row.document_no,
        },
        facts={"line_id": str(row.id), "stage": row.stage},
    )
