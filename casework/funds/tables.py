"""What is stored of money. A line is never changed: a mistake is answered by a reversal."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Big, Day, Id, Instant, part_index
from casework.core.database import Base
from casework.matters.tables import Tracked


class FundLine(Base):
    """One amount that reached one stage on one day (domain.md §3d).

    `allocation_id` is the sum that moves: the id of its first line. A reversal carries `reverses_id`, the same stage
    and the amount to take away. Stages are never added up.
    """

    __tablename__ = "fund_lines"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index(None, "matter_id"),
        Index(None, "allocation_id"),
        Index(None, "document_no"),
        Index(None, "project"),
        Index(None, "region_code", "stage", "on_date"),
        # In part: SQLite would look every line up that reverses nothing, and pass over the index that names a few.
        part_index("uq_fund_lines_reverses_id", "reverses_id", unique=True, where="reverses_id IS NOT NULL"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    matter_id: Mapped[UUID] = mapped_column(Id)
    allocation_id: Mapped[UUID] = mapped_column(Id)
    region_code: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    # Whose money (kinds.toml): the same for all lines of a sum.
    kind: Mapped[str] = mapped_column(Text)
    amount_fen: Mapped[int] = mapped_column(Big)
    source: Mapped[str] = mapped_column(Text)
    document_no: Mapped[str] = mapped_column(Text)
    project: Mapped[str | None] = mapped_column(Text)
    on_date: Mapped[date] = mapped_column(Day)
    fiscal_year: Mapped[int] = mapped_column(Integer)
    expected_on: Mapped[date | None] = mapped_column(Day)
    note: Mapped[str | None] = mapped_column(Text)
    # Why it is other money than the sum it looks like; asked of whoever enters it (alike.py).
    unlike: Mapped[str | None] = mapped_column(Text)
    reverses_id: Mapped[UUID | None] = mapped_column(Id)
    recorded_by: Mapped[UUID | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)


class FundAttribution(Base):
    """A share of one allocation in hundredths of a percent; all shares of an allocation make at most 10,000."""

    __tablename__ = "fund_attributions"
    __table_args__ = (
        CheckConstraint("share_bp > 0 AND share_bp <= 10000", name="share"),
        CheckConstraint("person_id IS NOT NULL OR org_id IS NOT NULL OR member_id IS NOT NULL", name="holder"),
        Index(None, "allocation_id"),
        Index(None, "member_id"),
        Index(None, "person_id"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    allocation_id: Mapped[UUID] = mapped_column(Id)
    person_id: Mapped[UUID | None] = mapped_column(Id)
    org_id: Mapped[UUID | None] = mapped_column(Id)
    # A member of the committee, who need not have an account.
    member_id: Mapped[UUID | None] = mapped_column(Id)
    share_bp: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(Text, default="lead")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class ExpectedFund(Tracked, Base):
    """The wait for money that no case is about; its id is that of the line that told the day."""

    __tablename__ = "expected_funds"
    __table_args__ = (UniqueConstraint("number"), Index(None, "allocation_id"), STRICT)

    allocation_id: Mapped[UUID] = mapped_column(Id)
    expected_on: Mapped[date] = mapped_column(Day)
