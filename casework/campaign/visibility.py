"""Which members, households and links an actor may know of, as SQL; the Python twin is permissions.py.

Every question about them starts here. Relations are those of permissions.toml `[visible]`; a property test compares
both on random worlds. All conditions are about the newest editions.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import aliased

from casework.campaign.tables import Link
from casework.core import editions
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.editions import Kind, known
from casework.core.errors import NotFound
from casework.core.ranges import lies_in
from casework.households.tables import Household
from casework.members.tables import Member
from casework.permissions import Subject, rules

# So long a member still sees what they were linked to.
FRESH_DAYS = 30
_OVERSEERS = frozenset({"observer", "auditor"})
_LIAISON = frozenset({"liaison"})
_Condition = ColumnElement[bool]
# The other names that links and members have in subqueries; made once, as making one takes half a millisecond.
_LINKS, _OWN = aliased(Link), aliased(Member)


def visible_members(actor: Actor) -> _Condition:
    """Return the condition on `Member` that holds for every member the actor may know of, and for no other."""
    return _any_of("member", Member.region_code, actor, lambda: Member.id.in_(_own_records(actor)))


def visible_households(actor: Actor, *, on: date) -> _Condition:
    """Return the condition on `Household` that holds for every household the actor may know of on a day."""

    def linked() -> _Condition:
        held = select(_LINKS.object_id).where(known(_LINKS), _LINKS.object_id.is_not(None), _held(_LINKS, actor, on))
        return Household.id.in_(held)

    return _any_of("household", Household.region_code, actor, linked)


def visible_links(actor: Actor, *, on: date) -> _Condition:
    """Return the condition on `Link` that holds for every link the actor may know of on a day."""
    return _any_of("link", Link.region_code, actor, lambda: _held(Link, actor, on))


def take_member(session: Session, actor: Actor, member_id: UUID, *, lock: bool = False) -> Member:
    """Return a member the actor may know of, locked for a change with `lock`.

    Raises:
        NotFound: there is none, or the actor may not know of it.
    """
    return _taken(session, Member, member_id, visible_members(actor), lock=lock)


def take_household(session: Session, actor: Actor, household_id: UUID, *, on: date, lock: bool = False) -> Household:
    """Return a household the actor may know of; see `take_member`."""
    return _taken(session, Household, household_id, visible_households(actor, on=on), lock=lock)


def take_link(session: Session, actor: Actor, link_id: UUID, *, on: date, lock: bool = False) -> Link:
    """Return a link the actor may know of; see `take_member`."""
    return _taken(session, Link, link_id, visible_links(actor, on=on), lock=lock)


def subject_of_member(member: Member) -> Subject:
    """Return what permissions about a member are asked of."""
    return Subject(member.region_code, linked_person_ids=() if member.person_id is None else (member.person_id,))


def subject_of_household(session: Session, household: Household, *, on: date) -> Subject:
    """Return what permissions about a household are asked of: its place, and who is or was lately linked to it."""
    return Subject(household.region_code, linked_person_ids=_linked_people(session, Link.object_id == household.id, on))


def subject_of_link(session: Session, link: Link, *, on: date) -> Subject:
    """Return what permissions about a link are asked of: its place, and the member who holds or lately held it."""
    return Subject(link.region_code, linked_person_ids=_linked_people(session, Link.id == link.id, on))


def _linked_people(session: Session, which: _Condition, on: date) -> tuple[UUID, ...]:
    asked = (
        select(Member.person_id)
        .join(Link, and_(Link.holder_id == Member.id, known(Link)))
        .where(known(Member), Member.person_id.is_not(None), which, _is_fresh(Link, on))
    )
    return tuple(each for each in session.scalars(asked.distinct()) if each is not None)


def _taken(session: Session, table: type[Kind], record_id: UUID, condition: _Condition, *, lock: bool) -> Kind:
    asked = select(table).where(table.id == record_id, known(table), condition)
    found = session.scalars(asked).one_or_none()
    if found is None:
        raise NotFound
    return editions.newest(session, table, record_id, lock=True) if lock else found


def _any_of(kind: str, place: Any, actor: Actor, linked: Callable[[], _Condition]) -> _Condition:
    """Return the relations of a kind of record that this actor can have to it, of which one is enough."""
    by_place: Mapping[str, frozenset[str]] = {"triage": TRIAGE_ROLES, "overseer": _OVERSEERS, "liaison": _LIAISON}
    terms: list[_Condition] = []
    for name in rules().visible[kind]:
        if name in by_place:
            terms += [_under(place, prefix) for prefix in actor.regions(by_place[name])]
        elif name == "linked" and "member" in actor.roles and actor.person_id is not None:
            terms.append(linked())
        elif name == "system" and actor.is_system:
            terms.append(true())
    return or_(*terms) if terms else false()


def _under(place: Any, prefix: str) -> _Condition:
    # A range instead of LIKE: it uses the index whatever the collation. Codes are digits only.
    return lies_in(place, prefix) if prefix else true()


def _own_records(actor: Actor) -> Select[Any]:
    return select(_OWN.id).where(known(_OWN), _OWN.person_id == actor.person_id)


def _held(links: Any, actor: Actor, on: date) -> _Condition:
    return and_(links.holder_id.in_(_own_records(actor)), _is_fresh(links, on))


def _is_fresh(links: Any, on: date) -> _Condition:
    lately = and_(links.valid_to >= on - timedelta(days=FRESH_DAYS), links.valid_to >= links.valid_from)
    return or_(links.valid_to.is_(None), lately)
