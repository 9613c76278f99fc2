"""What is stored of leaders: who is what in the leading group, from a day to a day."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day
from casework.core.database import Base
from casework.core.editions import Edition, Withdrawable, newest_only


class Leader(Withdrawable, Edition, Base):
    """One person in one role for one term; who changes the role ends the one and begins the other."""

    __tablename__ = "leaders"
    __table_args__ = (
        newest_only("leaders"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="days"),
        Index(None, "region_code", "name"),
        STRICT,
    )

    region_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    # What they are in the group, or `county_leader` for one who is not in it.
    role: Mapped[str] = mapped_column(Text)
    post: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    end_reason: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")
