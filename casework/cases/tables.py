"""What is stored of a villager's difficulty."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import OPEN, STRICT, Day, Flag, Id, Instant, Json, part_index
from casework.core.database import Base
from casework.core.editions import Edition, newest_only
from casework.matters.tables import Tracked

KEPT_BY_POSTGRESQL = {
    # Room beside each row for its next version: a sweep changes no column of an index, and then need not touch any.
    "fillfactor": 80,
    # Figures read of what is open from an index alone, and of what moved since the last vacuum every row besides: it
    # comes when a fiftieth has moved or is new, not a fifth, which would be months.
    "autovacuum_vacuum_scale_factor": 0.02,
    "autovacuum_vacuum_insert_scale_factor": 0.02,
}


class Case(Tracked, Base):
    """One reported difficulty.

    Personal data is kept twice: encrypted (`*_cipher`) for the one who may reveal it, and masked for the screen.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("number"),
        # A county's lists in the order of what is due; from it alone is read what is late, by category, place and unit.
        part_index(
            "ix_cases_open_county",
            *(
                "county",
                "due_at",
                "id",
                "region_code",
                "category",
                "lead_org_id",
                "due_kind",
                "reported_at",
            ),
            **OPEN,
        ),
        # And the open ones of some days of reporting, for figures of a period.
        part_index(
            "ix_cases_open_reported",
            *("county", "reported_at", "id", "due_at"),
            *("category", "lead_org_id", "region_code", "due_kind"),
            **OPEN,
        ),
        # The same order for who looks at several counties, or at none in particular.
        part_index("ix_cases_open_due", "due_at", "id", "county", **OPEN),
        Index("ix_cases_reported", "reported_at", "id"),
        Index("ix_cases_updated", "updated_at", "id"),
        Index("ix_cases_region", "region_code", "reported_at"),
        Index("ix_cases_lead", "lead_org_id", "is_open", "due_at"),
        part_index("ix_cases_assignee", "assignee_id", "is_open", where="assignee_id IS NOT NULL"),
        # The place too: what somebody reported elsewhere is looked for without what they reported here.
        Index("ix_cases_reported_by", "reported_by", "region_code"),
        part_index("ix_cases_merged_into", "merged_into_id", where="merged_into_id IS NOT NULL"),
        # Whole tables of cases have neither: only those of a campaign are in it.
        part_index("ix_cases_returns", "county", "is_open", "returns", where="returns > 0"),
        part_index("ix_cases_household", "household_id", where="household_id IS NOT NULL"),
        part_index("ix_cases_reporter_id_index", "reporter_id_index", where="reporter_id_index IS NOT NULL"),
        Index("ix_cases_reporter_phone_index", "reporter_phone_index"),
        # What is counted by two dimensions at once is read from this alone (performance.md §5 f).
        Index("ix_cases_counts", "county", "reported_at", "id", "category", "state", "region_code", "lead_org_id"),
        Index("ix_cases_state", "state", "county", "due_at"),
        {**STRICT, "postgresql_with": KEPT_BY_POSTGRESQL},
    )

    # Thousands of reminders of one morning are no news of the cases themselves: `updated_at` is what somebody did.
    rung_updates = False

    # Kept by the database itself: what one county asks leads through indexes that begin with it (cases/under.py).
    county: Mapped[str] = mapped_column(Text, Computed("substr(region_code, 1, 6)", persisted=True), deferred=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    public_summary: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text, ForeignKey("categories.code"))
    kind: Mapped[str] = mapped_column(Text)
    urgency: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    occurred_on: Mapped[date | None] = mapped_column(Day)
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    household_id: Mapped[UUID | None] = mapped_column(Id)
    # What it was raised through: a linked industry, and the visit or survey it came out of.
    industry_id: Mapped[UUID | None] = mapped_column(Id)
    activity_id: Mapped[UUID | None] = mapped_column(Id)
    reporter_name: Mapped[str] = mapped_column(Text)
    reporter_phone: Mapped[str | None] = mapped_column(Text)
    reporter_id_number: Mapped[str | None] = mapped_column(Text)
    reporter_name_cipher: Mapped[str] = mapped_column(Text, info={"pii": "cipher"})
    reporter_phone_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    reporter_id_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    reporter_phone_index: Mapped[str | None] = mapped_column(Text, info={"pii": "index"})
    reporter_id_index: Mapped[str | None] = mapped_column(Text, info={"pii": "index"})
    reported_by: Mapped[UUID | None] = mapped_column(Id)
    reported_at: Mapped[datetime] = mapped_column(Instant)
    # The month of it by the office's clock (YYYY-MM): tallies are kept by it.
    reported_day: Mapped[str] = mapped_column(Text)
    source_key: Mapped[str | None] = mapped_column(Text, unique=True)
    route: Mapped[str | None] = mapped_column(Text)
    assigned_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    contacted_at: Mapped[datetime | None] = mapped_column(Instant)
    plan: Mapped[str | None] = mapped_column(Text)
    suspended_until: Mapped[date | None] = mapped_column(Day)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by: Mapped[UUID | None] = mapped_column(Id)
    result_class: Mapped[str | None] = mapped_column(Text)
    reply: Mapped[str | None] = mapped_column(Text)
    review_on: Mapped[date | None] = mapped_column(Day)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    # When its personal data went, years after it was closed (workflows/retaining.py).
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    # How the last clock of handling and of first contact was met: `on_time`, `late`, null while it was not; `unknown`
    # where a file told the life of the case and no first contact.
    handle_outcome: Mapped[str | None] = mapped_column(Text)
    contact_outcome: Mapped[str | None] = mapped_column(Text)
    followed_up: Mapped[str | None] = mapped_column(Text)
    # What the reporter said on the telephone to "is it solved"; null: not asked, or a file does not say.
    solved: Mapped[str | None] = mapped_column(Text)
    satisfaction: Mapped[str | None] = mapped_column(Text)
    attitude: Mapped[str | None] = mapped_column(Text)
    # What the reporter said of the result themselves, by a link; counted apart from what was said on the telephone.
    own_rating: Mapped[str | None] = mapped_column(Text)
    own_solved: Mapped[str | None] = mapped_column(Text)
    # Whether the rates leave it out: '', `asked`, `granted` (ratings/rating_tables.py has why and by whom).
    exclusion: Mapped[str] = mapped_column(Text, default="")
    # Whether it ever was so, however it stands now: the rates of returns, extensions, rework and recurrence count it.
    was_returned: Mapped[bool] = mapped_column(Flag, default=False)
    was_extended: Mapped[bool] = mapped_column(Flag, default=False)
    was_reworked: Mapped[bool] = mapped_column(Flag, default=False)
    was_reopened: Mapped[bool] = mapped_column(Flag, default=False)
    # Whether it was so under the unit that leads it now (led.py): the same rates by unit count it.
    lead_returned: Mapped[bool] = mapped_column(Flag, default=False)
    lead_extended: Mapped[bool] = mapped_column(Flag, default=False)
    lead_reworked: Mapped[bool] = mapped_column(Flag, default=False)
    lead_reopened: Mapped[bool] = mapped_column(Flag, default=False)
    # Whether a unit beside the one that handles it has or had a part in it; if not, nobody need look for one.
    is_shared: Mapped[bool] = mapped_column(Flag, default=False)
    # Whether the reply was ever saved while it was written; if not, the step that sends it need not look.
    has_reply_drafts: Mapped[bool] = mapped_column(Flag, default=False)
    returns: Mapped[int] = mapped_column(Integer, default=0)
    ruled: Mapped[bool] = mapped_column(Flag, default=False)
    ruled_org_id: Mapped[UUID | None] = mapped_column(Id)
    merged_into_id: Mapped[UUID | None] = mapped_column(Id)
    split_from_id: Mapped[UUID | None] = mapped_column(Id)
    # Counters kept with the rows they count, so that a page asks only for what there is.
    co_tasks_open: Mapped[int] = mapped_column(Integer, default=0)
    co_tasks_total: Mapped[int] = mapped_column(Integer, default=0)
    funds_total: Mapped[int] = mapped_column(Integer, default=0)
    attachments_total: Mapped[int] = mapped_column(Integer, default=0)
    comments_total: Mapped[int] = mapped_column(Integer, default=0)
    extensions_pending: Mapped[int] = mapped_column(Integer, default=0)


