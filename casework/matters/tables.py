"""What is stored of every matter, whatever its lifecycle.

`Tracked` is the mixin a lifecycle's own table takes; the other tables point at a matter by its id alone (ids are
unique over all lifecycles), so that a further lifecycle needs no change here.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Day, Flag, Id, Instant, Json, part_index
from casework.core.database import Base
from casework.core.fates import Told

# In words of SQL, for a parameter in its place would hide the index from the planners.
OWED_PROGRESS = "kind = 'progress' AND status = 'running'"


class Tracked:
    """The columns the engine needs of a matter. Only the engine assigns `state`; `version` is the last `seq`."""

    # Whether a rung that fires counts as an update of the matter.
    rung_updates: ClassVar[bool] = True

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    workflow: Mapped[str] = mapped_column(Text)
    workflow_version: Mapped[int] = mapped_column(Integer)
    region_code: Mapped[str] = mapped_column(Text)
    lead_org_id: Mapped[UUID | None] = mapped_column(Id)
    assignee_id: Mapped[UUID | None] = mapped_column(Id)
    head_hash: Mapped[str] = mapped_column(Text)
    state_since: Mapped[datetime] = mapped_column(Instant)
    came_from: Mapped[str | None] = mapped_column(Text)
    is_open: Mapped[bool] = mapped_column(Flag, default=True)
    # The clock that matters now, for lists and for `overdue`; null while it stands still.
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    due_kind: Mapped[str | None] = mapped_column(Text)
    due_level: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class HistoryEntry(Base):
    """One thing that happened to a matter. Append-only; each row carries the hash of the one before."""

    __tablename__ = "history"
    __table_args__ = (UniqueConstraint("matter_id", "seq"), Index(None, "recorded_at"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    matter_id: Mapped[UUID] = mapped_column(Id)
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[UUID | None] = mapped_column(Id)
    for_id: Mapped[UUID | None] = mapped_column(Id)
    trigger: Mapped[str] = mapped_column(Text)
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    workflow_version: Mapped[int] = mapped_column(Integer)
    prev_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class Deadline(Base):
    """One clock of a matter in one epoch.

    `rungs` is the ladder with its instants, `next_level`/`next_fire_at` the rung to come (null: none), `level` the
    highest rung fired. `pauses` are intervals of the matter, kept when the rule changes (features.md §2 row 2).
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        UniqueConstraint("matter_id", "kind", "epoch"),
        CheckConstraint("status IN ('running','paused','met','stopped','unknown','superseded')", name="status"),
        part_index("ix_deadlines_to_fire", *("matter_kind", "next_fire_at", "id"), where="next_fire_at IS NOT NULL"),
        # Who owes a progress report; the many clocks of cases are none of it.
        part_index("ix_deadlines_progress", *("due_at", "matter_id"), where=OWED_PROGRESS),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    matter_id: Mapped[UUID] = mapped_column(Id)
    matter_kind: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    epoch: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Instant)
    started_by: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(Instant)
    met_at: Mapped[datetime | None] = mapped_column(Instant)
    # The history row that ended it, so that undoing that row can start it again.
    ended_seq: Mapped[int | None] = mapped_column(Integer)
    limit_unit: Mapped[str] = mapped_column(Text)
    limit_amount: Mapped[int] = mapped_column(Integer)
    # The day an extension was granted to, or a date was agreed on; null: the limit alone counts.
    extended_to: Mapped[date | None] = mapped_column(Day)
    # How many of the pauses lay before that grant: the later ones move the granted day.
    pauses_before: Mapped[int] = mapped_column(Integer, default=0)
    due: Mapped[dict[str, Any]] = mapped_column(Json)
    pauses: Mapped[list[list[str | None]]] = mapped_column(Json)
    rungs: Mapped[list[list[Any]]] = mapped_column(Json)
    level: Mapped[int | None] = mapped_column(Integer)
    next_level: Mapped[int | None] = mapped_column(Integer)
    next_fire_at: Mapped[datetime | None] = mapped_column(Instant)
    # What the clock belongs to inside the matter: a co-unit task or a fund line; null: the matter itself.
    subject_id: Mapped[UUID | None] = mapped_column(Id)


