"""What is stored of handovers: who hands over, from which day, why, and which links became which."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import Day, Id, Instant
from casework.core.database import Base
from casework.registry.tables import STRICT


class Handover(Base):
    """Links handed over in one step, which can be taken back in one step for a while."""

    __tablename__ = "handovers"
    __table_args__ = (Index(None, "holder_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    # The member or the unit that leaves.
    holder_id: Mapped[UUID] = mapped_column(Id)
    # The last day of what is handed over; what follows begins on the next.
    day: Mapped[date] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime] = mapped_column(Instant)
    done_by: Mapped[UUID | None] = mapped_column(Id)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[UUID | None] = mapped_column(Id)


class HandoverItem(Base):
    """One link that ended (`link_id`, at the edition it had before) and the one that follows it (`made_id`)."""

    __tablename__ = "handover_items"
    __table_args__ = (Index(None, "handover_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    handover_id: Mapped[UUID] = mapped_column(Id, ForeignKey("handovers.id"))
    link_id: Mapped[UUID] = mapped_column(Id)
    link_version: Mapped[int]
    made_id: Mapped[UUID] = mapped_column(Id)
