"""What is stored of the assessment: a sheet for each member and year, and the spot checks with what they found.

A sheet lives a life of its own in the engine: computed, confirmed or appealed, reviewed, approved.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Flag, Id, Instant, Json
from casework.core.database import Base
from casework.core.editions import Edition, newest_only
from casework.matters.tables import Tracked


class Assessment(Tracked, Base):
    """The sheet of one member in one year. `content` is what was computed, with the evidence of every point.

    `adjustments` are what the office set beside it, each with its reason; `score` (hundredths of a point) and `band`
    follow from both. Approved, `frozen` holds all of it and `frozen_sha256` pins it.
    """

    __tablename__ = "assessments"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("campaign", "year", "member_id"),
        Index(None, "member_id"),
        Index("ix_assessments_name", "member_name", "id"),
        STRICT,
    )

    campaign: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(Integer)
    member_id: Mapped[UUID] = mapped_column(Id)
    # As the register had it when the sheet was computed; lists are in its order, never in that of scores.
    member_name: Mapped[str] = mapped_column(Text)
    # Of which year the scheme is; of a sheet from a file there may be none.
    scheme_year: Mapped[int | None] = mapped_column(Integer)
    as_of: Mapped[date] = mapped_column(Day)
    known_at: Mapped[datetime | None] = mapped_column(Instant)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    # [{item, points, reason}]: what the office gives for an item instead, in hundredths.
    adjustments: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    score: Mapped[int] = mapped_column(Integer)
    band: Mapped[str] = mapped_column(Text)
    appeal: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    # What the member said: `confirmed`, `appealed`, `lapsed` (nothing in time), or nothing yet.
    response: Mapped[str] = mapped_column(Text, default="")
    is_imported: Mapped[bool] = mapped_column(Flag, default=False)
    computed_by: Mapped[UUID | None] = mapped_column(Id)
    reviewed_by: Mapped[UUID | None] = mapped_column(Id)
    approved_by: Mapped[UUID | None] = mapped_column(Id)
    approved_on: Mapped[date | None] = mapped_column(Day)
    frozen: Mapped[dict[str, Any] | None] = mapped_column(Json)
    frozen_sha256: Mapped[str | None] = mapped_column(Text)


class SpotCheck(Edition, Base):
    """A random check (抽查) of the visits of one quarter: committed to beforehand, drawn when the quarter is over.

    Of the seed only its SHA-256 is kept until it is revealed, so that nobody can choose it by what it would draw.
    """

    __tablename__ = "spot_checks"
    __table_args__ = (newest_only("spot_checks"), Index(None, "campaign", "quarter"), STRICT)

    campaign: Mapped[str] = mapped_column(Text)
    quarter: Mapped[str] = mapped_column(Text)
    region_code: Mapped[str] = mapped_column(Text)
    commitment: Mapped[str] = mapped_column(Text)
    seed: Mapped[str | None] = mapped_column(Text)
    drawn_at: Mapped[datetime | None] = mapped_column(Instant)
    # How many visits the sample was drawn from.
    population: Mapped[int | None] = mapped_column(Integer)


class SpotFinding(Edition, Base):
    """One visit that was drawn, and what its household said when it was called: nothing yet while `outcome` is ''."""

    __tablename__ = "spot_findings"
    __table_args__ = (
        newest_only("spot_findings"),
        CheckConstraint("outcome IN ('','confirmed','not_confirmed','not_reached')", name="outcome"),
        Index(None, "spot_check_id"),
        Index(None, "member_id"),
        STRICT,
    )

    spot_check_id: Mapped[UUID] = mapped_column(Id)
    activity_id: Mapped[UUID] = mapped_column(Id)
    # Who made the visit.
    member_id: Mapped[UUID] = mapped_column(Id)
    region_code: Mapped[str] = mapped_column(Text)
    # The day of the visit, so that it counts in the year of the visit.
    visited_on: Mapped[date] = mapped_column(Day)
    place: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(Text, default="")
    words: Mapped[str] = mapped_column(Text, default="")
    asked_on: Mapped[date | None] = mapped_column(Day)
