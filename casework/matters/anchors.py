"""Daily anchors: one hash a day over the heads of all matters, so that a removed or rewritten matter shows.

A matter's own chain (history.py) shows a changed row, but not that the whole matter is gone, nor that its chain was
forged from some row on. The anchor does: it is a Merkle root (RFC 6962 §2.1) over id, seq and hash of every matter's
last row as of midnight, in the order of the ids; before them stands the newest link of the audit's chain
(casework/registry/audit_chain.py). It is worth as much as the copy of it that an administrator cannot reach: print it,
mail it, publish it, and hand it to `check` as `known`.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import column, func, select, table

from casework.core.database import Session
from casework.core.errors import refused
from casework.core.ids import new_id
from casework.core.merkle import Tree, leaf, root_of
from casework.core.upserts import insert_into
from casework.matters.tables import Anchor, HistoryEntry
from casework.registry import audit_chain

# What stands for the audit among the matters: none has this id, and none comes before it.
_AUDIT = UUID(int=0)
_BATCH = 5000
_STREAM = {"stream_results": True, "yield_per": _BATCH}


@dataclass(frozen=True, slots=True)
class Break:
    """An anchor that does not hold: `code` says why (`missing`, `matters`, `root`, `known`)."""

    day: date
    code: str


def make(session: Session, *, day: date, at: datetime) -> Anchor:
    """Keep the anchor of `day` and of every day that was missed since the one before; doing it again changes nothing.

    Call it some minutes after midnight, when what was begun before it is committed.

    Raises:
        Refused: `day_not_over`, since more may still be written on it.
    """
    if cut_of(session, day) > at:
        raise refused("day_not_over", day=day.isoformat())
    asked = select(Anchor.day, Anchor.upto, Anchor.audit_seq)
    known = {row[0]: (row[1], row[2]) for row in session.execute(asked)}
    wanted, chained = day, audit_chain.last_seq(session)
    for each in _days_between(min([*known, day]), max([*known, day])):
        if each not in known:
            # A day made up for later must not know more than the days after it.
            later = [ends for other, ends in known.items() if other > each]
            known[each] = min((upto for upto, _ in later), default=new_id()), min([chained, *(seq for _, seq in later)])
            _make(session, each, *known[each], at=at)
    made = session.get(Anchor, wanted)
    if made is None:
        raise RuntimeError(f"the anchor of {wanted} was not kept")
    return made


def latest(session: Session) -> Anchor | None:
    """Return the newest anchor: what is printed in the bulletin and kept outside."""
    return session.scalars(select(Anchor).order_by(Anchor.day.desc()).limit(1)).first()


def cut_of(session: Session, day: date) -> datetime:
    """Return the instant that ends a day in the office's zone."""
    zone = session.info["zone"]
    return datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)


def check(session: Session, *, known: Mapping[date, str] | None = None) -> list[Break]:
    """Recompute every anchor from the histories and compare; `known` are roots by day kept outside.

    One pass over the histories, whatever the number of anchors; what is kept in memory grows with the number of
    matters and of their rows.
    """
    anchors = session.scalars(select(Anchor).order_by(Anchor.day)).all()
    breaks = [
        Break(one.day + timedelta(days=1), "missing")
        for one, two in pairwise(anchors)
        if two.day != one.day + timedelta(days=1)
    ]
    stored = {anchor.day: anchor.root for anchor in anchors}
    breaks += [Break(day, "known") for day, root in (known or {}).items() if stored.get(day) != root]
    if anchors:
        breaks += _recompute(session, anchors)
    return sorted(breaks, key=lambda each: each.day)


def _days_between(first: date, last: date) -> Iterator[date]:
    for days in range((last - first).days + 1):
        yield first + timedelta(days=days)


def _make(session: Session, day: date, upto: UUID, audit_seq: int, *, at: datetime) -> None:
    cut = cut_of(session, day)
    digest, count = _root(session, cut, upto, audit_seq)
    ends = {"cut_at": cut, "upto": upto, "audit_seq": audit_seq}
    row = {"day": day, **ends, "matters": count, "root": digest, "recorded_at": at}
    # Two schedulers may come at once; the second finds the day made.
    session.execute(insert_into(session, Anchor).values(row).on_conflict_do_nothing())


