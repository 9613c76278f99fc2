"""What is stored of an export of personal data: who asked and why, who granted it, the file while it is there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Id, Instant
from casework.core.database import Base


class PersonalExport(Base):
    """A ledger that names people: asked for by one, granted by another, made once, taken for a few days.

    The row stays as the record of what went out; the file (sealed) goes when its time is over.
    """

    __tablename__ = "personal_exports"
    __table_args__ = (
        CheckConstraint("status IN ('asked','granted','refused','withdrawn','ready','failed','gone')", name="status"),
        # The second belt of the rule of two: the first is workflows/ledgers/personal.py.
        CheckConstraint("decided_by IS NULL OR status = 'withdrawn' OR decided_by <> asked_by", name="two"),
        Index(None, "region_code", "asked_at"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    region_code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    # The place whose rows are in it; the county's own code: all of them.
    place_code: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[UUID] = mapped_column(Id)
    # Whom the asker stood in for, if anybody: the file holds what that person may export when it is made.
    asked_for: Mapped[UUID | None] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[UUID | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_reason: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    rows: Mapped[int | None] = mapped_column(Integer)
    sha256: Mapped[str | None] = mapped_column(Text)
    content_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    taken: Mapped[int] = mapped_column(Integer, default=0)
