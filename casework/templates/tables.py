"""What is stored of an office's own templates and of the stacks it prints.

Templates and their uses only grow: which one was in force when can always be told. A stack is kept for a day, sealed,
for who asked for it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Id, Instant, Json
from casework.core.database import Base


class PaperTemplate(Base):
    """One version of a template an office sent; `number` counts the versions of its kind from 1."""

    __tablename__ = "paper_templates"
    __table_args__ = (UniqueConstraint("kind", "number"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(Integer)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text, default="")
    uploaded_by: Mapped[UUID] = mapped_column(Id)
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class PaperTemplateUse(Base):
    """A version came into use for its kind; the last one is in use now. `template_id` None: the built-in form."""

    __tablename__ = "paper_template_uses"
    __table_args__ = (UniqueConstraint("kind", "number"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(Integer)
    template_id: Mapped[UUID | None] = mapped_column(Id)
    used_by: Mapped[UUID] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Instant)


class PaperPrint(Base):
    """A stack of papers somebody asked for: `asked` or `done`; the file is there once it is done.

    `template_id` is the version that was in force when it was asked for; None: the built-in form.
    """

    __tablename__ = "paper_prints"
    __table_args__ = (Index(None, "asked_by", "asked_at"), Index(None, "asked_at"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    template_id: Mapped[UUID | None] = mapped_column(Id)
    status: Mapped[str] = mapped_column(Text)
    matters: Mapped[list[Any]] = mapped_column(Json)
    asked_by: Mapped[UUID] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    job_id: Mapped[UUID | None] = mapped_column(Id)
    # Why nothing came of it, as the code of a refusal.
    refusal: Mapped[str] = mapped_column(Text, default="")
    content_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
