"""Replies that were given before: what a new one is held against, so that no pasted text goes to the wrong person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casework.cases.tables import Case
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.database import Session
from casework.matters.search import fold, tokens_of

LOOKED_AT, LOOKED_BACK = 300, timedelta(days=365)
ALIKE = 0.8
# Shorter replies are formulas ("resolved, thank you") that many cases share.
LEAST_TOKENS = 20


@dataclass(frozen=True, slots=True)
class Twin:
    """Another case whose reply is much the same; `percent` of the shorter text stands in both."""

    number: str
    percent: int


def twin_of(
    session: Session, actor: Actor, *, reply: str, case_id: UUID, lead_org_id: UUID | None, at: datetime
) -> Twin | None:
    """Return the reply most like this one among the unit's own of the last year, if it is much alike."""
    tokens = frozenset(tokens_of(fold((reply,))))
    if len(tokens) < LEAST_TOKENS:
        return None
    rows = session.execute(
        select(Case.number, Case.reply)
        .where(
            visible_to(actor, at=at),
            Case.id != case_id,
            Case.lead_org_id == lead_org_id,
            Case.resolved_at >= at - LOOKED_BACK,
            Case.reply.is_not(None),
        )
        .order_by(Case.resolved_at.desc())
        .limit(LOOKED_AT)
    )
    best: Twin | None = None
    for number, text in rows:
        theirs = frozenset(tokens_of(fold((text,))))
        shorter = min(len(tokens), len(theirs))
        if shorter < LEAST_TOKENS:
            continue
        share = len(tokens & theirs) / shorter
        if share >= ALIKE and (best is None or share * 100 > best.percent):
            best = Twin(number, round(share * 100))
    return best
