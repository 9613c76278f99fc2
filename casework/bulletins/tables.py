"""What is stored of a bulletin. It lives a life of its own in the engine: draft, frozen, reviewed, signed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id, Instant, Json, part_index
from casework.core.database import Base
from casework.matters.tables import Tracked


class Bulletin(Tracked, Base):
    """The bulletin of one quarter, or the correction of one that was signed.

    While it is a draft its numbers are reckoned anew at each look. Frozen, `frozen` holds all of them with both
    instants, and `frozen_sha256` pins it; what is entered afterwards shows beside it and never alters it.
    """

    __tablename__ = "bulletins"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_bulletins_quarter", "campaign", "quarter"),
        part_index("uq_bulletins_document_no", "document_no", unique=True, where="document_no IS NOT NULL"),
        STRICT,
    )

    campaign: Mapped[str] = mapped_column(Text)
    quarter: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    # [{key, heading, paragraphs}]: prose with figures in braces; the only part of it that is typed.
    sections: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    # What the office said to each note of figures that do not agree: text of the note → answer.
    answers: Mapped[dict[str, str]] = mapped_column(Json)
    as_of: Mapped[date] = mapped_column(Day)
    known_at: Mapped[datetime | None] = mapped_column(Instant)
    frozen: Mapped[dict[str, Any] | None] = mapped_column(Json)
    frozen_sha256: Mapped[str | None] = mapped_column(Text)
    drafted_by: Mapped[UUID | None] = mapped_column(Id)
    reviewed_by: Mapped[UUID | None] = mapped_column(Id)
    signed_by: Mapped[UUID | None] = mapped_column(Id)
    signed_on: Mapped[date | None] = mapped_column(Day)
    # 文号 and its running number in the year, allotted at signing.
    document_no: Mapped[str | None] = mapped_column(Text)
    issue_no: Mapped[int | None] = mapped_column(Integer)
    # The signed bulletin that this one corrects.
    corrects_id: Mapped[UUID | None] = mapped_column(Id)
