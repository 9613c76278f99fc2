"""Money on a case: lines of the fund ledger, written by triage and the handling unit once the case is coordinated.

A line is never changed. What was wrong is taken back by a mirror line; what moves on is a further line of the same
allocation (domain.md §3d). A date on which money is expected gets a clock of its own, which the arriving money meets.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.cases import lines as sums
from casework.cases.tables import Case
from casework.core import money, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused, invalid
from casework.core.ids import parse_id
from casework.funds import actions as ledger
from casework.funds.actions import STAGES, NewLine
from casework.funds.tables import FundAttribution, FundLine
from casework.matters import deadlines
from casework.permissions import Subject
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from workflows import records
from workflows.engine import workflow_of

PERMISSION = "case.fund"
CLOCK = "funds_expected"
SOURCE_LENGTH, NUMBER_LENGTH, PROJECT_LENGTH, NOTE_LENGTH = 100, 100, 200, 2000
FIELDS = ("stage", "amount", "source", "document_no", "on", "project", "expected_on", "note", "allocation")
# From here on money that was expected is there.
_ARRIVED = STAGES.index("arrived")
_HUNDREDTHS = 100


def add_line(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> FundLine:
    """Write a line (`stage, amount, source, document_no, on`, and `project?, expected_on?, note?, allocation?`).

    Raises:
        NotAllowed: neither triage nor the handling unit.
        Invalid: every mistake; an allocation the caller may not know of looks like one that is not there.
        Refused: nothing was coordinated yet, or rules of the ledger stand against it.
    """
    actor = records.require(actor, PERMISSION, subject)
    line = _read(session, raw, actor=actor, at=at)
    if case.state == "merged":
        raise Refused([Refusal("merged_is_read_only")])
    if case.plan is None:
        raise Refused([Refusal("funds_not_open")])
    sums.hold(session, str(line.allocation_id) if line.allocation_id else line.document_no)
    refusals = ledger.rules_against(session, line)
    if refusals:
        raise Refused(refusals)
    row = ledger.add(session, line, matter_id=case.id, region_code=case.region_code, actor=actor, at=at)
    case.funds_total += 1
    _meet_expected(session, case, row, at=at)
    if line.expected_on is not None and STAGES.index(line.stage) < _ARRIVED:
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
    errors = [FieldError(name, "unknown_field") for name in raw if name != "note"]
    note = ""
    try:
        note = texts.clean_text(raw.get("note"), field="note", max_length=NOTE_LENGTH)
    except Invalid as mistake:
        errors += mistake.errors
    if errors:
        raise Invalid(errors)
    if line.reverses_id is not None:
        raise Refused([Refusal("fund_is_reversal")])
    sums.hold(session, str(line.allocation_id))
    standing = sums.standing_of(session, line.allocation_id)
    if all(each.id != line.id for each in standing):
        raise Refused([Refusal("fund_reversed_already")])
    if any(STAGES.index(each.stage) > STAGES.index(line.stage) for each in standing):
        raise Refused([Refusal("fund_moved_on")])
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
    """Credit a share of a line's sum (`person` id or `org` code, `share` in percent with two decimals, `role?`).

    Raises:
        NotAllowed: neither triage nor the handling unit.
        Invalid: every mistake.
        Refused: the shares would make more than 100 %.
    """
    actor = records.require(actor, PERMISSION, subject)
    person_id, org_id, share, role = _read_share(session, raw)
    sums.hold(session, str(line.allocation_id))
    given = ledger.attributed(session, line.allocation_id)
    if given + share > ledger.FULL_SHARE:
        raise Refused([Refusal("fund_share_too_large", {"left": _percent(ledger.FULL_SHARE - given)})])
    row = ledger.attribute(
        session,
        allocation_id=line.allocation_id,
        person_id=person_id,
        org_id=org_id,
        share_bp=share,
        role=role,
        at=at,
    )
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger="attribute_fund",
        event="fund_attributed",
        fields={"allocation": str(line.allocation_id), "share": _percent(share), "role": role},
    )
    return row


def _read(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> NewLine:
    today = at.astimezone(session.info["zone"]).date()
    readers: Mapping[str, Callable[[Any], Any]] = {
        "stage": _read_stage,
        "amount": _read_amount,
        "source": lambda v: texts.clean_text(v, field="source", max_length=SOURCE_LENGTH, multiline=False),
        "document_no": lambda v: texts.clean_text(v, field="document_no", max_length=NUMBER_LENGTH, multiline=False),
        "on": lambda v: _read_past_day(v, "on", today=today),
        "project": lambda v: _read_optional(v, "project", PROJECT_LENGTH),
        "expected_on": lambda v: None if v is None else _read_coming_day(v, "expected_on", today=today),
        "note": lambda v: _read_optional(v, "note", NOTE_LENGTH, multiline=True),
        "allocation": lambda v: None if v is None else _read_allocation(session, v, actor=actor, at=at),
    }
    errors = [FieldError(name, "unknown_field") for name in raw if name not in FIELDS]
    values: dict[str, Any] = {}
    for name, read in readers.items():
        try:
            values[name] = read(raw.get(name))
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return NewLine(amount_fen=values.pop("amount"), allocation_id=values.pop("allocation"), **values)


def _read_stage(value: object) -> str:
    if value is None or value == "":
        raise invalid("stage", "required")
    if not isinstance(value, str) or value not in STAGES:
        raise invalid("stage", "not_a_choice", choices=", ".join(STAGES))
    return value


def _read_amount(value: object) -> int:
    if value is None or value == "":
        raise invalid("amount", "required")
    fen = money.parse_yuan(value, field="amount")
    if fen == 0:
        raise invalid("amount", "money_nought")
    return fen


def _read_past_day(value: object, field: str, *, today: date) -> date:
    if value is None or value == "":
        raise invalid(field, "required")
    day = texts.parse_date(value, field=field)
    if day > today:
        raise invalid(field, "date_ahead", today=today.isoformat())
    return day


def _read_coming_day(value: object, field: str, *, today: date) -> date:
    day = texts.parse_date(value, field=field)
    if day < today:
        raise invalid(field, "date_past")
    return day


def _read_optional(value: object, field: str, length: int, *, multiline: bool = False) -> str | None:
    return texts.clean_text(value, field=field, max_length=length, required=False, multiline=multiline) or None


def _read_allocation(session: Session, value: object, *, actor: Actor, at: datetime) -> UUID:
    wanted = parse_id(value) if isinstance(value, str) else None
    found = None if wanted is None else sums.allocation_in_sight(session, actor, line_or_sum_id=wanted, at=at)
    if found is None:
        raise invalid("allocation", "no_such_allocation")
    return found


def _read_share(session: Session, raw: Mapping[str, Any]) -> tuple[UUID | None, UUID | None, int, str]:
    errors = [FieldError(n, "unknown_field") for n in raw if n not in ("person", "org", "share", "role")]
    person_id = org_id = None
    share = 0
    if (raw.get("person") is None) == (raw.get("org") is None):
        errors.append(FieldError("person", "person_or_org"))
    try:
        share = money.parse_yuan(raw.get("share"), field="share")
        if not 0 < share <= ledger.FULL_SHARE:
            errors.append(FieldError("share", "out_of_range", {"min": "0.01", "max": "100.00"}))
    except Invalid:
        errors.append(FieldError("share", "share_form"))
    if isinstance(raw.get("person"), str):
        wanted = parse_id(raw["person"])
        person_id = wanted if wanted is not None and registry.people_by_id(session, [wanted]) else None
    if isinstance(raw.get("org"), str):
        org = registry.orgs_by_code(session, [raw["org"]]).get(raw["org"])
        org_id = None if org is None else org.id
    if raw.get("person") is not None and person_id is None:
        errors.append(FieldError("person", "no_such_person"))
    if raw.get("org") is not None and org_id is None:
        errors.append(FieldError("org", "no_such_org", {"value": str(raw["org"])[:64]}))
    role = raw.get("role", "lead")
    if role not in ("lead", "joint"):
        errors.append(FieldError("role", "not_a_choice", {"choices": "lead, joint"}))
    if errors:
        raise Invalid(errors)
    return person_id, org_id, share, role


def _percent(share_bp: int) -> str:
    return f"{share_bp // _HUNDREDTHS}.{share_bp % _HUNDREDTHS:02d}"


def _expect(session: Session, case: Case, row: FundLine, *, until: date, at: datetime) -> None:
    workflow = workflow_of(case).workflow
    known = deadlines.of_matter(session, case.id)
    deadlines.begin_until(
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
    if STAGES.index(row.stage) < _ARRIVED or row.allocation_id == row.id:
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
