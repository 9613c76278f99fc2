"""The one chain of the audit: each row is sealed after the row before it, so that none is changed, slipped in or gone.

A link is made at the end of the transaction that wrote its row, under a lock that is held until that transaction is
kept and by nobody for longer: whoever writes much takes it last. The daily anchors hold the newest link
(casework/matters/anchors.py), so that a chain forged from some row on, or cut off, shows as well.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, inspect, select

from casework.core.columns import canonical, instant_text
from casework.core.database import Session
from casework.core.driver import alone
from casework.registry.tables import AuditEvent, AuditLink

GENESIS = "0" * 64
_WAITING = "audit_chain"


def follow(session: Session, entry: AuditEvent) -> None:
    """Let a row that is being written hang on the chain once everything else of its transaction is written."""
    waiting = session.known.setdefault(_WAITING, {})
    if not waiting:
        session.at_the_end(_link)
    waiting[str(entry.id)] = entry


def digest(
    before: str,
    *,
    seq: int,
    row_id: UUID,
    at: datetime,
    event: str,
    person_id: UUID | None,
    matter_id: UUID | None,
    facts: Mapping[str, Any],
) -> str:
    """Return the hash of a link: SHA-256 over the hash before it and the canonical JSON of the row."""
    words = [seq, row_id, instant_text(at), event, person_id, matter_id]
    content = canonical([*(str(each) if isinstance(each, UUID) else each for each in words), facts])
    return hashlib.sha256((before + content).encode()).hexdigest()


def last_seq(session: Session) -> int:
    """Return how long the chain is."""
    return session.scalar(select(func.max(AuditLink.seq))) or 0


def hashes(session: Session, seqs: Iterable[int]) -> dict[int, str]:
    """Return the hashes of some links, as far as they are there."""
    wanted = sorted({*seqs} - {0})
    if not wanted:
        return {}
    rows = session.execute(select(AuditLink.seq, AuditLink.hash).where(AuditLink.seq.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def broken(rows: Iterable[Any]) -> Iterator[str]:
    """Say what of the chain does not hold: `rows` are its links in their order, each with its row as far as there."""
    before, expected = GENESIS, 1
    for seq, audit_id, sealed, at, event, person_id, matter_id, facts in rows:
        if seq != expected:
            yield f"{expected} missing"
        if event is None:
            yield f"{seq} {audit_id} gone"
        elif sealed != digest(
            before,
            seq=seq,
            row_id=audit_id,
            at=at,
            event=event,
            person_id=person_id,
            matter_id=matter_id,
            facts=facts,
        ):
            yield f"{seq} {audit_id} {event}"
        before, expected = sealed, seq + 1


def _link(session: Session) -> None:
    # What a savepoint took back is not there.
    entries = [entry for entry in session.known.pop(_WAITING).values() if inspect(entry).has_identity]
    if not entries:
        return
    alone.hold(session, "audit_links")
    last = session.execute(select(AuditLink.seq, AuditLink.hash).order_by(AuditLink.seq.desc()).limit(1)).first()
    seq, before = (0, GENESIS) if last is None else (last[0], last[1])
    links = []
    for entry in entries:
        seq += 1
        before = digest(
            before,
            seq=seq,
            row_id=entry.id,
            at=entry.at,
            event=entry.event,
            person_id=entry.person_id,
            matter_id=entry.matter_id,
            facts=entry.facts,
        )
        links.append({"seq": seq, "audit_id": entry.id, "hash": before})
    session.execute(insert(AuditLink), links)
