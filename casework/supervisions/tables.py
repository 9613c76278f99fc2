"""What is stored of a supervised matter. It lives a life of its own in the engine."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import OPEN, STRICT, Day, Flag, Id, Instant, part_index
from casework.core.database import Base
from casework.matters.tables import Tracked

# More time or a progress report waits for a judgement. In words of SQL, for a parameter would hide the index.
ASKS = "(asked_until IS NOT NULL OR progress_review = 'waiting')"
# The level set by hand, or the rung the handling clock has reached, whichever is higher (docs/decisions/0076).
_SHOWN = "CASE WHEN due_kind = 'handle' AND due_level > level THEN due_level ELSE level END"


class Supervision(Tracked, Base):
    """One supervised matter (督办件): what is asked of which unit by when, at which level, and what came of it.

    `lead_org_id` is the responsible unit. `due_on` is the day that counts now, `first_due_on` the one on the slip.
    """

    __tablename__ = "supervisions"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("county", "source_key"),
        CheckConstraint("level IN (1, 2, 3)", name="level"),
        CheckConstraint("slip_no IS NULL OR slip_number IS NOT NULL", name="slip"),
        # Lists walk an order and stop when the page is full; an index by place would have all of a county sorted.
        part_index("ix_supervisions_open_due", *("due_at", "id", "region_code", "state", "due_kind"), **OPEN),
        # The board is summed out of the first two and takes its cards there; the page for Monday has the others.
        *(
            part_index(
                f"ix_supervisions_board_{name}",
                *(name, "shown_level", "due_at", "id", "region_code", "due_kind"),
                **OPEN,
            )
            for name in ("lead_org_id", "leader")
        ),
        *(
            part_index(f"ix_supervisions_open_{name}", *(name, "due_at", "id", "region_code"), **OPEN)
            for name in ("level", "state")
        ),
        part_index(
            "ix_supervisions_asks",
            *("due_at", "id", "region_code"),
            where=f"{OPEN['where']} AND {ASKS}",
            sqlite=f"{OPEN['sqlite']} AND {ASKS}",
        ),
        Index("ix_supervisions_lead", "lead_org_id", "is_open", "due_at"),
        Index("ix_supervisions_created", "created_at", "id"),
        Index("ix_supervisions_updated", "updated_at", "id"),
        # Most come from no matter of ours; counted in, they would make the index look useless.
        part_index("ix_supervisions_source", "source_id", where="source_id IS NOT NULL"),
        part_index(
            "uq_supervisions_slip", *("county", "slip_year", "slip_no"), unique=True, where="slip_no IS NOT NULL"
        ),
        STRICT,
    )

    title: Mapped[str] = mapped_column(Text)
    requirement: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    # The case or consultation it came from; a meeting or a document is named in words.
    source_id: Mapped[UUID | None] = mapped_column(Id)
    source_words: Mapped[str | None] = mapped_column(Text)
    county: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date] = mapped_column(Day)
    first_due_on: Mapped[date] = mapped_column(Day)
    level: Mapped[int] = mapped_column(Integer)
    # Kept by the database itself; in Python web/views/supervision_views.py shown_level says the same.
    shown_level: Mapped[int] = mapped_column(Integer, Computed(_SHOWN, persisted=True), deferred=True)
    leader: Mapped[str | None] = mapped_column(Text)
    # The account of the leader in charge, where the office named one; it is told of what happens.
    leader_id: Mapped[UUID | None] = mapped_column(Id)
    initiated_on: Mapped[date] = mapped_column(Day)
    initiated_by: Mapped[UUID | None] = mapped_column(Id)
    slip_number: Mapped[str | None] = mapped_column(Text)
    slip_year: Mapped[int | None] = mapped_column(Integer)
    slip_no: Mapped[int | None] = mapped_column(Integer)
    issued_on: Mapped[date | None] = mapped_column(Day)
    issued_by: Mapped[UUID | None] = mapped_column(Id)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    # The last progress report: what it said, and `waiting`, `accepted` or `returned`.
    progress: Mapped[str | None] = mapped_column(Text)
    progress_at: Mapped[datetime | None] = mapped_column(Instant)
    progress_review: Mapped[str | None] = mapped_column(Text)
    # More time that was asked for and is not decided.
    asked_until: Mapped[date | None] = mapped_column(Day)
    asked_by: Mapped[UUID | None] = mapped_column(Id)
    extensions: Mapped[int] = mapped_column(Integer, default=0)
    urges: Mapped[int] = mapped_column(Integer, default=0)
    recurrences: Mapped[int] = mapped_column(Integer, default=0)
    result_class: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Text)
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
    handle_outcome: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[str | None] = mapped_column(Text)
    verified_by: Mapped[UUID | None] = mapped_column(Id)
    proposed_by: Mapped[UUID | None] = mapped_column(Id)
    struck_off_by: Mapped[UUID | None] = mapped_column(Id)
    struck_off_on: Mapped[date | None] = mapped_column(Day)
    review_on: Mapped[date | None] = mapped_column(Day)
    # From a file of earlier years: its numbers and dates are told, not made here.
    is_imported: Mapped[bool] = mapped_column(Flag, default=False)
    source_key: Mapped[str | None] = mapped_column(Text)
    attachments_total: Mapped[int] = mapped_column(Integer, default=0)
    comments_total: Mapped[int] = mapped_column(Integer, default=0)


class SupervisionUnit(Base):
    """A unit that helps the responsible one."""

    __tablename__ = "supervision_units"
    __table_args__ = (UniqueConstraint("supervision_id", "org_id"), Index(None, "org_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    supervision_id: Mapped[UUID] = mapped_column(Id, ForeignKey("supervisions.id"))
    org_id: Mapped[UUID] = mapped_column(Id, ForeignKey("orgs.id"))


class UrgingNotice(Base):
    """A numbered notice (催办通知) that urged a unit; never changed."""

    __tablename__ = "urging_notices"
    __table_args__ = (UniqueConstraint("supervision_id", "nth"), UniqueConstraint("county", "year", "no"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    # Without a key of the database, as the history: `casework verify` looks whether it is there (I19).
    supervision_id: Mapped[UUID] = mapped_column(Id)
    # How many times the matter has been urged with this one.
    nth: Mapped[int] = mapped_column(Integer)
    county: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(Integer)
    no: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(Text)
    on_date: Mapped[date] = mapped_column(Day)
    words: Mapped[str] = mapped_column(Text)
    sent_by: Mapped[UUID | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)
