"""Messages to people, as rows: what is to be told to whom on which channel, and what became of it.

A notice holds a code and facts; its sentence is made when it is read, in the reader's language (workflows/notices.py).
It waits until `hold_until` (nobody is disturbed outside working hours but for what is critical), then it is sent or,
when it has become pointless meanwhile, dropped with a reason.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, select, update

from casework.core.columns import Id
from casework.core.database import Session
from casework.core.ids import new_id
from casework.core.upserts import insert_into
from casework.matters.tables import Notice, OutboxEvent, TextCost

Channel = Literal["app", "mail", "sms"]
APP: Channel = "app"
MAIL: Channel = "mail"
SMS: Channel = "sms"
CHANNELS = (APP, MAIL, SMS)


def tell(
    session: Session,
    *,
    event_id: UUID,
    people: Iterable[tuple[UUID, Channel]],
    code: str,
    facts: Mapping[str, Any],
    at: datetime,
    hold_until: datetime,
    matter_id: UUID | None = None,
) -> int:
    """Write one notice a person and channel; who was told of the event already is not told again."""
    rows = [
        {
            "id": new_id(),
            "event_id": event_id,
            "person_id": person_id,
            "channel": channel,
            "code": code,
            "matter_id": matter_id,
            "facts": dict(facts),
            "created_at": at,
            "hold_until": hold_until,
            "fate": "waiting",
            "attempts": 0,
        }
        for person_id, channel in people
    ]
    if not rows:
        return 0
    made = session.execute(
        insert_into(session, Notice)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["event_id", "person_id", "channel"])
        .returning(Notice.id)
    ).all()
    session.has_news()
    return len(made)


def take_due(session: Session, *, channel: Channel, at: datetime, limit: int = 100) -> Sequence[Notice]:
    """Take up to `limit` waiting notices of a channel whose time has come, passing over those another worker holds."""
    return session.scalars(
        select(Notice)
        .where(Notice.fate == "waiting", Notice.channel == channel, Notice.hold_until <= at)
        .order_by(Notice.hold_until, Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def take_away(session: Session, matter_id: UUID, *, codes: Collection[str], reason: str) -> None:
    """Take what was told of a matter, and is not read yet, out of its readers' boxes."""
    session.execute(
        update(Notice)
        .where(Notice.event_id.in_(select(OutboxEvent.id).where(OutboxEvent.matter_id == matter_id)))
        .where(Notice.code.in_(list(codes)), Notice.read_at.is_(None))
        .where(Notice.channel == APP, Notice.fate.in_(("waiting", "sent")))
        .values(fate="dropped", fate_reason=reason)
        .execution_options(synchronize_session=False)
    )


def take_back(session: Session, event_id: UUID, *, reason: str) -> bool:
    """Take what was told of an event out of its readers' boxes; False, and nothing is changed, once it is known.

    Known is what was read, what went out by mail or text message, and what a digest since has told.
    """
    asked = select(Notice).where(Notice.event_id == event_id, Notice.fate != "dropped").with_for_update()
    found = session.scalars(asked.execution_options(populate_existing=True)).all()
    if any(each.read_at is not None or (each.channel != APP and each.fate != "waiting") for each in found):
        return False
    if found:
        readers, since = {each.person_id for each in found}, min(each.created_at for each in found)
        digest = select(Notice.id).where(
            Notice.person_id.in_(readers), Notice.code == "digest", Notice.created_at >= since
        )
        if session.scalar(digest.limit(1)) is not None:
            return False
    for each in found:
        each.fate, each.fate_reason = "dropped", reason
    session.flush()
    return True


def inbox(
    session: Session,
    person_id: UUID,
    *,
    limit: int = 50,
    before: tuple[datetime, UUID] | None = None,
    unread: bool = False,
) -> Sequence[Notice]:
    """Return what a person was told in the application, newest first; `before`: `(sent_at, id)` of the last seen."""
    chosen = select(Notice).where(Notice.person_id == person_id, Notice.channel == APP, Notice.fate == "sent")
    if unread:
        chosen = chosen.where(Notice.read_at.is_(None))
    if before is not None:
        instant, last = before
        chosen = chosen.where(
            (Notice.sent_at < instant) | ((Notice.sent_at == instant) & (Notice.id < last))  # keyset
        )
    return session.scalars(chosen.order_by(Notice.sent_at.desc(), Notice.id.desc()).limit(limit)).all()


def count_unread(session: Session, person_id: UUID) -> int:
    """Count what a person was told and has not read: the number beside the bell."""
    return session.scalar(_unread_asked(), {"person": person_id}) or 0


@cache
def _unread_asked() -> Select[int]:
    """Return the SELECT of `count_unread`, built once: every page asks it."""
    told = (Notice.person_id == bindparam("person", type_=Id()), Notice.channel == APP, Notice.fate == "sent")
    return select(func.count()).select_from(Notice).where(*told, Notice.read_at.is_(None))


