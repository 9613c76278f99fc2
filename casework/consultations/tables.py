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

from casework.core.columns import STRICT, Day, Flag, Id, Instant, Json
from casework.core.database import Base
from casework.matters.tables import Tracked


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
        Index(None, "day_id"),
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
    # The topic it was dropped for, being about the same thing.
    joined_id: Mapped[UUID | None] = mapped_column(Id)
    # The regular day (协商日) on which it is to be talked over.
    day_id: Mapped[UUID | None] = mapped_column(Id)
    attachments_total: Mapped[int] = mapped_column(Integer, default=0)
    comments_total: Mapped[int] = mapped_column(Integer, default=0)

    @property
    def meets_on_until(self) -> datetime | None:
        """The instant at which the meeting is over: its clock runs longer where the office is closed by then."""
        return self.ends_at


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
        CheckConstraint("position IN ('','for','conditional','against','neutral')", name="position"),
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
    # What they were to what was proposed, and what they said; empty for who did not speak.
    position: Mapped[str] = mapped_column(Text, default="")
    said: Mapped[str] = mapped_column(Text, default="")
    # When this date was made known to them; nothing while it is still being found.
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    # That the date fell the office told one without an account: of which fall (`postponed`, `cancelled`), when, who.
    off_told: Mapped[str] = mapped_column(Text, default="")
    off_told_at: Mapped[datetime | None] = mapped_column(Instant)
    off_told_by: Mapped[UUID | None] = mapped_column(Id)


class Booking(Base):
    """A venue, or a person who has to be there, kept for a meeting. `what`: venue, convenor or participant.

    Kept for no meeting yet but for a regular day (`day_id`), it is the venue.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("(venue_id IS NULL) <> (person_id IS NULL)", name="one"),
        CheckConstraint("(consultation_id IS NULL) <> (day_id IS NULL)", name="of"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index(None, "venue_id", "starts_at"),
        Index(None, "person_id", "starts_at"),
        Index(None, "consultation_id"),
        Index(None, "day_id"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    consultation_id: Mapped[UUID | None] = mapped_column(Id)
    day_id: Mapped[UUID | None] = mapped_column(Id)
    what: Mapped[str] = mapped_column(Text)
    venue_id: Mapped[UUID | None] = mapped_column(Id)
    person_id: Mapped[UUID | None] = mapped_column(Id)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    is_live: Mapped[bool] = mapped_column(Flag, default=True)
    # Kept although the person was booked already, for the reason that stands in the history.
    is_override: Mapped[bool] = mapped_column(Flag, default=False)


class RegularDays(Base):
    """A regular day for consultations (协商日): which of its weekdays in every month, when, and where.

    `week`: 1 to 4, or 5 for the last; `weekday`: 1 is Monday; times are of the office's wall clock, `09:00`.
    """

    __tablename__ = "regular_days"
    __table_args__ = (
        CheckConstraint("week BETWEEN 1 AND 5", name="week"),
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    venue_id: Mapped[UUID] = mapped_column(Id)
    week: Mapped[int] = mapped_column(Integer)
    weekday: Mapped[int] = mapped_column(Integer)
    opens: Mapped[str] = mapped_column(Text)
    closes: Mapped[str] = mapped_column(Text)
    first_on: Mapped[date] = mapped_column(Day)
    last_on: Mapped[date] = mapped_column(Day)
    created_at: Mapped[datetime] = mapped_column(Instant)


class RegularDay(Base):
    """One day of a regular day: the day of the rule, and the day it is on (None: skipped, taken or given up)."""

    __tablename__ = "regular_day_dates"
    __table_args__ = (
        CheckConstraint("status IN ('kept','skipped','taken','released')", name="status"),
        UniqueConstraint("regular_id", "due_on"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    regular_id: Mapped[UUID] = mapped_column(Id)
    due_on: Mapped[date] = mapped_column(Day)
    on_date: Mapped[date | None] = mapped_column(Day)
    status: Mapped[str] = mapped_column(Text)


class DatePoll(Base):
    """Which of some dates suits those who are to come: asked before a date is set, by link or on the phone.

    `options`: [{starts_at, ends_at}]; `asked`: venue, convenor and participants as the step of the date takes them.
    """

    __tablename__ = "date_polls"
    __table_args__ = (UniqueConstraint("consultation_id", "place"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(Id)
    # From 1: a later poll of the same topic ends the one before.
    place: Mapped[int] = mapped_column(Integer)
    options: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    asked: Mapped[dict[str, Any]] = mapped_column(Json)
    closes_on: Mapped[date] = mapped_column(Day)
    created_by: Mapped[UUID] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)


class PollVoter(Base):
    """One who is asked; of the link only the digest of its secret is kept. `answers`: option → yes, no or maybe."""

    __tablename__ = "poll_voters"
    __table_args__ = (UniqueConstraint("poll_id", "place"), UniqueConstraint("digest"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    poll_id: Mapped[UUID] = mapped_column(Id)
    place: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[UUID | None] = mapped_column(Id)
    name: Mapped[str] = mapped_column(Text)
    required: Mapped[bool] = mapped_column(Flag)
    digest: Mapped[str] = mapped_column(Text)
    answers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    # Written down by the office after a call.
    by_phone: Mapped[bool] = mapped_column(Flag, default=False)


class QuarterPlan(Base):
    """A quarter asked to be planned, and the proposal: nothing in it is kept until somebody takes it item by item."""

    __tablename__ = "quarter_plans"
    __table_args__ = (CheckConstraint("status IN ('asked','done')", name="status"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    # {first, last, halves, weekdays, venues, minutes, topics: [{id, people, size}]}
    asked: Mapped[dict[str, Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(Text)
    # {items: [{topic, venue, starts_at, ends_at, km}], left: [], gap, blocking, alone, seconds}
    result: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    job_id: Mapped[UUID | None] = mapped_column(Id)
    created_by: Mapped[UUID] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class TownDistance(Base):
    """How many kilometres of road lie between two townships, their codes in order; entered by the office."""

    __tablename__ = "town_distances"
    __table_args__ = (
        CheckConstraint("one_code < other_code", name="order"),
        CheckConstraint("km > 0", name="km"),
        STRICT,
    )

    one_code: Mapped[str] = mapped_column(Text, primary_key=True)
    other_code: Mapped[str] = mapped_column(Text, primary_key=True)
    km: Mapped[int] = mapped_column(Integer)


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
