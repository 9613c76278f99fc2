"""What is stored of the links of a campaign (三联): who is tied to whom, from a day to a day.

One table for every kind, since each is asked the same: who is linked, since when, who lacks one. Which kinds there are,
and what they tie, is data of the campaign's file (casework/campaign/library).
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id
from casework.core.database import Base
from casework.core.editions import Edition, newest_only


class Link(Edition, Base):
    """One link. `holder_id` is a member or a unit, `object_id` a household or an industry, or `region_code` a place."""

    __tablename__ = "links"
    __table_args__ = (
        newest_only("links"),
        # What was withdrawn holds on no day; a further edition says why (casework/campaign/links/links.py).
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from OR reason <> ''", name="days"),
        Index(None, "campaign", "kind", "holder_id"),
        Index(None, "object_id", "campaign", "kind"),
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


class Goal(Edition, Base):
    """One item of a checklist for one object in one year: planned, in progress, claimed, verified, or lapsed.

    `object_id` is a household, an industry or a unit; of a village there is `region_code` alone.
    """

    __tablename__ = "goals"
    __table_args__ = (
        newest_only("goals"),
        CheckConstraint("state IN ('planned','in_progress','claimed','verified','lapsed')", name="state"),
        Index(None, "campaign", "checklist", "year", "region_code"),
        Index(None, "object_id"),
        STRICT,
    )

    campaign: Mapped[str] = mapped_column(Text)
    checklist: Mapped[str] = mapped_column(Text)
    item: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(Integer)
    object_id: Mapped[UUID | None] = mapped_column(Id)
    region_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    # How many of the target are reached: of five entities, three.
    count: Mapped[int] = mapped_column(Integer, default=0)
    due_on: Mapped[date | None] = mapped_column(Day)
    reached_on: Mapped[date | None] = mapped_column(Day)
    evidence: Mapped[str] = mapped_column(Text, default="")
    # The visit, case or project that shows it.
    evidence_id: Mapped[UUID | None] = mapped_column(Id)
    responsible: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")


class Plan(Edition, Base):
    """What is meant to be done for one household (逐户规划) or one village in a year; its items are goals.

    `object_id` is the household; of a village there is `region_code` alone.
    """

    __tablename__ = "plans"
    __table_args__ = (
        newest_only("plans"),
        Index(None, "campaign", "year", "region_code"),
        Index(None, "object_id"),
        STRICT,
    )

    campaign: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(Integer)
    object_id: Mapped[UUID | None] = mapped_column(Id)
    region_code: Mapped[str] = mapped_column(Text)
    made_on: Mapped[date] = mapped_column(Day)
    situation: Mapped[str] = mapped_column(Text, default="")
    difficulties: Mapped[str] = mapped_column(Text, default="")
    aims: Mapped[str] = mapped_column(Text, default="")
    measures: Mapped[str] = mapped_column(Text, default="")
    responsible: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")
