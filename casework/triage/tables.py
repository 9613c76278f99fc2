"""What is stored of the models: every version, each time one came into use, and what became of each proposal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Flag, Id, Instant, Json
from casework.core.database import Base


class TriageModel(Base):
    """One version of the model: what it was learnt from, how right it was on rows kept from it, and its numbers."""

    __tablename__ = "triage_models"
    __table_args__ = (STRICT,)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    source: Mapped[str] = mapped_column(Text)  # cases: closed cases of this office; file: a labelled file
    rows: Mapped[int] = mapped_column(Integer)
    labels: Mapped[list[str]] = mapped_column(Json)
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class TriagePart(Base):
    """What a version learnt beside the category: which unit (`org`), how urgent (`urgency`)."""

    __tablename__ = "triage_parts"
    __table_args__ = (UniqueConstraint("model_id", "subject"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    model_id: Mapped[UUID] = mapped_column(Id)
    subject: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(Integer)
    labels: Mapped[list[str]] = mapped_column(Json)
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class TriageUse(Base):
    """A version came into use; the last one is in use now. `model_id` None: the keywords alone."""

    __tablename__ = "triage_uses"
    __table_args__ = (STRICT,)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    model_id: Mapped[UUID | None] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Instant)


class TriageOutcome(Base):
    """What was proposed for a case and what it had when it was assigned: taken over, or corrected.

    `subject`: category, org or urgency; `ground`: what spoke (a model: `learnt`; else words, rule, precedent, habit).
    """

    __tablename__ = "triage_outcomes"
    __table_args__ = (
        Index("uq_triage_outcomes_event", "event_id", "subject", unique=True),
        Index("ix_triage_outcomes_at", "at"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(Id)
    case_id: Mapped[UUID] = mapped_column(Id)
    model_id: Mapped[UUID | None] = mapped_column(Id)  # None: the keywords proposed
    at: Mapped[datetime] = mapped_column(Instant)
    subject: Mapped[str] = mapped_column(Text)
    ground: Mapped[str] = mapped_column(Text)
    proposed: Mapped[str] = mapped_column(Text)  # the code of a category, a unit, an urgency
    chosen: Mapped[str] = mapped_column(Text)
    share: Mapped[int] = mapped_column(Integer)  # a hundredth
    taken: Mapped[bool] = mapped_column(Flag)