def mark_read(session: Session, person_id: UUID, *, at: datetime, ids: Collection[UUID] | None = None) -> int:
    """Note that a person has read these notices, or (without `ids`) all; return how many were new."""
    chosen = update(Notice).where(
        Notice.person_id == person_id, Notice.channel == APP, Notice.fate == "sent", Notice.read_at.is_(None)
    )
    if ids is not None:
        chosen = chosen.where(Notice.id.in_(list(ids)))
    read = session.execute(chosen.values(read_at=at).returning(Notice.id).execution_options(synchronize_session=False))
    return len(read.all())


def since(
    session: Session, *, after: datetime, until: datetime, but: Collection[str]
) -> Mapping[UUID, Sequence[Notice]]:
    """Return what each person was told in a span and has not read, newest first; `but`: codes left out."""
    found: dict[UUID, list[Notice]] = {}
    rows = session.scalars(
        select(Notice)
        .where(
            Notice.channel == APP,
            Notice.read_at.is_(None),
            Notice.fate.in_(("waiting", "sent")),
            Notice.hold_until > after,
            Notice.hold_until <= until,
            Notice.code.not_in(sorted(but)),
        )
        .order_by(Notice.created_at.desc(), Notice.id.desc())
    )
    for notice in rows:
        found.setdefault(notice.person_id, []).append(notice)
    return found


def looked_at(
    session: Session, matter_id: UUID, *, people: Collection[UUID], codes: Collection[str], since: datetime
) -> Mapping[UUID, datetime | None]:
    """Return whom such a notice of a matter has reached in the application since, and when they read the last one."""
    asked = select(Notice.person_id, Notice.read_at).where(
        Notice.person_id.in_(people),
        Notice.created_at >= since,
        Notice.matter_id == matter_id,
        Notice.code.in_(codes),
        Notice.channel == APP,
        # One that waits for the morning has reached nobody, and one that was taken back never will.
        Notice.fate == "sent",
    )
    rows = session.execute(asked.order_by(Notice.created_at, Notice.id))
    return {row.person_id: row.read_at for row in rows}


def mailed(session: Session, *, event_ids: Collection[UUID], person_id: UUID) -> frozenset[UUID]:
    """Return those of the events a person was sent a mail of its own about."""
    rows = session.scalars(
        select(Notice.event_id).where(
            Notice.person_id == person_id, Notice.channel == MAIL, Notice.event_id.in_(list(event_ids))
        )
    )
    return frozenset(rows)


def purge(session: Session, *, before: datetime) -> int:
    """Delete what was told so long ago that nobody will look for it; return how many."""
    gone = session.execute(delete(Notice).where(Notice.created_at < before, Notice.fate != "waiting"))
    return int(getattr(gone, "rowcount", 0))


def fates(session: Session, *, since: datetime) -> Sequence[tuple[str, str, int]]:
    """Return how many messages of each channel met each fate since an instant."""
    rows = session.execute(
        select(Notice.channel, Notice.fate, func.count())
        .where(Notice.created_at >= since)
        .group_by(Notice.channel, Notice.fate)
        .order_by(Notice.channel, Notice.fate)
    )
    return [(channel, fate, n) for channel, fate, n in rows]


def latest(session: Session, *, since: datetime, channel: str | None, fate: str | None, limit: int) -> Sequence[Notice]:
    """Return the latest messages to anybody, newest first; `channel` and `fate` narrow them."""
    chosen = select(Notice).where(Notice.created_at >= since)
    if channel is not None:
        chosen = chosen.where(Notice.channel == channel)
    if fate is not None:
        chosen = chosen.where(Notice.fate == fate)
    return session.scalars(chosen.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit)).all()


def of_events(session: Session, event_ids: Collection[UUID]) -> Mapping[tuple[UUID, UUID], Sequence[Notice]]:
    """Return by event and person what was told of some events."""
    found: dict[tuple[UUID, UUID], list[Notice]] = {}
    asked = select(Notice).where(Notice.event_id.in_(list(event_ids))).order_by(Notice.channel)
    for row in session.scalars(asked):
        found.setdefault((row.event_id, row.person_id), []).append(row)
    return found


# ------------------------------------------------------------------ what text messages cost
def count_text(session: Session, *, month: str, parts: int, mills: int) -> None:
    """Add a text message that was taken to the month's account."""
    row = session.get(TextCost, month, with_for_update=True)
    if row is None:
        row = TextCost(month=month, messages=0, parts=0, mills=0)
        session.add(row)
    row.messages, row.parts, row.mills = row.messages + 1, row.parts + parts, row.mills + mills
    session.flush()


def text_costs(session: Session, *, limit: int = 12) -> Sequence[TextCost]:
    """Return what the latest months came to, the latest first."""
    return session.scalars(select(TextCost).order_by(TextCost.month.desc()).limit(limit)).all()
