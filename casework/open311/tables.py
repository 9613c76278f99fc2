"""What is stored of Open311: each accepted submission, so that a repeat is known and what was sent can be shown."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Id, Instant
from casework.core.database import Base


class Submission(Base):
    """A request or an update that came in by Open311, as sent but for the key, sealed.

    `person_id` is the client: keys of one account are one client. `repeat_key` is what the client itself calls it by;
    `digest` is a keyed digest of all that was sent.
    """

    __tablename__ = "open311_submissions"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "repeat_key"),
        Index(None, "case_id"),
        Index(None, "person_id", "digest"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Id)
    token_id: Mapped[UUID] = mapped_column(Id)
    case_id: Mapped[UUID] = mapped_column(Id)
    # `request` or `update`.
    kind: Mapped[str] = mapped_column(Text)
    # Of an update: the row of the history it became.
    history_id: Mapped[UUID | None] = mapped_column(Id)
    repeat_key: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text, info={"pii": "index"})
    # None: the case it became was erased (retention).
    content_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    created_at: Mapped[datetime] = mapped_column(Instant)
