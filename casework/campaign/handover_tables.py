"""What is stored of handovers: who hands over, from which day, why, and what became of each thing in hand."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id, Instant, Json
from casework.core.database import Base


class Handover(Base):
    """What was in hand and was handed over in one step, which can be taken back in one step for a while."""

    __tablename__ = "handovers"
    __table_args__ = (Index(None, "holder_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    # The member, the unit or the person that leaves.
    holder_id: Mapped[UUID] = mapped_column(Id)
    # The last day of what is handed over; what follows begins on the next.
    day: Mapped[date] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime] = mapped_column(Instant)
    done_by: Mapped[UUID | None] = mapped_column(Id)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[UUID | None] = mapped_column(Id)


class HandoverItem(Base):
    """One thing that was in hand: a link, a goal, a visit that is due, a case, a question in one.

    Moved with `made_id` (the link that follows) or with `was` (what the record said before), or staying for the reason
    of the code `stays`. `version` is that of the record once it had moved: what is newer was changed by others since.
    """

    __tablename__ = "handover_items"
    __table_args__ = (Index(None, "handover_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    handover_id: Mapped[UUID] = mapped_column(Id, ForeignKey("handovers.id"))
    kind: Mapped[str] = mapped_column(Text)
    record_id: Mapped[UUID] = mapped_column(Id)
    # The case of a question.
    case_id: Mapped[UUID | None] = mapped_column(Id)
    version: Mapped[int] = mapped_column(Integer, default=0)
    made_id: Mapped[UUID | None] = mapped_column(Id)
    was: Mapped[dict[str, Any]] = mapped_column(Json)
    stays: Mapped[str] = mapped_column(Text, default="")
    # What people call it, masked.
    label: Mapped[str] = mapped_column(Text, default="")
