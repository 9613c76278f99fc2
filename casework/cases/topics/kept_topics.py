"""What was put together out of up to 1,500 cases, kept for a short while for each who asks.

Kept beside the database it was read from, by person and grants. A case that meanwhile ended as no topic's, or that the
one who asks may not know of any more, is left out at once: that alone is asked anew at every view. That nothing was
found is not kept: whoever looked before the first reports would else not see their topic for a while.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, true

from casework.cases.tables import Case
from casework.cases.topics.hot_topics import LEAST_CASES, SETTLED_OTHERWISE, HotTopic
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.database import Session

KEPT_FOR = timedelta(minutes=10)
_MOST_KEPT = 256
_ROOM = "kept_topics"
_lock = threading.Lock()

Topics = tuple[HotTopic, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Topics, and when they were put together."""

    topics: Topics
    reckoned_at: datetime


def of(
    session: Session,
    actor: Actor,
    name: str,
    make: Callable[..., Topics],
    *,
    at: datetime,
    still: Callable[[], ColumnElement[bool]] = true,
) -> Kept:
    """Return what `make(session, actor, at=at)` answers, or answered within the last ten minutes.

    `name` says which topics these are, `still` what has to hold of their cases as long as they are shown; a caller
    without a person is always answered anew.
    """
    key = (name, actor.person_id, actor.grants)
    with _lock:
        shelf: OrderedDict[object, Kept] = session.info["kept"].setdefault(_ROOM, OrderedDict())
        found = shelf.get(key)
    if found is not None and actor.person_id is not None and timedelta(0) <= at - found.reckoned_at < KEPT_FOR:
        return Kept(_still(session, actor, found.topics, still(), at=at), found.reckoned_at)
    made = Kept(make(session, actor, at=at), at)
    if not made.topics:
        return made
    with _lock:
        shelf[key] = made
        shelf.move_to_end(key)
        while len(shelf) > _MOST_KEPT:
            shelf.popitem(last=False)
    return made


def _still(session: Session, actor: Actor, topics: Topics, condition: ColumnElement[bool], *, at: datetime) -> Topics:
    """Return topics with the cases that are still theirs, each as it stands now."""
    ids = [case.id for topic in topics for case in topic.cases]
    if not ids:
        return topics
    asked = select(Case.id, Case.state).where(
        Case.id.in_(ids), Case.state.not_in(SETTLED_OTHERWISE), visible_to(actor, at=at), condition
    )
    states = dict(session.execute(asked).all())
    found = (
        replace(topic, cases=tuple(replace(case, state=states[case.id]) for case in topic.cases if case.id in states))
        for topic in topics
    )
    return tuple(each for each in found if len(each.cases) >= LEAST_CASES)
