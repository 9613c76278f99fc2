"""What is stored of a sheet that was sent upwards. Nothing of it is ever changed: the database refuses it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Id, Instant
from casework.core.database import Base


class Dispatch(Base):
    """One sheet for one receiver, with the file itself (sealed, for it names people) and the digest of its bytes.

    `as_of` is the last day told in it, `known_at` the instant whose knowledge it holds; `columns_sha256` pins how the
    receiver wanted it, which may be told otherwise later.
    """

    __tablename__ = "dispatches"
    __table_args__ = (Index(None, "region_code", "sent_at"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    region_code: Mapped[str] = mapped_column(Text)
    receiver: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    as_of: Mapped[date] = mapped_column(Day)
    known_at: Mapped[datetime] = mapped_column(Instant)
    rows: Mapped[int] = mapped_column(Integer)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    columns_sha256: Mapped[str] = mapped_column(Text)
    # None: its time is over (retention).
    content_cipher: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    # None: the office's console.
    sent_by: Mapped[UUID | None] = mapped_column(Id)
    sent_at: Mapped[datetime] = mapped_column(Instant)