def _root(session: Session, cut: datetime, upto: UUID, audit_seq: int) -> tuple[str, int]:
    last = (
        select(HistoryEntry.matter_id, func.max(HistoryEntry.seq).label("seq"))
        .where(HistoryEntry.recorded_at < cut, HistoryEntry.id < upto)
        .group_by(HistoryEntry.matter_id)
        .subquery()
    )
    heads = (
        select(HistoryEntry.matter_id, HistoryEntry.seq, HistoryEntry.hash)
        .join(last, (last.c.matter_id == HistoryEntry.matter_id) & (last.c.seq == HistoryEntry.seq))
        .order_by(HistoryEntry.matter_id)
    )
    count = 0

    def leaves() -> Iterator[bytes]:
        nonlocal count
        for link in audit_chain.hashes(session, [audit_seq]).values():
            yield _leaf(_AUDIT, audit_seq, link)
        for matter_id, seq, head in session.execute(heads, execution_options=_STREAM):
            count += 1
            yield _leaf(matter_id, seq, head)

    return root_of(leaves()).hex(), count


def _leaf(matter_id: Any, seq: int, head: str) -> bytes:
    key: bytes = matter_id.bytes if isinstance(matter_id, UUID) else matter_id
    return leaf(key + seq.to_bytes(8, "big") + _head_bytes(head))


def _head_bytes(head: str) -> bytes:
    try:
        return bytes.fromhex(head)
    except ValueError:
        # No hash of ours looks like this; the anchor must differ, not the check break off.
        return hashlib.sha256(head.encode()).digest()


def _recompute(session: Session, anchors: Sequence[Anchor]) -> Iterator[Break]:
    changes: list[dict[Any, bytes]] = [{} for _ in anchors]
    for key, place, digest in _changes(session):
        changes[place][key] = digest
    links = audit_chain.hashes(session, (anchor.audit_seq for anchor in anchors))
    # As the driver gives the other keys.
    key = _AUDIT if session.get_bind().dialect.name == "postgresql" else _AUDIT.bytes
    tree = Tree()
    for anchor, changed in zip(anchors, changes, strict=True):
        link = links.get(anchor.audit_seq)
        tree.put(changed if link is None else {key: _leaf(_AUDIT, anchor.audit_seq, link), **changed})
        if len(tree) != anchor.matters + bool(anchor.audit_seq):
            yield Break(anchor.day, "matters")
        elif tree.root.hex() != anchor.root:
            yield Break(anchor.day, "root")


def _changes(session: Session) -> Iterator[tuple[Any, int, bytes]]:
    """Yield (matter, index of the anchor from which on this is its leaf, leaf)."""
    # Read as the driver gives them: over a million rows the columns' own types cost more than the hashing.
    cuts_and_ends = session.execute(_raw("anchors", "cut_at", "upto").order_by(column("day"))).all()
    cuts, ends = [row[0] for row in cuts_and_ends], [row[1] for row in cuts_and_ends]
    rows = session.execute(
        _raw("history", "matter_id", "seq", "recorded_at", "id", "hash").order_by(column("matter_id"), column("seq")),
        execution_options=_STREAM,
    )
    for matter_id, entries in groupby(rows, key=itemgetter(0)):
        for place, seq, head in _heads(entries, cuts, ends):
            yield matter_id, place, _leaf(matter_id, seq, head)


def _heads(entries: Iterable[Any], cuts: Sequence[Any], ends: Sequence[Any]) -> Iterator[tuple[int, int, str]]:
    first_in: dict[int, tuple[int, str]] = {}
    for _, seq, recorded_at, row_id, head in entries:
        place = max(bisect_right(cuts, recorded_at), bisect_right(ends, row_id))
        if place < len(cuts):
            first_in[place] = max(first_in.get(place, (seq, head)), (seq, head))
    highest = 0
    for place in sorted(first_in):
        seq, head = first_in[place]
        if seq > highest:
            highest = seq
            yield place, seq, head


def _raw(name: str, *columns: str) -> Any:
    return select(*(column(each) for each in columns)).select_from(table(name))
