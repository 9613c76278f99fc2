"""What is stored of slogans and of what they are put on. A slogan is never deleted: it ends on a day."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id
from casework.core.database import Base
from casework.core.editions import Edition, Withdrawable, newest_only


class Slogan(Edition, Base):
    """A slogan with what it means; after its last day it is put on nothing more and stays where it is."""

    __tablename__ = "slogans"
    __table_args__ = (newest_only("slogans"), Index(None, "region_code", "label"), STRICT)

    region_code: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    explanation: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    remark: Mapped[str] = mapped_column(Text, default="")


class SloganMark(Withdrawable, Edition, Base):
    """A slogan put on an activity, a project or a case (`kind` says which)."""

    __tablename__ = "slogan_marks"
    __table_args__ = (newest_only("slogan_marks"), Index(None, "bearer_id"), Index(None, "slogan_id"), STRICT)

    slogan_id: Mapped[UUID] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(Text)
    bearer_id: Mapped[UUID] = mapped_column(Id)
