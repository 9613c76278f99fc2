"""What of supervised matters waits for one person: steps of the line, what was asked, what a unit still owes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, text, true, union

from casework.core.actors import UNIT_ROLES, Actor
from casework.core.database import Session
from casework.supervisions import queries
from casework.supervisions.tables import ASKS, Supervision

_OPEN = Supervision.is_open == true()
_HANDLED = "in_progress"


def waiting(session: Session, actor: Actor, states: Collection[str], *, limit: int) -> Sequence[Supervision]:
    """Return the open matters in these states, or with more time or a progress report to be judged, due first first."""
    parts = [Supervision.state == state for state in sorted(states)]
    if not parts:
        return ()
    return _first(session, actor, [*parts, text(ASKS)], limit)


def owed(session: Session, actor: Actor, *, at: datetime, until: datetime, limit: int) -> Sequence[Supervision]:
    """Return what the units of an actor have in hand that is due before an instant, or whose progress is not told."""
    orgs = sorted(actor.org_ids(UNIT_ROLES))
    if not orgs:
        return ()
    handled = [Supervision.lead_org_id.in_(orgs), Supervision.state == _HANDLED]
    due = [*handled, Supervision.due_kind == "handle", Supervision.due_at < until]
    silent = [*handled, Supervision.id.in_(queries.owing_progress(at))]
    asked = select(Supervision).where(queries.visible_to(actor), _OPEN, or_(and_(*due), and_(*silent)))
    return session.scalars(asked.order_by(Supervision.due_at, Supervision.id).limit(limit)).all()


def _first(session: Session, actor: Actor, parts: Sequence[Any], limit: int) -> Sequence[Supervision]:
    # A part at a time, so that each is walked in order out of an index of its own.
    taken = []
    for condition in parts:
        asked = select(Supervision.id).where(condition, _OPEN, queries.visible_to(actor))
        taken.append(select(asked.order_by(Supervision.due_at, Supervision.id).limit(limit).subquery().c.id))
    found = select(Supervision).where(Supervision.id.in_(union(*taken)))
    return session.scalars(found.order_by(Supervision.due_at, Supervision.id).limit(limit)).all()