class CaseUnit(Base):
    """An organisation that has or had a part in a case: lead, co, or former (read-only for 30 days)."""

    __tablename__ = "case_units"
    __table_args__ = (
        CheckConstraint("part IN ('lead','co','former')", name="part"),
        UniqueConstraint("case_id", "org_id"),
        Index(None, "org_id", "part"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Id, ForeignKey("cases.id"))
    org_id: Mapped[UUID] = mapped_column(Id, ForeignKey("orgs.id"))
    part: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    # How often it was given the case to lead, and what became of the case until it last stopped (led.py).
    times_led: Mapped[int] = mapped_column(Integer, default=0)
    was_returned: Mapped[bool] = mapped_column(Flag, default=False)
    was_extended: Mapped[bool] = mapped_column(Flag, default=False)
    was_reworked: Mapped[bool] = mapped_column(Flag, default=False)
    was_reopened: Mapped[bool] = mapped_column(Flag, default=False)


class Solution(Edition, Base):
    """A case raised through a linked household or industry was solved (result class A), and maybe undone later.

    What figures count: the history says the same, but is no table to ask "how many by that day" of.
    """

    __tablename__ = "solutions"
    __table_args__ = (
        newest_only("solutions"),
        CheckConstraint("undone_on IS NULL OR undone_on >= on_date", name="days"),
        Index(None, "case_id"),
        Index(None, "region_code", "on_date"),
        STRICT,
    )

    case_id: Mapped[UUID] = mapped_column(Id)
    region_code: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    household_id: Mapped[UUID | None] = mapped_column(Id)
    industry_id: Mapped[UUID | None] = mapped_column(Id)
    # The day it was raised: on it the link has to hold.
    raised_on: Mapped[date] = mapped_column(Day)
    on_date: Mapped[date] = mapped_column(Day)
    undone_on: Mapped[date | None] = mapped_column(Day)


class CoTask(Base):
    """A question to a co-handling unit; `resolve` waits for its answer or its waiver."""

    __tablename__ = "co_tasks"
    __table_args__ = (
        CheckConstraint("status IN ('open','answered','waived')", name="status"),
        Index(None, "case_id"),
        Index(None, "org_id", "status"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Id, ForeignKey("cases.id"))
    org_id: Mapped[UUID] = mapped_column(Id, ForeignKey("orgs.id"))
    question: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date] = mapped_column(Day)
    status: Mapped[str] = mapped_column(Text, default="open")
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[UUID | None] = mapped_column(Id)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    waive_reason: Mapped[str | None] = mapped_column(Text)
    asked_by: Mapped[UUID | None] = mapped_column(Id)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class ExtensionRequest(Base):
    """More time, asked for before the clock is due and decided by somebody else."""

    __tablename__ = "extension_requests"
    __table_args__ = (
        CheckConstraint("status IN ('requested','granted','refused','withdrawn')", name="status"),
        Index(None, "case_id"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Id, ForeignKey("cases.id"))
    deadline_id: Mapped[UUID] = mapped_column(Id)
    until: Mapped[date] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(Text)
    old_due_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(Text, default="requested")
    requested_by: Mapped[UUID | None] = mapped_column(Id)
    requested_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[UUID | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class CaseLink(Base):
    """Two cases that belong together without being one; `one_id` is the smaller id."""

    __tablename__ = "case_links"
    __table_args__ = (UniqueConstraint("one_id", "other_id"), Index(None, "other_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    one_id: Mapped[UUID] = mapped_column(Id, ForeignKey("cases.id"))
    other_id: Mapped[UUID] = mapped_column(Id, ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(Text, default="related")
    created_by: Mapped[UUID | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)


class FollowUpCall(Base):
    """One attempt to reach the reporter after a case was resolved; manner and result are rated apart."""

    __tablename__ = "follow_up_calls"
    __table_args__ = (Index(None, "case_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Id, ForeignKey("cases.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    called_by: Mapped[UUID | None] = mapped_column(Id)
    reached: Mapped[bool] = mapped_column(Flag)
    solved: Mapped[str | None] = mapped_column(Text)
    satisfaction: Mapped[str | None] = mapped_column(Text)
    attitude: Mapped[str | None] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)


class AssignmentRule(Base):
    """Which unit handles a category at a place; the most particular rule wins."""

    __tablename__ = "assignment_rules"
    __table_args__ = (UniqueConstraint("category", "region"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    category: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    org_id: Mapped[UUID] = mapped_column(Id, ForeignKey("orgs.id"))
    co_org_ids: Mapped[list[str]] = mapped_column(Json, default=list)
    route: Mapped[str] = mapped_column(Text, default="two_offices")
    created_at: Mapped[datetime] = mapped_column(Instant)


class Precedent(Base):
    """A ruling of the head after a second return, kept and proposed to later triage."""

    __tablename__ = "precedents"
    __table_args__ = (Index(None, "category", "region"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Id, ForeignKey("cases.id"))
    category: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    org_id: Mapped[UUID] = mapped_column(Id, ForeignKey("orgs.id"))
    ruling: Mapped[str] = mapped_column(Text)
    ruled_by: Mapped[UUID | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Snippet(Base):
    """A piece of reply text with the days it may be used."""

    __tablename__ = "snippets"
    __table_args__ = STRICT

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    region: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    valid_from: Mapped[date | None] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    created_by: Mapped[UUID | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)


class PublicReport(Base):
    """What came in by the public page and waits for triage to make a case of it; looked up by a random code."""

    __tablename__ = "public_reports"
    __table_args__ = (
        UniqueConstraint("code_digest"),
        CheckConstraint("wish IN ('help','topic')", name="wish"),
        Index(None, "status", "created_at"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    code_digest: Mapped[str] = mapped_column(Text)
    # `help`: a difficulty, for triage; `topic`: something to be talked over, for who runs the consultations.
    wish: Mapped[str] = mapped_column(Text, default="help")
    region_code: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    content_cipher: Mapped[str] = mapped_column(Text, info={"pii": "cipher"})
    status: Mapped[str] = mapped_column(Text, default="waiting")
    case_id: Mapped[UUID | None] = mapped_column(Id)
    consultation_id: Mapped[UUID | None] = mapped_column(Id)
    reason: Mapped[str | None] = mapped_column(Text)
    handled_by: Mapped[UUID | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)
