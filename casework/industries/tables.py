"""What is stored of industries (产业), of the parks built for them and of the entities that are supported (七个优)."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id
from casework.core.database import Base
from casework.core.editions import Edition, Withdrawable, newest_only


class Industry(Withdrawable, Edition, Base):
    """An industry of a county, such as 茶叶; known by its name there."""

    __tablename__ = "industries"
    __table_args__ = (newest_only("industries"), Index(None, "region_code", "name"), STRICT)

    region_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    # The county's own slogans (2+3+3, 三个三): words the office edits, no list the software knows (domain.md §1.3).
    tags: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")


class Park(Withdrawable, Edition, Base):
    """A park with a speciality (优势特色园区)."""

    __tablename__ = "parks"
    __table_args__ = (newest_only("parks"), Index(None, "industry_id"), STRICT)

    industry_id: Mapped[UUID] = mapped_column(Id)
    region_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    on_date: Mapped[date] = mapped_column(Day)
    remark: Mapped[str] = mapped_column(Text, default="")


class Entity(Withdrawable, Edition, Base):
    """A new agricultural entity (新型农业经营主体): a cooperative, a family farm, a large grower, an enterprise."""

    __tablename__ = "entities"
    __table_args__ = (newest_only("entities"), Index(None, "industry_id"), STRICT)

    industry_id: Mapped[UUID] = mapped_column(Id)
    region_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    # Since when it is supported.
    on_date: Mapped[date] = mapped_column(Day)
    remark: Mapped[str] = mapped_column(Text, default="")