class Firing(Base):
    """A rung that fired, or was passed over because a higher one had fallen due with it."""

    __tablename__ = "firings"
    __table_args__ = (UniqueConstraint("deadline_id", "level"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    deadline_id: Mapped[UUID] = mapped_column(Id)
    matter_id: Mapped[UUID] = mapped_column(Id)
    level: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(Instant)
    fired_at: Mapped[datetime] = mapped_column(Instant)
    passed_over: Mapped[bool] = mapped_column(Flag)


class OutboxEvent(Base):
    """Something that happened and must be told further: ids and facts, no prose, no personal data."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("status IN ('pending','done','dead')", name="status"),
        part_index("ix_outbox_pending", "next_try_at", where="status = 'pending'"),
        Index(None, "matter_id"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    event: Mapped[str] = mapped_column(Text)
    matter_id: Mapped[UUID | None] = mapped_column(Id)
    seq: Mapped[int | None] = mapped_column(Integer)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(Text, default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Anchor(Base):
    """The Merkle root over the heads of all matters at the end of a day."""

    __tablename__ = "anchors"
    __table_args__ = STRICT

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    cut_at: Mapped[datetime] = mapped_column(Instant)
    # What was written later, though it tells of an instant before the cut, has a larger id and does not belong.
    upto: Mapped[UUID] = mapped_column(Id)
    matters: Mapped[int] = mapped_column(Integer)
    # How long the audit's chain was; its newest link is the first leaf.
    audit_seq: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    root: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class Sequence(Base):
    """The last number given out in a scope, such as cases of a county in a year."""

    __tablename__ = "sequences"
    __table_args__ = STRICT

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class Blob(Base):
    """The content of an attachment, known by its SHA-256; the file lies under the home."""

    __tablename__ = "blobs"
    __table_args__ = STRICT

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    size: Mapped[int] = mapped_column(Integer)
    media_type: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Attachment(Base):
    """A file put to a matter."""

    __tablename__ = "attachments"
    __table_args__ = (Index(None, "matter_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    matter_id: Mapped[UUID] = mapped_column(Id)
    sha256: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    media_type: Mapped[str] = mapped_column(Text)
    # What stands under a picture that may be shown (casework/bulletins/pictures.py).
    caption: Mapped[str] = mapped_column(Text, default="")
    added_by: Mapped[UUID | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant)


class IdempotencyKey(Base):
    """The answer once given to a caller's key, so that a repeated request gets it again (kept 7 days)."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("person_id", "key"), Index(None, "created_at"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Id)
    key: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    status: Mapped[int | None] = mapped_column(Integer)
    headers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    body: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    created_at: Mapped[datetime] = mapped_column(Instant)


class Draft(Base):
    """What somebody has typed and not yet sent; apart from the record, so that no change of it loses a word."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("person_id", "form", "matter_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Id)
    form: Mapped[str] = mapped_column(Text)
    matter_id: Mapped[UUID] = mapped_column(Id)
    content: Mapped[str] = mapped_column(Text, info={"pii": "cipher"})
    updated_at: Mapped[datetime] = mapped_column(Instant)


class TextVersion(Base):
    """A long text of a matter as it was saved once; nothing overwrites it. `restores`: the version brought back."""

    __tablename__ = "text_versions"
    __table_args__ = (UniqueConstraint("matter_id", "text_name", "place"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    matter_id: Mapped[UUID] = mapped_column(Id)
    text_name: Mapped[str] = mapped_column(Text)
    # From 1, in the order in which they were saved.
    place: Mapped[int] = mapped_column(Integer)
    # None: its matter was erased (retention).
    content: Mapped[str | None] = mapped_column(Text, info={"pii": "cipher"})
    restores: Mapped[int | None] = mapped_column(Integer)
    written_by: Mapped[UUID | None] = mapped_column(Id)
    written_at: Mapped[datetime] = mapped_column(Instant)


class Presence(Base):
    """Who has a matter open just now."""

    __tablename__ = "presences"
    __table_args__ = STRICT

    matter_id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class Notice(Told, Base):
    """One message to one person about one event on one channel, with its fate."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id", "channel"),
        Index(None, "person_id", "created_at"),
        part_index("ix_notices_unread", "person_id", where="read_at IS NULL"),
        part_index("ix_notices_to_send", "hold_until", where="fate = 'waiting'"),
        STRICT,
    )

    event_id: Mapped[UUID] = mapped_column(Id)
    person_id: Mapped[UUID] = mapped_column(Id)
    channel: Mapped[str] = mapped_column(Text)
    matter_id: Mapped[UUID | None] = mapped_column(Id)
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class TextCost(Base):
    """What text messages (短信) of a month came to, in thousandths of a yuan."""

    __tablename__ = "text_costs"
    __table_args__ = STRICT

    month: Mapped[str] = mapped_column(Text, primary_key=True)
    messages: Mapped[int] = mapped_column(Integer)
    parts: Mapped[int] = mapped_column(Integer)
    mills: Mapped[int] = mapped_column(Integer)


class Job(Base):
    """Work for later. `(name, period)` is unique, so that two schedulers do no harm (reliability.md F4)."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("name", "period"),
        CheckConstraint("status IN ('ready','running','done','dead')", name="status"),
        part_index("ix_jobs_open", "run_at", where="status IN ('ready','running')"),
        STRICT,
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    run_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(Text, default="ready")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    progress: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Pulse(Base):
    """The sign of life of one process that works: a worker (with its own beat) or a beat alone."""

    __tablename__ = "pulses"
    __table_args__ = STRICT

    # Host, process and a few letters of chance.
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SavedFilter(Base):
    """A filter kept under a name, private (`person_id`) or shared by the office (`person_id` null)."""

    __tablename__ = "saved_filters"
    __table_args__ = (Index(None, "person_id"), STRICT)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(Id)
    region: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[dict[str, Any]] = mapped_column(Json)
    sort: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
