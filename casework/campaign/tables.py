"""What is stored of the links of a campaign (三联): who is tied to whom, from a day to a day.

One table for every kind, since each is asked the same: who is linked, since when, who lacks one. Which kinds there are,
and what they tie, is data of the campaign's file (casework/campaign/library).
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import Day, Id
from casework.core.database import Base
from casework.core.editions import Edition, newest_only
from casework.registry.tables import STRICT


class Link(Edition, Base):
    """One link. `holder_id` is a member or a unit, `object_id` a household or an industry, or `region_code` a place."""

    __tablename__ = "links"
    __table_args__ = (
        newest_only("links"),
        # What was withdrawn holds on no day; a further edition says why (casework/campaign/links.py).
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from OR reason <> ''", name="days"),
        Index(None, "campaign", "kind", "holder_id"),
        Index(None, "campaign", "kind", "object_id"),
        Index(None, "region_code"),
        STRICT,
    )

    campaign: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    holder_id: Mapped[UUID] = mapped_column(Id)
    object_id: Mapped[UUID | None] = mapped_column(Id)
    # Where it holds: the household's village, the linked village, the county of an industry.
    region_code: Mapped[str] = mapped_column(Text)
    # What the object counts as in this link: 脱贫户 or 示范户 (the "1+1").
    part: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)
    end_reason: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")
