"""What is stored of announcements: the words, a receipt for each addressee, and when the others were reminded.

A receipt is there from the sending on and empty until it is given, so that how many have answered of how many is
counted and never typed (domain.md §1.3, 宣传动员).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id, Instant
from casework.core.database import Base
from casework.core.editions import Edition, Withdrawable, newest_only


class Announcement(Withdrawable, Edition, Base):
    """One announcement, as it was sent on a day. Mended, its addressees read the newest edition."""

    __tablename__ = "announcements"
    __table_args__ = (
        newest_only("announcements"),
        Index(None, "region_code", "on_date"),
        Index(None, "campaign", "on_date"),
        Index(None, "answer_by"),
        STRICT,
    )

    # Whose office sends it: the county.
    region_code: Mapped[str] = mapped_column(Text)
    on_date: Mapped[date] = mapped_column(Day)
    title: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    document_no: Mapped[str] = mapped_column(Text, default="")
    # Of which campaign it is; empty for none.
    campaign: Mapped[str] = mapped_column(Text, default="")
    # To whom it went: `named` alone, every member in office (`members`), or who holds a link of the campaign.
    audience: Mapped[str] = mapped_column(Text)
    # What is asked back: that it was received (`receipt`), or who comes (`attendance`); and until when.
    asks: Mapped[str] = mapped_column(Text)
    answer_by: Mapped[date | None] = mapped_column(Day)
    # The training or meeting it calls to.
    activity_id: Mapped[UUID | None] = mapped_column(Id)
    remark: Mapped[str] = mapped_column(Text, default="")


class Receipt(Withdrawable, Edition, Base):
    """What one addressee, a member or a unit, answered to an announcement; empty until then."""

    __tablename__ = "receipts"
    __table_args__ = (
        newest_only("receipts"),
        CheckConstraint("(member_id IS NULL) <> (org_id IS NULL)", name="one_addressee"),
        Index(None, "announcement_id"),
        Index(None, "member_id"),
        Index(None, "org_id"),
        STRICT,
    )

    announcement_id: Mapped[UUID] = mapped_column(Id)
    member_id: Mapped[UUID | None] = mapped_column(Id)
    org_id: Mapped[UUID | None] = mapped_column(Id)
    # `received`, `attending` or `unable`; empty while nobody has answered.
    answer: Mapped[str] = mapped_column(Text, default="")
    # Why not, or what the office should know.
    remark: Mapped[str] = mapped_column(Text, default="")


class AnnouncementReminder(Base):
    """One reminder to all who had not answered. `for_day` is the working day it is read on; there is one a day."""

    __tablename__ = "announcement_reminders"
    __table_args__ = (UniqueConstraint("announcement_id", "for_day"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    announcement_id: Mapped[UUID] = mapped_column(Id)
    for_day: Mapped[date] = mapped_column(Day)
    reminded_at: Mapped[datetime] = mapped_column(Instant)
    # None: the daily job did.
    reminded_by: Mapped[UUID | None] = mapped_column(Id)
    # How many had not answered by then.
    waiting: Mapped[int] = mapped_column(Integer)
