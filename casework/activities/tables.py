"""What is stored of activities: one table for every kind of domain.md §1.4, since each is asked who, where and when.

A record entered by mistake is withdrawn with a reason; it counts nowhere from then on, and stays readable.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id, Json
from casework.core.database import Base
from casework.core.editions import Edition, Withdrawable, newest_only


class Activity(Withdrawable, Edition, Base):
    """One visit, survey, meeting or the like. What a kind demands is data (`kinds.toml`)."""

    __tablename__ = "activities"
    __table_args__ = (
        newest_only("activities"),
        Index(None, "kind", "on_date"),
        Index(None, "region_code", "on_date"),
        Index(None, "household_id", "on_date"),
        Index(None, "member_id", "on_date"),
        STRICT,
    )

    kind: Mapped[str] = mapped_column(Text)
    # Where it took place: a village, a town, or the county.
    region_code: Mapped[str] = mapped_column(Text)
    on_date: Mapped[date] = mapped_column(Day)
    title: Mapped[str] = mapped_column(Text, default="")
    # Who did it: a member, or a committee, office or other unit.
    member_id: Mapped[UUID | None] = mapped_column(Id)
    org_id: Mapped[UUID | None] = mapped_column(Id)
    # Whom or what it was about.
    household_id: Mapped[UUID | None] = mapped_column(Id)
    industry_id: Mapped[UUID | None] = mapped_column(Id)
    # Of a visit: `on_site` or `phone`, which is counted apart.
    form: Mapped[str] = mapped_column(Text, default="")
    companions: Mapped[str] = mapped_column(Text, default="")
    findings: Mapped[str] = mapped_column(Text, default="")
    policy: Mapped[str] = mapped_column(Text, default="")
    difficulty: Mapped[str] = mapped_column(Text, default="")
    measures: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="")
    document_no: Mapped[str] = mapped_column(Text, default="")
    # How many took part, where they are not named one by one.
    people: Mapped[int | None] = mapped_column(Integer)
    next_on: Mapped[date | None] = mapped_column(Day)
    remark: Mapped[str] = mapped_column(Text, default="")


class Attendance(Withdrawable, Edition, Base):
    """One member at an activity: who came along on a visit, and who signed in, was late, on leave or absent."""

    __tablename__ = "attendances"
    __table_args__ = (newest_only("attendances"), Index(None, "activity_id"), Index(None, "member_id"), STRICT)

    activity_id: Mapped[UUID] = mapped_column(Id)
    member_id: Mapped[UUID] = mapped_column(Id)
    # `companion` or `attendee`.
    part: Mapped[str] = mapped_column(Text)
    # `present`, `late`, `leave` (allowed, not an absence) or `absent`.
    status: Mapped[str] = mapped_column(Text, default="present")
    # Of who is on leave: for what (`official`, `sick`, `personal`); empty where nobody said.
    leave: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")


class Cosignature(Withdrawable, Edition, Base):
    """One further member who signed a suggestion (联名); who made it stands in the suggestion itself."""

    __tablename__ = "cosignatures"
    __table_args__ = (newest_only("cosignatures"), Index(None, "suggestion_id"), Index(None, "member_id"), STRICT)

    suggestion_id: Mapped[UUID] = mapped_column(Id)
    member_id: Mapped[UUID] = mapped_column(Id)
    remark: Mapped[str] = mapped_column(Text, default="")


class Service(Withdrawable, Edition, Base):
    """A technical, market or information service given to somebody."""

    __tablename__ = "services"
    __table_args__ = (newest_only("services"), Index(None, "region_code", "on_date"), STRICT)

    kind: Mapped[str] = mapped_column(Text)
    region_code: Mapped[str] = mapped_column(Text)
    on_date: Mapped[date] = mapped_column(Day)
    content: Mapped[str] = mapped_column(Text)
    # Who gave it: known to the register, or in words.
    member_id: Mapped[UUID | None] = mapped_column(Id)
    org_id: Mapped[UUID | None] = mapped_column(Id)
    provider: Mapped[str] = mapped_column(Text, default="")
    receiver: Mapped[str] = mapped_column(Text, default="")
    household_id: Mapped[UUID | None] = mapped_column(Id)
    remark: Mapped[str] = mapped_column(Text, default="")


class Suggestion(Withdrawable, Edition, Base):
    """An opinion or suggestion (意见建议) made in the campaign, and what became of it."""

    __tablename__ = "suggestions"
    __table_args__ = (newest_only("suggestions"), Index(None, "region_code", "on_date"), STRICT)

    region_code: Mapped[str] = mapped_column(Text)
    on_date: Mapped[date] = mapped_column(Day)
    content: Mapped[str] = mapped_column(Text)
    member_id: Mapped[UUID | None] = mapped_column(Id)
    org_id: Mapped[UUID | None] = mapped_column(Id)
    proposer: Mapped[str] = mapped_column(Text, default="")
    industry_id: Mapped[UUID | None] = mapped_column(Id)
    addressed_to: Mapped[str] = mapped_column(Text, default="")
    # `adopted`, `partly`, `declined`; empty while nobody has answered.
    adoption: Mapped[str] = mapped_column(Text, default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None] = mapped_column(Day)
    remark: Mapped[str] = mapped_column(Text, default="")


class Lead(Withdrawable, Edition, Base):
    """A risk that a visit found (线索), told to the town. What the household counts as is not touched by it."""

    __tablename__ = "leads"
    __table_args__ = (
        newest_only("leads"),
        Index(None, "activity_id"),
        Index(None, "household_id"),
        Index(None, "org_id"),
        Index(None, "region_code", "on_date"),
        STRICT,
    )

    # The visit that found it, with its household, its member, and the place where the household lives.
    activity_id: Mapped[UUID] = mapped_column(Id)
    household_id: Mapped[UUID] = mapped_column(Id)
    member_id: Mapped[UUID | None] = mapped_column(Id)
    region_code: Mapped[str] = mapped_column(Text)
    # The day of the visit; when the town was told is when it was entered.
    on_date: Mapped[date] = mapped_column(Day)
    # The unit of the town; nobody where the register has none.
    org_id: Mapped[UUID | None] = mapped_column(Id)
    # Codes of casework/campaign/leads.py, in their order there.
    risks: Mapped[list[str]] = mapped_column(Json)
    findings: Mapped[str] = mapped_column(Text)
    # `checking`, `watched`, `helped` or `no_risk`; empty while the town has not answered.
    answer: Mapped[str] = mapped_column(Text, default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None] = mapped_column(Day)
    remark: Mapped[str] = mapped_column(Text, default="")


class Mention(Withdrawable, Edition, Base):
    """A case or a project (`kind` says which) that an experience names."""

    __tablename__ = "mentions"
    __table_args__ = (newest_only("mentions"), Index(None, "activity_id"), STRICT)

    activity_id: Mapped[UUID] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(Text)
    named_id: Mapped[UUID] = mapped_column(Id)
