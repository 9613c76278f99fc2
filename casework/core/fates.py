"""What becomes of a message, to a person or a group: it waits, is tried, and is sent, dropped or failed for good."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import Id, Instant, Json

FATES = ("waiting", "sent", "dropped", "failed")
UNCERTAIN = "uncertain"


class Fated:
    """The columns of what is on its way to somebody, with what became of it (`fate`)."""

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    hold_until: Mapped[datetime] = mapped_column(Instant)
    fate: Mapped[str] = mapped_column(Text, default="waiting")
    fate_reason: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class Told(Fated):
    """The columns of one message, to a person or a group: what it says, and what became of it."""

    code: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)


def sent(message: Fated, *, at: datetime) -> None:
    """Note that a message has arrived."""
    message.fate, message.fate_reason, message.sent_at = "sent", None, at


def drop(message: Fated, *, reason: str) -> None:
    """Give a message up, for a reason that stays with it."""
    message.fate, message.fate_reason = "dropped", reason


def fail(message: Fated, *, reason: str) -> None:
    """Note that a message could not be delivered and will not be tried again."""
    message.fate, message.fate_reason = "failed", reason[:500]


def begin_try(message: Fated, *, again_at: datetime) -> None:
    """Count a try before it is made; whoever is killed in it leaves what nobody knows, `uncertain`."""
    message.attempts, message.hold_until, message.fate_reason = message.attempts + 1, again_at, UNCERTAIN


def note_try(message: Fated, fate: str, reason: str | None, *, most: int, at: datetime) -> None:
    """Note what came of a try: `sent`, `failed` for good, or `again` as long as fewer than `most` were made."""
    if fate == "sent":
        sent(message, at=at)
    elif fate == "failed" or message.attempts >= most:
        fail(message, reason=reason or fate)
    else:
        message.fate_reason = reason
