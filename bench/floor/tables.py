"""The floor's own tables and its bulk load."""

import hashlib
import random
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, TSVECTOR, UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

STATES = ("reported", "assigned", "coordinated", "resolved", "closed")
TOKEN = "floor-token"


class Base(DeclarativeBase):
    """The floor's tables."""


class FloorToken(Base):
    """A bearer token by its digest."""

    __tablename__ = "floor_tokens"
    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    user_name: Mapped[str] = mapped_column(Text)


class FloorCase(Base):
    """A case, bare."""

    __tablename__ = "floor_cases"
    __table_args__ = (
        Index("ix_floor_open", "org", "due_at", postgresql_where=text("state <> 'closed'")),
        Index("ix_floor_due", "due_at", postgresql_where=text("state <> 'closed' AND level IS NULL")),
        Index("ix_floor_tokens", "tokens", postgresql_using="gin"),
        Index("ix_floor_counts", "reported_at", "category", "state"),
    )
    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    org: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(BigInteger)
    reported_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    due_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    level: Mapped[int | None] = mapped_column(BigInteger)
    tokens: Mapped[str] = mapped_column(TSVECTOR)


class FloorAudit(Base):
    """One row a change."""

    __tablename__ = "floor_audit"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    case_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), index=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    what: Mapped[dict[str, Any]] = mapped_column(JSONB)


class FloorOutbox(Base):
    """One row an event."""

    __tablename__ = "floor_outbox"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    case_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True))
    what: Mapped[dict[str, Any]] = mapped_column(JSONB)
    done: Mapped[bool] = mapped_column(default=False)


def bigrams(words: str) -> list[str]:
    """Return the pairs of neighbouring characters."""
    return sorted({a + b for a, b in pairwise(words) if not (a + b).isspace()})


def fill(url: str, count: int, *, texts: list[tuple[str, str]]) -> None:
    """Load `count` cases by COPY, a third of them open, with a token to call with."""
    dice = random.Random(7)
    now = datetime.now(UTC)
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO floor_tokens VALUES (%s, 'floor')", [hashlib.sha256(TOKEN.encode()).hexdigest()]
        )
        copy = "COPY floor_cases (id,title,description,category,state,org,version,reported_at,due_at,tokens) FROM STDIN"
        with connection.cursor().copy(copy) as rows:
            for n in range(count):
                title, description = texts[n % len(texts)]
                state = "closed" if dice.random() < 0.7 else dice.choice(STATES[:4])
                reported = now - timedelta(days=dice.random() * 360)
                pairs = " ".join(
                    "'" + pair.replace("\\", "\\\\").replace("'", "''") + "'" for pair in bigrams(title + description)
                )
                rows.write_row(
                    (
                        uuid.uuid4(),
                        title,
                        description,
                        f"c{n % 14}",
                        state,
                        f"o{n % 50}",
                        1,
                        reported,
                        reported + timedelta(days=12),
                        pairs,
                    )
                )
        connection.execute("ANALYZE")
