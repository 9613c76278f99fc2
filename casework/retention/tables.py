"""Rounds of destroying what is due: proposed by one administrator, approved by another, done by a job."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Id, Instant, part_index
from casework.core.database import Base


class RetentionRound(Base):
    """One round over one kind of record that ended before `cutoff`. It stays, as the record of what was done."""

    __tablename__ = "retention_rounds"
    __table_args__ = (
        CheckConstraint("status IN ('proposed','approved','withdrawn','done')", name="status"),
        CheckConstraint("decided_by IS NULL OR status = 'withdrawn' OR decided_by <> proposed_by", name="two"),
        # One under way of each kind.
        part_index("uq_retention_rounds_open", "kind", unique=True, where="status IN ('proposed','approved')"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    years: Mapped[int] = mapped_column(Integer)
    cutoff: Mapped[datetime] = mapped_column(Instant)
    # How many records were due when it was proposed, and how many were done in the end.
    due: Mapped[int] = mapped_column(Integer)
    erased: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[UUID] = mapped_column(Id)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[UUID | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
