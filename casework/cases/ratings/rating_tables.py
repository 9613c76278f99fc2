"""What is stored of a reporter's own rating of a result, and of leaving a case out of the rates of satisfaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Id, Instant
from casework.core.database import Base


class CaseRating(Base):
    """A link given to the reporter of a result, of which only the digest of its token is kept; and the answer to it."""

    __tablename__ = "case_ratings"
    __table_args__ = (UniqueConstraint("token_digest"), Index(None, "case_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Id)
    token_digest: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[UUID | None] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    solved: Mapped[str | None] = mapped_column(Text)
    satisfaction: Mapped[str | None] = mapped_column(Text)
    words_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class RateExclusion(Base):
    """One asks that the rates of satisfaction leave a case out and says why; another decides; neither handled it."""

    __tablename__ = "rate_exclusions"
    __table_args__ = (
        CheckConstraint("status IN ('asked','granted','refused')", name="status"),
        Index(None, "status"),
        CheckConstraint("decided_by IS NULL OR asked_by IS NULL OR decided_by <> asked_by", name="two"),
        Index(None, "case_id"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Id)
    code: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[UUID | None] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(Text, default="asked")
    decided_by: Mapped[UUID | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_reason: Mapped[str] = mapped_column(Text, default="")
