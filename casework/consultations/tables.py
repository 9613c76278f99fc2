"""What is stored of consultations: the topic with its meeting, who takes part, where, and what was agreed.

A booking keeps a venue or a person for the time of one meeting. It is given free, never removed, when the meeting is
put off or called off, so that who had what when can be told. Invitations of a meeting that was put off stay too:
`round` says to which date they belong.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import Day, Flag, Id, Instant, Json
from casework.core.database import Base
from casework.matters.tables import Tracked
from casework.registry.tables import STRICT


class Venue(Base):
    """A place to meet: a village hall, a yard, a tent, an office.

    `hours`: spans of the day such as `09:00-12:00,14:00-18:00`; empty: open whenever it is asked for.
    """

    __tablename__ = "venues"
    __table_args__ = (UniqueConstraint("code"), CheckConstraint("capacity > 0", name="capacity"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    region_code: Mapped[str] = mapped_column(Text)
    capacity: Mapped[int] = mapped_column(Integer)
    hours: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Consultation(Tracked, Base):
    """A topic and, once it is scheduled, the meeting about it. `lead_org_id` is the unit that brings or holds it."""

    __tablename__ = "consultations"
    __table_args__ = (
        UniqueConstraint("number"),
        Index(None, "region_code", "state"),
        Index(None, "starts_at"),
        Index(None, "created_at", "id"),
        STRICT,
    )

    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    brought_by: Mapped[UUID | None] = mapped_column(Id)
    # Each 1 to 5, given when it was screened.
    urgency: Mapped[int | None] = mapped_column(Integer)
    breadth: Mapped[int | None] = mapped_column(Integer)
    feasibility: Mapped[int | None] = mapped_column(Integer)
    authority: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    venue_id: Mapped[UUID | None] = mapped_column(Id)
    # Of one from a file, where it names no venue we know: the words of the file.
    place: Mapped[str] = mapped_column(Text, default="")
    convenor_id: Mapped[UUID | None] = mapped_column(Id)
    convenor_name: Mapped[str] = mapped_column(Text, default="")
    # How often a date was set; participants belong to one of these.
    round: Mapped[int] = mapped_column(Integer, default=0)
    # The last day to send notices, reckoned backwards from the meeting; and the meeting's own day.
    notice_on: Mapped[date | None] = mapped_column(Day)
    meets_on: Mapped[date | None] = mapped_column(Day)
    override_reason: Mapped[str] = mapped_column(Text, default="")
    research: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    unresolved: Mapped[list[str]] = mapped_column(Json, default=list)
    # [{code, …}]: what was unusual at the last step, told and not refused.
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    satisfaction: Mapped[str | None] = mapped_column(Text)
    # Of one from a file: what its row said, by the keys of the columns; empty for all others.
    ledger: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    # The campaign's record of a meeting that was held, so that each is counted once.
    activity_id: Mapped[UUID | None] = mapped_column(Id)
    attachments_total: Mapped[int] = mapped_column(Integer, default=0)
    comments_total: Mapped[int] = mapped_column(Integer, default=0)


class ConsultationCase(Base):
    """A villager's case out of which a topic came."""

    __tablename__ = "consultation_cases"
    __table_args__ = (Index(None, "case_id"), STRICT)

    consultation_id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Id, primary_key=True)


class Participant(Base):
    """One who is invited, or came without being invited (`invited` false): an account, or a name."""

    __tablename__ = "participants"
    __table_args__ = (
        CheckConstraint("reply IN ('','yes','no','maybe')", name="reply"),
        UniqueConstraint("consultation_id", "round", "place"),
        Index(None, "person_id"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(Id)
    round: Mapped[int] = mapped_column(Integer)
    place: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[UUID | None] = mapped_column(Id)
    name: Mapped[str] = mapped_column(Text, default="")
    part: Mapped[str] = mapped_column(Text)
    required: Mapped[bool] = mapped_column(Flag)
    invited: Mapped[bool] = mapped_column(Flag, default=True)
    reply: Mapped[str] = mapped_column(Text, default="")
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    attended: Mapped[bool] = mapped_column(Flag, default=False)


class Booking(Base):
    """A venue, or a person who has to be there, kept for a meeting. `what`: venue, convenor or participant."""

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("(venue_id IS NULL) <> (person_id IS NULL)", name="one"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index(None, "venue_id", "starts_at"),
        Index(None, "person_id", "starts_at"),
        Index(None, "consultation_id"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(Id)
    what: Mapped[str] = mapped_column(Text)
    venue_id: Mapped[UUID | None] = mapped_column(Id)
    person_id: Mapped[UUID | None] = mapped_column(Id)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    is_live: Mapped[bool] = mapped_column(Flag, default=True)
    # Kept although the person was booked already, for the reason that stands in the history.
    is_override: Mapped[bool] = mapped_column(Flag, default=False)


class ConsensusItem(Base):
    """One thing that was agreed, with who does it by when; and the record it was converted into."""

    __tablename__ = "consensus_items"
    __table_args__ = (
        UniqueConstraint("consultation_id", "place"),
        Index(None, "org_id"),
        Index(None, "record_id"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(Id)
    # From 1, in the order of the minutes.
    place: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    org_id: Mapped[UUID] = mapped_column(Id)
    due_on: Mapped[date] = mapped_column(Day)
    # `case`, `suggestion` or `supervision`, and the record made; nothing while it is not converted.
    into: Mapped[str] = mapped_column(Text, default="")
    record_id: Mapped[UUID | None] = mapped_column(Id)
    converted_at: Mapped[datetime | None] = mapped_column(Instant)
    converted_by: Mapped[UUID | None] = mapped_column(Id)
    realised: Mapped[bool | None] = mapped_column(Flag)
