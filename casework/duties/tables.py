"""What is stored of members' homes and of the duty there. What was brought to a duty is an activity, with its cases."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id
from casework.core.database import Base
from casework.core.editions import Edition, Withdrawable, newest_only


class MemberHome(Withdrawable, Edition, Base):
    """A members' home: a room where people find a member on certain days."""

    __tablename__ = "member_homes"
    __table_args__ = (newest_only("member_homes"), Index(None, "region_code", "name"), STRICT)

    region_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text, default="")
    # When it is open, in words.
    hours: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")


class Duty(Withdrawable, Edition, Base):
    """One member on duty at a members' home on a day."""

    __tablename__ = "duties"
    __table_args__ = (
        newest_only("duties"),
        Index(None, "home_id", "on_date"),
        Index(None, "member_id", "on_date"),
        STRICT,
    )

    home_id: Mapped[UUID] = mapped_column(Id)
    member_id: Mapped[UUID] = mapped_column(Id)
    on_date: Mapped[date] = mapped_column(Day)
    hours: Mapped[str] = mapped_column(Text, default="")
    # What was recorded of it.
    activity_id: Mapped[UUID | None] = mapped_column(Id)
    remark: Mapped[str] = mapped_column(Text, default="")
