"""What is stored of the plan of consultations for a year (年度协商计划): who approved it, which topic when."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id, Instant
from casework.core.database import Base


class ConsultationYear(Base):
    """The plan of a county's year; a draft until `approved_on`."""

    __tablename__ = "consultation_years"
    __table_args__ = (
        UniqueConstraint("region_code", "year"),
        CheckConstraint("(approved_on IS NULL) = (authority IS NULL)", name="approved"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    region_code: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(Integer)
    # Who approved it (主席会议, 党组), when, and the number of the paper that says so.
    authority: Mapped[str | None] = mapped_column(Text)
    approved_on: Mapped[date | None] = mapped_column(Day)
    plan_no: Mapped[str] = mapped_column(Text, default="")
    approved_by: Mapped[UUID | None] = mapped_column(Id)
    created_by: Mapped[UUID | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)


class YearTopic(Base):
    """One topic in a month of a plan; `added_on`: put in after the plan was approved (计划外增补)."""

    __tablename__ = "consultation_year_topics"
    __table_args__ = (CheckConstraint("month BETWEEN 1 AND 12", name="month"), Index(None, "year_id"), STRICT)

    # A topic is planned once.
    consultation_id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    year_id: Mapped[UUID] = mapped_column(Id)
    month: Mapped[int] = mapped_column(Integer)
    added_on: Mapped[date | None] = mapped_column(Day)
