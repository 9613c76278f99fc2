"""Robots and their messages. A message names matters by number, and nobody."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Flag, Id, Instant, part_index
from casework.core.database import Base
from casework.core.fates import Told


class Robot(Base):
    """A robot in the chat group of a unit (`org_id` null: of the office). It is ended, never deleted."""

    __tablename__ = "robots"
    __table_args__ = (CheckConstraint("kind IN ('wecom','dingtalk')", name="kind"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    org_id: Mapped[UUID | None] = mapped_column(Id)
    # Whoever knows the address can write into the group.
    address: Mapped[str] = mapped_column(Text, info={"pii": "cipher"})
    secret: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    digests: Mapped[bool] = mapped_column(Flag)
    alarms: Mapped[bool] = mapped_column(Flag)
    # Until then nothing is sent: it was told that it writes too much.
    rests_until: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[UUID | None] = mapped_column(Id)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class RobotMessage(Told, Base):
    """One message of a robot with its fate. `key`: what it is about, so that nothing is said twice."""

    __tablename__ = "robot_messages"
    __table_args__ = (
        UniqueConstraint("robot_id", "key"),
        CheckConstraint("fate IN ('waiting','sent','dropped','failed')", name="fate"),
        part_index("ix_robot_messages_to_send", "hold_until", where="fate = 'waiting'"),
        Index(None, "robot_id", "tried_at"),
        STRICT,
    )

    robot_id: Mapped[UUID] = mapped_column(Id)
    key: Mapped[str] = mapped_column(Text)
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
