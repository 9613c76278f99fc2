"""What the API gives, as models: answers are made as instances of them, so the document cannot differ.

Times are in the office's zone with offset, money is a decimal string in yuan, personal values are masked.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """An answer or a part of one."""

    # Built when first used: few offices ask for most of these shapes, and all of them are a part of every start.
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Record(Model):
    """What every record carries; `version` is its ETag."""

    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class Problem(BaseModel):
    """What stands against a request (RFC 9457)."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    errors: list["FieldProblem"] = Field(default_factory=list)
    reasons: list["Reason"] = Field(default_factory=list)
    available_triggers: list[str] = Field(default_factory=list)


class FieldProblem(Model):
    """A mistake in a field; `field` is a path such as `reporter.phone`."""

    field: str
    message: str
    code: str


class Reason(Model):
    """A rule that stands against something."""

    code: str
    message: str


class Named(Model):
    """Somebody or something with a name."""

    id: UUID | None
    name: str


class CaseRef(Model):
    """A case, by both its names."""

    id: UUID
    number: str


class UnitRef(Model):
    """A unit, by code and name."""

    code: str
    name: str


class ReporterOut(Model):
    """Who reported, masked."""

    name: str
    phone: str | None
    id_number: str | None


class MergedReporter(ReporterOut):
    """A reporter and the case by which they came."""

    case: CaseRef


class LimitOut(Model):
    """How long a clock runs; `amount` of `unit`."""

    unit: str
    amount: int
    extended_to: date | None


class DeadlineOut(Model):
    """A clock: when it is due and why then. `level`: the highest rung fired."""

    kind: str
    due_at: datetime
    rule: str
    explain: str
    level: int | None
    met_at: datetime | None
    status: str
    provisional: bool
    started_at: datetime
    limit: LimitOut
    subject: UUID | None


class FundOut(Record):
    """A line of the fund ledger; `allocation` is the sum it belongs to."""

    stage: str
    kind: str
    amount: str
    source: str
    document_no: str
    on: date
    project: str | None
    expected_on: date | None
    note: str | None
    allocation: UUID
    reverses: UUID | None


class FundEntry(FundOut):
    """A line of the ledger of all money, with its place and the case it belongs to, if any.

    `unlike`: why it is other money than a sum it looks like.
    """

    region_code: str
    unlike: str | None
    case: CaseRef | None


class StageSum(Model):
    """Money at one stage, in yuan; `records` is the list of exactly the lines it sums."""

    stage: str
    amount: str
    records: str


class FundTotalsRow(Model):
    """The money whose lines have one thing in common."""

    key: str
    stages: list[StageSum]


class FundTotals(Model):
    """Money by stage and by one thing, in rows, and by stage as a whole; never over stages."""

    by: str
    rows: list[FundTotalsRow]
    totals: dict[str, str]


class ShareOut(Record):
    """A share of a sum."""

    allocation: UUID
    share: str
    person: UUID | None
    member: UUID | None
    org: UnitRef | None
    role: str


class CoTaskOut(Record):
    """A question to a co-handling unit, and what became of it."""

    org: str
    org_name: str
    question: str
    due_on: date
    status: str
    answer: str | None
    waive_reason: str | None
    answered_at: datetime | None


class ExtensionOut(Record):
    """More time asked for, and what was decided."""

    until: date
    reason: str
    status: str
    old_due_at: datetime
    requested_by: Named | None
    requested_at: datetime
    decided_by: Named | None
    decided_at: datetime | None
    decision_reason: str | None


class AttachmentOut(Record):
    """A file put to a case."""

    name: str
    size: int
    media_type: str
    sha256: str
    caption: str
    added_by: Named | None
    content: str


class UnavailableOut(Model):
    """A trigger that cannot be used now, and why."""

    trigger: str
    reasons: list[Reason]


class CaseOut(Record):
    """A case with all that belongs to it."""

    number: str
    state: str
    state_since: datetime
    title: str
    description: str
    public_summary: str | None
    category: str
    kind: str
    urgency: str
    region_code: str
    channel: str
    occurred_on: date | None
    answers: dict[str, Any]
    household_id: UUID | None
    reporter: ReporterOut
    reporters: list[MergedReporter]
    reported_by: UUID | None
    reported_at: datetime
    org: str | None
    org_name: str | None
    co_orgs: list[str]
    assignee: Named | None
    route: str | None
    assigned_at: datetime | None
    acknowledged_at: datetime | None
    contacted_at: datetime | None
    plan: str | None
    suspended_until: date | None
    resolved_at: datetime | None
    result_class: str | None
    reply: str | None
    review_on: date | None
    closed_at: datetime | None
    followed_up: str | None
    solved: str | None
    satisfaction: str | None
    attitude: str | None
    own_rating: str | None
    own_solved: str | None
    exclusion: str
    returns: int
    merged_into: CaseRef | None
    split_from: UUID | None
    due_at: datetime | None
    due_kind: str | None
    overdue: bool
    deadlines: list[DeadlineOut]
    funds: list[FundOut]
    co_tasks: list[CoTaskOut]
    extensions: list[ExtensionOut]
    attachments_total: int
    comments_total: int
    available_triggers: list[str]
    unavailable_triggers: list[UnavailableOut]


class CaseLine(Record):
    """A case in a list."""

    number: str
    state: str
    state_since: datetime
    title: str
    category: str
    kind: str
    urgency: str
    channel: str
    region_code: str
    town: str | None
    village: str | None
    reporter_name: str
    org: str | None
    org_name: str | None
    assignee: Named | None
    due_at: datetime | None
    due_kind: str | None
    level: int | None
    overdue: bool
    suspended_until: date | None
    returns: int
    result_class: str | None
    satisfaction: str | None
    merged_into: UUID | None
    reported_at: datetime
    resolved_at: datetime | None


class ListOut(Model):
    """A page of a list; `next` is the cursor of the following one, `total` stands only where `count=true`."""

    next: str | None
    total: int | None = None


class CaseList(ListOut):
    """A page of cases."""

    items: list[CaseLine]


class PartOut(CaseRef):
    """A case, by number and title."""

    title: str


class PartList(ListOut):
    """Cases that belong to one."""

    items: list[PartOut]


class HistoryOut(Model):
    """One thing that happened; `hash` covers it and the row before."""

    id: UUID
    seq: int
    at: datetime
    recorded_at: datetime
    actor: Named
    on_behalf_of: Named | None
    trigger: str
    from_state: str | None
    to_state: str
    comment: str | None
    fields: dict[str, Any]
    hash: str


class HistoryList(ListOut):
    """A page of a history, oldest first."""

    items: list[HistoryOut]


class FundList(ListOut):
    """The fund lines of a case, oldest first, with sums by stage; stages are the same money and never added up."""

    items: list[FundOut]
    totals: dict[str, str]


class FundLedger(ListOut):
    """A page of the ledger of all money, newest line first; `totals` are of all that fits, by stage."""

    items: list[FundEntry]
    totals: dict[str, str]


class CoTaskList(ListOut):
    """The questions of a case, oldest first."""

    items: list[CoTaskOut]


class ExtensionList(ListOut):
    """The requests of a case, oldest first."""

    items: list[ExtensionOut]


class AttachmentList(ListOut):
    """The files of a case, oldest first."""

    items: list[AttachmentOut]
