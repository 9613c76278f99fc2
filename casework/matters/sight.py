"""What of a kind of matter an actor may know of, where the rules go by place; and one matter taken in that sight."""

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select, true

from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ranges import lies_in
from casework.matters.tables import Tracked
from casework.permissions import rules

_Matter = TypeVar("_Matter", bound=Tracked)
BY_PLACE = {"triage": TRIAGE_ROLES, "overseer": frozenset({"observer", "auditor"})}


def seen_by(
    actor: Actor, kind: str, table: type[Tracked], beside: Mapping[str, ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Return the condition that `[visible]` of permissions.toml makes of a kind; `beside`: of its own relations."""
    terms: list[ColumnElement[bool]] = []
    for name in rules().visible[kind]:
        if name in BY_PLACE:
            terms += [lies_in(table.region_code, prefix) for prefix in actor.regions(BY_PLACE[name])]
        elif name == "system" and actor.is_system:
            terms.append(true())
        elif name in beside:
            terms.append(beside[name])
    return or_(*terms) if terms else false()


def take(
    session: Session, table: type[_Matter], matter_id: UUID, seen: ColumnElement[bool], *, lock: bool = False
) -> _Matter:
    """Return a matter of those `seen`, locked for a change with `lock`.

    Raises:
        NotFound: there is none, or none the actor may know of.
    """
    asked = select(table).where(table.id == matter_id, seen)
    if lock:
        asked = asked.with_for_update(of=table).execution_options(populate_existing=True)
    found = session.scalars(asked).one_or_none()
    if found is None:
        raise NotFound(table.__name__)
    return found
