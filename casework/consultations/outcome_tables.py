"""What is stored of what comes after a consultation: looks back, opinions, telephone calls to tell; and links sent."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Flag, Id, Instant, part_index
from casework.core.database import Base
from casework.core.fates import Fated


class LookBack(Base):
    """A look three or six months after the minutes at whether what was agreed still holds; due from the minutes on."""

    __tablename__ = "look_backs"
    __table_args__ = (UniqueConstraint("consultation_id", "months"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(Id)
    months: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Day)
    # Null until somebody has looked.
    holds: Mapped[bool | None] = mapped_column(Flag)
    finding: Mapped[str] = mapped_column(Text, default="")
    found_by: Mapped[UUID | None] = mapped_column(Id)
    found_at: Mapped[datetime | None] = mapped_column(Instant)


class Rating(Base):
    """What one participant or villager says of a consultation: asked by a link or by telephone, answered once.

    Only the digest of the token is kept: the link is shown once, when it is made; a new one ends the one before.
    """

    __tablename__ = "ratings"
    __table_args__ = (
        UniqueConstraint("token_digest"),
        UniqueConstraint("consultation_id", "participant_id"),
        UniqueConstraint("consultation_id", "case_id"),
        CheckConstraint("(participant_id IS NULL) <> (case_id IS NULL)", name="of_one"),
        CheckConstraint("channel IN ('','link','phone')", name="channel"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    consultation_id: Mapped[UUID] = mapped_column(Id)
    # A participant who came, or the reporter of a case behind the topic.
    participant_id: Mapped[UUID | None] = mapped_column(Id)
    case_id: Mapped[UUID | None] = mapped_column(Id)
    token_digest: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[UUID | None] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    channel: Mapped[str] = mapped_column(Text, default="")
    satisfaction: Mapped[str | None] = mapped_column(Text)
    words_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    # Who wrote down what was said on the telephone.
    entered_by: Mapped[UUID | None] = mapped_column(Id)


class PhoneTelling(Base):
    """One thing that came of a consultation, to be told by telephone to one reporter without an account; its fate.

    `event_id` is the change: nobody is told twice of one. `change` is its code, `item_place` the thing agreed.
    """

    __tablename__ = "phone_tellings"
    __table_args__ = (
        UniqueConstraint("event_id", "case_id"),
        CheckConstraint("fate IN ('waiting','told','unreached','unwanted','no_phone')", name="fate"),
        Index(None, "consultation_id", "fate"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(Id)
    consultation_id: Mapped[UUID] = mapped_column(Id)
    case_id: Mapped[UUID] = mapped_column(Id)
    change: Mapped[str] = mapped_column(Text)
    item_place: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    fate: Mapped[str] = mapped_column(Text, default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    tried_by: Mapped[UUID | None] = mapped_column(Id)


class SentLink(Fated, Base):
    """A link to answer by on its way to one person: to an account, by text message or by letter; and its fate.

    `subject_id` is the voter of a poll, the opinion asked for (of a meeting, of one's own case), or the proposal whose
    sender is told what came of it.
    `link_cipher` keeps the short code and the path while the link may be sent, printed or typed from paper.
    """

    __tablename__ = "sent_links"
    __table_args__ = (
        UniqueConstraint("code_digest"),
        CheckConstraint("kind IN ('poll','opinion','topic','case')", name="kind"),
        CheckConstraint("channel IN ('account','sms','letter')", name="channel"),
        CheckConstraint("fate IN ('waiting','sent','dropped','failed')", name="fate"),
        Index(None, "consultation_id"),
        Index(None, "subject_id"),
        Index(None, "case_id"),
        part_index("ix_sent_links_to_send", "hold_until", where="fate = 'waiting'"),
        STRICT,
    )

    # None where a reporter is asked of the result of their own case.
    consultation_id: Mapped[UUID | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(Text)
    # Of a topic a villager proposed: what became of it, in place of a question.
    change: Mapped[str] = mapped_column(Text, default="")
    subject_id: Mapped[UUID] = mapped_column(Id)
    person_id: Mapped[UUID | None] = mapped_column(Id)
    case_id: Mapped[UUID | None] = mapped_column(Id)
    channel: Mapped[str] = mapped_column(Text)
    code_digest: Mapped[str] = mapped_column(Text)
    link_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    # The address of the office's site as whoever asked saw it.
    origin: Mapped[str] = mapped_column(Text)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    # Of an account: the event whose notices carry it.
    event_id: Mapped[UUID | None] = mapped_column(Id)
