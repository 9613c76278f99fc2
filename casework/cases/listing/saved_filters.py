"""Filters kept under a name: private ones, and those an office shares. What a filter means is filters.py.

A kept filter holds words, not conditions: it is read anew whenever it is used, so that it can never show more than
its reader may see, and one that names what is gone says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from casework.core import texts
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import Denied, NotFound, Refusal, Refused
from casework.core.ids import new_id
from casework.matters.tables import SavedFilter

NAME_LENGTH = 20
MOST = 30
SHARE = "case.batch"
Words = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept filter as its readers see it."""

    id: UUID
    name: str
    query: Words
    is_shared: bool


def of_actor(session: Session, actor: Actor) -> Sequence[Kept]:
    """Return the actor's own filters, then those shared over one of their places, in the order they were kept."""
    places = [grant.region for grant in actor.grants if grant.region is not None]
    shared = SavedFilter.person_id.is_(None)
    rows = session.scalars(
        select(SavedFilter)
        .where(or_(SavedFilter.person_id == actor.person_id, shared))
        .order_by(SavedFilter.sort, SavedFilter.created_at, SavedFilter.id)
    ).all()
    mine = [_kept(row) for row in rows if row.person_id is not None]
    known = [row for row in rows if row.person_id is None and _reaches(row.region, places)]
    return [*mine, *(_kept(row) for row in known)]


def keep(
    session: Session, actor: Actor, *, name: object, query: Words, shared: bool, region: str, at: datetime
) -> Kept:
    """Keep a filter for the actor, or (`shared`) for everybody over `region`.

    Raises:
        Invalid: no name, or one that is too long.
        Denied: sharing is triage's.
        Refused: there are thirty already.
    """
    told = texts.clean_text(name, field="name", max_length=NAME_LENGTH, multiline=False)
    if shared and not actor.holds_over(TRIAGE_ROLES, region):
        raise Denied(SHARE)
    known = [kept for kept in of_actor(session, actor) if kept.is_shared == shared]
    if len(known) >= MOST:
        raise Refused([Refusal("too_many_filters", {"most": MOST})])
    row = SavedFilter(
        id=new_id(),
        person_id=None if shared else actor.person_id,
        region=region,
        name=told.strip(),
        query={key: list(values) for key, values in query.items()},
        sort=len(known),
        created_at=at,
    )
    session.add(row)
    session.flush()
    return _kept(row)


def drop(session: Session, actor: Actor, *, filter_id: UUID) -> None:
    """Forget a filter: one's own, or a shared one of one's places.

    Raises:
        NotFound: it is neither the actor's nor shared with them.
        Denied: it is shared, and the actor is not triage there.
    """
    row = session.get(SavedFilter, filter_id)
    places = [grant.region for grant in actor.grants if grant.region is not None]
    if row is None or not (row.person_id == actor.person_id or _is_shared_over(row, places)):
        raise NotFound("saved_filter")
    if row.person_id is None and not actor.holds_over(TRIAGE_ROLES, row.region):
        raise Denied(SHARE)
    session.delete(row)


def _kept(row: SavedFilter) -> Kept:
    return Kept(row.id, row.name, row.query, row.person_id is None)


def _is_shared_over(row: SavedFilter, places: Sequence[str]) -> bool:
    return row.person_id is None and _reaches(row.region, places)


def _reaches(region: str, places: Sequence[str]) -> bool:
    return any(place.startswith(region) or region.startswith(place) for place in places)
