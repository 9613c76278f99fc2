"""Endpoints, deliveries and attempts. What is delivered names a matter by number and state, and nobody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Id, Instant, Json, part_index
from casework.core.database import Base


class Webhook(Base):
    """An endpoint of another system. It is ended, never deleted."""

    __tablename__ = "webhooks"
    __table_args__ = (CheckConstraint("status IN ('active','paused','ended')", name="status"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[Any]] = mapped_column(Json)
    secret: Mapped[str] = mapped_column(Text, info={"pii": "cipher"})
    # Signs beside the new one until then, so that the receiver can change over in its own time.
    old_secret: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    old_secret_until: Mapped[datetime | None] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(Text, default="active")
    # Why it is paused: `gone` (it said so), `failing` (nothing got through for days), `asked`.
    paused_for: Mapped[str | None] = mapped_column(Text)
    # Failures since something last got through, and when the first of them was.
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    # Until then nothing is sent: it asked for patience, or fails all the time.
    rests_until: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[UUID | None] = mapped_column(Id)


class WebhookDelivery(Base):
    """One event for one endpoint, with the bytes that are sent. The try is counted before anything is sent."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        CheckConstraint("status IN ('pending','delivered','dead')", name="status"),
        part_index("ix_webhook_deliveries_due", "webhook_id", "next_try_at", where="status = 'pending'"),
        Index(None, "created_at"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(Id)
    event_id: Mapped[UUID] = mapped_column(Id)
    event: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(Text, default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    # While it is being sent: when another worker may take it, because this one is gone.
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class WebhookAttempt(Base):
    """One try of a delivery and what came of it. What an endpoint answered is never kept, only its status."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index(None, "delivery_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Instant)
    took_ms: Mapped[int] = mapped_column(Integer)
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
